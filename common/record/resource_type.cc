#include "common/record/resource_type.h"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/stubs/logging.h"

namespace qinglian::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// Types made so far, by name; they are never destroyed, so pointers to them hold.
const ResourceType* Intern(const google::api::ResourceDescriptor& declared) {
  static std::mutex mutex;
  static auto& types = *new std::map<std::string, std::unique_ptr<ResourceType>>;
  std::lock_guard lock(mutex);
  std::unique_ptr<ResourceType>& type = types[declared.type()];
  if (type == nullptr) {
    GOOGLE_CHECK(declared.pattern_size() == 1) << declared.type() << " needs one pattern";
    const std::vector<std::string> segments = absl::StrSplit(declared.pattern(0), '/');
    GOOGLE_CHECK(segments.size() == 2) << declared.type() << " needs a flat pattern";
    type = std::make_unique<ResourceType>(ResourceType{
        .type = declared.type(),
        .collection = segments[0],
        .id_is_code = absl::EndsWith(segments[1], "_code}")});
  }
  return type.get();
}

const ResourceType* FindIn(const FileDescriptor* file, const std::string& type,
                           std::set<const FileDescriptor*>& seen) {
  if (!seen.insert(file).second) return nullptr;
  for (int i = 0; i < file->options().ExtensionSize(google::api::resource_definition); ++i) {
    const auto& declared = file->options().GetExtension(google::api::resource_definition, i);
    if (declared.type() == type) return Intern(declared);
  }
  for (int i = 0; i < file->message_type_count(); ++i) {
    const auto& options = file->message_type(i)->options();
    if (!options.HasExtension(google::api::resource)) continue;
    const auto& declared = options.GetExtension(google::api::resource);
    if (declared.type() == type) return Intern(declared);
  }
  for (int i = 0; i < file->dependency_count(); ++i) {
    if (const ResourceType* found = FindIn(file->dependency(i), type, seen)) return found;
  }
  return nullptr;
}

bool IsCode(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  for (char c : id) {
    if (!absl::ascii_isalnum(c) && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> ResourceType::IdOf(std::string_view name) const {
  if (!id_is_code) {
    ASSIGN_OR_RETURN(const id::Uuid uuid, id::ParseName(collection, name));
    return uuid.Bytes();
  }
  const std::string prefix = absl::StrCat(collection, "/");
  if (!name.starts_with(prefix) || !IsCode(name.substr(prefix.size()))) {
    return status::Error(status::kNameInvalid, {{"collection", collection}});
  }
  return std::string(name.substr(prefix.size()));
}

std::string ResourceType::NameOf(std::string_view id) const {
  if (id_is_code) return absl::StrCat(collection, "/", status::View(id));
  const absl::StatusOr<id::Uuid> uuid = id::Uuid::FromBytes(id);
  return uuid.ok() ? id::FormatName(collection, *uuid) : std::string();
}

const ResourceType* TypeOf(const Descriptor* message) {
  if (!message->options().HasExtension(google::api::resource)) return nullptr;
  return Intern(message->options().GetExtension(google::api::resource));
}

const ResourceType* ReferenceOf(const FieldDescriptor* field) {
  if (!field->options().HasExtension(google::api::resource_reference)) return nullptr;
  const std::string& type = field->options().GetExtension(google::api::resource_reference).type();
  if (type == "*") return nullptr;
  std::set<const FileDescriptor*> seen;
  const ResourceType* found = FindIn(field->file(), type, seen);
  GOOGLE_CHECK(found != nullptr) << field->full_name() << " refers to " << type
                                 << ", which neither its file nor what that imports declares";
  return found;
}

bool RefersToAny(const FieldDescriptor* field) {
  return field->options().HasExtension(google::api::resource_reference) &&
         field->options().GetExtension(google::api::resource_reference).type() == "*";
}

}  // namespace qinglian::record
