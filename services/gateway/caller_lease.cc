#include "services/gateway/caller_lease.h"

#include <algorithm>
#include <utility>

#include "common/id/uuid.h"
#include "common/log/log.h"
#include "qinglian/organization/v1/caller_service.pb.h"
#include "qinglian/organization/v1/client.pb.h"
#include "qinglian/organization/v1/delegation.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/role_binding.pb.h"
#include "services/gateway/deadline.h"

namespace qinglian::gateway {
namespace {

using journal::v1::Change;
using organization::v1::Client;
using organization::v1::Delegation;
using organization::v1::Person;
using organization::v1::RoleBinding;

constexpr char kWatch[] = "/qinglian.organization.v1.JournalService/WatchChanges";
constexpr char kRenew[] = "/qinglian.organization.v1.CallerService/RenewLease";
constexpr size_t kMaxKept = 10'000;
constexpr absl::Duration kPause = absl::Milliseconds(100);

// Whom a change concerns.
std::vector<std::string> Concerned(const Change& change) {
  RoleBinding binding;
  if (change.after().UnpackTo(&binding)) return {binding.subject()};
  Delegation delegation;
  if (change.after().UnpackTo(&delegation)) return {delegation.delegate(), delegation.delegator()};
  return {change.resource()};
}

}  // namespace

CallerLease::CallerLease(LeaseOptions options)
    : options_(std::move(options)),
      holder_("gateway-" + id::Uuid::NewV4().ToString()),
      channel_(NewChannel()) {
  follower_ = std::thread([this] { Follow(); });
  renewer_ = std::thread([this] { Renew(); });
}

std::shared_ptr<grpc::Channel> CallerLease::NewChannel() const {
  return rpc::Connect(options_.target,
                      {.hop = options_.hop, .peer = kOrganization, .own_connections = true});
}

CallerLease::~CallerLease() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    if (stream_ != nullptr) stream_->Cancel();
  }
  wake_.notify_all();
  follower_.join();
  renewer_.join();
  GiveBack();
}

uint64_t CallerLease::Held(int64_t now_ns) const {
  // In this order: the renewing thread gives a new lease its number before it says until when.
  const int64_t until_ns = until_ns_.load(std::memory_order_acquire);
  return now_ns < until_ns ? lease_.load(std::memory_order_acquire) : 0;
}

std::optional<std::vector<std::string>> CallerLease::ChangedSince(uint64_t seen) const {
  const std::lock_guard lock(mutex_);
  const uint64_t missed = changes_.load(std::memory_order_relaxed) - seen;
  if (missed > changed_.size()) return std::nullopt;
  return std::vector<std::string>(changed_.end() - static_cast<std::ptrdiff_t>(missed),
                                  changed_.end());
}

rpc::CallOptions CallerLease::Caller() const {
  rpc::CallOptions options;
  options.caller = "services/gateway";
  options.client = "gateway";
  options.identity_keys = options_.identity_keys;
  options.grants.emplace_back().set_role("roles/service");
  return options;
}

void CallerLease::Follow() {
  bool complained = false;
  while (true) {
    const absl::Status status = ReadFeed();
    std::unique_lock lock(mutex_);
    following_ = false;
    if (stop_) return;
    if (!std::exchange(complained, true) || !absl::IsUnavailable(status)) {
      log::Warning("callers cannot be followed", {{"error", status}});
    }
    // A token that is refused is of no use any more.
    if (!status.ok() && !absl::IsUnavailable(status)) token_.clear();
    wake_.wait_for(lock, absl::ToChronoMilliseconds(kPause), [this] { return stop_; });
    if (stop_) return;
  }
}

