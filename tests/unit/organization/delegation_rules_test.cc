#include "services/organization/delegation_rules.h"

#include <gtest/gtest.h>

#include "common/clock/date.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::organization {
namespace {

using v1::Delegation;

constexpr char kDelegator[] = "persons/delegator";

Delegation Wanted(absl::CivilDay first, absl::CivilDay last) {
  Delegation delegation;
  delegation.set_name("delegations/01930000-0000-7000-8000-000000000001");
  delegation.set_delegator(kDelegator);
  delegation.set_delegate("persons/delegate");
  *delegation.mutable_first_date() = clock::ToDate(first);
  *delegation.mutable_last_date() = clock::ToDate(last);
  return delegation;
}

const absl::CivilDay kFirst(2025, 3, 10);

DelegateFacts Facts() { return {.actor = {kDelegator}, .both_at_work = true}; }

// The guard that a delegation breaks; "" where it is made.
std::string Broken(Delegation delegation, const DelegateFacts& facts) {
  const absl::Status status = Delegate(delegation, facts);
  EXPECT_EQ(delegation.state() == Delegation::STATE_ACTIVE, status.ok());
  return status.ok() ? "" : status::MetadataOf(status, "guard");
}

TEST(DelegationRules, LastsAtLeastADayAndAtMostAYear) {
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), Facts()), "");
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst + 365), Facts()), "");
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst + 366), Facts()), kBrief.name);
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst - 1), Facts()), kDatesInOrder.name);
}

TEST(DelegationRules, IsBetweenTwoWhoAreAtWork) {
  DelegateFacts facts = Facts();
  facts.both_at_work = false;
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), facts), kBothAtWork.name);
  Delegation oneself = Wanted(kFirst, kFirst);
  oneself.set_delegate(kDelegator);
  EXPECT_EQ(Broken(oneself, Facts()), kTwoPersons.name);
}

TEST(DelegationRules, IsNotMadeByItsDelegateAndForAPowerfulRoleByTheDelegatorOnly) {
  DelegateFacts facts = Facts();
  facts.actor = {"persons/superior"};
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), facts), kWithinReach.name);
  facts.within_reach = true;
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), facts), "");
  facts.delegator_powerful = true;
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), facts), kPowerfulInPerson.name);
  facts.actor = {kDelegator};
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), facts), "");
  facts = Facts();
  facts.actor = {"persons/delegate"};
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), facts), kNotToOneself.name);
}

TEST(DelegationRules, SaysWhoMadeIt) {
  DelegateFacts facts = Facts();
  facts.actor = {"persons/superior"};
  facts.within_reach = true;
  Delegation delegation = Wanted(kFirst, kFirst);
  ASSERT_TRUE(Delegate(delegation, facts).ok());
  EXPECT_EQ(delegation.maker(), "persons/superior");
}

TEST(DelegationRules, IsNotPassedOnByWhoActsForSomebody) {
  DelegateFacts facts = Facts();
  facts.actor.acting_for = "persons/boss";
  EXPECT_EQ(Broken(Wanted(kFirst, kFirst), facts), kNotBySubstitute.name);
}

TEST(DelegationRules, ADateThatIsNoneIsRefused) {
  Delegation delegation = Wanted(kFirst, kFirst);
  delegation.mutable_first_date()->set_day(31);
  delegation.mutable_first_date()->set_month(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Delegate(delegation, Facts())));
}

TEST(DelegationRules, EndsOnce) {
  lifecycle::ExpectLifecycle<Delegation>(Wanted(kFirst, kFirst),
                                         {{kEndDelegation, [](Delegation& delegation) {
                                             return EndDelegation(delegation, kDelegator, "已返岗");
                                           }}});
}

}  // namespace
}  // namespace qinglian::organization
