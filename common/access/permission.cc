#include "common/access/permission.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "google/protobuf/descriptor_database.h"

namespace qinglian::access {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr size_t kParts = 3;

std::vector<absl::string_view> PartsOf(std::string_view permission) {
  return absl::StrSplit(status::View(permission), '.');
}

bool IsPermission(std::string_view text) {
  const std::vector<absl::string_view> parts = PartsOf(text);
  return parts.size() == kParts &&
         std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
           return !part.empty() && std::all_of(part.begin(), part.end(),
                                               [](char c) { return absl::ascii_isalpha(c); });
         });
}

bool Matches(const std::vector<absl::string_view>& pattern, std::string_view permission) {
  const std::vector<absl::string_view> parts = PartsOf(permission);
  return std::equal(pattern.begin(), pattern.end(), parts.begin(), parts.end(),
                    [](absl::string_view wanted, absl::string_view part) {
                      return wanted == "*" || wanted == part;
                    });
}

}  // namespace

absl::StatusOr<v1::MethodRule> RuleOf(const MethodDescriptor& method) {
  v1::MethodRule rule = method.options().GetExtension(v1::method);
  const int kinds = !rule.permission().empty() + rule.by_item() + rule.authenticated();
  const bool valid = kinds == 1 && (rule.permission().empty() || IsPermission(rule.permission()));
  if (valid) return rule;
  return status::Error(
      status::kConfigInvalid,
      {{"detail", absl::StrCat(method.full_name(), " declares no valid rule of access")}});
}

v1::LoadClass LoadClassOf(const MethodDescriptor& method) {
  const v1::LoadClass declared = method.options().GetExtension(v1::method).load_class();
  if (declared != v1::LOAD_CLASS_UNSPECIFIED) return declared;
  const auto begins = [&method](absl::string_view verb) {
    return absl::StartsWith(method.name(), verb);
  };
  if (begins("Get") || begins("Lookup")) return v1::LOAD_CLASS_READ;
  for (const absl::string_view verb : {"List", "Search", "Export", "Watch", "Download"}) {
    if (begins(verb)) return v1::LOAD_CLASS_LIST;
  }
  return v1::LOAD_CLASS_TRANSITION;
}

std::vector<const ServiceDescriptor*> LinkedServices() {
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& name : files) {
    if (!absl::StartsWith(name, "qinglian/")) continue;
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

PermissionCatalogue::PermissionCatalogue() {
  std::set<std::string> names;
  for (const ServiceDescriptor* service : LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const absl::StatusOr<v1::MethodRule> rule = RuleOf(*service->method(i));
      if (rule.ok() && !rule->permission().empty()) names.insert(rule->permission());
    }
  }
  if (names.size() > kMaxPermissions) std::abort();
  names_.assign(names.begin(), names.end());
}

const PermissionCatalogue& PermissionCatalogue::Linked() {
  static const auto& catalogue = *new PermissionCatalogue();
  return catalogue;
}

size_t PermissionCatalogue::Find(std::string_view permission) const {
  const auto found = std::lower_bound(names_.begin(), names_.end(), permission);
  return found != names_.end() && *found == permission ? static_cast<size_t>(found - names_.begin())
                                                       : npos;
}

PermissionSet PermissionCatalogue::Matching(std::string_view pattern) const {
  const std::vector<absl::string_view> parts = PartsOf(pattern);
  PermissionSet matching;
  for (size_t i = 0; i < names_.size(); ++i) matching[i] = Matches(parts, names_[i]);
  return matching;
}

}  // namespace qinglian::access
