// The lifecycle of score sheets.
#ifndef QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_RULES_H_

#include "absl/status/status.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/rubric.pb.h"
#include "qinglian/review/v1/score_sheet.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using ScoreSheetTransition = lifecycle::Transition<v1::ScoreSheet>;

inline constexpr ScoreSheetTransition kBeginScoreSheet{
    "create", lifecycle::OneOf(v1::ScoreSheet::STATE_UNSPECIFIED), v1::ScoreSheet::STATE_DRAFT};
inline constexpr ScoreSheetTransition kUpdateScoreSheet{
    "update", lifecycle::OneOf(v1::ScoreSheet::STATE_DRAFT)};
inline constexpr ScoreSheetTransition kSubmitScoreSheet{
    "submit", lifecycle::OneOf(v1::ScoreSheet::STATE_DRAFT), v1::ScoreSheet::STATE_SUBMITTED};
inline constexpr ScoreSheetTransition kRecallScoreSheet{
    "recall", lifecycle::OneOf(v1::ScoreSheet::STATE_SUBMITTED), v1::ScoreSheet::STATE_DRAFT};
// Drafts are locked too: nobody scores after the others' marks are open.
inline constexpr ScoreSheetTransition kLockScoreSheet{
    "lock", lifecycle::OneOf(v1::ScoreSheet::STATE_DRAFT, v1::ScoreSheet::STATE_SUBMITTED),
    v1::ScoreSheet::STATE_LOCKED};

inline constexpr status::Guard kUnderEvaluation{
    "UNDER_EVALUATION", "the application is UNDER_EVALUATION", "申报须处于评审阶段"};
inline constexpr status::Guard kReviewerOnPanel{
    "REVIEWER_ON_PANEL", "the caller is on the panel of the round", "操作人须为本轮评委"};
inline constexpr status::Guard kNoConflict{"NO_CONFLICT",
                                           "the reviewer declared no conflict with the applicant",
                                           "评委已申报与该申报单位存在利益冲突"};
inline constexpr status::Guard kNotOfApplicant{
    "NOT_OF_APPLICANT", "the reviewer does not work in the applicant or below it",
    "评委不得在申报单位任职"};
inline constexpr status::Guard kMarksComplete{
    "MARKS_COMPLETE",
    "each indicator without parts has exactly one mark within its points, with a comment where "
    "points are taken off or the applicant is barred",
    "每个末级指标须有且仅有一个在分值范围内的评分，扣分或否决须说明理由"};

struct ScoreFacts {
  Step step;
  v1::Application::State application_state = v1::Application::STATE_UNSPECIFIED;
  bool on_panel = false;
  bool conflict = false;
  // Whether the reviewer works in the applicant or below it.
  bool of_applicant = false;
};

// Whether `person` declared a conflict with `organization` in the round.
bool HasConflict(const v1::ReviewRound& round, std::string_view person,
                 std::string_view organization);

// Each changes the sheet, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status Begin(v1::ScoreSheet& sheet, const ScoreFacts& facts);
absl::Status Submit(v1::ScoreSheet& sheet, const v1::Rubric& rubric, const ScoreFacts& facts);
absl::Status Recall(v1::ScoreSheet& sheet, const ScoreFacts& facts);
absl::Status Lock(v1::ScoreSheet& sheet);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_RULES_H_
