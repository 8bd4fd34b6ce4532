// Who approves and who refuses at the same moment, again and again: never both, and never one who
// counts as two.
#include <gmock/gmock.h>

#include <iostream>
#include <thread>
#include <vector>

#include "common/status/status.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "services/organization/role_binding_rules.h"
#include "tests/storage/organization/registry.h"
#include "tests/support/rounds.h"

namespace qinglian::organization {
namespace {

MATCHER_P(RefusedBy, guard, "") {
  return status::Is(arg.status(), status::kGuardNotMet) &&
         status::MetadataOf(arg.status(), "guard") == guard.name;
}

class RaceTest : public RegistryTest {
 protected:
  v1::RoleBinding Waiting(const std::string& subject) {
    v1::GrantRoleRequest request;
    request.mutable_role_binding()->set_subject(subject);
    request.mutable_role_binding()->set_role("roles/custodian");
    request.mutable_role_binding()->set_organization(root_.name());
    request.mutable_role_binding()->set_reason("岗位需要");
    request.set_request_id(test::RequestId());
    const auto granted =
        Call<v1::RoleBinding>("RoleBindingService/GrantRole", request, granter_.name());
    EXPECT_TRUE(granted.ok()) << granted.status();
    return granted.value_or(v1::RoleBinding());
  }

  // Again for as long as another was quicker: the decision is to be the rules', not the etag's.
  template <class Request>
  absl::StatusOr<v1::RoleBinding> Step(const char* method, v1::RoleBinding binding,
                                       const std::string& caller, Request request = {}) {
    for (;;) {
      request.set_name(binding.name());
      request.set_etag(binding.etag());
      request.set_request_id(test::RequestId());
      const auto result =
          Call<v1::RoleBinding>(absl::StrCat("RoleBindingService/", method), request, caller);
      if (!status::Is(result.status(), status::kEtagStale)) return result;
      binding = Read(binding.name());
    }
  }
  absl::StatusOr<v1::RoleBinding> Approve(const v1::RoleBinding& binding,
                                          const std::string& caller) {
    return Step<v1::ApproveRoleBindingRequest>("ApproveRoleBinding", binding, caller);
  }
  absl::StatusOr<v1::RoleBinding> Refuse(const v1::RoleBinding& binding,
                                         const std::string& caller) {
    v1::RefuseRoleBindingRequest request;
    request.set_reason("不需要");
    return Step("RefuseRoleBinding", binding, caller, request);
  }
  v1::RoleBinding Read(const std::string& name) {
    v1::GetRoleBindingRequest request;
    request.set_name(name);
    return Call<v1::RoleBinding>("RoleBindingService/GetRoleBinding", request)
        .value_or(v1::RoleBinding());
  }

  const v1::Organization root_ = Made("省财政厅");
  const v1::Person granter_ = MadePerson("S-granter", root_.name());
};

TEST_F(RaceTest, OfAnApprovalAndARefusalExactlyOneHappens) {
  int approvals = 0;
  const int rounds = test::Rounds(40);
  for (int round = 0; round < rounds; ++round) {
    const v1::RoleBinding waiting =
        Waiting(MadePerson(absl::StrCat("S-", round), root_.name()).name());
    absl::StatusOr<v1::RoleBinding> approved, refused;
    test::AtOnce([&] { approved = Approve(waiting, "clients/second"); },
                 [&] { refused = Refuse(waiting, "clients/third"); });
    ASSERT_NE(approved.ok(), refused.ok()) << approved.status() << " " << refused.status();
    EXPECT_EQ(Read(waiting.name()).state(),
              approved.ok() ? v1::RoleBinding::STATE_ACTIVE : v1::RoleBinding::STATE_REFUSED);
    approvals += approved.ok();
  }
  std::cout << approvals << " of " << rounds << " were approved\n";
}

// Beside the one who may: whoever granted, his deputy, whoever he is deputy of, and the one whom it
// is for never become the second pair of eyes, however the steps fall.
TEST_F(RaceTest, OfTheGranterHisDeputyAndASecondPersonOnlyTheLastApproves) {
  const std::string deputy = MadePerson("S-deputy", root_.name()).name();
  const int rounds = test::Rounds(30);
  for (int round = 0; round < rounds; ++round) {
    const std::string subject = MadePerson(absl::StrCat("S-", round), root_.name()).name();
    const v1::RoleBinding waiting = Waiting(subject);
    const std::string barred[] = {granter_.name(), subject,
                                  test::ActingFor(deputy, granter_.name()),
                                  test::ActingFor(granter_.name(), deputy)};
    std::vector<absl::StatusOr<v1::RoleBinding>> said(std::size(barred), absl::UnknownError(""));
    std::vector<std::thread> others;
    for (size_t i = 0; i < std::size(barred); ++i) {
      others.emplace_back([&, i] { said[i] = Approve(waiting, barred[i]); });
    }
    const auto approved = Approve(waiting, "clients/second");
    for (std::thread& other : others) other.join();
    ASSERT_TRUE(approved.ok()) << approved.status();
    for (size_t i = 0; i < std::size(barred); ++i) ASSERT_FALSE(said[i].ok()) << barred[i];
    EXPECT_EQ(Read(waiting.name()).approver(), "clients/second");
  }
}

}  // namespace
}  // namespace qinglian::organization
