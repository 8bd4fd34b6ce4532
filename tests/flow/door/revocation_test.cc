// A role that was taken away opens nothing any more, through whichever gateway and connection.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "tests/flow/record/registry.h"

namespace qinglian::test {
namespace {

using organization::v1::GrantRoleRequest;
using organization::v1::RevokeRoleRequest;
using organization::v1::RoleBinding;

class Revocation : public testing::Test {
 protected:
  Revocation() {
    registry_.system().AddGateway();
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

  // As the person, through the gateway that the administrator does not use.
  absl::Status Read() {
    organization::v1::GetPersonRequest request;
    request.set_name(person_);
    rpc::CallOptions options = registry_.system().As(person_);
    options.timeout = absl::Seconds(20);
    organization::v1::Person person;
    return rpc::InvokeRaw(*other_door_, "/qinglian.organization.v1.PersonService/GetPerson",
                          request, person, options);
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
  for (int round = 0; round < ROUNDS; ++round) {
    const RoleBinding binding = Grant();
    ASSERT_TRUE(MayReadSoon()) << round << Read();
    const absl::Status revoked = Revoke(binding);
    ASSERT_TRUE(revoked.ok()) << round << revoked;
    const absl::Status read = Read();
    ASSERT_TRUE(absl::IsPermissionDenied(read) || absl::IsUnauthenticated(read)) << round << read;
  }
}

// A gateway that does not hear from the registry cannot hear of revocations either.
TEST_F(Revocation, AGatewayThatIsCutOffFromTheRegistryLetsNobodyInForLong) {
  const RoleBinding binding = Grant();
  ASSERT_TRUE(MayReadSoon());
  registry_.system().Stop("organization", SIGKILL);
  const absl::Time until = absl::Now() + absl::Seconds(30);
  while (registry_.system().Serves("gateway2") && absl::Now() < until)
    absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(registry_.system().Serves("gateway2"));
  EXPECT_FALSE(Read().ok());
  registry_.system().Start("organization");
  EXPECT_TRUE(MayReadSoon());
}

}  // namespace
}  // namespace qinglian::test
