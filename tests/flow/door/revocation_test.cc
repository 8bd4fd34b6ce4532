// A role that was taken away opens nothing any more, through whichever gateway and connection.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "qinglian/supervision/v1/inspection_service.pb.h"
#include "tests/flow/gateway/long_wire.h"
#include "tests/flow/record/registry.h"

namespace qinglian::test {
namespace {

using organization::v1::GrantRoleRequest;
using organization::v1::RevokeRoleRequest;
using organization::v1::RoleBinding;

// For how long a gateway may believe what it was told.
constexpr absl::Duration kLease = absl::Seconds(2);

// A person with a role, and who gives and takes it. Behind a gateway of their own, `gateway2`.
class Revocation : public testing::Test {
 protected:
  explicit Revocation(std::vector<std::string> others = {})
      : registry_("info", std::move(others)) {}
  // Through another gateway than the administrator uses.
  void OpenOtherDoor(const std::string& organization = "") {
    registry_.system().AddGateway(organization);
    other_door_ = rpc::Connect(registry_.system().address("gateway2"), {.own_connections = true});
  }

  RoleBinding Grant() {
    GrantRoleRequest request;
    request.mutable_role_binding()->set_subject(person_);
    request.mutable_role_binding()->set_role("roles/organ");
    request.mutable_role_binding()->set_organization(organization_);
    request.mutable_role_binding()->set_reason("岗位职责");
    request.set_request_id(NewRequestId());
    const auto binding = registry_.Call<RoleBinding>("RoleBindingService/GrantRole", request);
    EXPECT_TRUE(binding.ok()) << binding.status();
    return binding.value_or(RoleBinding());
  }
  absl::Status Revoke(const RoleBinding& binding) {
    RevokeRoleRequest request;
    request.set_name(binding.name());
    request.set_etag(binding.etag());
    request.set_reason("调离岗位");
    request.set_request_id(NewRequestId());
    return registry_.Call<RoleBinding>("RoleBindingService/RevokeRole", request).status();
  }

  // As the person, through the other gateway.
  virtual absl::Status Read() {
    organization::v1::GetPersonRequest request;
    request.set_name(person_);
    return Ask<organization::v1::Person>(
        other_door_, "/qinglian.organization.v1.PersonService/GetPerson", request);
  }
  template <class Response, class Request>
  absl::Status Ask(const std::shared_ptr<grpc::Channel>& door, const std::string& method,
                   const Request& request) {
    rpc::CallOptions options = registry_.system().As(person_);
    options.timeout = absl::Seconds(20);
    Response response;
    return rpc::InvokeRaw(*door, method, request, response, options);
  }
  // What is granted is to be known everywhere soon, not at once.
  bool MayReadSoon() {
    const absl::Time until = absl::Now() + absl::Seconds(20);
    while (!Read().ok()) {
      if (absl::Now() > until) return false;
      absl::SleepFor(absl::Milliseconds(2));
    }
    return true;
  }

  RecordedRegistry registry_;
  const std::string organization_ = registry_.MakeOrganization("财政厅");
  const std::string person_ = registry_.MakePerson(organization_, "R-1");
  std::shared_ptr<grpc::Channel> other_door_;
};

TEST_F(Revocation, HoldsEverywhereFromTheMomentItIsAnswered) {
  OpenOtherDoor();
  for (int round = 0; round < ROUNDS; ++round) {
    const RoleBinding binding = Grant();
    ASSERT_TRUE(MayReadSoon()) << round << Read();
    const absl::Status revoked = Revoke(binding);
    ASSERT_TRUE(revoked.ok()) << round << revoked;
    const absl::Status read = Read();
    ASSERT_TRUE(absl::IsPermissionDenied(read) || absl::IsUnauthenticated(read)) << round << read;
  }
}

// How a gateway may lose the registry: the connections end, or nothing comes any more.
enum class Loss { kBroken, kSilent };

// A gateway that does not hear from the registry cannot hear of revocations either. What it guards
// here is another service, which it reaches all the time.
class CutOff : public Revocation, public testing::WithParamInterface<Loss> {
 protected:
  struct Attempt {
    absl::Time start, end;
    absl::Status status;
  };

