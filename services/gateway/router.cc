#include "services/gateway/router.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/text.h"
#include "google/protobuf/descriptor_database.h"

namespace qinglian::gateway {
namespace {

constexpr std::string_view kPackage = "qinglian.";
constexpr std::string_view kVersion = ".v1";

Kind KindOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) return Kind::kStreaming;
  return method.server_streaming() ? Kind::kServerStreaming : Kind::kUnary;
}

}  // namespace

Router::Router(const std::vector<std::string>& services,
               absl::Span<const google::protobuf::ServiceDescriptor* const> contract)
    : services_(services) {
  methods_["/grpc.health.v1.Health/Check"] = {Kind::kHealthCheck, -1};
  methods_["/grpc.health.v1.Health/Watch"] = {Kind::kHealthWatch, -1};
  for (const google::protobuf::ServiceDescriptor* service : contract) {
    const int upstream = FindService(service->full_name());
    if (upstream < 0) continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service->method(i);
      methods_[absl::StrCat("/", service->full_name(), "/", method.name())] = {KindOf(method),
                                                                               upstream};
    }
  }
}

Route Router::Find(std::string_view path) const {
  if (const auto found = methods_.find(status::View(path)); found != methods_.end())
    return found->second;
  if (path.empty() || path.front() != '/') return {};
  const size_t slash = path.find('/', 1);
  if (slash == std::string_view::npos || slash + 1 == path.size()) return {};
  const std::string_view service = path.substr(1, slash - 1);
  const int upstream = FindService(service);
  // A package alone is no service.
  if (upstream < 0 ||
      service.size() <= kPackage.size() + services_[upstream].size() + kVersion.size() + 1)
    return {};
  return {Kind::kUnknown, upstream};
}

int Router::FindService(std::string_view name) const {
  if (name.substr(0, kPackage.size()) != kPackage) return -1;
  const std::string_view rest = name.substr(kPackage.size());
  for (size_t i = 0; i < services_.size(); ++i) {
    const std::string& service = services_[i];
    if (rest.substr(0, service.size()) != service) continue;
    const std::string_view tail = rest.substr(service.size());
    if (tail.substr(0, kVersion.size()) != kVersion) continue;
    if (tail.size() == kVersion.size() || tail[kVersion.size()] == '.') return static_cast<int>(i);
  }
  return -1;
}

std::vector<const google::protobuf::ServiceDescriptor*> LinkedContract() {
  // The pool builds a file when it is first asked for, and only the database behind it knows which
  // there are.
  std::vector<std::string> files;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const std::string& name : files) {
    if (!absl::StartsWith(name, "qinglian/")) continue;
    const google::protobuf::FileDescriptor* file =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr) continue;
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

}  // namespace qinglian::gateway
