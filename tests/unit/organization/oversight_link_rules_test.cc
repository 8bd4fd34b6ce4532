#include "services/organization/oversight_link_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "common/clock/date.h"
#include "common/status/status.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::organization {
namespace {

using v1::Organization;
using v1::OversightLink;

const absl::CivilDay kToday(2025, 3, 10);

OversightLink Wanted(OversightLink::Kind kind = OversightLink::KIND_DISPATCHED) {
  OversightLink link;
  link.set_name("oversightLinks/01930000-0000-7000-8000-000000000001");
  link.set_kind(kind);
  link.set_overseer("organizations/group");
  link.set_overseen("organizations/organ");
  return link;
}

TEST(OversightLinkRules, EveryTransitionLeavesItsOwnStatesAndNoOther) {
  lifecycle::ExpectLifecycle<OversightLink>(
      Wanted(), {{kEndLink, [](OversightLink& link) { return End(link, "撤销", kToday); }}});
}

TEST(OversightLinkRules, OnlyGroupsAndCommissionsOverseeAsDispatchedAndAnybodyAsAPeer) {
  for (int kind = Organization::Kind_MIN; kind <= Organization::Kind_MAX; ++kind) {
    const LinkFacts facts{
        .overseer_kind = static_cast<Organization::Kind>(kind), .linked = false, .today = kToday};
    OversightLink dispatched = Wanted();
    EXPECT_EQ(Begin(dispatched, facts).ok(),
              kind == Organization::KIND_DISPATCHED_GROUP ||
                  kind == Organization::KIND_DISCIPLINE_INSPECTION_COMMISSION)
        << kind;
    OversightLink peer = Wanted(OversightLink::KIND_COMMUNITY_PEERS);
    EXPECT_TRUE(Begin(peer, facts).ok()) << kind;
  }
}

TEST(OversightLinkRules, NobodyIsLinkedToItselfOrTwice) {
  const LinkFacts facts{.overseer_kind = Organization::KIND_COURT, .linked = true, .today = kToday};
  OversightLink link = Wanted(OversightLink::KIND_DEPARTMENT_PEERS);
  EXPECT_EQ(status::MetadataOf(Begin(link, facts), "guard"), "NOT_LINKED");
  link.set_overseen(link.overseer());
  EXPECT_EQ(status::MetadataOf(Begin(link, facts), "guard"), "TWO");
}

}  // namespace
}  // namespace qinglian::organization
