#include "services/gateway/metadata.h"

namespace qinglian::gateway {

bool IsHop(std::string_view key) {
  if (key.empty()) return true;
  switch (key.front()) {
    case ':':
      return true;
    case 'a':
      return key == "authorization" || key == "acting-for";
    case 'g':
      return key.substr(0, 5) == "grpc-";
    case 'h':
      return key == "host";
    case 'q':
      // What the house says of itself from hop to hop.
      return key.substr(0, 9) == "qinglian-";
    case 'u':
      return key == "user-agent";
    default:
      return false;
  }
}

void AppendForwarded(const grpc_metadata_array& from, bool keep_details,
                     std::vector<grpc_metadata>& to) {
  for (size_t i = 0; i < from.count; ++i) {
    const std::string_view key = ViewOf(from.metadata[i].key);
    if (!IsHop(key) || (keep_details && key == kStatusDetails)) to.push_back(from.metadata[i]);
  }
}

std::string_view Find(const grpc_metadata_array& metadata, std::string_view key) {
  for (size_t i = 0; i < metadata.count; ++i) {
    if (ViewOf(metadata.metadata[i].key) == key) return ViewOf(metadata.metadata[i].value);
  }
  return {};
}

int64_t WireSize(const grpc_metadata_array& metadata) {
  int64_t size = 0;
  for (size_t i = 0; i < metadata.count; ++i) {
    size += GRPC_SLICE_LENGTH(metadata.metadata[i].key) +
            GRPC_SLICE_LENGTH(metadata.metadata[i].value) + 32;
  }
  return size;
}

grpc_slice TraceParentOf(const trace::Context& context) {
  grpc_slice slice = grpc_slice_malloc(trace::kTraceParentSize);
  trace::WriteTraceParent(context, reinterpret_cast<char*>(GRPC_SLICE_START_PTR(slice)));
  return slice;
}

}  // namespace qinglian::gateway
