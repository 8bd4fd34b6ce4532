// The lifecycle of applications, from draft to naming.
#ifndef QINGLIAN_SERVICES_REVIEW_APPLICATION_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_APPLICATION_RULES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/programme.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/rubric.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using ApplicationTransition = lifecycle::Transition<v1::Application>;

// Submitted and not ended: what takes part in a round.
inline constexpr uint32_t kRunningApplicationStates =
    lifecycle::OneOf(v1::Application::STATE_SUBMITTED, v1::Application::STATE_SUPPLEMENT_REQUESTED,
                     v1::Application::STATE_ACCEPTED, v1::Application::STATE_UNDER_EVALUATION,
                     v1::Application::STATE_SCORED, v1::Application::STATE_SHORTLISTED,
                     v1::Application::STATE_ON_NOTICE);
inline constexpr uint32_t kLiveApplicationStates =
    kRunningApplicationStates | lifecycle::OneOf(v1::Application::STATE_DRAFT);

inline constexpr ApplicationTransition kDraftApplication{
    "create", lifecycle::OneOf(v1::Application::STATE_UNSPECIFIED), v1::Application::STATE_DRAFT};
inline constexpr ApplicationTransition kUpdateApplication{
    "update",
    lifecycle::OneOf(v1::Application::STATE_DRAFT, v1::Application::STATE_SUPPLEMENT_REQUESTED)};
inline constexpr ApplicationTransition kDeleteApplication{
    "delete", lifecycle::OneOf(v1::Application::STATE_DRAFT)};
inline constexpr ApplicationTransition kSubmitApplication{
    "submit", lifecycle::OneOf(v1::Application::STATE_DRAFT), v1::Application::STATE_SUBMITTED};
inline constexpr ApplicationTransition kRequestSupplement{
    "request_supplement", lifecycle::OneOf(v1::Application::STATE_SUBMITTED),
    v1::Application::STATE_SUPPLEMENT_REQUESTED};
inline constexpr ApplicationTransition kResubmitApplication{
    "resubmit", lifecycle::OneOf(v1::Application::STATE_SUPPLEMENT_REQUESTED),
    v1::Application::STATE_SUBMITTED};
inline constexpr ApplicationTransition kLapseApplication{
    "lapse", lifecycle::OneOf(v1::Application::STATE_SUPPLEMENT_REQUESTED),
    v1::Application::STATE_WITHDRAWN};
inline constexpr ApplicationTransition kAcceptApplication{
    "accept", lifecycle::OneOf(v1::Application::STATE_SUBMITTED), v1::Application::STATE_ACCEPTED};
inline constexpr ApplicationTransition kRefuseApplication{
    "refuse", lifecycle::OneOf(v1::Application::STATE_SUBMITTED),
    v1::Application::STATE_INELIGIBLE};
inline constexpr ApplicationTransition kStartEvaluation{
    "start_evaluation", lifecycle::OneOf(v1::Application::STATE_ACCEPTED),
    v1::Application::STATE_UNDER_EVALUATION};
inline constexpr ApplicationTransition kRecordSiteVisit{
    "record_site_visit", lifecycle::OneOf(v1::Application::STATE_UNDER_EVALUATION)};
inline constexpr ApplicationTransition kLockApplicationScores{
    "lock_scores", lifecycle::OneOf(v1::Application::STATE_UNDER_EVALUATION),
    v1::Application::STATE_SCORED};
inline constexpr ApplicationTransition kPlaceApplication{
    "place", lifecycle::OneOf(v1::Application::STATE_SCORED)};
inline constexpr ApplicationTransition kShortlistApplication{
    "shortlist", lifecycle::OneOf(v1::Application::STATE_SCORED),
    v1::Application::STATE_SHORTLISTED};
inline constexpr ApplicationTransition kPassOverApplication{
    "pass_over",
    lifecycle::OneOf(v1::Application::STATE_SCORED, v1::Application::STATE_SHORTLISTED),
    v1::Application::STATE_NOT_SELECTED};
