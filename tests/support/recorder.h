// Keeps the spans of a test in memory.
#ifndef QINGLIAN_TESTS_SUPPORT_RECORDER_H_
#define QINGLIAN_TESTS_SUPPORT_RECORDER_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/trace/span.h"

namespace qinglian::test {

struct RecordedSpan {
  trace::Kind kind;
  std::string name;
  trace::Context context;
  uint64_t parent = 0;
  bool remote = false;
  std::vector<trace::Context> links;
  std::map<trace::Attribute, int64_t> numbers;
  std::map<trace::Attribute, std::string> texts;
  absl::StatusCode failed = absl::StatusCode::kOk;
};

// Records while it lives. One at a time; thread-safe.
class MemoryRecorder final : public trace::Recorder {
 public:
  explicit MemoryRecorder(double ratio) : ratio_(ratio) { trace::SetRecorder(this); }
  ~MemoryRecorder() override { trace::SetRecorder(nullptr); }

  std::unique_ptr<trace::Recording> Begin(const trace::Beginning& beginning) override {
    return std::make_unique<InMemory>(*this, RecordedSpan{.kind = beginning.kind,
                                                          .name = std::string(beginning.name),
                                                          .context = beginning.context,
                                                          .parent = beginning.parent,
                                                          .remote = beginning.remote,
                                                          .links = beginning.links,
                                                          .numbers = {},
                                                          .texts = {}});
  }
  double ratio() const override { return ratio_; }

  // Those that have ended, in that order.
  std::vector<RecordedSpan> spans() const {
    std::lock_guard lock(mutex_);
    return spans_;
  }

 private:
  class InMemory final : public trace::Recording {
   public:
    InMemory(MemoryRecorder& recorder, RecordedSpan span)
        : recorder_(recorder), span_(std::move(span)) {}
    ~InMemory() override {
      if (!dropped_) recorder_.Keep(std::move(span_));
    }
    void Set(trace::Attribute attribute, int64_t value) override {
      span_.numbers[attribute] = value;
    }
    void Set(trace::Attribute attribute, std::string_view value) override {
      span_.texts[attribute] = std::string(value);
    }
    void Fail(absl::StatusCode code) override { span_.failed = code; }
    void Drop() override { dropped_ = true; }

   private:
    MemoryRecorder& recorder_;
    RecordedSpan span_;
    bool dropped_ = false;
  };

  void Keep(RecordedSpan span) {
    std::lock_guard lock(mutex_);
    spans_.push_back(std::move(span));
  }

  const double ratio_;
  mutable std::mutex mutex_;
  std::vector<RecordedSpan> spans_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_RECORDER_H_
