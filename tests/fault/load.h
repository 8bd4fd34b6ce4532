// Callers who write through the gateway without pause, remember what they were promised, and check
// that it was kept.
#ifndef QINGLIAN_TESTS_FAULT_LOAD_H_
#define QINGLIAN_TESTS_FAULT_LOAD_H_

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tests/support/system.h"

namespace qinglian::test {

// What is written to a service: a resource, made once and updated on and on.
struct Work {
  std::string service;  // "risk"
  std::string type;     // "PowerItem"
  std::string table;    // "power_items"
  std::string json;  // the resource, as its Create method takes it; each "#" becomes something new
  std::string counter;  // the text field that updates count in
  // Who does it.
  std::string caller = kAdministrator;
};

// Whether a call that was answered so is to be made again, as proto/README.md tells integrators:
// not now, or too much to do.
bool IsToBeRepeated(const absl::Status& status);

// A request to make one.
std::unique_ptr<google::protobuf::Message> RequestToCreate(const Work& work);

// Each caller makes a resource, raises its counter a few times with the etag that it was given, now
// and then repeats a request that was already answered, and begins anew. A call that was answered
// UNAVAILABLE, or OVERLOADED, is made again with the same request id until it is OK.
class Load {
 public:
  // `callers` for each of `works`. `system` must outlive it.
  Load(const System& system, std::vector<Work> works, int callers);
  // As Stop.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Waits until this many more calls were answered OK for each of the works. False after a minute.
  bool AwaitProgress(int calls = 20);
  // Lets every caller finish what it began, which takes a service that answers.
  void Stop();

  // How often a call was answered UNAVAILABLE, and for which reasons.
  int unavailable() const { return unavailable_; }
  std::map<std::string, int> reasons() const;
  int answered() const;
  // What was answered and is none of OK, UNAVAILABLE and OVERLOADED, and every repeated call that
  // got another answer.
  std::vector<std::string> complaints() const;

  // After Stop: every resource that was acknowledged is there with its last acknowledged count,
  // nothing is there twice, and every update counted once. One line a fault.
  std::vector<std::string> Losses() const;

 private:
  // A call as it was answered.
  struct Answered {
    std::string method;
    std::shared_ptr<google::protobuf::Message> request;
    std::string name;
    std::string etag;
  };
  // A resource and how often its counter was raised.
  struct Kept {
    std::string name;
    int count = 0;
  };

  struct Caller {
    const Work* work = nullptr;
    std::vector<Kept> kept;
    std::vector<Answered> answered;
    std::thread thread;
  };

  void Run(Caller& caller, int seed);
  void MakeOne(Caller& caller);
  bool Raise(Caller& caller, const std::string& etag, std::string* next_etag);
  void Repeat(Caller& caller, size_t which);
  std::unique_ptr<google::protobuf::Message> Insist(const Work& work, const std::string& method,
                                                    const google::protobuf::Message& request);
  // Counts an answer that is not final.
  void Note(const absl::Status& status);
  void Complain(const std::string& what);
  void CheckKept(const Caller& caller, std::vector<std::string>& losses) const;
  void CheckTable(const Work& work, std::vector<std::string>& losses) const;

  const System& system_;
  const std::vector<Work> works_;
  std::map<std::string, std::string> before_;
  std::map<std::string, std::atomic<int>> progress_;
  std::atomic<bool> stop_{false};
  std::atomic<int> unavailable_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::map<std::string, int> reasons_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FAULT_LOAD_H_
