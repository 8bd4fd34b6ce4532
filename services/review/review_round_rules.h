// The lifecycle of rounds: from planning over scoring and public notice to the naming.
#ifndef QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/calendar/calendar.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/rubric.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using RoundTransition = lifecycle::Transition<v1::ReviewRound>;

inline constexpr uint32_t kBeforeLockedRoundStates =
    lifecycle::OneOf(v1::ReviewRound::STATE_PLANNED, v1::ReviewRound::STATE_OPEN,
                     v1::ReviewRound::STATE_SUBMISSION_CLOSED, v1::ReviewRound::STATE_EVALUATING);
inline constexpr uint32_t kBeforeDecidedRoundStates =
    kBeforeLockedRoundStates | lifecycle::OneOf(v1::ReviewRound::STATE_SCORES_LOCKED,
                                                v1::ReviewRound::STATE_CANDIDATES_PROPOSED,
                                                v1::ReviewRound::STATE_ON_NOTICE,
                                                v1::ReviewRound::STATE_NOTICE_ENDED);

inline constexpr RoundTransition kPlanRound{
    "create", lifecycle::OneOf(v1::ReviewRound::STATE_UNSPECIFIED), v1::ReviewRound::STATE_PLANNED};
inline constexpr RoundTransition kUpdateRound{"update",
                                              lifecycle::OneOf(v1::ReviewRound::STATE_PLANNED)};
inline constexpr RoundTransition kDeleteRound{"delete",
                                              lifecycle::OneOf(v1::ReviewRound::STATE_PLANNED)};
inline constexpr RoundTransition kDeclareConflicts{"declare_conflicts", kBeforeLockedRoundStates};
inline constexpr RoundTransition kOpenRound{
    "open", lifecycle::OneOf(v1::ReviewRound::STATE_PLANNED), v1::ReviewRound::STATE_OPEN};
inline constexpr RoundTransition kExtendSubmissions{
    "extend_submissions",
    lifecycle::OneOf(v1::ReviewRound::STATE_OPEN, v1::ReviewRound::STATE_SUBMISSION_CLOSED),
    v1::ReviewRound::STATE_OPEN};
inline constexpr RoundTransition kCloseSubmissions{"close_submissions",
                                                   lifecycle::OneOf(v1::ReviewRound::STATE_OPEN),
                                                   v1::ReviewRound::STATE_SUBMISSION_CLOSED};
inline constexpr RoundTransition kStartRoundEvaluation{
    "start_evaluation", lifecycle::OneOf(v1::ReviewRound::STATE_SUBMISSION_CLOSED),
    v1::ReviewRound::STATE_EVALUATING};
inline constexpr RoundTransition kLockRoundScores{
    "lock_scores", lifecycle::OneOf(v1::ReviewRound::STATE_EVALUATING),
    v1::ReviewRound::STATE_SCORES_LOCKED};
inline constexpr RoundTransition kProposeCandidates{
    "propose_candidates", lifecycle::OneOf(v1::ReviewRound::STATE_SCORES_LOCKED),
    v1::ReviewRound::STATE_CANDIDATES_PROPOSED};
inline constexpr RoundTransition kApproveCandidates{
    "approve_candidates", lifecycle::OneOf(v1::ReviewRound::STATE_CANDIDATES_PROPOSED)};
inline constexpr RoundTransition kReturnCandidates{
    "return_candidates", lifecycle::OneOf(v1::ReviewRound::STATE_CANDIDATES_PROPOSED),
    v1::ReviewRound::STATE_SCORES_LOCKED};
inline constexpr RoundTransition kPublishNotice{
    "publish_notice", lifecycle::OneOf(v1::ReviewRound::STATE_CANDIDATES_PROPOSED),
    v1::ReviewRound::STATE_ON_NOTICE};
inline constexpr RoundTransition kRenewNotice{
    "renew_notice",
    lifecycle::OneOf(v1::ReviewRound::STATE_ON_NOTICE, v1::ReviewRound::STATE_NOTICE_ENDED),
    v1::ReviewRound::STATE_ON_NOTICE};
