#include "tests/flow/gateway/registry.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/method_handler.h>

#include <algorithm>
#include <chrono>

#include "qinglian/organization/v1/role_binding.pb.h"

namespace qinglian::gateway::test {
namespace {

using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;
using journal::v1::WatchChangesRequest;
using journal::v1::WatchChangesResponse;
using organization::v1::RenewLeaseRequest;
using organization::v1::RenewLeaseResponse;
using organization::v1::ResolveCallerRequest;
using organization::v1::ResolveCallerResponse;

}  // namespace

Registry::Registry(int port) {
  answer_.set_actor(kCaller);
  answer_.add_grants()->set_role("roles/organ");
  AddMethod(new RpcServiceMethod(
      "/qinglian.organization.v1.CallerService/ResolveCaller", RpcMethod::NORMAL_RPC,
      new grpc::internal::RpcMethodHandler<Registry, ResolveCallerRequest, ResolveCallerResponse>(
          std::mem_fn(&Registry::Resolve), this)));
  AddMethod(new RpcServiceMethod(
      "/qinglian.organization.v1.CallerService/RenewLease", RpcMethod::NORMAL_RPC,
      new grpc::internal::RpcMethodHandler<Registry, RenewLeaseRequest, RenewLeaseResponse>(
          std::mem_fn(&Registry::Renew), this)));
  AddMethod(new RpcServiceMethod(
      "/qinglian.organization.v1.JournalService/WatchChanges", RpcMethod::SERVER_STREAMING,
      new grpc::internal::ServerStreamingHandler<Registry, WatchChangesRequest,
                                                 WatchChangesResponse>(
          std::mem_fn(&Registry::Watch), this)));
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(),
                           &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

Registry::~Registry() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  server_->Shutdown(std::chrono::system_clock::now());
}

void Registry::Answer(ResolveCallerResponse answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
  refusal_ = grpc::Status::OK;
}

void Registry::Refuse(grpc::Status status) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(status);
}

void Registry::RefuseDelegates(grpc::Status status) {
  const std::lock_guard lock(mutex_);
  delegate_refusal_ = std::move(status);
}

void Registry::OnResolve(std::function<void()> hook) {
  const std::lock_guard lock(mutex_);
  on_resolve_ = std::move(hook);
}

uint64_t Registry::Change(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  changes_.push_back(subject);
  changed_.notify_all();
  return changes_.size();
}

bool Registry::AwaitConfirmed(uint64_t position) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
    return std::all_of(leases_.begin(), leases_.end(),
                       [&](const auto& lease) { return lease.second >= position; });
  });
}

int Registry::leases() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(leases_.size());
}

grpc::Status Registry::Resolve(grpc::ServerContext*, const ResolveCallerRequest* request,
                               ResolveCallerResponse* response) {
  ++resolved_;
  std::function<void()> hook;
  grpc::Status refusal;
  {
    const std::lock_guard lock(mutex_);
    *response = answer_;
    refusal = request->acting_for().empty() ? refusal_ : delegate_refusal_;
    hook = on_resolve_;
  }
  if (hook) hook();
  return refusal;
}

grpc::Status Registry::Renew(grpc::ServerContext*, const RenewLeaseRequest* request,
                             RenewLeaseResponse*) {
  if (!reachable_) return {grpc::StatusCode::UNAVAILABLE, "cut off"};
  const std::lock_guard lock(mutex_);
  if (request->leave()) {
    leases_.erase(request->holder());
  } else {
    leases_[request->holder()] = request->position();
  }
  changed_.notify_all();
  return grpc::Status::OK;
}

grpc::Status Registry::Watch(grpc::ServerContext* context, const WatchChangesRequest* request,
                             grpc::ServerWriter<WatchChangesResponse>* writer) {
  std::unique_lock lock(mutex_);
  uint64_t sent = request->has_resume_token() ? std::stoull(request->resume_token())
                                              : static_cast<uint64_t>(changes_.size());
  bool begun = false;
  while (!over_ && !context->IsCancelled()) {
    if (!begun || sent < changes_.size()) {
      WatchChangesResponse batch;
      batch.set_after(sent);
      for (; begun && sent < changes_.size(); ++sent) {
        organization::v1::RoleBinding binding;
        binding.set_subject(changes_[sent]);
        batch.add_changes()->mutable_after()->PackFrom(binding);
      }
      begun = true;
      batch.set_through(sent);
      batch.set_resume_token(std::to_string(sent));
      lock.unlock();
      writer->Write(batch);
      lock.lock();
      continue;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
  return grpc::Status::OK;
}

}  // namespace qinglian::gateway::test
