#include "services/organization/role_binding_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lib/lifecycle.h"

namespace qinglian::organization {
namespace {

using v1::RoleBinding;

constexpr char kGranter[] = "persons/granter";
constexpr char kSubject[] = "persons/subject";
constexpr char kSecond[] = "persons/second";
constexpr char kBoss[] = "persons/boss";

access::v1::Role RoleNamed(const std::string& name, bool powerful = false,
                           access::v1::Role::Bearer bearer = access::v1::Role::BEARER_UNSPECIFIED) {
  access::v1::Role role;
  role.set_name(name);
  role.set_powerful(powerful);
  role.set_bearer(bearer);
  return role;
}

RoleBinding Binding() {
  RoleBinding binding;
  binding.set_name("roleBindings/01930000-0000-7000-8000-000000000001");
  binding.set_subject(kSubject);
  binding.set_role("roles/organ");
  binding.set_granter(kGranter);
  return binding;
}

TEST(RoleBindingRules, EveryTransitionLeavesItsOwnStatesAndNoOther) {
  lifecycle::ExpectLifecycle<RoleBinding>(
      Binding(), {{kApproveRole, [](RoleBinding& b) { return Approve(b, {kSecond}); }},
                  {kRefuseRole, [](RoleBinding& b) { return Refuse(b, {kSecond}, "不需要"); }},
                  {kRevokeRole, [](RoleBinding& b) { return Revoke(b, kSecond, "调离", {}); }}});
}

TEST(RoleBindingRules, EveryGuardRefusesAndLeavesTheBindingAsItWas) {
  const access::v1::Role role = RoleNamed("roles/organ");
  const access::v1::Role of_clients =
      RoleNamed("roles/platform", false, access::v1::Role::BEARER_CLIENT);
  lifecycle::ExpectGuards<RoleBinding>(
      Binding(),
      {{kGrantRole, kNotOneself,
        [&](RoleBinding& b) { return Grant(b, {.granter = {kSubject}, .role = role}); }},
       {kGrantRole, kInPerson,
        [&](RoleBinding& b) {
          return Grant(b, {.granter = {kGranter, kBoss}, .role = role});
        }},
       {kGrantRole, kSubjectFits,
        [&](RoleBinding& b) { return Grant(b, {.granter = {kGranter}, .role = of_clients}); }},
       {kGrantRole, kNotBoundYet,
        [&](RoleBinding& b) {
          return Grant(b, {.granter = {kGranter}, .role = role, .bound_already = true});
        }},
       {kApproveRole, kRoleFourEyes, [](RoleBinding& b) { return Approve(b, {kGranter}); }},
       {kApproveRole, kRoleFourEyes, [](RoleBinding& b) { return Approve(b, {kSubject}); }},
       {kApproveRole, kInPerson,
        [](RoleBinding& b) {
          return Approve(b, {kSecond, kGranter});
        }},
       {kRefuseRole, kRoleFourEyes, [](RoleBinding& b) { return Refuse(b, {kGranter}, "不"); }},
       {kRefuseRole, kInPerson, [](RoleBinding& b) {
          return Refuse(b, {kSecond, kBoss}, "不");
        }}});
}

TEST(RoleBindingRules, WhatIsRefusedBeforeItIsMadeIsNamedByItsType) {
  RoleBinding binding = Binding();
  binding.clear_name();
  const absl::Status refused =
      Grant(binding, {.granter = {kSubject}, .role = RoleNamed("roles/organ")});
  EXPECT_EQ(status::MetadataOf(refused, "resource"), "RoleBinding");
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("grant of RoleBinding"));
}

TEST(RoleBindingRules, APowerfulRoleWaitsForASecondPersonAndAnotherDoesNot) {
  for (const bool powerful : {false, true}) {
    const access::v1::Role role = RoleNamed("roles/auditor", powerful);
    RoleBinding binding = Binding();
    ASSERT_TRUE(Grant(binding, {.granter = {kGranter}, .role = role}).ok());
    EXPECT_EQ(binding.state(),
              powerful ? RoleBinding::STATE_PENDING_APPROVAL : RoleBinding::STATE_ACTIVE);
    EXPECT_EQ(binding.granter(), kGranter);
  }
}

constexpr char kFirst[] = "roleBindings/01930000-0000-7000-8000-00000000000a";
constexpr char kOther[] = "roleBindings/01930000-0000-7000-8000-00000000000b";

// Otherwise there would never be a second one who could approve; and whoever had revoked the others
// could put in their place whom he likes.
TEST(RoleBindingRules, TheFirstAdministratorMakesTheSecondOneAloneOnceAndNobodyElse) {
  const access::v1::Role role = RoleNamed("roles/administrator", true);
  struct Row {
    Administrators administrators;
    std::string organization;
    RoleBinding::State state;
  };
  for (const Row& row :
       {Row{{{kFirst}, 1}, "", RoleBinding::STATE_ACTIVE},
        Row{{{kFirst, kOther}, 2}, "", RoleBinding::STATE_PENDING_APPROVAL},
        Row{{{kFirst}, 2}, "", RoleBinding::STATE_PENDING_APPROVAL},
        Row{{{kFirst}, 1}, "organizations/x", RoleBinding::STATE_PENDING_APPROVAL}}) {
    RoleBinding binding = Binding();
    binding.set_role("roles/administrator");
    binding.set_organization(row.organization);
    ASSERT_TRUE(
        Grant(binding, {.granter = {kGranter}, .role = role, .administrators = row.administrators})
            .ok());
    EXPECT_EQ(binding.state(), row.state) << row.administrators.ever << row.organization;
  }
}

TEST(RoleBindingRules, TheLastAdministratorStays) {
  RoleBinding binding = Binding();
  binding.set_role("roles/administrator");
  binding.set_state(RoleBinding::STATE_ACTIVE);
  EXPECT_TRUE(
      status::Is(Revoke(binding, kSecond, "调离", {{binding.name()}, 2}), status::kGuardNotMet));
  RoleBinding lapsed = binding;
  EXPECT_TRUE(Revoke(lapsed, kSecond, "已离职", {{kOther}, 2}).ok()) << "it lets nobody in";
  EXPECT_TRUE(Revoke(binding, kSecond, "调离", {{binding.name(), kOther}, 2}).ok());
  EXPECT_EQ(binding.revoker(), kSecond);
}

TEST(RoleBindingRules, WhoRunsTheMachineMakesAnAdministratorWhereNobodyCouldApproveOne) {
  struct Row {
    Administrators administrators;
    bool wanted;
  };
  for (const Row& row : {Row{{{}, 0}, true}, Row{{{kFirst}, 1}, false}, Row{{{kFirst}, 2}, true},
                         Row{{{}, 2}, true}, Row{{{kFirst, kOther}, 2}, false}}) {
    EXPECT_EQ(CheckAdministratorWanted(Binding(), row.administrators).ok(), row.wanted)
        << row.administrators.in_force.size() << " of " << row.administrators.ever;
  }
}

}  // namespace
}  // namespace qinglian::organization
