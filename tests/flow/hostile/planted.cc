#include "tests/flow/hostile/planted.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/record.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "google/type/date.pb.h"
#include "qinglian/record/v1/record.pb.h"

namespace qinglian::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;

constexpr int kNumber = 424'242;
constexpr int kUnknownTag = 9'999;
constexpr int64_t kSeconds = 549'864'182;
constexpr int kYear = 1987;
constexpr char kId[] = "11111111-2222-7333-8444-555555555555";

bool IsOutput(const FieldDescriptor* field) {
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  return std::count(behaviours.begin(), behaviours.end(), google::api::OUTPUT_ONLY) > 0;
}

bool IsResource(const Descriptor* type) {
  return type != nullptr && type->options().HasExtension(record::v1::table);
}

bool IsOurs(const Descriptor* type) { return absl::StartsWith(type->full_name(), "qinglian."); }

// Fills one message; what callers may set keeps its value.
class Planter {
 public:
  explicit Planter(PlantedEnums enums) : enums_(enums) {}

  void PlantIn(Message& message) {
    const Descriptor* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (IsOutput(field)) {
        Set(message, field);
      } else if (field->message_type() != nullptr && IsOurs(field->message_type())) {
        PlantBelow(message, field);
      }
    }
    PlantUnknown(message);
  }

 private:
  static void PlantUnknown(Message& message) {
    auto* unknown = message.GetReflection()->MutableUnknownFields(&message);
    unknown->AddVarint(kUnknownTag, kNumber);
    unknown->AddLengthDelimited(kUnknownTag + 1, kPlanted);
  }

  void PlantBelow(Message& message, const FieldDescriptor* field) {
    const Reflection& reflection = *message.GetReflection();
    if (field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i)
        PlantIn(*reflection.MutableRepeatedMessage(&message, field, i));
    } else if (reflection.HasField(message, field)) {
      PlantIn(*reflection.MutableMessage(&message, field));
    }
  }

  void Set(Message& message, const FieldDescriptor* field) {
    const Reflection& reflection = *message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      SetMessage(field->is_repeated() ? *reflection.AddMessage(&message, field)
                                      : *reflection.MutableMessage(&message, field));
    } else if (field->is_repeated()) {
      Add(message, field);
    } else {
      SetScalar(message, field);
    }
  }

  void SetMessage(Message& message) {
    if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
      static_cast<google::protobuf::Timestamp&>(message).set_seconds(kSeconds);
    } else if (message.GetDescriptor() == google::type::Date::descriptor()) {
      auto& date = static_cast<google::type::Date&>(message);
      date.set_year(kYear);
      date.set_month(6);
      date.set_day(5);
    } else {
      for (int i = 0; i < message.GetDescriptor()->field_count(); ++i)
        Set(message, message.GetDescriptor()->field(i));
      PlantUnknown(message);
    }
  }

  int EnumOf(const FieldDescriptor* field) const {
    if (enums_ == PlantedEnums::kUnknown) return kNumber;
    return field->enum_type()->value(field->enum_type()->value_count() - 1)->number();
  }

  void Add(Message& message, const FieldDescriptor* field) const {
    const Reflection& reflection = *message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.AddString(&message, field, kPlanted);
      case FieldDescriptor::CPPTYPE_ENUM:
        return reflection.AddEnumValue(&message, field, EnumOf(field));
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.AddInt32(&message, field, kNumber);
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.AddInt64(&message, field, kNumber);
      default:
        return;
    }
  }

  void SetScalar(Message& message, const FieldDescriptor* field) const {
    const Reflection& reflection = *message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.SetString(&message, field, kPlanted);
      case FieldDescriptor::CPPTYPE_ENUM:
        return reflection.SetEnumValue(&message, field, EnumOf(field));
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.SetInt32(&message, field, kNumber);
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.SetInt64(&message, field, kNumber);
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.SetUInt32(&message, field, kNumber);
      case FieldDescriptor::CPPTYPE_UINT64:
        return reflection.SetUInt64(&message, field, kNumber);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return reflection.SetDouble(&message, field, kNumber);
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection.SetBool(&message, field, true);
      default:
        return;
    }
  }

  const PlantedEnums enums_;
};

// The name of what is to be created, where the server is to make it.
void PlantName(Message& resource) {
  const record::ResourceType& type = record::Plan::Of(resource.GetDescriptor()).type();
  const FieldDescriptor* name = resource.GetDescriptor()->FindFieldByName("name");
  if (type.id_is_code || !resource.GetReflection()->GetString(resource, name).empty()) return;
  resource.GetReflection()->SetString(&resource, name, absl::StrCat(type.collection, "/", kId));
}

void PlantMask(const Message& resource, google::protobuf::FieldMask& mask) {
  if (mask.paths_size() == 0 || mask.paths(0) == "*") return;
  for (int i = 0; i < resource.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = resource.GetDescriptor()->field(i);
    if (IsOutput(field)) mask.add_paths(field->name());
  }
}

}  // namespace

bool CarriesResource(const Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    if (IsResource(request.field(i)->message_type())) return true;
  }
  return false;
}

void Plant(const MethodDescriptor& method, Message& request, PlantedEnums enums) {
  const Descriptor* type = request.GetDescriptor();
  Planter(enums).PlantIn(request);
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!IsResource(field->message_type()) || field->is_repeated()) continue;
    Message& resource = *request.GetReflection()->MutableMessage(&request, field);
    if (!absl::StartsWith(method.name(), "Update")) PlantName(resource);
    const FieldDescriptor* mask = type->FindFieldByName("update_mask");
    if (mask != nullptr)
      PlantMask(resource, static_cast<google::protobuf::FieldMask&>(
                              *request.GetReflection()->MutableMessage(&request, mask)));
  }
}

std::vector<std::string> FindPlanted(const Message& message) {
  static const auto& ends = *new std::vector<std::string>{
      absl::StrCat(": ", kNumber), absl::StrCat(": ", kSeconds), absl::StrCat("year: ", kYear),
      absl::StrCat(kPlanted, "\""), absl::StrCat(kId, "\"")};
  std::vector<std::string> found;
  for (const absl::string_view line : absl::StrSplit(message.DebugString(), '\n')) {
    if (std::any_of(ends.begin(), ends.end(),
                    [&](const std::string& end) { return absl::EndsWith(line, end); }))
      found.emplace_back(line);
  }
  return found;
}

}  // namespace qinglian::test
