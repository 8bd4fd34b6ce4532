#include "common/resource/fields.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/util/message_differencer.h"

namespace qinglian::resource {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool Behaves(const FieldDescriptor* field, google::api::FieldBehavior behavior) {
  const auto& options = field->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool OutputOnly(const FieldDescriptor* field) { return Behaves(field, google::api::OUTPUT_ONLY); }

bool Immutable(const FieldDescriptor* field) {
  return field->name() == "name" || Behaves(field, google::api::IMMUTABLE);
}

void ClearOutput(Message& message) {
  const google::protobuf::Descriptor* type = message.GetDescriptor();
  const Reflection* reflection = message.GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (OutputOnly(field)) {
      reflection->ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int j = 0; j < reflection->FieldSize(message, field); ++j) {
        ClearOutput(*reflection->MutableRepeatedMessage(&message, field, j));
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
               reflection->HasField(message, field)) {
      ClearOutput(*reflection->MutableMessage(&message, field));
    }
  }
}

absl::Status WrongMask(std::string detail) {
  return status::Error(status::kFieldMaskInvalid, {{"detail", std::move(detail)}});
}

bool IsSet(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(message, field) > 0
                              : reflection->HasField(message, field);
}

void CopyField(const Message& from, const FieldDescriptor* field, Message& to) {
  const Reflection* reflection = to.GetReflection();
  reflection->ClearField(&to, field);
  if (!IsSet(from, field)) return;
  // Swapping one field with a copy moves any type of field without asking which it is.
  std::unique_ptr<Message> copy(from.New());
  copy->CopyFrom(from);
  reflection->SwapFields(&to, copy.get(), {field});
}

bool Differs(const Message& a, const Message& b, const FieldDescriptor* field) {
  google::protobuf::util::MessageDifferencer differencer;
  return !differencer.CompareWithFields(a, b, {field}, {field});
}

absl::StatusOr<std::vector<const FieldDescriptor*>> FieldsOf(
    const Message& wanted, const google::protobuf::FieldMask& mask) {
  const google::protobuf::Descriptor* type = wanted.GetDescriptor();
  const bool all = mask.paths_size() == 1 && mask.paths(0) == "*";
  std::vector<const FieldDescriptor*> fields;
  if (all || mask.paths_size() == 0) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      // Who copies all that he read has not read what is only ever given.
      const bool given = !Behaves(field, google::api::INPUT_ONLY);
      const bool asked = (all && given) || IsSet(wanted, field);
      if (asked && !OutputOnly(field) && !Immutable(field)) fields.push_back(field);
    }
    return fields;
  }
  for (const std::string& path : mask.paths()) {
    const FieldDescriptor* field = type->FindFieldByName(path);
    if (field == nullptr) return WrongMask(absl::StrCat(path, " is not a field of ", type->name()));
    if (!OutputOnly(field)) fields.push_back(field);
  }
  return fields;
}

}  // namespace

void KeepInput(Message& resource) {
  ClearOutput(resource);
  for (const char* name : {"name", "etag"}) {
    const FieldDescriptor* field = resource.GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) resource.GetReflection()->ClearField(&resource, field);
  }
}

absl::Status ApplyUpdate(const Message& wanted, const google::protobuf::FieldMask& mask,
                         Message& resource) {
  ASSIGN_OR_RETURN(const std::vector<const FieldDescriptor*> fields, FieldsOf(wanted, mask));
  std::unique_ptr<Message> input(wanted.New());
  input->CopyFrom(wanted);
  ClearOutput(*input);
  for (const FieldDescriptor* field : fields) {
    if (!Immutable(field)) {
      CopyField(*input, field, resource);
    } else if (Differs(*input, resource, field)) {
      return WrongMask(absl::StrCat(field->name(), " cannot be changed"));
    }
  }
  return absl::OkStatus();
}

}  // namespace qinglian::resource
