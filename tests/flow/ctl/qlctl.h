// qlctl as whoever types it meets it: a process with arguments, two outputs and an exit code.
#ifndef QINGLIAN_TESTS_FLOW_CTL_QLCTL_H_
#define QINGLIAN_TESTS_FLOW_CTL_QLCTL_H_

#include <string>
#include <vector>

#include "google/protobuf/struct.pb.h"

namespace qinglian::test {

// How a command ended.
struct Said {
  int code = -1;
  std::string out;
  std::string err;

  // The lines of `out`, each of which is one JSON object; fails the test where one is not.
  std::vector<google::protobuf::Struct> Objects() const;
};

// The text of a member; "" where it has none.
std::string Text(const google::protobuf::Struct& object, const std::string& member);

// Runs qlctl with `flags` before the arguments and waits for its end.
Said Qlctl(const std::vector<std::string>& flags, std::vector<std::string> arguments);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_CTL_QLCTL_H_
