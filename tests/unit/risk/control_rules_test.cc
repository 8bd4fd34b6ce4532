#include "services/risk/control_rules.h"

#include "common/clock/date.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::risk {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using lifecycle::GuardRow;
using lifecycle::Transition;

using v1::Control;
using v1::RiskPoint;

constexpr auto kLive = RiskPoint::STATE_ACTIVE;
const absl::Time kNow = clock::StartOf(absl::CivilDay(2025, 3, 31)) + absl::Hours(9);

Control Sample() {
  Control control;
  control.set_name("controls/1");
  control.set_owner("persons/owner");
  control.set_check_interval_months(1);
  return control;
}

ControlEvidence Evidence() {
  ControlEvidence evidence;
  evidence.Add()->set_display_name("复核记录");
  return evidence;
}

VerifyControlFacts Met() {
  return {.actor = {"persons/verifier"}, .business_now = kNow, .point_state = kLive};
}

TEST(ControlRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Control>(
      Sample(),
      {{kStartControl, [](Control& c) { return Start(c, kLive); }},
       {kHoldControl, [](Control& c) { return Hold(c, "经费未到位"); }},
       {kResumeControl, [](Control& c) { return Resume(c, kLive); }},
       {kCancelControl, [](Control& c) { return Cancel(c, "另有措施"); }},
       {kActivateControl, [](Control& c) { return Activate(c, Evidence(), Met()); }},
       {kDegradeControl,
        [](Control& c) { return Degrade(c, Control::DEGRADATION_CHECK_FAILED, "抽查未落实"); }},
       {kRestoreControl, [](Control& c) { return Restore(c, Evidence(), Met()); }},
       {kRetireControl, [](Control& c) { return Retire(c, true, "已被替代"); }}});
}

TEST(ControlRules, EveryGuardRefuses) {
  VerifyControlFacts by_owner = Met();
  by_owner.actor = {"persons/owner"};
  VerifyControlFacts on_retired = Met();
  on_retired.point_state = RiskPoint::STATE_RETIRED;
  ExpectGuards<Control>(
      Sample(),
      {{kStartControl, kPointLive, [](Control& c) { return Start(c, RiskPoint::STATE_RETIRED); }},
       {kResumeControl, kPointLive, [](Control& c) { return Resume(c, RiskPoint::STATE_RETIRED); }},
       {kActivateControl, kPointLive,
        [&](Control& c) { return Activate(c, Evidence(), on_retired); }},
       {kActivateControl, kVerifierNotOwner,
        [&](Control& c) { return Activate(c, Evidence(), by_owner); }},
       {kActivateControl, kEvidenceGiven, [](Control& c) { return Activate(c, {}, Met()); }},
       {kRestoreControl, kPointLive,
        [&](Control& c) { return Restore(c, Evidence(), on_retired); }},
       {kRestoreControl, kVerifierNotOwner,
        [&](Control& c) { return Restore(c, Evidence(), by_owner); }},
       {kRestoreControl, kEvidenceGiven, [](Control& c) { return Restore(c, {}, Met()); }},
       {kDegradeControl, kDegradationGiven,
        [](Control& c) { return Degrade(c, Control::DEGRADATION_UNSPECIFIED, "抽查未落实"); }},
       {kRetireControl, kOtherControlOrReassessment,
        [](Control& c) { return Retire(c, false, "已被替代"); }}});
}

TEST(ControlRules, NothingIsProposedForARetiredPoint) {
  RiskPoint point;
  point.set_state(RiskPoint::STATE_RETIRED);
  Control control = Sample();
  EXPECT_EQ(status::MetadataOf(Create(control, point), "guard"), kPointLive.name);
  point.set_state(RiskPoint::STATE_DRAFT);
  point.set_organization("organizations/1");
  ASSERT_TRUE(Create(control, point).ok());
  EXPECT_EQ(control.state(), Control::STATE_PLANNED);
  EXPECT_EQ(control.organization(), "organizations/1");
}

TEST(ControlRules, AControlInEffectIsCheckedAgainAfterItsInterval) {
  Control control = Sample();
  control.set_state(Control::STATE_IN_PROGRESS);
  ASSERT_TRUE(Activate(control, Evidence(), Met()).ok());
  EXPECT_EQ(control.next_check_date().month(), 4);
  EXPECT_EQ(control.next_check_date().day(), 30);
  EXPECT_EQ(control.verifier(), "persons/verifier");
  EXPECT_EQ(control.evidence_size(), 1);
  ASSERT_TRUE(Degrade(control, Control::DEGRADATION_CHECK_FAILED, "抽查未落实").ok());
  EXPECT_FALSE(control.has_next_check_date());
  EXPECT_TRUE(control.has_activate_time()) << "a control that failed was in effect once";
}

}  // namespace
}  // namespace qinglian::risk