inline constexpr RoundTransition kEndNotice{"end_notice",
                                            lifecycle::OneOf(v1::ReviewRound::STATE_ON_NOTICE),
                                            v1::ReviewRound::STATE_NOTICE_ENDED};
inline constexpr RoundTransition kDecideRound{"decide",
                                              lifecycle::OneOf(v1::ReviewRound::STATE_NOTICE_ENDED),
                                              v1::ReviewRound::STATE_DECIDED};
inline constexpr RoundTransition kArchiveRound{
    "archive", lifecycle::OneOf(v1::ReviewRound::STATE_DECIDED), v1::ReviewRound::STATE_ARCHIVED};
inline constexpr RoundTransition kCancelRound{"cancel", kBeforeDecidedRoundStates,
                                              v1::ReviewRound::STATE_CANCELLED};

inline constexpr status::Guard kRubricFrozen{"RUBRIC_FROZEN",
                                             "the rubric is FROZEN and of the same programme",
                                             "须使用本项目已冻结的考核细则"};
inline constexpr status::Guard kPanelSuffices{
    "PANEL_SUFFICES", "the panel has at least as many as the quorum, all at work",
    "评委人数不得少于有效评分表数，且须在册在职"};
inline constexpr status::Guard kConflictsDeclared{
    "CONFLICTS_DECLARED", "every reviewer declared his conflicts, or that there are none",
    "全体评委须完成利益冲突申报"};
inline constexpr status::Guard kTieBreaksKnown{
    "TIE_BREAKS_KNOWN", "the tie-break indicators are indicators without parts of the rubric",
    "同分比较指标须为考核细则的末级指标"};
inline constexpr status::Guard kNotScoredAlready{
    "NOT_SCORED_ALREADY", "he has submitted no sheet about an organization he now declares",
    "已对拟申报冲突的单位提交评分表"};
inline constexpr status::Guard kPanelMember{
    "REVIEWER_ON_PANEL", "the caller is on the panel of the round", "操作人须为本轮评委"};
inline constexpr status::Guard kLaterDate{
    "LATER_DATE", "the new last day is after the present one and not before today",
    "新的截止日须晚于原截止日，且不得早于今日"};
inline constexpr status::Guard kSubmissionOver{
    "SUBMISSION_OVER", "the last day of submission has passed", "申报期限尚未届满"};
inline constexpr status::Guard kDocumentsChecked{
    "DOCUMENTS_CHECKED", "no application waits for its document check or a supplement",
    "尚有申报未完成材料审核"};
inline constexpr status::Guard kSiteVisitsDone{
    "SITE_VISITS_DONE",
    "where the round wants visits, every application under evaluation had a visit or a hearing",
    "尚有申报未完成现场核查或答辩"};
inline constexpr status::Guard kAllScored{
    "ALL_SCORED", "every application that takes part has its scores locked", "尚有申报未锁定评分"};
inline constexpr status::Guard kCandidatesChosen{
    "CANDIDATES_CHOSEN", "at least one application is short-listed", "尚无入围申报"};
inline constexpr status::Guard kListUnchanged{"LIST_UNCHANGED",
                                              "the short-listed applications are those of the list",
                                              "入围申报与候选名单不一致，须重新提出"};
inline constexpr status::Guard kNotApprovedYet{"NOT_APPROVED_YET", "the list was not approved yet",
                                               "候选名单已经审定"};
inline constexpr status::Guard kCandidatesApproved{
    "CANDIDATES_APPROVED", "another person approved the list", "候选名单须经另一人审定"};
inline constexpr status::Guard kCandidatesLeft{"CANDIDATES_LEFT", "somebody is on notice",
                                               "没有处于公示中的候选单位"};
inline constexpr status::Guard kNothingLeftOpen{
    "NOTHING_LEFT_OPEN", "every application has ended, or was conferred and has its title",
    "尚有申报未办结或未授予称号"};

