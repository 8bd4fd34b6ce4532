#include "services/review/scoring.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "services/review/rubric_rules.h"
#include "services/review/score_sheet_rules.h"
#include "tests/lib/lifecycle.h"
#include "tests/unit/review/sample.h"

namespace qinglian::review {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using testing::ElementsAre;
using testing::IsEmpty;
using v1::Application;
using v1::ReviewRound;
using v1::Rubric;
using v1::ScoreSheet;

void AddMark(ScoreSheet& sheet, const std::string& indicator, int centipoints,
             const std::string& comment = "") {
  auto& mark = *sheet.add_marks();
  mark.set_indicator(indicator);
  mark.set_centipoints(centipoints);
  mark.set_comment(comment);
}

ScoreSheet Sheet(const std::string& name, int first, int second, int third) {
  ScoreSheet sheet;
  sheet.set_name(name);
  AddMark(sheet, "1.1", first);
  AddMark(sheet, "1.2", second, "扣分说明");
  AddMark(sheet, "2", third);
  AddMark(sheet, "3", 0);
  sheet.set_total_centipoints(first + second + third);
  return sheet;
}

absl::Status FreezeChanged(Rubric& rubric, const std::function<void(Rubric&)>& change) {
  const Rubric before = rubric;
  change(rubric);
  const absl::Status result = Freeze(rubric, Organizer());
  rubric = before;
  return result;
}

TEST(RubricRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Rubric>(
      SampleRubric(),
      {{kFreezeRubric, [](Rubric& r) { return Freeze(r, Organizer()); }},
       {kDeleteRubric, [](Rubric& r) { return CheckDelete(r, false, Organizer()); }}});
}

TEST(RubricRules, EveryGuardRefuses) {
  ExpectGuards<Rubric>(
      SampleRubric(),
      {{kFreezeRubric, kOrganizerSide, [](Rubric& r) { return Freeze(r, Nobody()); }},
       {kFreezeRubric, kTreeWhole,
        [](Rubric& r) {
          return FreezeChanged(r, [](Rubric& c) { c.mutable_indicators(1)->set_parent("9"); });
        }},
       {kFreezeRubric, kTreeWhole,
        [](Rubric& r) {
          return FreezeChanged(r, [](Rubric& c) { c.mutable_indicators(2)->set_code("1.1"); });
        }},
       {kFreezeRubric, kWeightsSum,
        [](Rubric& r) {
          return FreezeChanged(r,
                               [](Rubric& c) { c.mutable_indicators(1)->set_centipoints(3999); });
        }},
       {kFreezeRubric, kWeightsSum,
        [](Rubric& r) {
          return FreezeChanged(r, [](Rubric& c) { c.set_full_centipoints(9999); });
        }},
       {kFreezeRubric, kMethodsGiven,
        [](Rubric& r) {
          return FreezeChanged(r, [](Rubric& c) {
            c.mutable_indicators(3)->set_scoring_method(Rubric::SCORING_METHOD_UNSPECIFIED);
          });
        }},
       {kFreezeRubric, kMethodsGiven,
        [](Rubric& r) {
          return FreezeChanged(r, [](Rubric& c) {
            c.mutable_indicators(0)->set_scoring_method(Rubric::SCORING_METHOD_EXPERT);
          });
        }},
       {kDeleteRubric, kOrganizerSide, [](Rubric& r) { return CheckDelete(r, false, Nobody()); }},
       {kDeleteRubric, kNothingRefers,
        [](Rubric& r) { return CheckDelete(r, true, Organizer()); }}});
}

ScoreFacts Reviewing() {
  return {.step = {.actor = {"persons/a"}, .business_now = kNow},
          .application_state = Application::STATE_UNDER_EVALUATION,
          .on_panel = true};
}

TEST(ScoreSheetRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<ScoreSheet>(
      Sheet("scoreSheets/1", 4000, 1500, 3000),
      {{kBeginScoreSheet, [](ScoreSheet& s) { return Begin(s, Reviewing()); }},
       {kSubmitScoreSheet, [](ScoreSheet& s) { return Submit(s, SampleRubric(), Reviewing()); }},
       {kRecallScoreSheet, [](ScoreSheet& s) { return Recall(s, Reviewing()); }},
       {kLockScoreSheet, [](ScoreSheet& s) { return Lock(s); }}});
}

TEST(ScoreSheetRules, EveryGuardRefuses) {
  ScoreFacts locked = Reviewing();
  locked.application_state = Application::STATE_SCORED;
  ScoreFacts outsider = Reviewing();
  outsider.on_panel = false;
  ScoreFacts conflicted = Reviewing();
  conflicted.conflict = true;
  ScoreFacts colleague = Reviewing();
  colleague.of_applicant = true;
  const auto submit = [](const ScoreFacts& facts) {
    return [facts](ScoreSheet& s) { return Submit(s, SampleRubric(), facts); };
  };
  const auto begin = [](const ScoreFacts& facts) {
    return [facts](ScoreSheet& s) { return Begin(s, facts); };
  };
  ExpectGuards<ScoreSheet>(
      Sheet("scoreSheets/1", 4000, 1500, 3000),
      {{kBeginScoreSheet, kUnderEvaluation, begin(locked)},
       {kBeginScoreSheet, kReviewerOnPanel, begin(outsider)},
       {kBeginScoreSheet, kNoConflict, begin(conflicted)},
       {kBeginScoreSheet, kNotOfApplicant, begin(colleague)},
       {kSubmitScoreSheet, kUnderEvaluation, submit(locked)},
       {kSubmitScoreSheet, kReviewerOnPanel, submit(outsider)},
       {kSubmitScoreSheet, kNoConflict, submit(conflicted)},
       {kSubmitScoreSheet, kNotOfApplicant, submit(colleague)},
       {kRecallScoreSheet, kUnderEvaluation, [&](ScoreSheet& s) { return Recall(s, locked); }}});
}

TEST(ScoreSheetRules, MarksAreCompleteWithinTheirPointsAndExplained) {
  const auto refused = [](const std::function<void(ScoreSheet&)>& change) {
    ScoreSheet sheet = Sheet("scoreSheets/1", 4000, 1500, 3000);
    sheet.set_state(ScoreSheet::STATE_DRAFT);
    change(sheet);
    return status::MetadataOf(Submit(sheet, SampleRubric(), Reviewing()), "guard");
  };
  EXPECT_EQ(refused([](ScoreSheet&) {}), "");
  EXPECT_EQ(refused([](ScoreSheet& s) { s.mutable_marks()->RemoveLast(); }), "MARKS_COMPLETE");
  EXPECT_EQ(refused([](ScoreSheet& s) { AddMark(s, "2", 1); }), "MARKS_COMPLETE");
  EXPECT_EQ(refused([](ScoreSheet& s) { AddMark(s, "1", 1); }), "MARKS_COMPLETE");
  EXPECT_EQ(refused([](ScoreSheet& s) { s.mutable_marks(0)->set_centipoints(4001); }),
            "MARKS_COMPLETE");
  EXPECT_EQ(refused([](ScoreSheet& s) { s.mutable_marks(1)->clear_comment(); }), "MARKS_COMPLETE")
      << "points taken off without a reason";
  EXPECT_EQ(refused([](ScoreSheet& s) { s.mutable_marks(3)->set_vetoed(true); }), "MARKS_COMPLETE")
      << "barred without a reason";
  EXPECT_EQ(refused([](ScoreSheet& s) { s.mutable_marks(0)->set_vetoed(true); }), "MARKS_COMPLETE")
      << "barred by what is no veto";
}

TEST(Scoring, TheHighestAndTheLowestSheetAreDropped) {
  const auto score = ComputeScore(
      SampleRubric(), SampleRound(ReviewRound::STATE_EVALUATING),
      {Sheet("scoreSheets/1", 4000, 2000, 4000), Sheet("scoreSheets/2", 3000, 1000, 2000),
       Sheet("scoreSheets/3", 3500, 1800, 3300)});
  EXPECT_EQ(score.centipoints(), 8600);
  EXPECT_EQ(score.sheets(), 3);
  EXPECT_EQ(score.sheets_counted(), 1);
  EXPECT_THAT(score.dropped_highest(), ElementsAre("scoreSheets/1"));
  EXPECT_THAT(score.dropped_lowest(), ElementsAre("scoreSheets/2"));
  EXPECT_EQ(score.extremes_rule(), "去掉1个最高分和1个最低分");
  ASSERT_EQ(score.indicators_size(), 4);
  EXPECT_EQ(score.indicators(0).mean_centipoints(), 3500);
}

TEST(Scoring, WithFewerSheetsThanTheRuleAsksAllCountAndTheMeanIsRoundedHalfUp) {
  const auto score = ComputeScore(
      SampleRubric(), SampleRound(ReviewRound::STATE_EVALUATING),
      {Sheet("scoreSheets/1", 4000, 2000, 4000), Sheet("scoreSheets/2", 3001, 1000, 2000)});
  EXPECT_EQ(score.sheets_counted(), 2);
  EXPECT_THAT(score.dropped_highest(), IsEmpty());
  EXPECT_EQ(score.centipoints(), 8001);  // 16001 / 2
}

TEST(Scoring, TheOrderOfTheSheetsDoesNotMatterAmongEqualTotals) {
  const ScoreSheet one = Sheet("scoreSheets/1", 4000, 1000, 3000);
  const ScoreSheet two = Sheet("scoreSheets/2", 3000, 2000, 3000);
  const ScoreSheet three = Sheet("scoreSheets/3", 3500, 1500, 3000);
  const ReviewRound round = SampleRound(ReviewRound::STATE_EVALUATING);
  EXPECT_EQ(ComputeScore(SampleRubric(), round, {one, two, three}).SerializeAsString(),
            ComputeScore(SampleRubric(), round, {three, one, two}).SerializeAsString());
}

TEST(Scoring, HalfOfTheSheetsBarAnApplicant) {
  std::vector<ScoreSheet> sheets = {
      Sheet("scoreSheets/1", 1, 1, 1), Sheet("scoreSheets/2", 1, 1, 1),
      Sheet("scoreSheets/3", 1, 1, 1), Sheet("scoreSheets/4", 1, 1, 1)};
  const ReviewRound round = SampleRound(ReviewRound::STATE_EVALUATING);
  sheets[0].mutable_marks(3)->set_vetoed(true);
  EXPECT_THAT(ComputeScore(SampleRubric(), round, sheets).vetoes(), IsEmpty());
  sheets[3].mutable_marks(3)->set_vetoed(true);
  EXPECT_THAT(ComputeScore(SampleRubric(), round, sheets).vetoes(), ElementsAre("3"));
}

Application Scored(const std::string& name, int centipoints, int first_sum, int64_t seconds) {
  Application application;
  application.set_name(name);
  application.set_score_centipoints(centipoints);
  application.mutable_score()->set_sheets_counted(1);
  auto& indicator = *application.mutable_score()->add_indicators();
  indicator.set_indicator("1.1");
  indicator.set_sum_centipoints(first_sum);
  application.mutable_first_submit_time()->set_seconds(seconds);
  return application;
}

TEST(Scoring, TiesGoByIndicatorThenByFirstSubmissionThenByName) {
  ReviewRound round = SampleRound(ReviewRound::STATE_EVALUATING);
  round.add_tie_break_indicators("1.1");
  std::vector<Application> applications = {
      Scored("applications/e", 8000, 4000, 1), Scored("applications/d", 9000, 3000, 7),
      Scored("applications/c", 9000, 3000, 7), Scored("applications/b", 9000, 3000, 6),
      Scored("applications/a", 9000, 3500, 9)};
  Rank(round, applications);
  std::vector<std::string> order;
  for (const Application& application : applications) order.push_back(application.name());
  EXPECT_THAT(order, ElementsAre("applications/a", "applications/b", "applications/c",
                                 "applications/d", "applications/e"));
  EXPECT_THAT(TieRule(round), testing::HasSubstr("1.1"));
}

}  // namespace
}  // namespace qinglian::review
