// What the tests of all lifecycles of the service share.
#ifndef QINGLIAN_TESTS_UNIT_RISK_RULES_TESTING_H_
#define QINGLIAN_TESTS_UNIT_RISK_RULES_TESTING_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "services/risk/transition.h"

namespace qinglian::risk {

// A transition and a call of its rule with every guard met.
template <typename Resource>
struct LifecycleRow {
  Transition<Resource> transition;
  std::function<absl::Status(Resource&)> call;
};

// Tries every transition from every state: allowed and in the state it reaches, or refused with
// both states and untouched.
template <typename Resource>
void ExpectLifecycle(const Resource& sample, const std::vector<LifecycleRow<Resource>>& rows) {
  for (const auto& row : rows) {
    for (int i = 1; i < Resource::State_ARRAYSIZE; ++i) {
      const auto state = static_cast<typename Resource::State>(i);
      SCOPED_TRACE(std::string(row.transition.name) + " from " + Resource::State_Name(state));
      Resource resource = sample;
      resource.set_state(state);
      const Resource before = resource;
      const absl::Status result = row.call(resource);
      if (row.transition.Leaves(state)) {
        EXPECT_TRUE(result.ok()) << result;
        EXPECT_EQ(resource.state(), row.transition.to);
        continue;
      }
      EXPECT_EQ(result.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_TRUE(status::Is(result, status::kTransitionNotAllowed)) << result;
      EXPECT_EQ(status::MetadataOf(result, "state"), Resource::State_Name(state));
      EXPECT_EQ(status::MetadataOf(result, "wanted_state"), Sources(row.transition));
      EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(before, resource));
    }
  }
}

// A guard, and a call that breaks it and no other.
template <typename Resource>
struct GuardRow {
  Transition<Resource> transition;
  status::Guard guard;
  std::function<absl::Status(Resource&)> call;
};

// Calls each on a resource in the first state the transition leaves: refused by that guard and
// untouched.
template <typename Resource>
void ExpectGuards(const Resource& sample, const std::vector<GuardRow<Resource>>& rows) {
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.transition.name) + " breaks " + std::string(row.guard.name));
    Resource resource = sample;
    int state = 0;
    while (!row.transition.Leaves(static_cast<typename Resource::State>(state))) ++state;
    resource.set_state(static_cast<typename Resource::State>(state));
    const Resource before = resource;
    const absl::Status result = row.call(resource);
    EXPECT_TRUE(status::Is(result, status::kGuardNotMet)) << result;
    EXPECT_EQ(status::MetadataOf(result, "guard"), row.guard.name);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(before, resource));
  }
}

}  // namespace qinglian::risk

#endif  // QINGLIAN_TESTS_UNIT_RISK_RULES_TESTING_H_
