#include "common/visibility/protection.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "qinglian/record/v1/record.pb.h"

namespace qinglian::visibility {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// How deep a field may lie that is more protected than its resource.
constexpr size_t kDeepest = 4;

void Fault(const Descriptor* message, const std::string& what) {
  GOOGLE_LOG(FATAL) << message->full_name() << " declares an access to " << what;
}

// The fields on the way of "recusals.person".
std::vector<const FieldDescriptor*> PathIn(const Descriptor* message, const std::string& path) {
  std::vector<const FieldDescriptor*> fields;
  const Descriptor* inner = message;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(path, '.'))) {
    const FieldDescriptor* field = inner == nullptr ? nullptr : inner->FindFieldByName(part);
    if (field == nullptr) Fault(message, path);
    fields.push_back(field);
    inner = field->message_type();
  }
  if (fields.back()->cpp_type() != FieldDescriptor::CPPTYPE_STRING) Fault(message, path);
  return fields;
}

void Collect(const Message& message, const std::vector<const FieldDescriptor*>& path, size_t at,
             std::vector<std::string>& into) {
  const FieldDescriptor* field = path[at];
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const bool last = at + 1 == path.size();
  if (!field->is_repeated()) {
    if (last) {
      std::string text = reflection.GetString(message, field);
      if (!text.empty()) into.push_back(std::move(text));
    } else if (reflection.HasField(message, field)) {
      Collect(reflection.GetMessage(message, field), path, at + 1, into);
    }
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    if (last) {
      into.push_back(reflection.GetRepeatedString(message, field, i));
    } else {
      Collect(reflection.GetRepeatedMessage(message, field, i), path, at + 1, into);
    }
  }
}

void Collect(const Message& message, const std::string& path, std::vector<std::string>& into) {
  Collect(message, PathIn(message.GetDescriptor(), path), 0, into);
}

bool IsResource(const Descriptor* message) {
  return message->options().HasExtension(record::v1::table);
}

// The message of the resources that a field names; null where they are of another contract, or
// where it names none.
const Descriptor* Referred(const Descriptor* message, const FieldDescriptor* field) {
  const std::string& type = field->options().GetExtension(google::api::resource_reference).type();
  const size_t slash = type.find('/');
  if (slash == std::string::npos) return nullptr;
  const Descriptor* referred = message->file()->pool()->FindMessageTypeByName(
      absl::StrCat(message->file()->package(), ".", type.substr(slash + 1)));
  return referred != nullptr && IsResource(referred) ? referred : nullptr;
}

// Whether resources of this type say themselves who may see them.
bool DeclaresAudience(const Descriptor* message) {
  const access::v1::ResourceRule& rule = message->options().GetExtension(access::v1::resource);
  return rule.denied_to_size() > 0 || !rule.known_to().empty();
}

const std::string& TableOf(const Descriptor* message) {
  return message->options().GetExtension(record::v1::table).name();
}

// "supervision_cases" keeps its audience in "supervision_cases_audience".
std::string AudienceTableOf(const Descriptor* message) {
  return absl::StrCat(TableOf(message), "_audience");
}

// Clears the field at the end of the way, in all messages on it.
void Clear(Message& message, const std::vector<const FieldDescriptor*>& way, size_t at = 0) {
  const FieldDescriptor* field = way[at];
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (at + 1 == way.size()) return reflection.ClearField(&message, field);
  if (!field->is_repeated()) {
    if (reflection.HasField(message, field))
      Clear(*reflection.MutableMessage(&message, field), way, at + 1);
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, field); ++i)
    Clear(*reflection.MutableRepeatedMessage(&message, field, i), way, at + 1);
}

}  // namespace

const Protection& Protection::Of(const Descriptor* message) {
  static std::mutex mutex;
  static auto& known = *new std::map<const Descriptor*, std::unique_ptr<const Protection>>();
  std::lock_guard lock(mutex);
  auto& protection = known[message];
  if (protection == nullptr) protection.reset(new Protection(message));
  return *protection;
}

