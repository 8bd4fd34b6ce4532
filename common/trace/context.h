// Which trace something belongs to, and which span of it, as W3C Trace Context writes them in the
// metadata `traceparent`. Plain values: nothing here needs tracing to be on.
#ifndef QINGLIAN_COMMON_TRACE_CONTEXT_H_
#define QINGLIAN_COMMON_TRACE_CONTEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qinglian::trace {

// The metadata key of the trace.
inline constexpr char kTraceParent[] = "traceparent";

// The size of a `traceparent`, in bytes.
inline constexpr size_t kTraceParentSize = 55;

// A trace id of 128 bits and a span id of 64. An id of zero is none.
struct Context {
  uint64_t high = 0;
  uint64_t low = 0;
  uint64_t span = 0;
  // Whether what happens in the trace is recorded.
  bool sampled = false;

  bool has_trace() const { return (high | low) != 0; }
  // 32 hexadecimal digits in lower case.
  std::string trace_id() const;
};

// What a `traceparent` says: nothing where there is none or it is malformed. A version that is not
// known yet is read as far as version 00 goes.
std::optional<Context> ParseTraceParent(std::string_view text);

// A trace by its id alone, neither span nor sampled; nothing where it is not 32 hexadecimal digits
// in lower case, some of them not 0.
std::optional<Context> ParseTraceId(std::string_view trace_id);

// Writes the `traceparent` of a context that has trace and span: kTraceParentSize bytes.
void WriteTraceParent(const Context& context, char* to);
std::string FormatTraceParent(const Context& context);

// A new trace with its first span, not sampled, of random ids: they need to differ, not to be
// secret. Thread-safe.
Context NewTrace();

// A random id of a span, never zero. Thread-safe.
uint64_t NewSpanId();

// Whether a trace is among the share `ratio`, 0 to 1, of all traces. By the last 56 bits of its id,
// as W3C Trace Context level 2 has it, so that whoever asks with the same ratio is told the same.
bool IsAmong(const Context& context, double ratio);

// The span in which the request `request_id` of that trace is journalled. It follows from both, so
// that who follows the journal of another service knows it too: from `trace_id` (32 hexadecimal
// digits) and the request's id as text. No span where the trace id is malformed.
Context JournalSpan(std::string_view trace_id, std::string_view request_id);

}  // namespace qinglian::trace

#endif  // QINGLIAN_COMMON_TRACE_CONTEXT_H_
