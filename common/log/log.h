// Logs: one JSON object a line, to stderr or a file, for machines to gather and people to search.
//
//   log::Info("connection opened", {{"peer", "organization"}, {"attempt", 3}});
//
//   {"time":"2026-01-05T00:00:00.000000Z","severity":"INFO","service":"risk","trace_id":"…",
//    "event":"connection opened","peer":"organization","attempt":3}
//
// An event is a constant text; what varies goes into fields. Personal data, secrets, request and
// response bodies do not go into logs at all: that is why there is no way to log a protobuf
// message. Whatever a value holds, it stays inside its JSON string: control characters are escaped
// and bytes that are not UTF-8 replaced, so that no value can forge a line.
//
// All functions are thread-safe; each line is one write.
#ifndef QINGLIAN_COMMON_LOG_LOG_H_
#define QINGLIAN_COMMON_LOG_LOG_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace google::protobuf {
class MessageLite;
}  // namespace google::protobuf

namespace qinglian::log {

enum class Severity { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning" or "error"; nullopt for everything else.
std::optional<Severity> ParseSeverity(std::string_view text);

// The value of a field. Texts are referred to, not copied: they need to live only as long as the
// call that logs them. Values longer than 4 KB are cut.
class Value {
 public:
  using Variant = std::variant<bool, int64_t, uint64_t, double, std::string_view, absl::Time,
                               absl::Duration, const absl::Status*>;

  template <std::same_as<bool> T>
  Value(T value) : value_(value) {}  // NOLINT: implicit, so that a field is written as a pair
  template <std::signed_integral T>
  Value(T value) : value_(static_cast<int64_t>(value)) {}  // NOLINT
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) Value(T value)
      : value_(static_cast<uint64_t>(value)) {}                         // NOLINT
  Value(double value) : value_(value) {}                                // NOLINT
  Value(const char* value) : value_(std::string_view(value)) {}         // NOLINT
  Value(const std::string& value) : value_(std::string_view(value)) {}  // NOLINT
  Value(std::string_view value) : value_(value) {}                      // NOLINT
  Value(absl::string_view value)
      : value_(std::string_view(value.data(), value.size())) {}  // NOLINT
  // As RFC 3339 in UTC with microseconds.
  Value(absl::Time value) : value_(value) {}  // NOLINT
  // In seconds; name the field so ("wait_seconds").
  Value(absl::Duration value) : value_(value) {}  // NOLINT
  // As "CODE: message"; the details are not logged.
  Value(const absl::Status& value) : value_(&value) {}  // NOLINT
  // A message may hold personal data, now or in the next version of its proto.
  Value(const google::protobuf::MessageLite&) = delete;
  Value(const google::protobuf::MessageLite*) = delete;
  Value(const void*) = delete;

  const Variant& variant() const { return value_; }

 private:
  Variant value_;
};

// The key is snake_case. One that the line itself uses (time, severity, service, trace_id, event)
// is written with an underscore behind it; a field "trace_id" takes the place of the scope's.
using Field = std::pair<std::string_view, Value>;

struct Options {
  // The program, as field `service`.
  std::string service = "";
  // What is less severe is not written.
  Severity level = Severity::kInfo;
  // Where the lines are appended; empty for stderr.
  std::string file = "";
};

// Takes effect for all lines from now on; before the first call, lines go to stderr from level
// info. INTERNAL, reason IO_FAILED, where the file cannot be opened; nothing is changed then.
absl::Status Configure(const Options& options);

// Whether a line of this severity would be written: for fields that cost something to compute.
bool Enabled(Severity severity);

void Write(Severity severity, std::string_view event, absl::Span<const Field> fields);

inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Severity::kDebug, event, absl::MakeConstSpan(fields.begin(), fields.size()));
}
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Severity::kInfo, event, absl::MakeConstSpan(fields.begin(), fields.size()));
}
inline void Warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Severity::kWarning, event, absl::MakeConstSpan(fields.begin(), fields.size()));
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Severity::kError, event, absl::MakeConstSpan(fields.begin(), fields.size()));
}

// While it lives, lines of this thread carry its trace id. Scopes nest; destroy them in the order
// of the stack, on the thread that made them.
class TraceScope {
 public:
  explicit TraceScope(std::string trace_id);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

  std::string_view trace_id() const { return trace_id_; }

 private:
  const std::string trace_id_;
  const TraceScope* const outer_;
};

}  // namespace qinglian::log

#endif  // QINGLIAN_COMMON_LOG_LOG_H_
