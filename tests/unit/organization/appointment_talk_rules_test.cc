#include "services/organization/appointment_talk_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "common/clock/date.h"
#include "common/status/status.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::organization {
namespace {

const absl::CivilDay kToday(2025, 3, 31);

v1::Assignment Held(v1::Assignment::State state = v1::Assignment::STATE_CURRENT) {
  v1::Assignment assignment;
  assignment.set_person("persons/one");
  assignment.set_organization("organizations/one");
  assignment.set_state(state);
  *assignment.mutable_start_date() = clock::ToDate(kToday);
  return assignment;
}

v1::AppointmentTalk Wanted() {
  v1::AppointmentTalk talk;
  talk.set_name("appointmentTalks/01930000-0000-7000-8000-000000000001");
  return talk;
}

v1::HoldAppointmentTalkRequest By(const std::string& talker) {
  v1::HoldAppointmentTalkRequest request;
  request.set_talker(talker);
  return request;
}

TEST(AppointmentTalkRules, EveryTransitionLeavesItsOwnStatesAndNoOther) {
  lifecycle::ExpectLifecycle<v1::AppointmentTalk>(
      Wanted(),
      {{kHoldTalk,
        [](v1::AppointmentTalk& talk) { return Hold(talk, By("persons/two"), Held(), kToday); }},
       {kCancelTalk, [](v1::AppointmentTalk& talk) { return Cancel(talk, "另行安排"); }}});
}

TEST(AppointmentTalkRules, IsPlannedOnceAboutAnAssignmentThatLastsAndDueAMonthLater) {
  v1::AppointmentTalk talk = Wanted();
  EXPECT_EQ(status::MetadataOf(Plan(talk, Held(v1::Assignment::STATE_ENDED), false), "guard"),
            "ASSIGNMENT_CURRENT");
  EXPECT_EQ(status::MetadataOf(Plan(talk, Held(), true), "guard"), "NO_OTHER_TALK");
  ASSERT_TRUE(Plan(talk, Held(), false).ok());
  EXPECT_EQ(clock::ToDay(talk.due_date()).value(), absl::CivilDay(2025, 4, 30));
  EXPECT_EQ(talk.person(), "persons/one");
}

TEST(AppointmentTalkRules, IsHeldByAnotherFromAMonthBeforeUntilToday) {
  struct Case {
    std::string talker;
    absl::CivilDay day;
    std::string guard;
  };
  for (const Case& c :
       {Case{"persons/one", kToday, "ANOTHER_TALKS"},
        Case{"persons/two", kToday + 1, "HELD_IN_TIME"},
        Case{"persons/two", absl::CivilDay(2025, 2, 27), "HELD_IN_TIME"},
        Case{"persons/two", absl::CivilDay(2025, 2, 28), ""}, Case{"persons/two", kToday, ""}}) {
    v1::AppointmentTalk talk = Wanted();
    ASSERT_TRUE(Plan(talk, Held(), false).ok());
    v1::HoldAppointmentTalkRequest request = By(c.talker);
    *request.mutable_held_date() = clock::ToDate(c.day);
    EXPECT_EQ(status::MetadataOf(Hold(talk, request, Held(), kToday), "guard"), c.guard);
  }
}

}  // namespace
}  // namespace qinglian::organization