  CutOff() : Revocation({"supervision"}) {
    const std::string address = registry_.system().address("organization");
    wire_ = std::make_unique<gateway::test::LongWire>(
        std::stoi(address.substr(address.rfind(':') + 1)), absl::ZeroDuration());
    OpenOtherDoor(absl::StrCat("127.0.0.1:", wire_->port()));
  }

  absl::Status Read() override { return ReadThrough(other_door_); }
  absl::Status ReadThrough(const std::shared_ptr<grpc::Channel>& door) {
    return Ask<supervision::v1::ListInspectionsResponse>(
        door, "/qinglian.supervision.v1.InspectionService/ListInspections",
        supervision::v1::ListInspectionsRequest());
  }

  // Reads on and on, until it is told to stop.
  std::vector<Attempt> ReadUntil(const std::atomic<bool>& over) {
    std::vector<Attempt> attempts;
    while (!over) {
      Attempt& attempt = attempts.emplace_back();
      attempt.start = absl::Now();
      attempt.status = Read();
      attempt.end = absl::Now();
      absl::SleepFor(absl::Milliseconds(5));
    }
    return attempts;
  }

  // While the gateway is cut off, and after.
  void ExpectOthersToWorkOnAndItToComeBack() {
    Grant();
    EXPECT_TRUE(status::Is(Read(), status::kCallersUnknown));
    const absl::Status through_the_edge = ReadThrough(registry_.system().channel());
    EXPECT_TRUE(through_the_edge.ok()) << through_the_edge;
    wire_->Mend();
    EXPECT_TRUE(MayReadSoon());
  }

  void Cut() { GetParam() == Loss::kBroken ? wire_->Break() : wire_->FallSilent(); }

  std::unique_ptr<gateway::test::LongWire> wire_;
};

TEST_P(CutOff, AGatewayLetsNobodyInForLongerThanItsLeaseAndAgainWhenItHears) {
  const RoleBinding binding = Grant();
  ASSERT_TRUE(MayReadSoon());
  std::atomic<bool> over{false};
  std::vector<Attempt> attempts;
  std::thread reading([&] { attempts = ReadUntil(over); });
  absl::SleepFor(absl::Seconds(1));
  const absl::Time cut = absl::Now();
  Cut();
  // Answered at the latest when the lease has run out.
  const absl::Status revoked = Revoke(binding);
  const absl::Time answered = absl::Now();
  EXPECT_TRUE(revoked.ok()) << revoked;
  absl::SleepFor(cut + kLease + absl::Seconds(2) - absl::Now());
  over = true;
  reading.join();
  int before = 0, after = 0;
  for (const Attempt& attempt : attempts) {
    if (attempt.end < cut) {
      ++before;
      EXPECT_TRUE(attempt.status.ok()) << attempt.status;
    }
    // Counted from before the last renewal, and so from before the cut: nothing is added to it.
    if (attempt.start > std::min(cut + kLease, answered)) {
      ++after;
      EXPECT_TRUE(status::Is(attempt.status, status::kCallersUnknown))
          << attempt.start - cut << " after the cut, " << attempt.start - answered
          << " after the revocation was answered: " << attempt.status;
    }
  }
  std::cout << before << " reads before, " << after << " after, revoked in " << answered - cut
            << "\n";
  EXPECT_GT(before, 20);
  EXPECT_GT(after, 20);
  EXPECT_LT(answered - cut, kLease + absl::Seconds(1));
  EXPECT_FALSE(registry_.system().Serves("gateway2"));
  ExpectOthersToWorkOnAndItToComeBack();
}

INSTANTIATE_TEST_SUITE_P(Losses, CutOff, testing::Values(Loss::kBroken, Loss::kSilent));

}  // namespace
}  // namespace qinglian::test
