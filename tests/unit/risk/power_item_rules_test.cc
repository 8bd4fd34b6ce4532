#include "services/risk/power_item_rules.h"

#include "tests/lib/lifecycle.h"

namespace qinglian::risk {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using lifecycle::GuardRow;
using lifecycle::Transition;

using v1::PowerItem;

const absl::CivilDay kToday(2025, 3, 3);

PowerItem Sample() {
  PowerItem item;
  item.set_name("powerItems/1");
  return item;
}

PublishFacts Met() { return {.today = kToday, .post_valid = true, .superseded_published = true}; }

TEST(PowerItemRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<PowerItem>(
      Sample(),
      {{kPublishPowerItem, [](PowerItem& i) { return Publish(i, Met()); }},
       {kSupersedePowerItem, [](PowerItem& i) { return Supersede(i, kToday); }},
       {kWithdrawPowerItem, [](PowerItem& i) { return Withdraw(i, "法律已修订", kToday); }}});
}

TEST(PowerItemRules, EveryGuardOfPublishingRefuses) {
  ExpectGuards<PowerItem>(Sample(), {{kPublishPowerItem, kPostValid,
                                      [](PowerItem& i) {
                                        auto facts = Met();
                                        facts.post_valid = false;
                                        return Publish(i, facts);
                                      }},
                                     {kPublishPowerItem, kSupersededPublished, [](PowerItem& i) {
                                        auto facts = Met();
                                        facts.superseded_published = false;
                                        return Publish(i, facts);
                                      }}});
}

TEST(PowerItemRules, DaysAndReasonsAreKept) {
  PowerItem item = Sample();
  item.set_state(PowerItem::STATE_DRAFT);
  ASSERT_TRUE(Publish(item, Met()).ok());
  EXPECT_EQ(item.publish_date().month(), 3);
  ASSERT_TRUE(Withdraw(item, "法律已修订", kToday + 1).ok());
  EXPECT_EQ(item.end_date().day(), 4);
  EXPECT_EQ(item.end_reason(), "法律已修订");
}

}  // namespace
}  // namespace qinglian::risk
