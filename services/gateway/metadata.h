// What of a call's metadata goes through, and what the gateway adds.
#ifndef QINGLIAN_SERVICES_GATEWAY_METADATA_H_
#define QINGLIAN_SERVICES_GATEWAY_METADATA_H_

#include <grpc/grpc.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/trace/context.h"

namespace qinglian::gateway {

inline constexpr std::string_view kStatusDetails = "grpc-status-details-bin";

inline std::string_view ViewOf(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)), GRPC_SLICE_LENGTH(slice)};
}

// True for what belongs to one hop: pseudo headers, `grpc-*`, `qinglian-*`, `user-agent` and
// `host`; and what a caller proves himself by, `authorization` and `acting-for`, which is the
// gateway's to judge and nobody's to repeat.
bool IsHop(std::string_view key);

// Appends what of `from` is forwarded to `to`, which borrows it. Binary status details are appended
// where `keep_details`: they travel as trailing metadata and belong to the caller.
void AppendForwarded(const grpc_metadata_array& from, bool keep_details,
                     std::vector<grpc_metadata>& to);

// The first value of `key`, or an empty view; valid as long as `metadata` is.
std::string_view Find(const grpc_metadata_array& metadata, std::string_view key);

// The size of `metadata` as HTTP/2 counts it (RFC 7540, 6.5.2): names, values and 32 bytes an
// entry.
int64_t WireSize(const grpc_metadata_array& metadata);

// The traceparent of a context that has trace and span. The caller owns it. Thread-safe.
grpc_slice TraceParentOf(const trace::Context& context);

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_METADATA_H_
