// Spans: what took how long, on whose behalf. Kept out of the way: a process that is not told to
// trace (exporter.h) pays one comparison where a span would begin.
//
//   trace::Span span = trace::Child(trace::Kind::kInternal, "transaction");
//   const trace::Scope scope(span);
//   …
//   span.End(status);
//
// What may stand in a span is closed: names and texts are of the program itself (methods of the
// contract, kinds of statements, names of services), the rest are numbers. Nothing that a caller
// said, no resource's name, no text of a statement or of an error.
//
// Threading: a Span belongs to one thread at a time; a Scope to the one that made it.
#ifndef QINGLIAN_COMMON_TRACE_SPAN_H_
#define QINGLIAN_COMMON_TRACE_SPAN_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/trace/context.h"

namespace qinglian::trace {

// What a span is to the other side of it.
enum class Kind : uint8_t { kServer, kClient, kInternal, kProducer, kConsumer };

// Everything that a span may say of itself.
enum class Attribute : uint8_t {
  kRpcMethod,       // text: `qinglian.risk.v1.RiskPointService/GetRiskPoint`
  kRpcCode,         // number: gRPC's status code
  kUpstream,        // text: the service that is called
  kQueueWait,       // number: microseconds in the queue of the lane
  kDatabaseSystem,  // text: "mariadb", "mysql"
  kStatement,       // text: the kind of a statement, "SELECT"
  kRetries,         // number: runs beyond the first
  kFeed,            // text: the service whose changes are applied
  kChanges,         // number: changes dealt with
  kEffects,         // number: of these, what they caused
};

// One span on its way to wherever it is kept. Ends when it is destroyed.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void Set(Attribute attribute, int64_t value) = 0;
  virtual void Set(Attribute attribute, std::string_view value) = 0;
  virtual void Fail(absl::StatusCode code) = 0;
  // It never was.
  virtual void Drop() = 0;
};

// How a span begins.
struct Beginning {
  Kind kind = Kind::kInternal;
  // Lives as long as the process, or until Recorder::Begin has returned.
  std::string_view name;
  // Its own ids; sampled.
  Context context = {};
  // The span that it is part of, of the same trace; zero for the first of a trace.
  uint64_t parent = 0;
  // Whether the parent is of another process.
  bool remote = false;
  std::chrono::steady_clock::time_point start = {};
  // Spans of other traces that it comes from.
  std::vector<Context> links = {};
};

// Where spans go. Thread-safe; must be quick.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual std::unique_ptr<Recording> Begin(const Beginning& beginning) = 0;
  // The share of traces begun here, and of outside callers' traces, that are recorded: 0 to 1.
  virtual double ratio() const = 0;
};

namespace internal {
inline std::atomic<Recorder*> recorder{nullptr};
// The span that this thread works for; null where that is not recorded.
inline thread_local const Context* current = nullptr;
}  // namespace internal

// Where the spans of this process go from now on; null: nowhere. Set before anything is traced and
// taken back after all of that; the recorder outlives every span.
void SetRecorder(Recorder* recorder);

// Whether this process traces at all.
inline bool Enabled() { return internal::recorder.load(std::memory_order_acquire) != nullptr; }

// Whether what this thread does at the moment is recorded.
inline bool Recorded() { return internal::current != nullptr; }

// The span that this thread works for; null where that is not recorded.
inline const Context* Current() { return internal::current; }

class Span {
 public:
  // One that records nothing.
  Span() = default;
  Span(Context context, std::unique_ptr<Recording> recording)
      : context_(context), recording_(std::move(recording)) {}
  Span(Span&&) noexcept = default;
  Span& operator=(Span&&) noexcept = default;

  bool recording() const { return recording_ != nullptr; }
  // Its trace and its id, also where it is not recorded but was begun by Serve.
  const Context& context() const { return context_; }

  void Set(Attribute attribute, int64_t value) {
    if (recording_ != nullptr) recording_->Set(attribute, value);
  }
  void Set(Attribute attribute, std::string_view value) {
    if (recording_ != nullptr) recording_->Set(attribute, value);
  }
  // Ends it; what was not OK is marked by its code.
  void End(absl::StatusCode code = absl::StatusCode::kOk) {
    if (recording_ != nullptr) Finish(code);
  }
  void End(const absl::Status& status) { End(status.code()); }
  // Ends a call, with its code. `failed`: the side that is told of is at fault for it.
  void EndCall(absl::StatusCode code, bool failed) {
    if (recording_ != nullptr) FinishCall(code, failed);
  }
  // Forgets it, as though it had not been.
  void Drop() {
    if (recording_ != nullptr) recording_->Drop();
    recording_ = nullptr;
  }

 private:
  void Finish(absl::StatusCode code);
  void FinishCall(absl::StatusCode code, bool failed);

  Context context_;
  std::unique_ptr<Recording> recording_;
};

// A part of what this thread works for; records nothing where that is not recorded. `span`: its id,
// where it must be that one.
Span BeginChild(Kind kind, std::string_view name, uint64_t span);
inline Span Child(Kind kind, std::string_view name, uint64_t span = 0) {
  return Recorded() ? BeginChild(kind, name, span) : Span();
}

// A part of `parent`, where the thread does not work for it; records nothing where that is not
// sampled.
Span ChildOf(const Context& parent, Kind kind, std::string_view name, bool remote = false,
             std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now());

// A call that arrived at `start` with this `traceparent`, empty for none. Whoever says that its
// trace is sampled is believed if he is `trusted`; otherwise, and for a trace that begins here, the
// ratio decides. The context is there also where nothing is recorded. Only where Enabled().
Span Serve(std::string_view name, std::string_view traceparent, bool trusted,
           std::chrono::steady_clock::time_point start);

// What comes from `causes`, spans of this or other processes. Where those that are among the ratio
// are of one trace it becomes part of that, behind the first of them; where they are of several it
// is a trace of its own, with a link to each of the first 32. Records nothing where none is among
// it.
Span Follow(std::string_view name, const std::vector<Context>& causes);

// Makes a span what this thread works for, until the end of the block. The span outlives it.
class Scope {
 public:
  explicit Scope(const Span& span) : outer_(internal::current) {
    if (span.recording()) internal::current = &span.context();
  }
  ~Scope() { internal::current = outer_; }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  const Context* const outer_;
};

// Whether a status of a call is the fault of who served it.
bool IsServersFault(absl::StatusCode code);

}  // namespace qinglian::trace

#endif  // QINGLIAN_COMMON_TRACE_SPAN_H_
