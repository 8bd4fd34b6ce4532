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
                  {kRevokeRole, [](RoleBinding& b) { return Revoke(b, kSecond, "调离", 2); }}});
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

// Otherwise there would never be a second one who could approve.
TEST(RoleBindingRules, TheOnlyAdministratorMakesTheSecondOneAloneAndNobodyElse) {
  const access::v1::Role role = RoleNamed("roles/administrator", true);
  struct Row {
    int administrators;
    std::string organization;
    RoleBinding::State state;
  };
  for (const Row& row :
       {Row{1, "", RoleBinding::STATE_ACTIVE}, Row{2, "", RoleBinding::STATE_PENDING_APPROVAL},
        Row{1, "organizations/x", RoleBinding::STATE_PENDING_APPROVAL}}) {
    RoleBinding binding = Binding();
    binding.set_role("roles/administrator");
    binding.set_organization(row.organization);
    ASSERT_TRUE(
        Grant(binding, {.granter = {kGranter}, .role = role, .administrators = row.administrators})
            .ok());
    EXPECT_EQ(binding.state(), row.state) << row.administrators << row.organization;
  }
}

TEST(RoleBindingRules, TheLastAdministratorStays) {
  RoleBinding binding = Binding();
  binding.set_role("roles/administrator");
  binding.set_state(RoleBinding::STATE_ACTIVE);
  ASSERT_TRUE(IsAdministrator(binding));
  EXPECT_TRUE(status::Is(Revoke(binding, kSecond, "调离", 1), status::kGuardNotMet));
  EXPECT_TRUE(Revoke(binding, kSecond, "调离", 2).ok());
  EXPECT_EQ(binding.revoker(), kSecond);
}

}  // namespace
}  // namespace qinglian::organization
