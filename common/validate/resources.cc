#include "common/validate/resources.h"

#include <map>
#include <vector>

#include "common/id/uuid.h"
#include "common/validate/formats.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"

namespace qinglian::validate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using Forms = std::map<std::string, ResourceForm, std::less<>>;

// Flat patterns only, `organizations/{organization}`: that is all this house has.
void Add(const google::api::ResourceDescriptor& resource, Forms& forms) {
  for (const std::string& pattern : resource.pattern()) {
    const size_t slash = pattern.find('/');
    if (slash == std::string::npos || !pattern.ends_with('}')) continue;
    forms.insert(
        {resource.type(),
         {pattern.substr(0, slash),
          pattern.ends_with("_code}") ? ResourceForm::Id::kCode : ResourceForm::Id::kUuid}});
    return;
  }
}

void AddMessage(const Descriptor& message, Forms& forms) {
  if (message.options().HasExtension(google::api::resource)) {
    Add(message.options().GetExtension(google::api::resource), forms);
  }
  for (int i = 0; i < message.nested_type_count(); ++i) AddMessage(*message.nested_type(i), forms);
}

void AddFile(const FileDescriptor& file, Forms& forms) {
  for (const auto& resource :
       file.options().GetRepeatedExtension(google::api::resource_definition)) {
    Add(resource, forms);
  }
  for (int i = 0; i < file.message_type_count(); ++i) AddMessage(*file.message_type(i), forms);
}

// The pool builds its files when they are asked for by name, and only its database knows all names.
Forms Collect() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  Forms forms;
  for (const std::string& name : names) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file != nullptr) AddFile(*file, forms);
  }
  return forms;
}

bool IsCollection(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  }
  return true;
}

}  // namespace

const ResourceForm& FormOf(std::string_view type) {
  static const auto& forms = *new Forms(Collect());
  static const auto& any = *new ResourceForm();
  const auto found = forms.find(type);
  return found == forms.end() ? any : found->second;
}

bool HasForm(const ResourceForm& form, std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view collection = name.substr(0, slash);
  const std::string_view id = name.substr(slash + 1);
  if (form.collection.empty() ? !IsCollection(collection) : collection != form.collection)
    return false;
  // A UUID is a code too.
  return form.id == ResourceForm::Id::kUuid ? id::Uuid::Parse(id).ok() : IsCode(id);
}

}  // namespace qinglian::validate
