// A pass over the whole matrix: every method that is no stream and no batch, by some roles, from
// some places.
#ifndef QINGLIAN_TESTS_FLOW_DOOR_PASS_H_
#define QINGLIAN_TESTS_FLOW_DOOR_PASS_H_

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "qinglian/access/v1/role.pb.h"
#include "tests/flow/door/house.h"
#include "tests/flow/door/rules.h"

namespace qinglian::test {

// Calls a method as somebody who was granted a role in a subtree. Thread-safe.
using Asking = std::function<absl::Status(
    const google::protobuf::MethodDescriptor& method, const google::protobuf::Message& request,
    google::protobuf::Message& response, const access::v1::Role& role,
    const std::string& granted_at)>;

// Used by one thread.
class Pass {
 public:
  Pass(const House& house, Asking ask) : house_(house), ask_(std::move(ask)) {}

  // Tries it all, and fails the test where an answer is not as the rules say.
  void Run(const std::vector<Probe>& probes, const std::vector<access::v1::Role>& roles,
           const std::vector<Relation>& relations);

  // How many answers were which.
  int hidden() const { return hidden_; }
  int let_in() const { return let_in_; }
  // Requests that were refused for their form: they say nothing about who may send them.
  const std::set<std::string>& undecided() const { return undecided_; }

 private:
  void Row(const Probe& probe, const access::v1::Role& role,
           const std::vector<Relation>& relations);
  void NoteForm(const Probe& probe, const absl::Status& status);

  const House& house_;
  const Asking ask_;
  std::atomic<int> hidden_{0}, let_in_{0};
  std::mutex mutex_;
  std::set<std::string> undecided_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_DOOR_PASS_H_
