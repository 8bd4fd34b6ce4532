// The gateway's lease on what it remembers of callers (organization/v1/caller_service.proto): it
// follows the changes of whoever calls, and confirms what it has told its workers to forget.
#ifndef QINGLIAN_SERVICES_GATEWAY_CALLER_LEASE_H_
#define QINGLIAN_SERVICES_GATEWAY_CALLER_LEASE_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/access/identity_keys.h"
#include "common/rpc/channel.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::gateway {

struct LeaseOptions {
  // The organization service, as a gRPC target.
  std::string target;
  // The mark of the hop to it; null on one machine.
  std::shared_ptr<const rpc::Hop> hop = nullptr;
  std::shared_ptr<const access::IdentityKeys> identity_keys;
  // For how long a lease is asked, and how often it is renewed.
  absl::Duration duration = absl::Seconds(2);
  absl::Duration renewal = absl::Milliseconds(500);
  // A feed that says nothing for so long, not even that it lives, is opened anew.
  absl::Duration silence = absl::Seconds(15);
};

// What another worker or the house may do meanwhile never makes an answer wrong: whoever revokes
// waits for every lease, and what was learnt under a lease is forgotten with it. Thread-safe.
class CallerLease {
 public:
  explicit CallerLease(LeaseOptions options);
  // Gives the lease back.
  ~CallerLease();
  CallerLease(const CallerLease&) = delete;
  CallerLease& operator=(const CallerLease&) = delete;

  // Which lease is held at this moment of the monotonic clock; 0: none. What was learnt under
  // another one may not be used.
  uint64_t Held(int64_t now_ns) const;

  // How many changes have been told so far. A worker looks before it uses what it remembers.
  uint64_t changes() const { return changes_.load(std::memory_order_acquire); }

  // Whom the changes after the first `seen` concern, by name: clients and persons; nothing where
  // they are more than are kept, so that everybody may be concerned.
  std::optional<std::vector<std::string>> ChangedSince(uint64_t seen) const;

 private:
  std::shared_ptr<grpc::Channel> NewChannel() const;

  using Stream =
      rpc::ServerStreamClient<journal::v1::WatchChangesRequest, journal::v1::WatchChangesResponse>;

  void Follow();
  absl::Status ReadFeed();
  void Take(const journal::v1::WatchChangesResponse& batch);
  void Renew();
  bool RenewOnce(uint64_t position);
  void GiveBack();
  rpc::CallOptions Caller() const;

  const LeaseOptions options_;
  const std::string holder_;
  const std::shared_ptr<grpc::Channel> channel_;

  std::atomic<uint64_t> changes_{0};
  // The lease: its number, and until when it is held. Written by the renewing thread.
  std::atomic<uint64_t> lease_{0};
  std::atomic<int64_t> until_ns_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  // Whether the feed is read at this moment, when it last said something, and how far it is read.
  Stream* stream_ = nullptr;
  bool following_ = false;
  int64_t heard_ns_ = 0;
  uint64_t position_ = 0;
  std::string token_;
  // The latest of the changes.
  std::deque<std::string> changed_;

  std::thread follower_;
  std::thread renewer_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_CALLER_LEASE_H_
