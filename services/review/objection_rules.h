// The lifecycle of objections to candidates.
#ifndef QINGLIAN_SERVICES_REVIEW_OBJECTION_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_OBJECTION_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "common/calendar/calendar.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/objection.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using ObjectionTransition = lifecycle::Transition<v1::Objection>;

inline constexpr ObjectionTransition kFileObjection{
    "file", lifecycle::OneOf(v1::Objection::STATE_UNSPECIFIED), v1::Objection::STATE_FILED};
inline constexpr ObjectionTransition kAdmitObjection{
    "admit", lifecycle::OneOf(v1::Objection::STATE_FILED), v1::Objection::STATE_ADMITTED};
inline constexpr ObjectionTransition kDismissObjection{
    "dismiss", lifecycle::OneOf(v1::Objection::STATE_FILED), v1::Objection::STATE_INADMISSIBLE};
inline constexpr ObjectionTransition kInvestigateObjection{
    "investigate", lifecycle::OneOf(v1::Objection::STATE_ADMITTED),
    v1::Objection::STATE_INVESTIGATING};
inline constexpr ObjectionTransition kExtendObjection{
    "extend", lifecycle::OneOf(v1::Objection::STATE_ADMITTED, v1::Objection::STATE_INVESTIGATING)};
inline constexpr ObjectionTransition kReportFindings{
    "report_findings", lifecycle::OneOf(v1::Objection::STATE_INVESTIGATING)};
inline constexpr ObjectionTransition kSustainObjection{
    "sustain", lifecycle::OneOf(v1::Objection::STATE_INVESTIGATING),
    v1::Objection::STATE_SUSTAINED};
inline constexpr ObjectionTransition kRejectObjection{
    "reject", lifecycle::OneOf(v1::Objection::STATE_INVESTIGATING),
    v1::Objection::STATE_NOT_SUSTAINED};
inline constexpr ObjectionTransition kCloseObjection{
    "close", lifecycle::OneOf(v1::Objection::STATE_SUSTAINED, v1::Objection::STATE_NOT_SUSTAINED),
    v1::Objection::STATE_CLOSED};
inline constexpr ObjectionTransition kWithdrawObjection{
    "withdraw",
    lifecycle::OneOf(v1::Objection::STATE_FILED, v1::Objection::STATE_ADMITTED,
                     v1::Objection::STATE_INVESTIGATING),
    v1::Objection::STATE_WITHDRAWN};

inline constexpr status::Guard kOnNotice{"ON_NOTICE", "the application is on public notice",
                                         "该申报未处于公示中"};
inline constexpr status::Guard kRealName{"REAL_NAME",
                                         "a person or an organization gives its real name",
                                         "异议须以真实姓名或单位名义提出方予受理"};
inline constexpr status::Guard kInvestigatorAtWork{
    "INVESTIGATOR_AT_WORK", "the investigator is known and at work", "调查人须在册在职"};
inline constexpr status::Guard kInvestigatorNotOnPanel{
    "INVESTIGATOR_NOT_ON_PANEL", "the investigator is not on the panel that scored",
    "调查人不得为本轮评委"};
inline constexpr status::Guard kInvestigatorNotInvolved{
    "INVESTIGATOR_NOT_INVOLVED",
    "the investigator does not work in the applicant or below it, and neither filed the objection "
    "nor makes it, nor was it filed for him",
    "调查人不得在申报单位任职，也不得为异议人或代为提出人"};
inline constexpr status::Guard kNotExtendedYet{
    "NOT_EXTENDED_YET", "the time for the decision was not extended yet", "办理期限已延长过一次"};
inline constexpr status::Guard kBeforeDue{"BEFORE_DUE", "the day of the decision has not passed",
                                          "须在办理期限届满之前"};
inline constexpr status::Guard kCallerInvestigates{
    "CALLER_INVESTIGATES", "the caller is the investigator and acts for nobody",
    "操作人须为调查人本人"};
inline constexpr status::Guard kFindingsReported{
    "FINDINGS_REPORTED", "the investigator reported what he found", "调查人尚未提交调查结果"};
inline constexpr status::Guard kCallerFiled{
    "CALLER_FILED", "the caller filed it, or it was filed for him", "操作人须为异议提出人"};

inline constexpr int kDecisionWorkdays = 10;
// Where the time was extended, from the admission as well.
inline constexpr int kExtendedDecisionWorkdays = 30;

struct InvestigatorFacts {
  std::string person;
  bool at_work = false;
  bool on_panel = false;
  // Whether he works in the applicant or below it.
  bool of_applicant = false;
};

// Each changes the objection, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
// WINDOW_CLOSED where today is no day of the round's notice.
absl::Status File(v1::Objection& objection, const v1::Application& application,
                  const v1::ReviewRound& round, const Step& step);
// OUT_OF_RANGE, reason CALENDAR_YEAR_MISSING, where the day of decision cannot be computed.
absl::Status Admit(v1::Objection& objection, const calendar::Calendar& calendar, const Step& step);
absl::Status Dismiss(v1::Objection& objection, const std::string& reason, const Step& step);
absl::Status Investigate(v1::Objection& objection, const InvestigatorFacts& investigator,
                         const Step& step);
// OUT_OF_RANGE, reason CALENDAR_YEAR_MISSING, where the new day of decision cannot be computed.
absl::Status Extend(v1::Objection& objection, const calendar::Calendar& calendar,
                    const std::string& reason, const Step& step);
absl::Status ReportFindings(v1::Objection& objection, const std::string& findings,
                            const Step& step);
absl::Status Sustain(v1::Objection& objection, const std::string& reason, const Step& step);
absl::Status Reject(v1::Objection& objection, const std::string& reason, const Step& step);
absl::Status Close(v1::Objection& objection, const Step& step);
absl::Status Withdraw(v1::Objection& objection, const std::string& reason, const Step& step);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_OBJECTION_RULES_H_
