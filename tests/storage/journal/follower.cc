#include "tests/storage/journal/follower.h"

#include <gtest/gtest.h>

#include <chrono>

namespace qinglian::test::journal {

Follower::Follower(size_t buffer_bytes)
    : core_(std::make_shared<rpc::PushCore>(this, buffer_bytes)), thread_([this] { Run(); }) {}

Follower::~Follower() {
  HangUp();
  {
    std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Follower::Watch(qinglian::journal::Feed& feed, const v1::WatchChangesRequest& request) {
  // The house itself watches.
  absl::Status status =
      feed.Watch(std::make_shared<qinglian::journal::Feed::Stream>(core_), {}, request);
  if (!status.ok()) core_->Close(status);
}

void Follower::Pause() {
  std::lock_guard lock(mutex_);
  paused_ = true;
}

void Follower::Resume() {
  std::lock_guard lock(mutex_);
  paused_ = false;
  changed_.notify_all();
}

void Follower::HangUp() {
  Resume();
  core_->Gone();
  (void)End();
}

bool Follower::WaitUntil(const std::function<bool(const Responses&)>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return condition(responses_); });
}

bool Follower::WaitForChanges(size_t count) {
  return WaitUntil([&](const Responses& responses) { return CountChanges(responses) >= count; });
}

absl::Status Follower::End() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] { return ended_.has_value(); })) {
    return absl::UnknownError("the stream goes on");
  }
  return *ended_;
}

Follower::Responses Follower::responses() const {
  std::lock_guard lock(mutex_);
  return responses_;
}

std::vector<v1::Change> Follower::changes() const {
  std::vector<v1::Change> changes;
  for (const auto& response : responses()) {
    changes.insert(changes.end(), response.changes().begin(), response.changes().end());
  }
  return changes;
}

std::string Follower::last_token() const {
  std::lock_guard lock(mutex_);
  return responses_.empty() ? "" : responses_.back().resume_token();
}

void Follower::Write(const grpc::ByteBuffer& bytes) {
  std::lock_guard lock(mutex_);
  writing_ = bytes;
  changed_.notify_all();
}

void Follower::Finish(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  finishing_ = status;
  changed_.notify_all();
}

void Follower::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] {
      return over_ || finishing_.has_value() || (writing_.has_value() && !paused_);
    });
    if (writing_.has_value() && !paused_) {
      grpc::ByteBuffer bytes = *std::exchange(writing_, std::nullopt);
      lock.unlock();
      v1::WatchChangesResponse response;
      EXPECT_TRUE(rpc::Decode(bytes, response).ok());
      lock.lock();
      responses_.push_back(std::move(response));
      changed_.notify_all();
      lock.unlock();
      core_->Written(true);
      lock.lock();
    } else if (finishing_.has_value()) {
      absl::Status status = *std::exchange(finishing_, std::nullopt);
      lock.unlock();
      core_->Finished();
      lock.lock();
      ended_ = status;
      changed_.notify_all();
    } else if (over_) {
      return;
    }
  }
}

size_t CountChanges(const Follower::Responses& responses) {
  size_t count = 0;
  for (const auto& response : responses) count += response.changes_size();
  return count;
}

void ExpectJoined(const Follower::Responses& responses) {
  for (size_t i = 0; i < responses.size(); ++i) {
    const auto& response = responses[i];
    ASSERT_EQ(response.after(), i == 0 ? response.after() : responses[i - 1].through()) << i;
    ASSERT_LE(response.after(), response.through());
    uint64_t last = response.after();
    for (const v1::Change& change : response.changes()) {
      if (change.operation() == v1::Change::OPERATION_SNAPSHOT) continue;
      ASSERT_GT(change.position(), last);
      last = change.position();
    }
    ASSERT_LE(last, response.through());
    const bool within_snapshot = response.has_snapshot() && !response.snapshot().complete();
    ASSERT_EQ(response.resume_token().empty(), within_snapshot);
  }
}

void ExpectInOrder(const std::vector<v1::Change>& changes) {
  std::map<std::string, int64_t> versions;
  for (const v1::Change& change : changes) {
    ASSERT_EQ(change.version(), ++versions[change.resource()]) << change.position();
  }
}

}  // namespace qinglian::test::journal
