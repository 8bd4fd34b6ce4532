#include "services/supervision/inspection_rules.h"

#include "gmock/gmock.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::supervision {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using lifecycle::GuardRow;
using testing::ElementsAre;
using v1::Inspection;
using v1::SupervisionCase;

Step By(std::string actor) {
  return {.actor = {std::move(actor)},
          .business_now = clock::StartOf(absl::CivilDay(2025, 4, 7)) + absl::Hours(9)};
}

Inspection Sample() {
  Inspection inspection;
  inspection.set_name("inspections/1");
  inspection.set_organization("organizations/inspecting");
  inspection.set_leader("persons/leader");
  inspection.add_members("persons/member");
  inspection.add_checklist("规定动作是否到位");
  *inspection.mutable_planned_start_date() = clock::ToDate(absl::CivilDay(2025, 4, 7));
  *inspection.mutable_planned_end_date() = clock::ToDate(absl::CivilDay(2025, 4, 11));
  return inspection;
}

Inspection::Finding Found() {
  Inspection::Finding finding;
  finding.set_organization("organizations/target");
  finding.set_person("persons/subject");
  finding.set_display_name("采购未按规定公示");
  finding.set_description("抽查三个项目均未公示");
  finding.set_category("caseCategories/bureaucracy");
  finding.set_severity(SupervisionCase::SEVERITY_ORDINARY);
  finding.add_risk_points("riskPoints/1");
  finding.add_evidence_digests("digest");
  finding.set_checklist_item(1);
  return finding;
}

StartInspectionFacts StartMet() {
  return {.step = By("persons/member"), .targets_known = true, .team_at_work = true};
}

RecordFindingFacts RecordMet() {
  return {.step = By("persons/member"),
          .in_scope = true,
          .category_in_use = true,
          .evidence_stored = true};
}

TEST(InspectionRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Inspection>(
      Sample(),
      {{kStartInspection, [](Inspection& i) { return Start(i, StartMet()); }},
       {kRecordFinding, [](Inspection& i) { return RecordFinding(i, Found(), RecordMet()); }},
       {kConcludeInspection,
        [](Inspection& i) { return Conclude(i, "总体良好", By("persons/leader")); }},
       {kCancelInspection, [](Inspection& i) { return Cancel(i, "合并", By("persons/leader")); }}});
}

TEST(InspectionRules, EveryGuardRefuses) {
  const auto start = [](const status::Guard& guard, void (*spoil)(StartInspectionFacts&)) {
    StartInspectionFacts facts = StartMet();
    spoil(facts);
    return GuardRow<Inspection>{kStartInspection, guard,
                                [=](Inspection& i) { return Start(i, facts); }};
  };
  const auto record = [](const status::Guard& guard, void (*spoil)(RecordFindingFacts&)) {
    RecordFindingFacts facts = RecordMet();
    spoil(facts);
    return GuardRow<Inspection>{kRecordFinding, guard,
                                [=](Inspection& i) { return RecordFinding(i, Found(), facts); }};
  };
  using S = StartInspectionFacts;
  using R = RecordFindingFacts;
  ExpectGuards<Inspection>(
      Sample(), {start(kActorOnTeam, [](S& f) { f.step.actor = {"persons/other"}; }),
                 start(kTargetsKnown, [](S& f) { f.targets_known = false; }),
                 start(kTeamAtWork, [](S& f) { f.team_at_work = false; }),
                 start(kTeamNotOfTarget, [](S& f) { f.team_of_target = true; }),
                 record(kActorOnTeam, [](R& f) { f.step.actor = {"persons/other"}; }),
                 record(kFoundInScope, [](R& f) { f.in_scope = false; }),
                 record(kCategoryInUse, [](R& f) { f.category_in_use = false; }),
                 record(kEvidenceStored, [](R& f) { f.evidence_stored = false; }),
                 {kConcludeInspection, kActorLeadsTeam,
                  [](Inspection& i) { return Conclude(i, "总体良好", By("persons/member")); }}});
}

TEST(InspectionRules, ASelfCheckIsMadeByPeopleOfTheTarget) {
  Inspection inspection = Sample();
  inspection.set_state(Inspection::STATE_PLANNED);
  inspection.set_kind(Inspection::KIND_SELF_CHECK);
  StartInspectionFacts facts = StartMet();
  facts.team_of_target = true;
  EXPECT_TRUE(Start(inspection, facts).ok());
}

TEST(InspectionRules, OnlyAPlannedInspectionIsEdited) {
  for (int i = 1; i < Inspection::State_ARRAYSIZE; ++i) {
    Inspection before = Sample();
    before.set_state(static_cast<Inspection::State>(i));
    EXPECT_EQ(CheckUpdate(before, before).ok(), i == Inspection::STATE_PLANNED);
  }
}

TEST(InspectionRules, FieldsThatContradictEachOtherAreRefusedTogether) {
  Inspection inspection = Sample();
  inspection.mutable_planned_end_date()->set_day(1);
  inspection.add_members("persons/leader");
  const absl::Status result = Plan(inspection, By("persons/leader"));
  EXPECT_TRUE(status::Is(result, status::kFieldsInvalid));
  EXPECT_THAT(std::string(result.message()), testing::HasSubstr("planned_end_date"));
  EXPECT_THAT(std::string(result.message()), testing::HasSubstr("members"));
}

TEST(InspectionRules, AFindingOutsideTheChecklistIsRefused) {
  Inspection inspection = Sample();
  inspection.set_state(Inspection::STATE_IN_PROGRESS);
  Inspection::Finding finding = Found();
  finding.set_checklist_item(2);
  EXPECT_TRUE(status::Is(RecordFinding(inspection, finding, RecordMet()), status::kFieldsInvalid));
}

TEST(InspectionRules, FindingsAreNumberedAndOpenACaseOfTheirOwn) {
  Inspection inspection = Sample();
  inspection.set_state(Inspection::STATE_IN_PROGRESS);
  ASSERT_TRUE(RecordFinding(inspection, Found(), RecordMet()).ok());
  ASSERT_TRUE(RecordFinding(inspection, Found(), RecordMet()).ok());
  EXPECT_EQ(inspection.findings(1).number(), 2);
  EXPECT_EQ(inspection.findings(1).recorder(), "persons/member");
  const SupervisionCase opened = CaseOf(inspection, inspection.findings(0));
  EXPECT_EQ(opened.organization(), "organizations/inspecting");
  EXPECT_EQ(opened.subject_organization(), "organizations/target");
  EXPECT_EQ(opened.subject_person(), "persons/subject");
  EXPECT_EQ(opened.source_resource(), "inspections/1");
  EXPECT_THAT(opened.risk_points(), ElementsAre("riskPoints/1"));
  EXPECT_EQ(opened.state(), SupervisionCase::STATE_UNSPECIFIED);
}

TEST(InspectionRules, TheTeamIsTheLeaderAndTheMembers) {
  EXPECT_THAT(TeamOf(Sample()), ElementsAre("persons/leader", "persons/member"));
}

}  // namespace
}  // namespace qinglian::supervision
