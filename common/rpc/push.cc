#include "common/rpc/push.h"

#include <string>

#include "common/status/status.h"

namespace qinglian::rpc {

bool PushCore::Offer(std::shared_ptr<const grpc::ByteBuffer> bytes) {
  const size_t size = bytes->Length();
  Step step;
  {
    std::lock_guard lock(mutex_);
    if (closing_ || gone_ || done_) return false;
    if (!queue_.empty() && bytes_ + size > limit_) return false;
    queue_.push_back(std::move(bytes));
    bytes_ += size;
    step = NextStep();
  }
  Take(step);
  return true;
}

void PushCore::Close(absl::Status status) {
  Step step;
  {
    std::lock_guard lock(mutex_);
    if (!closing_) status_ = std::move(status);
    closing_ = true;
    queue_.resize(writing_ ? 1 : 0);
    step = NextStep();
  }
  Take(step);
}

void PushCore::CloseAfterFlush(absl::Status status) {
  Step step;
  {
    std::lock_guard lock(mutex_);
    if (closing_) return;
    status_ = std::move(status);
    closing_ = true;
    step = NextStep();
  }
  Take(step);
}

bool PushCore::cancelled() const {
  std::lock_guard lock(mutex_);
  return closing_ || gone_ || done_;
}

void PushCore::OnDone(std::function<void()> callback) {
  {
    std::lock_guard lock(mutex_);
    if (!done_) {
      on_done_ = std::move(callback);
      return;
    }
  }
  callback();
}

void PushCore::OnDrained(std::function<void()> callback) {
  std::lock_guard lock(mutex_);
  if (!done_) on_drained_ = std::move(callback);
}

void PushCore::Written(bool ok) {
  Step step;
  std::function<void()> drained;
  std::shared_ptr<const grpc::ByteBuffer>
      sent;  // let go without the lock: it may be the last to hold it
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    sent = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= sent->Length();
    if (!ok) {
      gone_ = true;
      queue_.clear();
    }
    step = NextStep();
    if (queue_.empty() && !closing_ && !gone_) drained = on_drained_;
  }
  Take(step);
  if (drained) drained();
}

void PushCore::Gone() {
  Step step;
  {
    std::lock_guard lock(mutex_);
    gone_ = true;
    queue_.resize(writing_ ? 1 : 0);
    step = NextStep();
  }
  Take(step);
}

void PushCore::Finished() {
  std::function<void()> done;
  std::function<void()> drained;
  {
    std::lock_guard lock(mutex_);
    done_ = true;
    queue_.clear();
    done.swap(on_done_);
    drained.swap(on_drained_);
  }
  if (done) done();
}

PushCore::Step PushCore::NextStep() {
  Step step;
  if (finished_ || writing_) return step;
  if (gone_ || (closing_ && queue_.empty())) {
    finished_ = true;
    step.finish = true;
  } else if (!queue_.empty()) {
    writing_ = true;
    step.write = queue_.front().get();
  }
  return step;
}

// Without the lock. The sink is alive here: it goes only after Finish, and Finish is given by one
// step only, never while a message is being written.
void PushCore::Take(const Step& step) {
  if (step.write != nullptr) sink_->Write(*step.write);
  if (!step.finish) return;
  absl::Status status;
  {
    std::lock_guard lock(mutex_);
    status = gone_ ? status::Error(status::kCancelled) : status_;
  }
  sink_->Finish(status);
}

}  // namespace qinglian::rpc
