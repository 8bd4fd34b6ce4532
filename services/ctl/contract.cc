#include "services/ctl/contract.h"

#include <map>
#include <set>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/record/resource_type.h"
#include "common/status/macros.h"
#include "google/protobuf/descriptor_database.h"
#include "services/ctl/context.h"

namespace qinglian::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// All files of the contracts, sorted by name.
const std::vector<const FileDescriptor*>& Files() {
  static const auto& files = *[] {
    std::vector<std::string> names;
    DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
    auto* found = new std::vector<const FileDescriptor*>;
    for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
      if (name.rfind("qinglian/", 0) != 0) continue;
      found->push_back(DescriptorPool::generated_pool()->FindFileByName(name));
    }
    return found;
  }();
  return files;
}

std::map<std::string, const Descriptor*> Resources() {
  std::map<std::string, const Descriptor*> resources;
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const record::ResourceType* type = record::TypeOf(file->message_type(i));
      if (type != nullptr) resources[type->collection] = file->message_type(i);
    }
  }
  return resources;
}

// The methods of all contracts that `wanted` is true for.
std::vector<const MethodDescriptor*> Methods(
    absl::FunctionRef<bool(const MethodDescriptor&)> wanted) {
  std::vector<const MethodDescriptor*> found;
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const MethodDescriptor* method = file->service(i)->method(j);
        if (wanted(*method)) found.push_back(method);
      }
    }
  }
  return found;
}

bool EndsWithName(const std::string& full, const std::string& wanted) {
  return full == wanted || (full.size() > wanted.size() && full.ends_with("." + wanted));
}

}  // namespace

std::vector<std::string> Services() {
  std::set<std::string> services;
  for (const FileDescriptor* file : Files()) {
    if (file->service_count() == 0) continue;
    services.insert(std::vector<std::string>(absl::StrSplit(file->package(), '.'))[1]);
  }
  return {services.begin(), services.end()};
}

std::vector<std::string> ServicesWith(std::string_view grpc_service) {
  std::vector<std::string> services;
  for (const std::string& service : Services()) {
    const std::string name = absl::StrCat("qinglian.", service, ".v1.", std::string(grpc_service));
    if (DescriptorPool::generated_pool()->FindServiceByName(name) != nullptr)
      services.push_back(service);
  }
  return services;
}

absl::StatusOr<const Descriptor*> ResourceOf(std::string_view collection) {
  const std::map<std::string, const Descriptor*> resources = Resources();
  const auto found = resources.find(std::string(collection));
  if (found != resources.end()) return found->second;
  if (collection.empty()) return Usage("wanted a resource's name, such as organizations/ID");
  return Usage(absl::StrCat("no resources are called ", std::string(collection),
                            "; qlctl summary says what there is"));
}

absl::StatusOr<const MethodDescriptor*> FindMethod(std::string_view name) {
  const std::string wanted = absl::StrReplaceAll(std::string(name), {{"/", "."}});
  const std::vector<const MethodDescriptor*> found = Methods(
      [&](const MethodDescriptor& method) { return EndsWithName(method.full_name(), wanted); });
  if (found.size() == 1) return found[0];
  if (found.empty()) return Usage(absl::StrCat("no method is called ", wanted));
  return Usage(absl::StrCat(wanted, " is not one method: ", found[0]->full_name(), ", ",
                            found[1]->full_name()));
}

std::vector<std::string> Collections() {
  std::map<std::string, std::string> by_service;
  for (const auto& [collection, type] : Resources())
    by_service[absl::StrCat(ServiceOf(*type), "/", collection)] = collection;
  std::vector<std::string> collections;
  for (const auto& [key, collection] : by_service) collections.push_back(collection);
  return collections;
}

absl::StatusOr<const MethodDescriptor*> GetMethodOf(std::string_view collection) {
  ASSIGN_OR_RETURN(const Descriptor* type, ResourceOf(collection));
  const std::vector<const MethodDescriptor*> found = Methods([&](const MethodDescriptor& method) {
    return method.name().starts_with("Get") && method.output_type() == type;
  });
  if (found.size() == 1) return found[0];
  return Usage(absl::StrCat("no one method gets one of ", std::string(collection)));
}

absl::StatusOr<const MethodDescriptor*> ListMethodOf(std::string_view collection) {
  ASSIGN_OR_RETURN(const Descriptor* type, ResourceOf(collection));
  const std::vector<const MethodDescriptor*> found = Methods([&](const MethodDescriptor& method) {
    const FieldDescriptor* items = ItemsOf(*method.output_type());
    return method.name().starts_with("List") && items != nullptr && items->message_type() == type;
  });
  if (found.size() == 1) return found[0];
  return Usage(absl::StrCat("no one method lists ", std::string(collection)));
}

const FieldDescriptor* ItemsOf(const Descriptor& response) {
  for (int i = 0; i < response.field_count(); ++i) {
    if (response.field(i)->is_repeated() && response.field(i)->message_type() != nullptr)
      return response.field(i);
  }
  return nullptr;
}

std::string TokenOf(const Message& response) {
  const FieldDescriptor* field = response.GetDescriptor()->FindFieldByName("next_page_token");
  return response.GetReflection()->GetString(response, field);
}

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

std::string ServiceOf(const Descriptor& resource) {
  return std::vector<std::string>(absl::StrSplit(resource.file()->package(), '.'))[1];
}

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

void SetField(Message& request, const std::string& name, const std::string& value) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || value.empty()) return;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    request.GetReflection()->SetString(&request, field, value);
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    int32_t number = 0;
    if (absl::SimpleAtoi(value, &number))
      request.GetReflection()->SetInt32(&request, field, number);
  }
}

}  // namespace qinglian::ctl
