#include "tests/flow/door/request_maker.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "common/id/uuid.h"
#include "google/api/field_behavior.pb.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "qinglian/validate/v1/validate.pb.h"

namespace qinglian::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using validate::v1::FieldRules;

bool Behaves(const FieldDescriptor* field, google::api::FieldBehavior wanted) {
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  return std::find(behaviours.begin(), behaviours.end(), wanted) != behaviours.end();
}

class Maker {
 public:
  explicit Maker(const NamesByType& names) : names_(names) {}

  void Fill(Message& message) {
    const Descriptor* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!Behaves(field, google::api::OUTPUT_ONLY) && IsWanted(field)) FillField(message, field);
    }
  }

 private:
  static bool IsWanted(const FieldDescriptor* field) {
    if (Behaves(field, google::api::REQUIRED)) return true;
    const std::string& name = field->name();
    if (name == "organization" && TypeNamedBy(field) != "") return true;
    return name == "etag" || name == "request_id" || name == "subtree" || name == "reason" ||
           name == "parent" ||
           (field->containing_oneof() != nullptr && field->index_in_oneof() == 0 &&
            !field->containing_oneof()->is_synthetic());
  }

  void FillField(Message& message, const FieldDescriptor* field) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      FillMessage(field->is_repeated() ? *reflection.AddMessage(&message, field)
                                       : *reflection.MutableMessage(&message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      const std::string text = TextOf(field);
      if (field->is_repeated()) reflection.AddString(&message, field, text);
      if (!field->is_repeated()) reflection.SetString(&message, field, text);
    } else {
      FillScalar(message, field);
    }
  }

  void FillMessage(Message& message) {
    if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
      static_cast<google::protobuf::Timestamp&>(message).set_seconds(1'750'000'000);
    } else if (message.GetDescriptor() == google::type::Date::descriptor()) {
      auto& date = static_cast<google::type::Date&>(message);
      date.set_year(2025);
      date.set_month(12);
      date.set_day(1);
    } else {
      Fill(message);
    }
  }

  static void FillScalar(Message& message, const FieldDescriptor* field) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    const FieldRules& rules = field->options().GetExtension(validate::v1::field);
    const double number = std::max(1.0, rules.minimum());
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_ENUM:
        if (field->is_repeated())
          reflection.AddEnum(&message, field, field->enum_type()->value(1));
        else
          reflection.SetEnum(&message, field, field->enum_type()->value(1));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(&message, field, true);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.SetInt32(&message, field, static_cast<int32_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(&message, field, static_cast<int64_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection.SetDouble(&message, field, number);
        break;
      default:
        break;
    }
  }

  std::string TextOf(const FieldDescriptor* field) const {
    const std::string named = TypeNamedBy(field);
    if (!named.empty()) {
      const auto name = names_.find(named);
      return name == names_.end() ? "" : name->second;
    }
    const FieldRules& rules = field->options().GetExtension(validate::v1::field);
    switch (rules.format()) {
      case validate::v1::FORMAT_UUID:
        return id::Uuid::NewV4().ToString();
      case validate::v1::FORMAT_CREDIT_CODE:
        return "91350100M000100Y43";
      case validate::v1::FORMAT_DIVISION_CODE:
        return "33";
      case validate::v1::FORMAT_SHA256:
        return std::string(64, 'a');
      case validate::v1::FORMAT_ETAG:
        return "\"99999\"";
      default:
        return TextLike(rules);
    }
  }

  static std::string TextLike(const FieldRules& rules) {
    const std::string& pattern = rules.pattern();
    if (absl::StartsWith(pattern, "KIND_")) return "KIND_COURT";
    if (absl::StartsWith(pattern, "LEVEL_")) return "LEVEL_CITY";
    if (absl::StartsWith(pattern, "clients/")) return "clients/probe";
    if (absl::StartsWith(pattern, "(persons|clients)/")) return "clients/probe";
    if (absl::StartsWith(pattern, "roles/")) return "roles/organ";
    if (absl::StrContains(pattern, "*/[")) return "things/1";
    if (!pattern.empty()) return "probe" + id::Uuid::NewV4().ToString().substr(0, 8);
    std::string text;
    for (uint32_t i = 0; i < std::max(rules.min_length(), 2u); ++i) text += "试";
    return text;
  }

  const NamesByType& names_;
};

}  // namespace

std::string TypeOf(const Descriptor* message) {
  return message->options().GetExtension(google::api::resource).type();
}

std::string TypeNamedBy(const FieldDescriptor* field) {
  return field->options().GetExtension(google::api::resource_reference).type();
}

std::unique_ptr<Message> MakeRequest(const Descriptor* type, const NamesByType& names) {
  std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  Maker(names).Fill(*request);
  // An edit says what it edits; who is registered under a name of his own says which.
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->is_repeated() || field->message_type() == nullptr ||
        !(absl::StartsWith(type->name(), "Update") || type->name() == "CreateClientRequest")) {
      continue;
    }
    const auto name = names.find(TypeOf(field->message_type()));
    if (name == names.end()) continue;
    Message* resource = request->GetReflection()->MutableMessage(request.get(), field);
    resource->GetReflection()->SetString(
        resource, resource->GetDescriptor()->FindFieldByName("name"), name->second);
  }
  return request;
}

}  // namespace qinglian::test
