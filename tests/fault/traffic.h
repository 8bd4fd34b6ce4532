// Everybody who calls while something is replaced underneath: who writes, who reads, who follows.
#ifndef QINGLIAN_TESTS_FAULT_TRAFFIC_H_
#define QINGLIAN_TESTS_FAULT_TRAFFIC_H_

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "tests/fault/house.h"
#include "tests/fault/load.h"

namespace qinglian::test {

// Reads one thing and lists another of each service, without pause, as an integrator should: what
// was UNAVAILABLE or OVERLOADED is asked again.
class Readers {
 public:
  // `house` must outlive it.
  explicit Readers(House& house);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  void Stop();
  int answered() const { return answered_; }
  // How often a call was answered UNAVAILABLE, for each reason.
  std::map<std::string, int> reasons() const;
  // What was answered and is to be asked no more, or was to be for a minute.
  std::vector<std::string> complaints() const;

 private:
  void List(const Work& work);
  // Makes a call until it is answered for good.
  void Insist(absl::FunctionRef<absl::Status()> call);

  House& house_;
  std::atomic<bool> stop_{false};
  std::atomic<int> answered_{0};
  mutable std::mutex mutex_;
  std::map<std::string, int> reasons_;
  std::vector<std::string> complaints_;
  std::vector<std::thread> threads_;
};

// Follows the feed of a service through the door, from now on, from token to token.
class FeedReader {
 public:
  // As `auditor`, a person who may. `system` must outlive it.
  FeedReader(const System& system, std::string service, std::string auditor);
  ~FeedReader();
  FeedReader(const FeedReader&) = delete;
  FeedReader& operator=(const FeedReader&) = delete;

  // Waits until it has heard of all that is in the journal, then ends. False after half a minute.
  bool Finish();
  uint64_t through() const { return through_; }
  int streams() const { return streams_; }
  // How a stream ended otherwise than UNAVAILABLE, and what was missing or came twice.
  std::vector<std::string> complaints() const;

 private:
  void Run();
  absl::Status ReadStream();
  void Take(const journal::v1::WatchChangesResponse& batch);
  void Complain(const std::string& what);
  void Cancel();

  const System& system_;
  const std::string service_;
  const std::string auditor_;
  std::string token_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> through_{0};
  std::atomic<int> streams_{0};
  mutable std::mutex mutex_;
  rpc::ServerStreamClient<journal::v1::WatchChangesRequest, journal::v1::WatchChangesResponse>*
      stream_ = nullptr;
  std::vector<std::string> complaints_;
  std::thread thread_;
};

// All of them at once, over a whole house.
class Traffic {
 public:
  // `writers` for each service; `auditor`, a person who may, follows all feeds. `house` must
  // outlive it.
  Traffic(House& house, int writers, const std::string& auditor);

  // Waits until everybody who writes got on.
  bool AwaitProgress() { return load_.AwaitProgress(); }
  // Ends it, and says what was seen: one line a fault.
  std::vector<std::string> Finish();
  int answered() const { return load_.answered() + readers_.answered(); }
  // How often a call was answered UNAVAILABLE, for each reason.
  std::map<std::string, int> reasons() const;

 private:
  House& house_;
  Load load_;
  Readers readers_;
  std::vector<std::unique_ptr<FeedReader>> feeds_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FAULT_TRAFFIC_H_
