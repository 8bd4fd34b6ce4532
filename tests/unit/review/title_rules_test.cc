#include "services/review/title_rules.h"

#include "tests/lib/lifecycle.h"
#include "tests/unit/review/sample.h"

namespace qinglian::review {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using v1::Application;
using v1::Programme;
using v1::Title;

Title Sample() {
  Title title;
  title.set_name("titles/1");
  title.set_conferrer("persons/conferrer");
  *title.mutable_confer_date() = clock::ToDate(absl::CivilDay(2024, 1, 8));
  *title.mutable_expire_date() = clock::ToDate(kToday);
  return title;
}

Application Conferred() {
  Application application;
  application.set_state(Application::STATE_CONFERRED);
  application.set_organization("organizations/1");
  return application;
}

Programme ThreeYears() {
  Programme programme;
  programme.set_validity_months(36);
  programme.set_organization("organizations/committee");
  return programme;
}

Title::Revocation Heard(absl::CivilDay day) {
  Title::Revocation revocation;
  *revocation.mutable_hearing_date() = clock::ToDate(day);
  return revocation;
}

absl::Status RevokeBy(Title& title, absl::CivilDay heard, const Step& step) {
  return Revoke(title, Heard(heard), "", "弄虚作假", step);
}

const absl::CivilDay kTomorrow = kToday + 1;

TEST(TitleRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Title>(
      Sample(),
      {{kConferTitle,
        [](Title& t) { return Confer(t, Conferred(), ThreeYears(), {.step = Organizer()}); }},
       {kSuspendTitle, [](Title& t) { return Suspend(t, "cases/1", "复核", Organizer()); }},
       {kReinstateTitle, [](Title& t) { return Reinstate(t, false, "恢复", Organizer()); }},
       {kRevokeTitle, [](Title& t) { return RevokeBy(t, kToday, Organizer()); }},
       {kExpireTitle, [](Title& t) { return Expire(t, kTomorrow); }}});
}

TEST(TitleRules, EveryGuardRefuses) {
  const auto confer = [](const Application& application, const ConferTitleFacts& facts) {
    return [=](Title& t) { return Confer(t, application, ThreeYears(), facts); };
  };
  ExpectGuards<Title>(
      Sample(),
      {{kConferTitle, kConferringSide, confer(Conferred(), {.step = Nobody()})},
       {kConferTitle, kApplicationConferred, confer(Application(), {.step = Organizer()})},
       {kConferTitle, kNoOpenObjection,
        confer(Conferred(), {.step = Organizer(), .open_objection = true})},
       {kConferTitle, kNoVetoCondition, confer(Conferred(), {.step = Organizer(), .vetoed = true})},
       {kSuspendTitle, kConferringSide, [](Title& t) { return Suspend(t, "", "复核", Nobody()); }},
       {kReinstateTitle, kConferringSide,
        [](Title& t) { return Reinstate(t, false, "恢复", Nobody()); }},
       {kReinstateTitle, kNoVetoCondition,
        [](Title& t) { return Reinstate(t, true, "恢复", Organizer()); }},
       {kReinstateTitle, kNotExpired,
        [](Title& t) {
          Step late = Organizer();
          late.business_now = clock::StartOf(kTomorrow);
          return Reinstate(t, false, "恢复", late);
        }},
       {kRevokeTitle, kConferringSide, [](Title& t) { return RevokeBy(t, kToday, Nobody()); }},
       {kRevokeTitle, kFourEyes,
        [](Title& t) { return RevokeBy(t, kToday, Organizer("persons/conferrer")); }},
       {kRevokeTitle, kUnitHeard, [](Title& t) { return RevokeBy(t, kTomorrow, Organizer()); }},
       {kRevokeTitle, kUnitHeard,
        [](Title& t) { return RevokeBy(t, absl::CivilDay(2024, 1, 7), Organizer()); }},
       {kExpireTitle, kTimeOver, [](Title& t) { return Expire(t, kToday); }}});
}

TEST(TitleRules, ATitleHoldsForTheMonthsOfItsProgramme) {
  Title title;
  ASSERT_TRUE(Confer(title, Conferred(), ThreeYears(), {.step = Organizer()}).ok());
  EXPECT_EQ(*clock::ToDay(title.expire_date()), absl::CivilDay(2028, 11, 17));
  EXPECT_EQ(title.organization(), "organizations/1");
  EXPECT_EQ(title.conferring_organization(), "organizations/committee");
}

}  // namespace
}  // namespace qinglian::review