struct OpenRoundFacts {
  Step step;
  bool programme_open = false;
  bool panel_at_work = false;
};

// How many applications of a round are in which states.
struct RoundCounts {
  // SUBMITTED or SUPPLEMENT_REQUESTED.
  int unchecked = 0;
  // ACCEPTED or UNDER_EVALUATION.
  int unscored = 0;
  // UNDER_EVALUATION or SCORED, and without a visit.
  int unvisited = 0;
  // Neither drafts nor ended; conferred ones only where they have no title.
  int left_open = 0;
  int open_objections = 0;
};

// What the fields of a round say of each other: FIELDS_INVALID with every fault.
absl::Status CheckConsistency(const v1::ReviewRound& round);

// The candidates that short-listed and noticed applications make, by group and place.
std::vector<v1::ReviewRound::Candidate> CandidatesOf(
    const std::vector<v1::Application>& applications);

// How long a notice is posted.
struct NoticeTerm {
  const calendar::Calendar& calendar;
  int workdays = 0;
};

// The last day of a notice posted on `today`, which does not count. OUT_OF_RANGE, reason
// CALENDAR_YEAR_MISSING.
absl::StatusOr<absl::CivilDay> NoticeEnd(absl::CivilDay today, const NoticeTerm& term);

// Whether the last day of the present notice has passed; false where there is none.
bool NoticeOver(const v1::ReviewRound& round, absl::CivilDay today);

// The first group of the round that admits an organization of this kind and level; null for none.
const v1::ReviewRound::QuotaGroup* GroupOf(const v1::ReviewRound& round, std::string_view kind,
                                           std::string_view level);

// Each changes the round, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status Plan(v1::ReviewRound& round, bool programme_open, const Step& step);
absl::Status DeclareConflicts(v1::ReviewRound& round, const std::vector<std::string>& organizations,
                              bool scored_already, const Step& step);
absl::Status Open(v1::ReviewRound& round, const v1::Rubric& rubric, const OpenRoundFacts& facts);
// TIME_INVALID where the date is none.
absl::Status ExtendSubmissions(v1::ReviewRound& round, const google::type::Date& end_date,
                               const std::string& reason, const Step& step);
absl::Status CloseSubmissions(v1::ReviewRound& round, const Step& step);
absl::Status StartEvaluation(v1::ReviewRound& round, const RoundCounts& counts, const Step& step);
absl::Status LockScores(v1::ReviewRound& round, const RoundCounts& counts, const Step& step);
absl::Status ProposeCandidates(v1::ReviewRound& round,
                               const std::vector<v1::ReviewRound::Candidate>& candidates,
                               const Step& step);
// `shortlisters`: who short-listed the candidates.
absl::Status ApproveCandidates(v1::ReviewRound& round,
                               const std::vector<v1::ReviewRound::Candidate>& candidates,
                               const std::vector<std::string>& shortlisters, const Step& step);
absl::Status ReturnCandidates(v1::ReviewRound& round, const std::string& reason, const Step& step);
absl::Status PublishNotice(v1::ReviewRound& round,
                           const std::vector<v1::ReviewRound::Candidate>& candidates,
                           const NoticeTerm& term, const Step& step);
// `joiner_shortlisters`: who short-listed the applications that join the notice.
absl::Status RenewNotice(v1::ReviewRound& round,
                         const std::vector<v1::ReviewRound::Candidate>& candidates,
                         const std::vector<std::string>& joiner_shortlisters,
                         const NoticeTerm& term, const std::string& reason, const Step& step);
absl::Status EndNotice(v1::ReviewRound& round, const Step& step);
absl::Status Decide(v1::ReviewRound& round, const RoundCounts& counts, bool candidates_left,
                    const std::string& reason, const Step& step);
absl::Status Archive(v1::ReviewRound& round, const RoundCounts& counts, const Step& step);
absl::Status Cancel(v1::ReviewRound& round, const std::string& reason, const Step& step);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_RULES_H_
