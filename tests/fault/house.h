// The whole house with a little registry in it, and what must hold of it after every fault.
#ifndef QINGLIAN_TESTS_FAULT_HOUSE_H_
#define QINGLIAN_TESTS_FAULT_HOUSE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tests/fault/load.h"
#include "tests/support/system.h"

namespace qinglian::test {

// The services of the house; the one that all others follow comes first.
const std::vector<std::string>& Services();

// For how long a test goes on: the long lane is given its own time by QINGLIAN_TEST_SECONDS.
absl::Duration Length(absl::Duration otherwise);

// Whether `holds` within the time.
bool Eventually(absl::FunctionRef<bool()> holds, absl::Duration within = absl::Seconds(30));

class House {
 public:
  // Starts everything and registers a division, an organization, a post and who holds it, of whom
  // all services have heard. `twice`: every process runs twice, as of System.
  explicit House(bool twice = false);

  System& system() { return system_; }
  // Something to write for each service.
  std::vector<Work> works() const { return works_; }
  const std::string& organization() const { return organization_; }

  // Calls a method such as "PersonService.CreatePerson" with a request in JSON, until it is not
  // UNAVAILABLE; ends the test's process where it fails.
  std::unique_ptr<google::protobuf::Message> Do(const std::string& method, const std::string& json,
                                                const std::string& caller = kAdministrator);
  // Reads the organization, trying again as often as `retries` where it is UNAVAILABLE.
  absl::Status Reach(absl::Duration timeout, int retries);

  // Whether every follower knows every organization, post, person and assignment of the registry in
  // its last version, within the time. One line for each that does not.
  std::vector<std::string> Behind(absl::Duration within = absl::Seconds(30));

  // What `qlctl journal verify` finds in the journals, checkpoints included: one line for each that
  // does not fit.
  std::vector<std::string> BrokenJournals();

 private:
  System system_;
  std::string organization_;
  std::vector<Work> works_;
};

// A text field of a message.
std::string TextOf(const google::protobuf::Message& message, const std::string& field);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FAULT_HOUSE_H_