Protection::Protection(const Descriptor* message)
    : rule_(message->options().GetExtension(access::v1::resource)),
      open_states_(rule_.open_in_states().begin(), rule_.open_in_states().end()),
      state_(message->FindFieldByName("state")) {
  if (!open_states_.empty() && state_ == nullptr) Fault(message, "open_in_states");
  FindAudience(message);
  Path way;
  FindFields(message, way);
  FindOrigins(message);
}

void Protection::FindAudience(const Descriptor* message) {
  if (rule_.audience_of() == "name") {
    audience_table_ = AudienceTableOf(message);
    audience_column_ = "id";
    confidential_table_ = absl::StrCat(TableOf(message), "_confidential");
  } else if (!rule_.audience_of().empty()) {
    const FieldDescriptor* root = PathIn(message, rule_.audience_of()).back();
    const Descriptor* referred = Referred(message, root);
    if (referred == nullptr) Fault(message, root->name());
    audience_table_ = AudienceTableOf(referred);
    audience_column_ = root->name();
  } else if (rule_.denied_to_size() > 0 || !rule_.known_to().empty()) {
    for (const std::string& path : rule_.denied_to()) PathIn(message, path);
    audience_table_ = AudienceTableOf(message);
    audience_column_ = "id";
  }
}

void Protection::FindFields(const Descriptor* message, Path& way) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    const Descriptor* inner = field->message_type();
    const access::v1::Sensitivity sensitivity = field->options().GetExtension(access::v1::field);
    way.push_back(field);
    if (sensitivity > access::v1::SENSITIVITY_INTERNAL) {
      fields_.emplace_back(way, sensitivity);
      if (sensitivity < access::v1::SENSITIVITY_SEALED)
        greatest_ = std::max(greatest_, sensitivity);
    } else if (inner != nullptr && way.size() < kDeepest && !IsResource(inner)) {
      FindFields(inner, way);
    }
    way.pop_back();
  }
}

void Protection::FindOrigins(const Descriptor* message) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* part = message->field(i);
    if (!part->is_repeated() || part->message_type() == nullptr) continue;
    for (int j = 0; j < part->message_type()->field_count(); ++j) {
      const FieldDescriptor* names = part->message_type()->field(j);
      const Descriptor* type = Referred(message, names);
      if (type == nullptr || !DeclaresAudience(type)) continue;
      if (names->is_repeated()) Fault(message, names->full_name());
      origins_.push_back({part, names, type});
    }
  }
}

access::v1::Sensitivity Protection::SensitivityOf(std::string_view field) const {
  for (const auto& [way, sensitivity] : fields_) {
    if (way.size() == 1 && way[0]->name() == field) return sensitivity;
  }
  return access::v1::SENSITIVITY_UNSPECIFIED;
}

bool Protection::OpenTo(Use use, const Message& resource) const {
  if (use == Use::kChange) return false;
  if (rule_.open() || open_states_.empty()) return rule_.open();
  const std::string& state = resource.GetReflection()->GetEnum(resource, state_)->name();
  return std::find(open_states_.begin(), open_states_.end(), state) != open_states_.end();
}

Audience Protection::AudienceOf(const Message& resource) const {
  Audience audience;
  for (const std::string& path : rule_.denied_to()) Collect(resource, path, audience.denied_to);
  if (rule_.known_to().empty()) return audience;
  Collect(resource, rule_.known_to(), audience.known_to);
  if (audience.known_to.empty()) return audience;
  for (const std::string& path : rule_.also_known_to()) Collect(resource, path, audience.known_to);
  return audience;
}

void Protection::Strip(access::v1::Sensitivity view, Message& resource) const {
  for (const auto& [way, sensitivity] : fields_) {
    if (sensitivity > view) Clear(resource, way);
  }
}

}  // namespace qinglian::visibility
