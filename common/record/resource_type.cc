#include "common/record/resource_type.h"

#include <map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/id/code.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/stubs/logging.h"

namespace qinglian::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

using Types = std::map<std::string, ResourceType>;

// A type may be declared where it is and again where it is referred to; the declarations must
// agree.
void Add(const google::api::ResourceDescriptor& declared, Types& types) {
  GOOGLE_CHECK(declared.pattern_size() == 1) << declared.type() << " needs one pattern";
  const std::vector<std::string> segments = absl::StrSplit(declared.pattern(0), '/');
  GOOGLE_CHECK(segments.size() == 2) << declared.type() << " needs a flat pattern";
  const auto [type, fresh] = types.insert({declared.type(),
                                           {.type = declared.type(),
                                            .collection = segments[0],
                                            .id_is_code = absl::EndsWith(segments[1], "_code}")}});
  GOOGLE_CHECK(fresh || type->second.collection == segments[0])
      << declared.type() << " has two patterns";
}

void AddFile(const FileDescriptor& file, Types& types) {
  for (const auto& declared :
       file.options().GetRepeatedExtension(google::api::resource_definition)) {
    Add(declared, types);
  }
  for (int i = 0; i < file.message_type_count(); ++i) {
    const auto& options = file.message_type(i)->options();
    if (options.HasExtension(google::api::resource))
      Add(options.GetExtension(google::api::resource), types);
  }
}

// The pool builds its files when they are asked for by name, and only its database knows all names.
Types Collect() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  Types types;
  for (const std::string& name : names) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file != nullptr) AddFile(*file, types);
  }
  return types;
}

}  // namespace

absl::StatusOr<std::string> ResourceType::IdOf(std::string_view name) const {
  if (!id_is_code) {
    ASSIGN_OR_RETURN(const id::Uuid uuid, id::ParseName(collection, name));
    return uuid.Bytes();
  }
  const std::string prefix = absl::StrCat(collection, "/");
  if (!name.starts_with(prefix) || !id::IsCode(name.substr(prefix.size()))) {
    return status::Error(status::kNameInvalid, {{"collection", collection}});
  }
  return std::string(name.substr(prefix.size()));
}

std::string ResourceType::NameOf(std::string_view id) const {
  if (id_is_code) return absl::StrCat(collection, "/", status::View(id));
  const absl::StatusOr<id::Uuid> uuid = id::Uuid::FromBytes(id);
  return uuid.ok() ? id::FormatName(collection, *uuid) : std::string();
}

const ResourceType* FindType(std::string_view type) {
  static const auto& types = *new Types(Collect());
  const auto found = types.find(std::string(type));
  return found == types.end() ? nullptr : &found->second;
}

const ResourceType* TypeOf(const Descriptor* message) {
  if (!message->options().HasExtension(google::api::resource)) return nullptr;
  return FindType(message->options().GetExtension(google::api::resource).type());
}

const ResourceType* ReferenceOf(const FieldDescriptor* field) {
  if (!field->options().HasExtension(google::api::resource_reference)) return nullptr;
  const std::string& type = field->options().GetExtension(google::api::resource_reference).type();
  if (type == "*") return nullptr;
  const ResourceType* found = FindType(type);
  GOOGLE_CHECK(found != nullptr) << field->full_name() << " refers to " << type
                                 << ", which is declared nowhere";
  return found;
}

}  // namespace qinglian::record
