#include "services/gateway/metadata.h"

#include <cstring>

#include "absl/random/random.h"

namespace qinglian::gateway {
namespace {

// 16 hexadecimal digits.
void WriteHex(uint64_t number, char* to) {
  for (int i = 15; i >= 0; --i, number >>= 4) to[i] = "0123456789abcdef"[number & 15];
}

}  // namespace

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

grpc_slice NewTraceParent() {
  // Ids need to differ, not to be secret.
  thread_local absl::InsecureBitGen generator;
  const auto number = [] {
    return absl::Uniform<uint64_t>(absl::IntervalClosed, generator, 1, UINT64_MAX);
  };
  // Written by hand: formatting cost more than all the rest of the gateway's own work on a call.
  grpc_slice slice = grpc_slice_malloc(55);
  char* text = reinterpret_cast<char*>(GRPC_SLICE_START_PTR(slice));
  std::memcpy(text, "00-", 3);
  WriteHex(number(), text + 3);
  WriteHex(number(), text + 19);
  text[35] = '-';
  WriteHex(number(), text + 36);
  std::memcpy(text + 52, "-00", 3);
  return slice;
}

}  // namespace qinglian::gateway
