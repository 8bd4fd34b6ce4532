// A watcher of a feed, without a network: what gRPC does to a stream, a thread does here.
#ifndef QINGLIAN_TESTS_STORAGE_JOURNAL_FOLLOWER_H_
#define QINGLIAN_TESTS_STORAGE_JOURNAL_FOLLOWER_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/journal/feed.h"
#include "common/rpc/push.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::test::journal {

namespace v1 = qinglian::journal::v1;

class Follower : public rpc::PushSink {
 public:
  // `buffer_bytes` is what the stream may hold that was not taken yet.
  explicit Follower(size_t buffer_bytes = 1 << 20);
  ~Follower() override;

  // Starts to watch; at once if it is refused at once.
  void Watch(qinglian::journal::Feed& feed, const v1::WatchChangesRequest& request);
  // Takes nothing any more, until Resume.
  void Pause();
  void Resume();
  // Hangs up and waits until the stream has ended.
  void HangUp();

  // Whether `condition` came to hold of what was received so far, within a minute.
  using Responses = std::vector<v1::WatchChangesResponse>;
  bool WaitUntil(const std::function<bool(const Responses&)>& condition);
  bool WaitForChanges(size_t count);
  // How the stream ended; waits for it.
  absl::Status End();

  Responses responses() const;
  std::vector<v1::Change> changes() const;
  std::string last_token() const;

  void Write(const grpc::ByteBuffer& bytes) override;
  void Finish(const absl::Status& status) override;

 private:
  void Run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<grpc::ByteBuffer> writing_;
  std::optional<absl::Status> finishing_;
  std::optional<absl::Status> ended_;
  bool paused_ = false;
  bool over_ = false;
  Responses responses_;
  std::shared_ptr<rpc::PushCore> core_;
  std::thread thread_;
};

// Ranges join from the first on, positions rise, tokens are there.
void ExpectJoined(const Follower::Responses& responses);

// Of each resource, versions follow one another, from 1 on where the whole journal was read.
void ExpectInOrder(const std::vector<v1::Change>& changes);

size_t CountChanges(const Follower::Responses& responses);

}  // namespace qinglian::test::journal

#endif  // QINGLIAN_TESTS_STORAGE_JOURNAL_FOLLOWER_H_
