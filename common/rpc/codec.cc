#include "common/rpc/codec.h"

#include <string>

#include "common/status/status.h"
#include "common/validate/validate.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/proto_buffer_writer.h"

namespace qinglian::rpc {

using google::protobuf::Message;

namespace {

// What gRPC says where a connection is lost under a call, if it does not say UNAVAILABLE
// (grpc/grpc#13800).
constexpr char kStreamRemoved[] = "Stream removed";

grpc::StatusCode CodeOf(const grpc::Status& status) {
  const bool lost = status.error_code() == grpc::StatusCode::UNKNOWN &&
                    status.error_details().empty() && status.error_message() == kStreamRemoved;
  return lost ? grpc::StatusCode::UNAVAILABLE : status.error_code();
}

}  // namespace

absl::Status Decode(grpc::ByteBuffer& bytes, Message& message) {
  const grpc::Status parsed = grpc::SerializationTraits<Message>::Deserialize(&bytes, &message);
  if (parsed.ok()) return absl::OkStatus();
  return status::Error(status::kRequestInvalid,
                       {{"detail", "the bytes are not a " + message.GetDescriptor()->full_name()}});
}

absl::Status DecodeRequest(grpc::ByteBuffer& bytes, Message& request) {
  if (absl::Status decoded = Decode(bytes, request); !decoded.ok()) return decoded;
  // Kept, they would become what a later version takes for its own.
  request.DiscardUnknownFields();
  return validate::Check(request);
}

absl::Status Encode(const Message& message, grpc::ByteBuffer& bytes) {
  bool own = false;
  const grpc::Status serialized =
      grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own);
  if (serialized.ok()) return absl::OkStatus();
  return absl::InternalError("cannot serialize a " + message.GetDescriptor()->full_name());
}

absl::StatusOr<std::shared_ptr<const grpc::ByteBuffer>> EncodeShared(const Message& message) {
  auto bytes = std::make_shared<grpc::ByteBuffer>();
  if (absl::Status encoded = Encode(message, *bytes); !encoded.ok()) return encoded;
  return bytes;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status proto = status::ToProto(status);
  return grpc::Status(static_cast<grpc::StatusCode>(proto.code()), proto.message(),
                      proto.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status proto;
  const auto code = static_cast<int>(CodeOf(status));
  // A proxy may have changed the code; then the details tell of something else.
  if (!proto.ParseFromString(status.error_details()) || proto.code() != code) proto.Clear();
  if (proto.code() == 0) {
    proto.set_code(code);
    proto.set_message(status.error_message());
  }
  return status::FromProto(proto);
}

}  // namespace qinglian::rpc
