// The year of the demonstration, told to the processes of a test.
#ifndef QINGLIAN_TESTS_SUPPORT_DEMONSTRATION_H_
#define QINGLIAN_TESTS_SUPPORT_DEMONSTRATION_H_

#include <memory>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "tests/support/system.h"

namespace qinglian::test {

// Brings the small registry of tests/flow/year in and plays the whole year on it, through
// `channel`, which calls as the administrator. The error of the first call that failed.
absl::Status TellDemonstration(const System& system, std::shared_ptr<grpc::Channel> channel);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_DEMONSTRATION_H_
