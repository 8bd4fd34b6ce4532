#include "common/trace/context.h"

#include <cmath>
#include <cstring>

#include "absl/random/random.h"

namespace qinglian::trace {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr int kRandomBits = 56;

// The value of a hexadecimal digit in lower case, or -1.
int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Reads all of `text`, at most 16 digits; false where one is none.
bool ReadHex(std::string_view text, uint64_t& number) {
  number = 0;
  for (const char c : text) {
    const int digit = DigitOf(c);
    if (digit < 0) return false;
    number = number << 4 | static_cast<uint64_t>(digit);
  }
  return true;
}

// Written by hand: in the gateway formatting cost more than all the rest of its work on a call.
void WriteHex(uint64_t number, char* to) {
  for (int i = 15; i >= 0; --i, number >>= 4) to[i] = kDigits[number & 15];
}

uint64_t NewId() {
  thread_local absl::InsecureBitGen generator;
  return absl::Uniform<uint64_t>(absl::IntervalClosed, generator, 1, UINT64_MAX);
}

// FNV-1a, which has one meaning wherever and whenever it is computed.
uint64_t Hash(std::string_view text, uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::string Context::trace_id() const {
  std::string text(32, '0');
  WriteHex(high, text.data());
  WriteHex(low, text.data() + 16);
  return text;
}

std::optional<Context> ParseTraceId(std::string_view trace_id) {
  Context context;
  if (trace_id.size() != 32 || !ReadHex(trace_id.substr(0, 16), context.high) ||
      !ReadHex(trace_id.substr(16), context.low) || !context.has_trace()) {
    return std::nullopt;
  }
  return context;
}

std::optional<Context> ParseTraceParent(std::string_view text) {
  // version "-" trace id "-" span id "-" flags
  if (text.size() < kTraceParentSize || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return std::nullopt;
  uint64_t version;
  if (!ReadHex(text.substr(0, 2), version) || version == 0xff) return std::nullopt;
  const bool longer = text.size() > kTraceParentSize;
  if (longer && (version == 0 || text[kTraceParentSize] != '-')) return std::nullopt;
  std::optional<Context> context = ParseTraceId(text.substr(3, 32));
  uint64_t flags;
  if (!context.has_value() || !ReadHex(text.substr(36, 16), context->span) || context->span == 0 ||
      !ReadHex(text.substr(53, 2), flags)) {
    return std::nullopt;
  }
  context->sampled = (flags & 1) != 0;
  return context;
}

void WriteTraceParent(const Context& context, char* to) {
  std::memcpy(to, "00-", 3);
  WriteHex(context.high, to + 3);
  WriteHex(context.low, to + 19);
  to[35] = '-';
  WriteHex(context.span, to + 36);
  std::memcpy(to + 52, context.sampled ? "-01" : "-00", 3);
}

std::string FormatTraceParent(const Context& context) {
  std::string text(kTraceParentSize, ' ');
  WriteTraceParent(context, text.data());
  return text;
}

Context NewTrace() { return {.high = NewId(), .low = NewId(), .span = NewId()}; }

uint64_t NewSpanId() { return NewId(); }

bool IsAmong(const Context& context, double ratio) {
  constexpr uint64_t kAll = uint64_t{1} << kRandomBits;
  const auto rejected = static_cast<uint64_t>(std::ldexp(1 - ratio, kRandomBits));
  return (context.low & (kAll - 1)) >= rejected;
}

Context JournalSpan(std::string_view trace_id, std::string_view request_id) {
  std::optional<Context> context = ParseTraceId(trace_id);
  if (!context.has_value()) return {};
  // An id of zero would be none.
  context->span = Hash(request_id, Hash(trace_id, 0xcbf29ce484222325)) | 1;
  return *context;
}

}  // namespace qinglian::trace