inline constexpr ApplicationTransition kPublishApplication{
    "publish", lifecycle::OneOf(v1::Application::STATE_SHORTLISTED),
    v1::Application::STATE_ON_NOTICE};
inline constexpr ApplicationTransition kConferApplication{
    "confer", lifecycle::OneOf(v1::Application::STATE_ON_NOTICE), v1::Application::STATE_CONFERRED};
inline constexpr ApplicationTransition kWithdrawApplication{"withdraw", kLiveApplicationStates,
                                                            v1::Application::STATE_WITHDRAWN};
inline constexpr ApplicationTransition kDisqualifyApplication{"disqualify", kLiveApplicationStates,
                                                              v1::Application::STATE_DISQUALIFIED};
inline constexpr ApplicationTransition kEndWithRound{"end_with_round", kLiveApplicationStates,
                                                     v1::Application::STATE_NOT_SELECTED};

inline constexpr status::Guard kRoundOpen{"ROUND_OPEN", "the round is OPEN",
                                          "评选轮次须处于申报阶段"};
inline constexpr status::Guard kAdmittedByGroup{
    "ADMITTED_BY_GROUP", "a group of the round admits the unit", "该单位不属于本轮申报范围"};
inline constexpr status::Guard kPlanFiled{
    "PLAN_FILED", "the unit's action plan of the year is FILED or CONCLUDED",
    "本年度创建方案须已备案"};
inline constexpr status::Guard kSelfAssessmentComplete{
    "SELF_ASSESSMENT_COMPLETE",
    "each indicator without parts of the frozen rubric has exactly one entry within its points, "
    "with evidence where that is required",
    "须对每个末级指标完成自评，分值在范围内，并按要求附佐证材料"};
inline constexpr status::Guard kPrerequisiteTitle{
    "PREREQUISITE_TITLE", "the unit holds a title in force of the prerequisite programme",
    "须持有有效的前置称号"};
inline constexpr status::Guard kDateAhead{"DATE_AHEAD", "the day lies after today",
                                          "补正期限须晚于今日"};
inline constexpr status::Guard kSupplementMissed{
    "SUPPLEMENT_MISSED", "the day of the supplement has passed", "补正期限尚未届满"};
inline constexpr status::Guard kRoundEvaluating{"ROUND_EVALUATING", "the round is EVALUATING",
                                                "评选轮次须处于评审阶段"};
inline constexpr status::Guard kQuorumReached{
    "QUORUM_REACHED", "as many sheets are submitted as the round demands", "有效评分表数量不足"};
inline constexpr status::Guard kVisitMade{
    "VISIT_MADE", "the visit or hearing was on a day from the first submission to today",
    "核查或答辩日期不得早于首次提交，也不得晚于今日"};
inline constexpr status::Guard kVisitorsNotInvolved{
    "VISITORS_NOT_INVOLVED",
    "no visitor works in the applicant or below it, or declared a conflict with it",
    "核查人员不得在申报单位任职，也不得与其存在利益冲突"};
inline constexpr status::Guard kSiteVisited{
    "SITE_VISITED", "a visit or hearing is recorded, where the round wants them",
    "本轮要求现场核查或答辩，该申报尚无记录"};
inline constexpr status::Guard kRoundRanked{
    "ROUND_RANKED", "the scores of the round are locked, and no list of candidates waits",
    "本轮评分须已锁定，且无待审定的候选名单"};
inline constexpr status::Guard kNotBarred{"NOT_BARRED", "no veto of the rubric bars it",
                                          "评审中被一票否决"};
inline constexpr status::Guard kBetterOnesDecided{
    "BETTER_ONES_DECIDED",
    "every application with a better place in its group is short-listed or out",
    "同组排名在前的申报尚未确定"};
inline constexpr status::Guard kQuotaLeft{"QUOTA_LEFT", "the group has a place left",
                                          "该组名额已满"};
inline constexpr status::Guard kRoundDecided{"ROUND_DECIDED", "the round is DECIDED",
                                             "本轮须已作出决定"};
