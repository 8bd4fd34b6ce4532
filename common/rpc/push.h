// Long, quiet streams from the server: many of them, and no thread for any.
#ifndef QINGLIAN_COMMON_RPC_PUSH_H_
#define QINGLIAN_COMMON_RPC_PUSH_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "common/rpc/codec.h"
#include "grpcpp/support/byte_buffer.h"

namespace qinglian::rpc {

// What carries a PushStream's bytes: gRPC in a server, a fake in tests. `Write` and `Finish` never
// overlap, and nothing is called after Finish. Neither may call back into the core before it has
// returned.
class PushSink {
 public:
  virtual ~PushSink() = default;
  // Begins to send `bytes`, which live until PushCore::Written.
  virtual void Write(const grpc::ByteBuffer& bytes) = 0;
  virtual void Finish(const absl::Status& status) = 0;
};

// The state of one stream: a queue of messages, bounded in bytes. Thread-safe; callbacks are called
// without a lock held, by the thread that caused them, and must be quick.
class PushCore {
 public:
  // `sink` must live until Finished was called. `buffer_bytes` bounds what waits to be sent.
  PushCore(PushSink* sink, size_t buffer_bytes) : sink_(sink), limit_(buffer_bytes) {}

  PushCore(const PushCore&) = delete;
  PushCore& operator=(const PushCore&) = delete;

  // Queues a message, which may be shared with other streams. False when it does not fit beside
  // what waits already (a single message always fits into an empty queue), or when the stream has
  // ended (`cancelled`).
  bool Offer(std::shared_ptr<const grpc::ByteBuffer> bytes);

  // Ends the stream with `status`. What is queued is not sent, but for the message being sent now;
  // a caller who does not read even that learns the status when he does. Later calls do nothing.
  void Close(absl::Status status);

  // Ends the stream with `status` after everything queued has been sent. Nothing more may be
  // offered.
  void CloseAfterFlush(absl::Status status);

  // Whether the stream has ended: the caller has gone, or Close was called.
  bool cancelled() const;

  // `callback` is called once when the stream is over and nothing more of it will happen; at once
  // if it is. It may hold the stream itself: it is let go after the call.
  void OnDone(std::function<void()> callback);

  // `callback` is called each time the queue has run empty, until the stream ends: time to offer
  // more.
  void OnDrained(std::function<void()> callback);

  // Of the sink: the message given to Write has left, or cannot; the caller has gone; nothing more
  // will happen.
  void Written(bool ok);
  void Gone();
  void Finished();

 private:
  // What to do once the lock is released.
  struct Step {
    const grpc::ByteBuffer* write = nullptr;
    bool finish = false;
  };
  Step NextStep();
  void Take(const Step& step);

  PushSink* const sink_;
  const size_t limit_;
  mutable std::mutex mutex_;
  // The first is being sent while `writing_`.
  std::deque<std::shared_ptr<const grpc::ByteBuffer>> queue_;
  size_t bytes_ = 0;
  bool writing_ = false;
  bool closing_ = false;   // no more offers
  bool gone_ = false;      // the caller has gone
  bool finished_ = false;  // Finish was given to the sink
  bool done_ = false;
  absl::Status status_;
  std::function<void()> on_done_;
  std::function<void()> on_drained_;
};

// PushCore with the type of its messages.
template <typename Resp>
class PushStream {
 public:
  explicit PushStream(std::shared_ptr<PushCore> core) : core_(std::move(core)) {}

  // As PushCore. Where a message goes to several streams, serialize it once with EncodeShared.
  bool Offer(std::shared_ptr<const grpc::ByteBuffer> bytes) {
    return core_->Offer(std::move(bytes));
  }
  bool Offer(const Resp& message) {
    auto bytes = EncodeShared(message);
    return bytes.ok() && core_->Offer(*std::move(bytes));
  }
  void Close(absl::Status status) { core_->Close(std::move(status)); }
  void CloseAfterFlush(absl::Status status) { core_->CloseAfterFlush(std::move(status)); }
  bool cancelled() const { return core_->cancelled(); }
  void OnDone(std::function<void()> callback) { core_->OnDone(std::move(callback)); }
  void OnDrained(std::function<void()> callback) { core_->OnDrained(std::move(callback)); }

 private:
  const std::shared_ptr<PushCore> core_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_PUSH_H_
