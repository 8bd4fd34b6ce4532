#include "services/organization/responsibility_rules.h"

#include <gtest/gtest.h>

#include "common/clock/date.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::organization {
namespace {

const absl::CivilDay kToday(2025, 3, 10);

v1::Responsibility Wanted() {
  v1::Responsibility line;
  line.set_name("responsibilities/01930000-0000-7000-8000-000000000001");
  line.set_organization("organizations/01930000-0000-7000-8000-000000000002");
  return line;
}

TEST(ResponsibilityRules, EveryTransitionLeavesItsOwnStatesAndNoOther) {
  lifecycle::ExpectLifecycle<v1::Responsibility>(
      Wanted(), {{kEndResponsibility,
                  [](v1::Responsibility& line) { return End(line, "职责调整", kToday); }}});
}

TEST(ResponsibilityRules, BeginsTodayUnlessItBeganBefore) {
  for (const auto& [days, begun] : {std::pair{-400, true}, {0, true}, {1, false}}) {
    v1::Responsibility line = Wanted();
    *line.mutable_start_date() = clock::ToDate(kToday + days);
    EXPECT_EQ(Begin(line, kToday).ok(), begun) << days;
  }
  v1::Responsibility line = Wanted();
  ASSERT_TRUE(Begin(line, kToday).ok());
  EXPECT_EQ(clock::ToDay(line.start_date()).value(), kToday);
}

TEST(ResponsibilityRules, IsBorneByAPostThatExistsAndIsItsOwn) {
  v1::Post post;
  for (const bool own : {true, false}) {
    for (const auto state : {v1::Post::STATE_ACTIVE, v1::Post::STATE_ABOLISHED}) {
      post.set_organization(own ? Wanted().organization() : "organizations/other");
      post.set_state(state);
      EXPECT_EQ(CheckBearer(Wanted(), kUpdateResponsibility, post).ok(),
                own && state == v1::Post::STATE_ACTIVE);
    }
  }
}

}  // namespace
}  // namespace qinglian::organization
