#include "services/organization/term_of_office_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "common/clock/date.h"
#include "common/status/status.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::organization {
namespace {

const absl::CivilDay kToday(2025, 3, 10);

v1::TermOfOffice Wanted(absl::CivilDay from = kToday - 10, absl::CivilDay due = kToday + 365) {
  v1::TermOfOffice term;
  term.set_name("termsOfOffice/01930000-0000-7000-8000-000000000001");
  *term.mutable_start_date() = clock::ToDate(from);
  *term.mutable_due_date() = clock::ToDate(due);
  return term;
}

v1::ExtendTermOfOfficeRequest Until(absl::CivilDay day) {
  v1::ExtendTermOfOfficeRequest request;
  *request.mutable_due_date() = clock::ToDate(day);
  return request;
}

TEST(TermOfOfficeRules, EveryTransitionLeavesItsOwnStatesAndNoOther) {
  lifecycle::ExpectLifecycle<v1::TermOfOffice>(
      Wanted(),
      {{kExtendTerm,
        [](v1::TermOfOffice& term) {
          return Extend(term, Until(kToday + 400), absl::UnixEpoch());
        }},
       {kConcludeTerm, [](v1::TermOfOffice& term) { return Conclude(term, {}, "换届", kToday); }}});
}

TEST(TermOfOfficeRules, IsDueAfterItBeganWithinTenYearsAndAlone) {
  struct Case {
    absl::CivilDay from, due;
    bool has_current;
    std::string guard;
  };
  for (const Case& c :
       {Case{kToday, kToday + 1, false, ""}, Case{kToday, kToday, false, "DUE_AFTER_START"},
        Case{kToday, absl::CivilDay(2035, 3, 10), false, ""},
        Case{kToday, absl::CivilDay(2035, 3, 11), false, "DUE_AFTER_START"},
        Case{kToday, kToday + 1, true, "NO_CURRENT_TERM"}}) {
    v1::TermOfOffice term = Wanted(c.from, c.due);
    EXPECT_EQ(status::MetadataOf(Begin(term, c.has_current, kToday), "guard"), c.guard);
    EXPECT_EQ(term.state() == v1::TermOfOffice::STATE_CURRENT, c.guard.empty());
  }
}

TEST(TermOfOfficeRules, IsPutOffByAYearAtMostAndRemembersUntilWhenItWas) {
  for (const auto& [day, guard] : {std::pair<absl::CivilDay, std::string>{kToday + 365, "LATER"},
                                   {kToday + 366, ""},
                                   {clock::AddMonths(kToday + 365, 12), ""},
                                   {clock::AddMonths(kToday + 365, 12) + 1, "ONE_YEAR_MORE"}}) {
    v1::TermOfOffice term = Wanted();
    ASSERT_TRUE(Begin(term, false, kToday).ok());
    EXPECT_EQ(status::MetadataOf(Extend(term, Until(day), absl::UnixEpoch()), "guard"), guard);
    EXPECT_EQ(term.extensions_size(), guard.empty() ? 1 : 0);
  }
}

}  // namespace
}  // namespace qinglian::organization
