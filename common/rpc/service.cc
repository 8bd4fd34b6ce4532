#include "common/rpc/service.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/access/permission.h"
#include "common/rpc/patience.h"
#include "common/rpc/pipeline.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "common/validate/validate.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"

namespace qinglian::rpc {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using grpc::internal::RpcMethod;
using status::View;

struct Service::Binding {
  const MethodDescriptor* descriptor;
  Method method;
  bool bound = false;
};

Service::Service(Pipeline& pipeline, std::string_view full_name)
    : pipeline_(pipeline),
      full_name_(full_name),
      descriptor_(DescriptorPool::generated_pool()->FindServiceByName(full_name_)) {
  if (descriptor_ == nullptr) {
    faults_.push_back(absl::StrCat("no service ", full_name_, " is linked in"));
    return;
  }
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    auto binding = std::make_unique<Binding>();
    binding->descriptor = descriptor_->method(i);
    binding->method.path = absl::StrCat("/", full_name_, "/", binding->descriptor->name());
    bindings_.push_back(std::move(binding));
  }
}

Service::~Service() = default;

Service::Binding* Service::Claim(std::string_view method, const Descriptor* request,
                                 const Descriptor* response, bool client_streams,
                                 bool server_streams) {
  for (const auto& binding : bindings_) {
    const MethodDescriptor* descriptor = binding->descriptor;
    if (descriptor->name() != method) continue;
    if (binding->bound) {
      faults_.push_back(absl::StrCat(View(method), " is bound twice"));
    } else if (descriptor->input_type() != request || descriptor->output_type() != response) {
      faults_.push_back(absl::StrCat(View(method), " is bound with other types than ",
                                     descriptor->input_type()->name(), " and ",
                                     descriptor->output_type()->name()));
    } else if (descriptor->client_streaming() != client_streams ||
               descriptor->server_streaming() != server_streams) {
      faults_.push_back(
          absl::StrCat(View(method), " is bound with other directions of streaming than its own"));
    } else {
      binding->bound = true;
      return binding.get();
    }
    return nullptr;
  }
  faults_.push_back(absl::StrCat("there is no method ", View(method)));
  return nullptr;
}

void Service::BindUnary(std::string_view method, const Descriptor* request,
                        const Descriptor* response, RawUnary handler) {
  Binding* binding = Claim(method, request, response, false, false);
  if (binding != nullptr) binding->method.unary = std::move(handler);
}

void Service::Reserve(std::string_view method) {
  for (const auto& binding : bindings_) {
    if (binding->descriptor->name() != method || !binding->method.unary) continue;
    binding->method.reserved = true;
    return;
  }
  faults_.push_back(absl::StrCat("there is no unary method ", View(method), " to reserve for"));
}

void Service::BindBulk(std::string_view method, const Descriptor* request,
                       const Descriptor* response, bool client_streams, bool server_streams,
                       RawBulk handler) {
  Binding* binding = Claim(method, request, response, client_streams, server_streams);
  if (binding != nullptr) binding->method.bulk = std::move(handler);
}

void Service::BindPush(std::string_view method, const Descriptor* request,
                       const Descriptor* response, RawPush start) {
  Binding* binding = Claim(method, request, response, false, true);
  if (binding != nullptr) binding->method.push = std::move(start);
}

absl::Status Service::Authorize(Binding& binding) {
  ASSIGN_OR_RETURN(binding.method.rule, access::RuleOf(*binding.descriptor));
  binding.method.patience = PatienceOf(access::LoadClassOf(*binding.descriptor));
  binding.method.permission =
      access::PermissionCatalogue::Linked().Find(binding.method.rule.permission());
  return absl::OkStatus();
}

absl::Status Service::Seal() {
  for (const auto& binding : bindings_) {
    if (!binding->bound) {
      faults_.push_back(absl::StrCat(binding->descriptor->name(), " is not bound"));
    } else if (absl::Status access = Authorize(*binding); !access.ok()) {
      faults_.push_back(std::string(access.message()));
    } else if (absl::Status rules = validate::Prepare(*binding->descriptor->input_type());
               !rules.ok()) {
      faults_.push_back(std::string(rules.message()));
    }
  }
  if (!faults_.empty()) {
    return status::Error(
        status::kConfigInvalid,
        {{"detail", absl::StrCat(full_name_, ": ", absl::StrJoin(faults_, "; "))}});
  }
  for (const auto& binding : bindings_) AddToServer(*binding);
  return absl::OkStatus();
}

std::vector<Method*> Service::methods() {
  std::vector<Method*> methods;
  for (const auto& binding : bindings_) methods.push_back(&binding->method);
  return methods;
}

// Methods are registered raw: gRPC 1.51 answers bytes it cannot parse with UNIMPLEMENTED, and would
// parse on the few threads that serve all connections.
void Service::AddToServer(Binding& binding) {
  using Bytes = grpc::ByteBuffer;
  const Method& method = binding.method;
  grpc::internal::MethodHandler* handler;
  RpcMethod::RpcType type;
  if (method.unary) {
    type = RpcMethod::NORMAL_RPC;
    handler = new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(
        [this, &method](grpc::CallbackServerContext* context, const Bytes* request,
                        Bytes* response) {
          return pipeline_.StartUnary(method, context, request, response);
        });
  } else if (method.push) {
    type = RpcMethod::SERVER_STREAMING;
    handler = new grpc::internal::CallbackServerStreamingHandler<Bytes, Bytes>(
        [this, &method](grpc::CallbackServerContext* context, const Bytes* request) {
          return pipeline_.StartPush(method, context, request);
        });
  } else {
    // One kind of reactor serves all bulk streams: on the wire they are the same.
    type = RpcMethod::BIDI_STREAMING;
    handler = new grpc::internal::CallbackBidiHandler<Bytes, Bytes>(
        [this, &method](grpc::CallbackServerContext* context) {
          return pipeline_.StartBulk(method, context);
        });
  }
  AddMethod(new grpc::internal::RpcServiceMethod(method.path.c_str(), type, nullptr));
  MarkMethodRawCallback(methods_added_++, handler);
}

}  // namespace qinglian::rpc
