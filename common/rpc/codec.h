// Messages as bytes and back, and errors as gRPC carries them.
#ifndef QINGLIAN_COMMON_RPC_CODEC_H_
#define QINGLIAN_COMMON_RPC_CODEC_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace qinglian::rpc {

// Parses `bytes`, which are used up. INVALID_ARGUMENT, reason REQUEST_INVALID, where they are not
// the message.
absl::Status Decode(grpc::ByteBuffer& bytes, google::protobuf::Message& message);

// Decode, without fields that the contract does not know; then its rules: INVALID_ARGUMENT, reason
// FIELDS_INVALID, with every field that breaks one.
absl::Status DecodeRequest(grpc::ByteBuffer& bytes, google::protobuf::Message& request);

// Serializes. INTERNAL where the message is larger than 2 GB.
absl::Status Encode(const google::protobuf::Message& message, grpc::ByteBuffer& bytes);

// Encode, for bytes that many streams share.
absl::StatusOr<std::shared_ptr<const grpc::ByteBuffer>> EncodeShared(
    const google::protobuf::Message& message);

// What goes over the wire: code and text, and google.rpc.Status, always valid and of the same code,
// as the details. INTERNAL, UNKNOWN and DATA_LOSS show an id and nothing else (status::ToProto).
grpc::Status ToGrpc(const absl::Status& status);

// What came over the wire. Where another program on the way (a proxy, gRPC itself) made the error,
// there are no details and code and text are all there is. A connection that was lost under the
// call is UNAVAILABLE.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_CODEC_H_
