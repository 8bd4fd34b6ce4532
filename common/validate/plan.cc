#include "common/validate/plan.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "google/api/field_behavior.pb.h"
#include "google/api/resource.pb.h"

namespace qinglian::validate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;
using Plans = std::unordered_map<const Descriptor*, std::unique_ptr<Plan>>;

bool Behaves(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& behaviors = field.options().GetRepeatedExtension(google::api::field_behavior);
  return std::find(behaviors.begin(), behaviors.end(), behavior) != behaviors.end();
}

// Makes plans into `plans`, each before those it refers to: types may hold themselves.
class Compiler {
 public:
  explicit Compiler(Plans& plans) : plans_(plans) {}

  Plan* Compile(const Descriptor& type) {
    if (const auto found = plans_.find(&type); found != plans_.end()) return found->second.get();
    Plan* plan = plans_.emplace(&type, std::make_unique<Plan>()).first->second.get();
    made_.push_back(plan);
    if (type.full_name() == "google.protobuf.Timestamp") {
      plan->well_known = WellKnown::kTimestamp;
    } else if (type.full_name() == "google.type.Date") {
      plan->well_known = WellKnown::kDate;
    } else if (!type.full_name().starts_with("google.")) {
      CompileFields(type, *plan);
      CompileUpdate(type, *plan);
    }
    return plan;
  }

  // A field whose message demands nothing costs nothing. Of types that hold each other the last few
  // are kept; they are harmless.
  void Prune() {
    for (auto plan = made_.rbegin(); plan != made_.rend(); ++plan) {
      std::erase_if((*plan)->fields, [&plan](FieldPlan& field) {
        if (field.nested == nullptr) return false;
        (*plan)->faults.insert((*plan)->faults.end(), field.nested->faults.begin(),
                               field.nested->faults.end());
        if (!field.nested->empty()) return false;
        field.nested = nullptr;
        return !field.required && field.rules.ByteSizeLong() == 0;
      });
    }
  }

 private:
  void CompileFields(const Descriptor& type, Plan& plan) {
    std::set<const OneofDescriptor*> choices;
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (Behaves(field, google::api::OUTPUT_ONLY)) continue;
      FieldPlan made = CompileField(field, plan);
      // That a choice is made is asked of one of its members.
      const OneofDescriptor* choice = field.real_containing_oneof();
      if (choice != nullptr && made.required) made.required = choices.insert(choice).second;
      const bool is_enum = field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
      if (made.required || made.refers || made.nested || is_enum || made.rules.ByteSizeLong() > 0) {
        plan.fields.push_back(std::move(made));
      }
    }
  }

  FieldPlan CompileField(const FieldDescriptor& field, Plan& plan) {
    FieldPlan made;
    made.field = &field;
    made.required = Behaves(field, google::api::REQUIRED);
    made.rules = field.options().GetExtension(v1::field);
    if (!made.rules.pattern().empty()) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      made.pattern = std::make_unique<re2::RE2>(made.rules.pattern(), options);
      if (!made.pattern->ok()) {
        plan.faults.push_back("the pattern of " + field.full_name() +
                              " is not one: " + made.pattern->error());
      }
    }
    if (field.type() == FieldDescriptor::TYPE_STRING &&
        field.options().HasExtension(google::api::resource_reference)) {
      made.refers = true;
      made.reference =
          record::FindType(field.options().GetExtension(google::api::resource_reference).type());
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !made.rules.deferred()) {
      made.nested = Compile(*field.message_type());
    }
    return made;
  }

  void CompileUpdate(const Descriptor& type, Plan& plan) {
    const FieldDescriptor* mask = type.FindFieldByName("update_mask");
    if (mask == nullptr || mask->message_type() == nullptr ||
        mask->message_type()->full_name() != "google.protobuf.FieldMask") {
      return;
    }
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.is_repeated() || field.message_type() == nullptr ||
          !field.message_type()->options().HasExtension(google::api::resource)) {
        continue;
      }
      plan.update_mask = mask;
      plan.resource = &field;
      plan.allow_missing = type.FindFieldByName("allow_missing");
      plan.resource_name = field.message_type()->FindFieldByName("name");
      plan.resource_type = record::TypeOf(field.message_type());
      return;
    }
  }

  Plans& plans_;
  std::vector<Plan*> made_;
};

}  // namespace

const Plan& PlanOf(const Descriptor& type) {
  static auto& mutex = *new std::shared_mutex();
  static auto& plans = *new Plans();
  {
    std::shared_lock lock(mutex);
    if (const auto found = plans.find(&type); found != plans.end()) return *found->second;
  }
  std::unique_lock lock(mutex);
  Compiler compiler(plans);
  const Plan& plan = *compiler.Compile(type);
  compiler.Prune();
  return plan;
}

}  // namespace qinglian::validate
