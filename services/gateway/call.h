// A call that the gateway has accepted: what forwarding, refusing and answering have in common.
//
// The gateway speaks gRPC's C API, which is public, because a byte forwarder lives on what the C++
// wrappers hide: a batch may join any operations of a call, metadata and messages pass by
// reference, and a completed unary call costs five events and no copy.
//
// A call belongs to one worker and is touched by its thread only. It ends when no operation is
// outstanding any more; the operation that waits for the caller's end (RecvClose) is outstanding as
// long as the call is, so a call cannot end early, and gRPC completes each operation exactly once,
// so it cannot stay either.
#ifndef QINGLIAN_SERVICES_GATEWAY_CALL_H_
#define QINGLIAN_SERVICES_GATEWAY_CALL_H_

#include <grpc/grpc.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/gateway/batch.h"
#include "services/gateway/deadline.h"
#include "services/gateway/router.h"

namespace qinglian::gateway {

class Worker;

// What a completion queue hands back.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual void Run(bool ok) = 0;
};

// What gRPC gives for a new call.
struct Accepted {
  grpc_call* call = nullptr;
  grpc_call_details details;
  grpc_metadata_array metadata;
};

// Operations, by the side they are on: `down` is the caller, `up` the service.
enum class Event : uint8_t {
  kDownClosed,
  kDownMessage,
  kDownSent,
  kDownFinished,
  kUpInitial,
  kUpMessage,
  kUpSent,
  kUpStatus,
};
inline constexpr int kEvents = 8;

class Call {
 public:
  explicit Call(Worker& worker);
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Takes `accepted` over and begins. Once per call, or again after Reset.
  void Begin(const Accepted& accepted, Route route);

  // Ends the call with a status of the gateway's own, unless it is over.
  virtual void End(const absl::Status& status) { Finish(status); }

  // Ends the call in the middle, whatever it is doing: the caller sees `code`.
  void Abort(grpc_status_code code, const char* message);

  // Called now and then: ends the call where its time is up.
  virtual void Tick(int64_t now_ns);

  // True for a call that may last for ever, and so has to be ended when the gateway stops.
  bool endless() const { return expiry_ns_ == kNever; }

  // True for a call that nobody has to wait for.
  virtual bool refused() const { return false; }

  // What the caller was answered, or CANCELLED where he left before.
  grpc_status_code code() const { return code_; }
  Route route() const { return route_; }
  int64_t start_ns() const { return start_ns_; }

  // Gives back what the call held; the object may then begin another.
  virtual void Reset();

  // Where the worker lists its calls.
  Call* previous = nullptr;
  Call* next = nullptr;

 protected:
  virtual void OnBegin() = 0;
  virtual void On(Event event, bool ok) = 0;
  // Starts a batch. A refusal (metadata that the caller could send but that nobody may) answers the
  // caller, and false.
  bool Start(grpc_call* call, const Batch& batch, Event event);
  // Finishes the call with a status of the gateway's own, unless it is finished. No message may be
  // on its way to the caller.
  void Finish(const absl::Status& status);
  // The same with a code and trailing metadata as they came, after what `batch` sends. `initial` is
  // metadata to begin with, if that is not sent yet.
  void Finish(grpc_status_code code, grpc_slice& message, std::vector<grpc_metadata>& trailing,
              const grpc_metadata_array* initial, Batch& batch);
  // Adds initial metadata to `batch`, unless it is sent. `from` may be null.
  void AddInitial(const grpc_metadata_array* from, Batch& batch);

  // Keeps the call from ending, till Unhold(), which may end it: nothing may touch it afterwards.
  void Hold() { ++outstanding_; }
  void Unhold();

  std::string_view path() const;
  // True where the caller is gone, or was answered.
  bool over() const { return cancelled_ || finished_; }

  Worker& worker_;
  Route route_;
  grpc_call* down_ = nullptr;
  grpc_call* up_ = nullptr;
  grpc_call_details details_;
  grpc_metadata_array metadata_;
  bool initial_sent_ = false;
  int64_t start_ns_ = 0;
  // The caller's deadline, or the one that he was given; kNever for none.
  int64_t deadline_ns_ = kNever;

 private:
  class OpTag final : public Tag {
   public:
    void Run(bool ok) override { call->Handle(event, ok); }
    Call* call = nullptr;
    Event event = Event::kDownClosed;
  };

  void Handle(Event event, bool ok);
  void SetDeadline();

  OpTag tags_[kEvents];
  int outstanding_ = 0;
  // Where gRPC writes, on a thread of its choice, until kDownClosed.
  int closed_ = 0;
  bool cancelled_ = false;
  bool finished_ = false;
  int64_t expiry_ns_ = kNever;
  grpc_status_code code_ = GRPC_STATUS_CANCELLED;
};

// A call that is refused at once.
class RefusedCall final : public Call {
 public:
  RefusedCall(Worker& worker, absl::Status why) : Call(worker), why_(std::move(why)) {}
  bool refused() const override { return true; }

 private:
  void OnBegin() override { Finish(why_); }
  void On(Event event, bool ok) override {}

  const absl::Status why_;
};

// UNAVAILABLE, reason DRAINING.
absl::Status Draining();

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_CALL_H_