inline constexpr status::Guard kReasonCodeGiven{"REASON_CODE_GIVEN", "a code says why",
                                                "须注明取消资格的原因类别"};

struct SubmitApplicationFacts {
  Step step;
  // Empty where no group of the round admits the unit.
  std::string quota_group;
  // The unit's action plan that is FILED or CONCLUDED; empty for none.
  std::string action_plan;
  bool prerequisite_met = false;
};

// What is known of supervision about a unit and all below it, on a day.
struct SupervisionFacts {
  int open_serious_cases = 0;
  int overdue_items = 0;
  // SHA-256 over the names and versions that were looked at.
  std::string digest;
};

struct SiteVisitFacts {
  Step step;
  // Whether one of the visitors works in the applicant or below it.
  bool visitor_of_applicant = false;
};

struct ShortlistFacts {
  Step step;
  SupervisionFacts supervision;
  bool better_ones_decided = false;
  bool place_left = false;
};

struct ConferApplicationFacts {
  Step step;
  SupervisionFacts supervision;
  bool open_objection = false;
};

// Whether it takes one of the places of its group.
constexpr bool HoldsPlace(v1::Application::State state) {
  return state == v1::Application::STATE_SHORTLISTED || state == v1::Application::STATE_ON_NOTICE;
}
constexpr bool IsRunning(v1::Application::State state) {
  return ((kRunningApplicationStates >> static_cast<int>(state)) & 1) != 0;
}
// Whether one of the conditions of the programme holds.
bool Vetoed(const v1::Programme& programme, const SupervisionFacts& facts);

// Each changes the application, or answers FAILED_PRECONDITION with the states or the unmet guard
// and leaves it as it was.
absl::Status Draft(v1::Application& application, const v1::ReviewRound& round, const Step& step);
// WINDOW_CLOSED outside the days of submission.
absl::Status Submit(v1::Application& application, const v1::ReviewRound& round,
                    const v1::Rubric& rubric, const SubmitApplicationFacts& facts);
// TIME_INVALID where the date is none.
absl::Status RequestSupplement(v1::Application& application, const std::string& request,
                               const google::type::Date& due_date, const Step& step);
// WINDOW_CLOSED after the day that was set.
absl::Status Resubmit(v1::Application& application, const v1::Rubric& rubric, const Step& step);
// Withdraws what was not supplemented in time; the clock of the service does it.
absl::Status Lapse(v1::Application& application, absl::CivilDay today);
absl::Status Accept(v1::Application& application, const std::string& examination, const Step& step);
absl::Status Refuse(v1::Application& application, const std::string& reason, const Step& step);
absl::Status StartEvaluation(v1::Application& application, const v1::ReviewRound& round,
                             const Step& step);
// TIME_INVALID where the date is none.
absl::Status RecordSiteVisit(v1::Application& application, const v1::ReviewRound& round,
                             const v1::Application::SiteVisit& visit, const SiteVisitFacts& facts);
absl::Status LockScores(v1::Application& application, const v1::ReviewRound& round,
                        const v1::Application::Score& score, const Step& step);
absl::Status Place(v1::Application& application, int placing);
absl::Status Shortlist(v1::Application& application, const v1::ReviewRound& round,
                       const v1::Programme& programme, const ShortlistFacts& facts);
absl::Status PassOver(v1::Application& application, const v1::ReviewRound& round,
                      const std::string& reason, const Step& step);
absl::Status Publish(v1::Application& application);
absl::Status Confer(v1::Application& application, const v1::ReviewRound& round,
                    const v1::Programme& programme, const ConferApplicationFacts& facts);
absl::Status Withdraw(v1::Application& application, const std::string& reason, const Step& step);
absl::Status Disqualify(v1::Application& application, v1::Application::DisqualificationReason code,
                        const std::string& cause, const std::string& reason, const Step& step);
absl::Status EndWithRound(v1::Application& application, const std::string& reason,
                          absl::CivilDay today);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_APPLICATION_RULES_H_
