// Whatever a caller says of his trace, what is read of it is a trace and a span, and is told to
// others so that they read the same.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "common/trace/context.h"

namespace {

using qinglian::trace::Context;

bool Same(const Context& a, const Context& b) {
  return a.high == b.high && a.low == b.low && a.span == b.span && a.sampled == b.sampled;
}

void Check(std::string_view text) {
  const std::optional<Context> read = qinglian::trace::ParseTraceParent(text);
  if (!read.has_value()) return;
  if (!read->has_trace() || read->span == 0) abort();
  const std::optional<Context> again =
      qinglian::trace::ParseTraceParent(qinglian::trace::FormatTraceParent(*read));
  if (!again.has_value() || !Same(*read, *again)) abort();
  if (read->trace_id() != text.substr(3, 32)) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
