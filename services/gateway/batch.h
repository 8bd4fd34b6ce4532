// One batch of operations on a gRPC call, built without allocation.
#ifndef QINGLIAN_SERVICES_GATEWAY_BATCH_H_
#define QINGLIAN_SERVICES_GATEWAY_BATCH_H_

#include <grpc/grpc.h>

#include <cstddef>
#include <vector>

namespace qinglian::gateway {

// What is added is borrowed: metadata until grpc_call_start_batch returns, everything received into
// until the batch completes. Not thread-safe.
class Batch {
 public:
  Batch& SendInitialMetadata(std::vector<grpc_metadata>& metadata) {
    grpc_op& op = Add(GRPC_OP_SEND_INITIAL_METADATA);
    op.data.send_initial_metadata.count = metadata.size();
    op.data.send_initial_metadata.metadata = metadata.data();
    op.data.send_initial_metadata.maybe_compression_level.is_set = 0;
    return *this;
  }
  Batch& SendMessage(grpc_byte_buffer* message) {
    Add(GRPC_OP_SEND_MESSAGE).data.send_message.send_message = message;
    return *this;
  }
  Batch& SendClose() {
    Add(GRPC_OP_SEND_CLOSE_FROM_CLIENT);
    return *this;
  }
  Batch& SendStatus(grpc_status_code code, grpc_slice& message,
                    std::vector<grpc_metadata>& trailing) {
    grpc_op& op = Add(GRPC_OP_SEND_STATUS_FROM_SERVER);
    op.data.send_status_from_server.status = code;
    op.data.send_status_from_server.status_details = &message;
    op.data.send_status_from_server.trailing_metadata_count = trailing.size();
    op.data.send_status_from_server.trailing_metadata = trailing.data();
    return *this;
  }
  Batch& RecvInitialMetadata(grpc_metadata_array& metadata) {
    Add(GRPC_OP_RECV_INITIAL_METADATA).data.recv_initial_metadata.recv_initial_metadata = &metadata;
    return *this;
  }
  Batch& RecvMessage(grpc_byte_buffer*& message) {
    Add(GRPC_OP_RECV_MESSAGE).data.recv_message.recv_message = &message;
    return *this;
  }
  Batch& RecvStatus(grpc_status_code& code, grpc_slice& message, grpc_metadata_array& trailing) {
    grpc_op& op = Add(GRPC_OP_RECV_STATUS_ON_CLIENT);
    op.data.recv_status_on_client.status = &code;
    op.data.recv_status_on_client.status_details = &message;
    op.data.recv_status_on_client.trailing_metadata = &trailing;
    op.data.recv_status_on_client.error_string = nullptr;
    return *this;
  }
  Batch& RecvClose(int& cancelled) {
    Add(GRPC_OP_RECV_CLOSE_ON_SERVER).data.recv_close_on_server.cancelled = &cancelled;
    return *this;
  }

  bool empty() const { return count_ == 0; }

  grpc_call_error Start(grpc_call* call, void* tag) const {
    return grpc_call_start_batch(call, ops_, count_, tag, nullptr);
  }

 private:
  grpc_op& Add(grpc_op_type type) {
    grpc_op& op = ops_[count_++];
    op.op = type;
    op.flags = 0;
    op.reserved = nullptr;
    return op;
  }

  // A call knows eight operations, and a batch holds each at most once.
  grpc_op ops_[8];
  size_t count_ = 0;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_BATCH_H_
