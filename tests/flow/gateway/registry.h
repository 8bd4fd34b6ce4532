// The organization service as a gateway knows it: tells who callers are, keeps leases, and streams
// what changes.
#ifndef QINGLIAN_TESTS_FLOW_GATEWAY_REGISTRY_H_
#define QINGLIAN_TESTS_FLOW_GATEWAY_REGISTRY_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/sync_stream.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "qinglian/journal/v1/journal.pb.h"
#include "qinglian/organization/v1/caller_service.pb.h"

namespace qinglian::gateway::test {

// The person whom every token of these tests speaks of.
inline constexpr char kStaffNumber[] = "T-1";
inline constexpr char kCaller[] = "persons/00000000-0000-7000-8000-000000000001";

class Registry final : public grpc::Service {
 public:
  explicit Registry(int port = 0);
  ~Registry() override;

  int port() const { return port_; }
  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }

  // What it says of whoever asks from now on.
  void Answer(organization::v1::ResolveCallerResponse answer);
  void Refuse(grpc::Status status);
  // What it says of whoever asks to act for another.
  void RefuseDelegates(grpc::Status status);
  // Changes what somebody was granted: the change is told to whoever follows, and its position is
  // the answer. Nothing is waited for.
  uint64_t Change(const std::string& subject);
  // Whether every lease that holds has confirmed that position, within ten seconds.
  bool AwaitConfirmed(uint64_t position);

  // Called in the middle of every question, when the answer is decided and not yet given.
  void OnResolve(std::function<void()> hook);
  // Whether leases are renewed; they are not while the registry is cut off.
  void SetReachable(bool reachable) { reachable_ = reachable; }

  int resolved() const { return resolved_; }
  int leases() const;

 private:
  grpc::Status Resolve(grpc::ServerContext* context,
                       const organization::v1::ResolveCallerRequest* request,
                       organization::v1::ResolveCallerResponse* response);
  grpc::Status Renew(grpc::ServerContext* context,
                     const organization::v1::RenewLeaseRequest* request,
                     organization::v1::RenewLeaseResponse* response);
  grpc::Status Watch(grpc::ServerContext* context, const journal::v1::WatchChangesRequest* request,
                     grpc::ServerWriter<journal::v1::WatchChangesResponse>* writer);

  std::atomic<bool> reachable_{true};
  std::atomic<int> resolved_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  organization::v1::ResolveCallerResponse answer_;
  grpc::Status refusal_;
  grpc::Status delegate_refusal_;
  std::function<void()> on_resolve_;
  // The subjects of all changes, in order.
  std::vector<std::string> changes_;
  // What each holder has confirmed.
  std::map<std::string, uint64_t> leases_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_FLOW_GATEWAY_REGISTRY_H_
