#include "common/trace/span.h"

#include <algorithm>

namespace qinglian::trace {
namespace {

using std::chrono::steady_clock;

constexpr size_t kMaxLinks = 32;

Span Begin(Beginning beginning) {
  Recorder* const recorder = internal::recorder.load(std::memory_order_acquire);
  if (recorder == nullptr) return {};
  beginning.context.sampled = true;
  std::unique_ptr<Recording> recording = recorder->Begin(beginning);
  return Span(beginning.context, std::move(recording));
}

// A part of `parent`, as it would begin now.
Beginning PartOf(const Context& parent, Kind kind, std::string_view name) {
  Beginning beginning{.kind = kind, .name = name, .context = parent, .parent = parent.span};
  beginning.context.span = NewSpanId();
  beginning.start = steady_clock::now();
  return beginning;
}

bool SameTrace(const Context& a, const Context& b) { return a.high == b.high && a.low == b.low; }

}  // namespace

void SetRecorder(Recorder* recorder) {
  internal::recorder.store(recorder, std::memory_order_release);
}

void Span::Finish(absl::StatusCode code) {
  if (code != absl::StatusCode::kOk) recording_->Fail(code);
  recording_ = nullptr;
}

void Span::FinishCall(absl::StatusCode code, bool failed) {
  recording_->Set(Attribute::kRpcCode, static_cast<int64_t>(code));
  Finish(failed ? code : absl::StatusCode::kOk);
}

Span BeginChild(Kind kind, std::string_view name, uint64_t span) {
  Beginning beginning = PartOf(*internal::current, kind, name);
  if (span != 0) beginning.context.span = span;
  return Begin(std::move(beginning));
}

Span ChildOf(const Context& parent, Kind kind, std::string_view name, bool remote,
             steady_clock::time_point start) {
  if (!parent.sampled) return {};
  Beginning beginning = PartOf(parent, kind, name);
  beginning.remote = remote;
  beginning.start = start;
  return Begin(std::move(beginning));
}

Span Serve(std::string_view name, std::string_view traceparent, bool trusted,
           steady_clock::time_point start) {
  Recorder* const recorder = internal::recorder.load(std::memory_order_acquire);
  const std::optional<Context> parent = ParseTraceParent(traceparent);
  Context context = parent.has_value() ? *parent : NewTrace();
  if (recorder == nullptr) return Span(context, nullptr);
  if (!parent.has_value() || !trusted) context.sampled = IsAmong(context, recorder->ratio());
  if (!context.sampled) return Span(context, nullptr);
  Beginning beginning = PartOf(context, Kind::kServer, name);
  if (!parent.has_value()) beginning.parent = 0;
  beginning.remote = true;
  beginning.start = start;
  return Begin(std::move(beginning));
}

Span Follow(std::string_view name, const std::vector<Context>& causes) {
  Recorder* const recorder = internal::recorder.load(std::memory_order_acquire);
  if (recorder == nullptr) return {};
  std::vector<Context> sampled;
  for (Context cause : causes) {
    if (!cause.has_trace() || !IsAmong(cause, recorder->ratio())) continue;
    cause.sampled = true;
    const auto same = [&](const Context& known) {
      return SameTrace(known, cause) && known.span == cause.span;
    };
    if (sampled.size() < kMaxLinks && std::none_of(sampled.begin(), sampled.end(), same))
      sampled.push_back(cause);
  }
  if (sampled.empty()) return {};
  const Context& first = sampled.front();
  const bool one = std::all_of(sampled.begin(), sampled.end(),
                               [&](const Context& cause) { return SameTrace(cause, first); });
  if (one) return ChildOf(first, Kind::kConsumer, name, true);
  Beginning beginning{.kind = Kind::kConsumer, .name = name, .context = NewTrace()};
  beginning.start = steady_clock::now();
  beginning.links = std::move(sampled);
  return Begin(std::move(beginning));
}

bool IsServersFault(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

}  // namespace qinglian::trace