absl::Status CallerLease::ReadFeed() {
  journal::v1::WatchChangesRequest request;
  for (const auto* kind : {RoleBinding::descriptor(), Delegation::descriptor(),
                           Client::descriptor(), Person::descriptor()}) {
    request.add_kinds(kind->full_name());
  }
  if (token_.empty()) {
    request.set_now(true);
  } else {
    request.set_resume_token(token_);
  }
  rpc::CallOptions options = Caller();
  options.timeout = absl::InfiniteDuration();
  Stream stream(NewChannel(), kWatch, request, options);
  {
    const std::lock_guard lock(mutex_);
    if (stop_) return absl::OkStatus();
    stream_ = &stream;
  }
  journal::v1::WatchChangesResponse batch;
  while (stream.Read(&batch)) Take(batch);
  {
    const std::lock_guard lock(mutex_);
    stream_ = nullptr;
  }
  return stream.Finish();
}

void CallerLease::Take(const journal::v1::WatchChangesResponse& batch) {
  {
    const std::lock_guard lock(mutex_);
    if (token_.empty()) {
      // Where the feed begins anew, nobody knows what was missed.
      changed_.clear();
      changes_.fetch_add(1, std::memory_order_release);
    }
    for (const Change& change : batch.changes()) {
      for (std::string& name : Concerned(change)) {
        changed_.push_back(std::move(name));
        changes_.fetch_add(1, std::memory_order_release);
      }
    }
    while (changed_.size() > kMaxKept) changed_.pop_front();
    token_ = batch.resume_token();
    position_ = batch.through();
    heard_ns_ = NowNanos();
    following_ = true;
  }
  wake_.notify_all();
}

void CallerLease::Renew() {
  uint64_t confirmed = 0;
  int64_t next_ns = 0;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (stream_ != nullptr && following_ &&
        NowNanos() - heard_ns_ > absl::ToInt64Nanoseconds(options_.silence)) {
      stream_->Cancel();
      following_ = false;
    }
    const uint64_t position = position_;
    if (following_ && (position != confirmed || NowNanos() >= next_ns)) {
      lock.unlock();
      const int64_t begin_ns = NowNanos();
      const bool renewed = RenewOnce(position);
      lock.lock();
      if (renewed) confirmed = position;
      next_ns = renewed ? begin_ns + absl::ToInt64Nanoseconds(options_.renewal)
                        : NowNanos() + absl::ToInt64Nanoseconds(kPause);
      if (renewed) continue;
    }
    wake_.wait_for(lock, absl::ToChronoMilliseconds(kPause), [&] {
      return stop_ || (following_ && (position_ != position || NowNanos() >= next_ns));
    });
  }
}

bool CallerLease::RenewOnce(uint64_t position) {
  organization::v1::RenewLeaseRequest request;
  request.set_holder(holder_);
  request.set_position(position);
  request.mutable_duration()->set_seconds(absl::ToInt64Seconds(options_.duration));
  rpc::CallOptions options = Caller();
  options.timeout = options_.duration;
  // Counted from before it is asked for: the service counts from after.
  const int64_t begin_ns = NowNanos();
  const auto renewed =
      rpc::Invoke<organization::v1::RenewLeaseRequest, organization::v1::RenewLeaseResponse>(
          *channel_, kRenew, request, options);
  if (!renewed.ok()) return false;
  // One that has run out is not continued: in between a revocation need not have waited for it.
  if (NowNanos() >= until_ns_.load(std::memory_order_relaxed)) {
    lease_.fetch_add(1, std::memory_order_release);
  }
  until_ns_.store(begin_ns + absl::ToInt64Nanoseconds(options_.duration),
                  std::memory_order_release);
  return true;
}

void CallerLease::GiveBack() {
  organization::v1::RenewLeaseRequest request;
  request.set_holder(holder_);
  request.set_leave(true);
  rpc::CallOptions options = Caller();
  options.timeout = absl::Milliseconds(500);
  (void)rpc::Invoke<organization::v1::RenewLeaseRequest, organization::v1::RenewLeaseResponse>(
      *channel_, kRenew, request, options);
}

}  // namespace qinglian::gateway
