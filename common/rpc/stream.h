// Streams as a synchronous handler sees them: read one, write one, each waiting for its turn.
#ifndef QINGLIAN_COMMON_RPC_STREAM_H_
#define QINGLIAN_COMMON_RPC_STREAM_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/codec.h"
#include "common/status/macros.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace qinglian::rpc {

// A stream of bytes, both ways. Used by one thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Waits for the caller's next message. False at the proper end of his stream; CANCELLED or
  // DEADLINE_EXCEEDED when it was cut off. gRPC tells a cut from an end by the order of its
  // reactions only, so what must be whole says its own size or digest, as evidence does.
  virtual absl::StatusOr<bool> Read(grpc::ByteBuffer* message) = 0;

  // Sends a message, after the one before has left: a slow caller slows the handler down. False
  // when the caller has gone or his deadline has passed.
  virtual bool Write(const grpc::ByteBuffer& message) = 0;

  // The error that says so.
  virtual absl::Status Gone() = 0;
};

// The only message of a caller who does not stream, decoded and checked.
absl::Status ReadOnly(ByteStream& stream, google::protobuf::Message& request);

// The messages that a caller streams. Used by the handler's thread.
template <typename Req>
class Reader {
 public:
  explicit Reader(ByteStream& stream) : stream_(stream) {}

  // Waits for the next message, which is decoded and checked as a request is. False at the end of
  // the stream; INVALID_ARGUMENT, CANCELLED or DEADLINE_EXCEEDED, which the handler returns,
  // otherwise.
  absl::StatusOr<bool> Read(Req* message) {
    grpc::ByteBuffer bytes;
    ASSIGN_OR_RETURN(const bool more, stream_.Read(&bytes));
    if (!more) return false;
    message->Clear();
    RETURN_IF_ERROR(DecodeRequest(bytes, *message));
    return true;
  }

 private:
  ByteStream& stream_;
};

// What a handler streams to its caller. Used by the handler's thread.
template <typename Resp>
class Writer {
 public:
  explicit Writer(ByteStream& stream) : stream_(stream) {}

  // As ByteStream::Write. After false the handler stops; whatever it returns, the call ends as
  // cancelled.
  bool Write(const Resp& message) {
    grpc::ByteBuffer bytes;
    return Encode(message, bytes).ok() && stream_.Write(bytes);
  }

 private:
  ByteStream& stream_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_STREAM_H_
