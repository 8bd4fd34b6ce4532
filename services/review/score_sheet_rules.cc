#include "services/review/score_sheet_rules.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/review/rubric_rules.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::Rubric;
using v1::ScoreSheet;

bool Sound(const ScoreSheet::Mark& mark, const Rubric::Indicator& indicator) {
  if (mark.centipoints() < 0 || mark.centipoints() > indicator.centipoints()) return false;
  const bool veto = indicator.scoring_method() == Rubric::SCORING_METHOD_VETO;
  if (mark.vetoed() && !veto) return false;
  const bool taken_off = indicator.scoring_method() == Rubric::SCORING_METHOD_DEDUCTION &&
                         mark.centipoints() < indicator.centipoints();
  return !mark.comment().empty() || !(mark.vetoed() || taken_off);
}

bool MarksComplete(const ScoreSheet& sheet, const Rubric& rubric) {
  std::map<std::string, const ScoreSheet::Mark*> marks;
  for (const auto& mark : sheet.marks()) {
    if (!marks.emplace(mark.indicator(), &mark).second) return false;
  }
  const std::vector<const Rubric::Indicator*> leaves = LeavesOf(rubric);
  for (const Rubric::Indicator* leaf : leaves) {
    const auto mark = marks.find(leaf->code());
    if (mark == marks.end() || !Sound(*mark->second, *leaf)) return false;
  }
  return marks.size() == leaves.size();
}

bool UnderEvaluation(const ScoreFacts& facts) {
  return facts.application_state == Application::STATE_UNDER_EVALUATION;
}

absl::Status CheckReviewer(const ScoreSheet& sheet, const ScoreSheetTransition& transition,
                           const ScoreFacts& facts) {
  return Check(sheet, transition,
               {{kUnderEvaluation, UnderEvaluation(facts)},
                {kReviewerOnPanel, facts.on_panel},
                {kNoConflict, !facts.conflict},
                {kNotOfApplicant, !facts.of_applicant}});
}

}  // namespace

bool HasConflict(const v1::ReviewRound& round, std::string_view person,
                 std::string_view organization) {
  for (const auto& declaration : round.conflict_declarations()) {
    if (declaration.person() == person && Holds(declaration.organizations(), organization)) {
      return true;
    }
  }
  return false;
}

absl::Status Begin(ScoreSheet& sheet, const ScoreFacts& facts) {
  RETURN_IF_ERROR(CheckReviewer(sheet, kBeginScoreSheet, facts));
  sheet.set_reviewer(facts.step.actor.name);
  sheet.set_state(kBeginScoreSheet.to);
  return absl::OkStatus();
}

absl::Status Submit(ScoreSheet& sheet, const Rubric& rubric, const ScoreFacts& facts) {
  RETURN_IF_ERROR(CheckReviewer(sheet, kSubmitScoreSheet, facts));
  RETURN_IF_ERROR(lifecycle::CheckGuard(sheet, kSubmitScoreSheet, kMarksComplete,
                                        MarksComplete(sheet, rubric)));
  int32_t total = 0;
  for (const auto& mark : sheet.marks()) total += mark.centipoints();
  sheet.set_total_centipoints(total);
  *sheet.mutable_submit_time() = clock::ToTimestamp(facts.step.business_now);
  sheet.set_state(kSubmitScoreSheet.to);
  return absl::OkStatus();
}

absl::Status Recall(ScoreSheet& sheet, const ScoreFacts& facts) {
  RETURN_IF_ERROR(Check(sheet, kRecallScoreSheet, {{kUnderEvaluation, UnderEvaluation(facts)}}));
  sheet.clear_total_centipoints();
  sheet.clear_submit_time();
  sheet.set_state(kRecallScoreSheet.to);
  return absl::OkStatus();
}

absl::Status Lock(ScoreSheet& sheet) {
  RETURN_IF_ERROR(lifecycle::CheckState(sheet, kLockScoreSheet));
  sheet.set_state(kLockScoreSheet.to);
  return absl::OkStatus();
}

}  // namespace qinglian::review
