#include "common/log/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "common/clock/clock.h"
#include "common/log/json.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::log {
namespace {

constexpr size_t kMaxValueBytes = 4'096;
constexpr std::string_view kReserved[] = {"time", "severity", "service", "event"};

std::atomic<Severity> level{Severity::kInfo};

struct Output {
  std::mutex mutex;
  int fd = STDERR_FILENO;
  std::string service;
};

// Never destroyed: threads may log until the very end of the process.
Output& TheOutput() {
  static Output* const output = new Output();
  return *output;
}

thread_local const TraceScope* innermost = nullptr;

std::string_view NameOf(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "DEBUG";
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

struct AppendValue {
  std::string& out;

  void operator()(bool value) const { out.append(value ? "true" : "false"); }
  void operator()(int64_t value) const { absl::StrAppend(&out, value); }
  void operator()(uint64_t value) const { absl::StrAppend(&out, value); }
  void operator()(double value) const { AppendJsonNumber(value, out); }
  void operator()(std::string_view value) const { AppendJsonString(value, kMaxValueBytes, out); }
  void operator()(absl::Time value) const {
    AppendJsonString(TimeText(value), kMaxValueBytes, out);
  }
  void operator()(absl::Duration value) const {
    AppendJsonNumber(absl::ToDoubleSeconds(value), out);
  }
  void operator()(const absl::Status* value) const {
    AppendJsonString(value->ToString(absl::StatusToStringMode::kWithNoExtraData), kMaxValueBytes,
                     out);
  }
};

void AppendKey(std::string_view key, std::string& out) {
  if (out != "{") out.push_back(',');
  AppendJsonString(key, kMaxValueBytes, out);
  out.push_back(':');
}

void AppendText(std::string_view key, std::string_view value, std::string& out) {
  AppendKey(key, out);
  AppendJsonString(value, kMaxValueBytes, out);
}

void AppendField(const Field& field, std::string& out) {
  const bool reserved = std::count(std::begin(kReserved), std::end(kReserved), field.first) > 0;
  AppendKey(reserved ? absl::StrCat(status::View(field.first), "_") : std::string(field.first),
            out);
  std::visit(AppendValue{out}, field.second.variant());
}

void WriteWhole(int fd, std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(fd, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    // A log that cannot be written has nowhere to say so.
    if (written <= 0) return;
    line.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

std::optional<Severity> ParseSeverity(std::string_view text) {
  if (text == "debug") return Severity::kDebug;
  if (text == "info") return Severity::kInfo;
  if (text == "warning") return Severity::kWarning;
  if (text == "error") return Severity::kError;
  return std::nullopt;
}

absl::Status Configure(const Options& options) {
  int fd = STDERR_FILENO;
  if (!options.file.empty()) {
    fd = open(options.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
      return status::Error(status::kIoFailed,
                           {{"detail", absl::StrCat("cannot open the log file ", options.file)}});
    }
  }
  Output& output = TheOutput();
  const std::lock_guard<std::mutex> lock(output.mutex);
  if (output.fd != STDERR_FILENO) close(output.fd);
  output.fd = fd;
  output.service = options.service;
  level = options.level;
  return absl::OkStatus();
}

bool Enabled(Severity severity) { return severity >= level.load(std::memory_order_relaxed); }

void Write(Severity severity, std::string_view event, absl::Span<const Field> fields) {
  if (!Enabled(severity)) return;
  const bool own_trace_id = std::any_of(
      fields.begin(), fields.end(), [](const Field& field) { return field.first == "trace_id"; });
  std::string line = "{";
  AppendText("time", TimeText(clock::SystemClock::Instance().Now()), line);
  AppendText("severity", NameOf(severity), line);
  std::string tail;
  if (innermost != nullptr && !own_trace_id) AppendText("trace_id", innermost->trace_id(), tail);
  AppendText("event", event, tail);
  for (const Field& field : fields) AppendField(field, tail);
  tail.append("}\n");

  Output& output = TheOutput();
  const std::lock_guard<std::mutex> lock(output.mutex);
  AppendText("service", output.service, line);
  line.append(tail);
  WriteWhole(output.fd, line);
}

TraceScope::TraceScope(std::string trace_id) : trace_id_(std::move(trace_id)), outer_(innermost) {
  innermost = this;
}

TraceScope::~TraceScope() { innermost = outer_; }

}  // namespace qinglian::log
