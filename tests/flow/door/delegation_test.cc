// A delegation that was ended opens nothing any more, through whichever gateway and connection,
// also where the delegate never pauses.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/delegation_service.pb.h"
#include "qinglian/organization/v1/post_service.pb.h"
#include "tests/flow/record/registry.h"
#include "tests/support/rounds.h"

namespace qinglian::test {
namespace {

using organization::v1::Delegation;

// A step that succeeded, by when it was begun and when it was answered.
struct Step {
  absl::Time begun;
  absl::Time answered;
};

class DelegationRace : public testing::Test {
 protected:
  DelegationRace() {
    registry_.system().AddGateway();
    registry_.system().Grant(chief_, "roles/organ", organization_);
    for (const char* gateway : {"gateway", "gateway2"}) {
      doors_.push_back(
          rpc::Connect(registry_.system().address(gateway), {.own_connections = true}));
    }
  }

  Delegation Delegate() {
    organization::v1::CreateDelegationRequest request;
    Delegation& delegation = *request.mutable_delegation();
    delegation.set_delegator(chief_);
    delegation.set_delegate(deputy_);
    // Today is what the clock file of the system says.
    *delegation.mutable_first_date() = clock::ToDate(absl::CivilDay(2025, 1, 1));
    *delegation.mutable_last_date() = clock::ToDate(absl::CivilDay(2025, 1, 31));
    delegation.set_reason("外出学习");
    request.set_request_id(NewRequestId());
    const auto made = registry_.Call<Delegation>("DelegationService/CreateDelegation", request);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.value_or(Delegation());
  }
  absl::Status End(const Delegation& delegation) {
    organization::v1::EndDelegationRequest request;
    request.set_name(delegation.name());
    request.set_etag(delegation.etag());
    request.set_reason("提前返岗");
    request.set_request_id(NewRequestId());
    return registry_.Call<Delegation>("DelegationService/EndDelegation", request).status();
  }

  // What the deputy may do for the chief only: he makes a post.
  absl::Status Act(grpc::Channel& door) {
    organization::v1::CreatePostRequest request;
    request.mutable_post()->set_display_name("副处长");
    request.mutable_post()->set_organization(organization_);
    request.mutable_post()->set_rank(organization::v1::Post::RANK_STAFF);
    request.set_request_id(NewRequestId());
    rpc::CallOptions options = registry_.system().As(deputy_);
    options.metadata.emplace_back("acting-for", chief_);
    options.timeout = absl::Seconds(20);
    organization::v1::Post post;
    return rpc::InvokeRaw(door, "/qinglian.organization.v1.PostService/CreatePost", request, post,
                          options);
  }

  RecordedRegistry registry_;
  const std::string organization_ = registry_.MakeOrganization("财政厅");
  const std::string chief_ = registry_.MakePerson(organization_, "D-1");
  const std::string deputy_ = registry_.MakePerson(organization_, "D-2");
  std::vector<std::shared_ptr<grpc::Channel>> doors_;
};

// The delegate at one door.
class Substitute {
 public:
  explicit Substitute(std::function<absl::Status()> act)
      : act_(std::move(act)), thread_([this] { Run(); }) {}

  // Until he has acted this time.
  void AwaitStep() const {
    while (steps_made_ == 0) absl::SleepFor(absl::Milliseconds(1));
  }
  std::vector<Step> Stop() {
    stopping_ = true;
    thread_.join();
    return std::move(steps_);
  }

 private:
  void Run() {
    while (!stopping_) {
      const absl::Time begun = absl::Now();
      const absl::Status acted = act_();
      if (!acted.ok()) continue;
      steps_.push_back({begun, absl::Now()});
      ++steps_made_;
    }
  }

  const std::function<absl::Status()> act_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> steps_made_{0};
  std::vector<Step> steps_;
  std::thread thread_;
};

TEST_F(DelegationRace, NoStepIsBegunAfterTheEndWasAnswered) {
  int64_t steps = 0, across = 0;
  const int rounds = Rounds(30);
  for (int round = 0; round < rounds; ++round) {
    const Delegation delegation = Delegate();
    std::vector<std::unique_ptr<Substitute>> delegates;
    for (const auto& door : doors_) {
      delegates.push_back(std::make_unique<Substitute>([this, &door] { return Act(*door); }));
    }
    for (const auto& delegate : delegates) delegate->AwaitStep();
    const absl::Status ended = End(delegation);
    const absl::Time answered = absl::Now();
    ASSERT_TRUE(ended.ok()) << ended;
    for (const auto& door : doors_) {
      const absl::Status status = Act(*door);
      EXPECT_TRUE(status::Is(status, status::kDelegationMissing)) << status;
    }
    for (const auto& delegate : delegates) {
      for (const Step& step : delegate->Stop()) {
        ASSERT_LE(step.begun, answered) << "in round " << round;
        ++steps;
        across += step.answered > answered;
      }
    }
  }
  std::cout << steps << " steps in " << rounds << " rounds; " << across
            << " were under way when the end was answered\n";
}

}  // namespace
}  // namespace qinglian::test
