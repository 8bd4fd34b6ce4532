#include "services/review/application_rules.h"

#include <algorithm>
#include <map>
#include <vector>

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/review/review_round_rules.h"
#include "services/review/rubric_rules.h"
#include "services/review/score_sheet_rules.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::Programme;
using v1::ReviewRound;
using v1::Rubric;

bool SelfAssessmentComplete(const Application& application, const Rubric& rubric) {
  if (rubric.state() != Rubric::STATE_FROZEN) return false;
  std::map<std::string, const Application::SelfAssessment*> entries;
  for (const auto& entry : application.self_assessments()) {
    if (!entries.emplace(entry.indicator(), &entry).second) return false;
  }
  const std::vector<const Rubric::Indicator*> leaves = LeavesOf(rubric);
  if (entries.size() != leaves.size()) return false;
  return std::all_of(leaves.begin(), leaves.end(), [&](const Rubric::Indicator* leaf) {
    const auto found = entries.find(leaf->code());
    if (found == entries.end()) return false;
    const auto& entry = *found->second;
    return entry.centipoints() >= 0 && entry.centipoints() <= leaf->centipoints() &&
           !(leaf->evidence_required() && entry.evidence_digests().empty());
  });
}

// A place can be taken where the order stands and no list waits to be approved: after the scores
// were locked, and again while the notice can still be renewed.
bool CanTakePlace(const ReviewRound& round) {
  return round.state() == ReviewRound::STATE_SCORES_LOCKED ||
         round.state() == ReviewRound::STATE_ON_NOTICE ||
         round.state() == ReviewRound::STATE_NOTICE_ENDED;
}

bool CanPassOver(const ReviewRound& round) {
  return CanTakePlace(round) || round.state() == ReviewRound::STATE_DECIDED;
}

bool Conditioned(const Programme& programme, Programme::VetoCondition condition) {
  return std::find(programme.veto_conditions().begin(), programme.veto_conditions().end(),
                   condition) != programme.veto_conditions().end();
}

bool VisitMade(const Application& application, absl::CivilDay visited, absl::CivilDay today) {
  const auto submitted = clock::ToTime(application.first_submit_time());
  return submitted.ok() && clock::DayOf(*submitted) <= visited && visited <= today;
}

bool VisitorsInvolved(const Application& application, const ReviewRound& round,
                      const Application::SiteVisit& visit, const SiteVisitFacts& facts) {
  return facts.visitor_of_applicant ||
         std::any_of(visit.visitors().begin(), visit.visitors().end(),
                     [&](const std::string& visitor) {
                       return HasConflict(round, visitor, application.organization());
                     });
}

void KeepCheck(Application& application, std::string_view step, absl::CivilDay today,
               const Programme& programme, const SupervisionFacts& facts) {
  auto& check = *application.add_supervision_checks();
  check.set_step(std::string(step));
  *check.mutable_check_date() = clock::ToDate(today);
  check.mutable_conditions()->CopyFrom(programme.veto_conditions());
  check.set_open_serious_cases(facts.open_serious_cases);
  check.set_overdue_items(facts.overdue_items);
  check.set_facts_digest(facts.digest);
}

void End(Application& application, Application::State state, const std::string& reason,
         absl::CivilDay today) {
  application.set_end_reason(reason);
  *application.mutable_end_date() = clock::ToDate(today);
  application.clear_supplement_due_date();
  application.set_state(state);
}

}  // namespace

bool Vetoed(const Programme& programme, const SupervisionFacts& facts) {
  return (facts.open_serious_cases > 0 &&
          Conditioned(programme, Programme::VETO_CONDITION_OPEN_SERIOUS_CASE)) ||
         (facts.overdue_items > 0 &&
          Conditioned(programme, Programme::VETO_CONDITION_OVERDUE_RECTIFICATION));
}

absl::Status Draft(Application& application, const ReviewRound& round, const Step& step) {
  RETURN_IF_ERROR(Check(application, kDraftApplication,
                        {{kApplicantSide, step.applicant_side},
                         {kRoundOpen, round.state() == ReviewRound::STATE_OPEN}}));
  application.set_drafter(step.actor.name);
  step.actor.NoteIn(application);
  application.set_state(kDraftApplication.to);
  return absl::OkStatus();
}

absl::Status Submit(Application& application, const ReviewRound& round, const Rubric& rubric,
                    const SubmitApplicationFacts& facts) {
  const Step& step = facts.step;
  RETURN_IF_ERROR(Check(application, kSubmitApplication, {{kApplicantSide, step.applicant_side}}));
  ASSIGN_OR_RETURN(const absl::CivilDay start, clock::ToDay(round.submission_start_date()));
  ASSIGN_OR_RETURN(const absl::CivilDay end, clock::ToDay(round.submission_end_date()));
  RETURN_IF_ERROR(
      CheckWindow(application.name(), kSubmitApplication.name, step.today(), start, end));
  RETURN_IF_ERROR(Check(application, kSubmitApplication,
                        {{kRoundOpen, round.state() == ReviewRound::STATE_OPEN},
                         {kAdmittedByGroup, !facts.quota_group.empty()},
                         {kPlanFiled, !facts.action_plan.empty()},
                         {kSelfAssessmentComplete, SelfAssessmentComplete(application, rubric)},
                         {kPrerequisiteTitle, facts.prerequisite_met}}));
  application.set_quota_group(facts.quota_group);
  application.set_action_plan(facts.action_plan);
  application.set_submitter(step.actor.name);
  step.actor.NoteIn(application);
  *application.mutable_first_submit_time() = clock::ToTimestamp(step.business_now);
  application.set_state(kSubmitApplication.to);
  return absl::OkStatus();
}

absl::Status RequestSupplement(Application& application, const std::string& request,
                               const google::type::Date& due_date, const Step& step) {
  ASSIGN_OR_RETURN(const absl::CivilDay due, clock::ToDay(due_date));
  RETURN_IF_ERROR(Check(application, kRequestSupplement,
                        {{kOrganizerSide, step.organizer_side}, {kDateAhead, due > step.today()}}));
  auto& supplement = *application.add_supplements();
  supplement.set_request(request);
  supplement.set_requester(step.actor.name);
  *supplement.mutable_request_time() = clock::ToTimestamp(step.business_now);
  *supplement.mutable_due_date() = due_date;
  *application.mutable_supplement_due_date() = due_date;
  application.set_state(kRequestSupplement.to);
  return absl::OkStatus();
}

absl::Status Resubmit(Application& application, const Rubric& rubric, const Step& step) {
  RETURN_IF_ERROR(
      Check(application, kResubmitApplication, {{kApplicantSide, step.applicant_side}}));
  ASSIGN_OR_RETURN(const absl::CivilDay due, clock::ToDay(application.supplement_due_date()));
  RETURN_IF_ERROR(CheckWindow(application.name(), kResubmitApplication.name, step.today(),
                              std::min(step.today(), due), due));
  RETURN_IF_ERROR(Check(application, kResubmitApplication,
                        {{kSelfAssessmentComplete, SelfAssessmentComplete(application, rubric)}}));
  if (application.supplements_size() > 0) {
    auto& last = *application.mutable_supplements(application.supplements_size() - 1);
    *last.mutable_resubmit_time() = clock::ToTimestamp(step.business_now);
  }
  application.clear_supplement_due_date();
  application.set_submitter(step.actor.name);
  step.actor.NoteIn(application);
  application.set_state(kResubmitApplication.to);
  return absl::OkStatus();
}

absl::Status Lapse(Application& application, absl::CivilDay today) {
  const auto due = clock::ToDay(application.supplement_due_date());
  RETURN_IF_ERROR(
      Check(application, kLapseApplication, {{kSupplementMissed, due.ok() && today > *due}}));
  End(application, kLapseApplication.to, "逾期未补正，视为撤回", today);
  return absl::OkStatus();
}

absl::Status Accept(Application& application, const std::string& examination, const Step& step) {
  RETURN_IF_ERROR(Check(
      application, kAcceptApplication,
      {{kOrganizerSide, step.organizer_side},
       {kFourEyes,
        step.actor.HadNoPartIn(application, {application.drafter(), application.submitter()})}}));
  application.set_examiner(step.actor.name);
  application.set_examination(examination);
  application.set_state(kAcceptApplication.to);
  return absl::OkStatus();
}

absl::Status Refuse(Application& application, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(
      application, kRefuseApplication,
      {{kOrganizerSide, step.organizer_side},
       {kFourEyes,
        step.actor.HadNoPartIn(application, {application.drafter(), application.submitter()})}}));
  application.set_examiner(step.actor.name);
  End(application, kRefuseApplication.to, reason, step.today());
  return absl::OkStatus();
}

absl::Status StartEvaluation(Application& application, const ReviewRound& round, const Step& step) {
  RETURN_IF_ERROR(Check(application, kStartEvaluation,
                        {{kOrganizerSide, step.organizer_side},
                         {kRoundEvaluating, round.state() == ReviewRound::STATE_EVALUATING}}));
  application.set_state(kStartEvaluation.to);
  return absl::OkStatus();
}

absl::Status RecordSiteVisit(Application& application, const ReviewRound& round,
                             const Application::SiteVisit& visit, const SiteVisitFacts& facts) {
  const Step& step = facts.step;
  ASSIGN_OR_RETURN(const absl::CivilDay visited, clock::ToDay(visit.visit_date()));
  RETURN_IF_ERROR(
      Check(application, kRecordSiteVisit,
            {{kOrganizerSide, step.organizer_side},
             {kVisitMade, VisitMade(application, visited, step.today())},
             {kVisitorsNotInvolved, !VisitorsInvolved(application, round, visit, facts)}}));
  auto& recorded = *application.add_site_visits();
  recorded = visit;
  recorded.set_recorder(step.actor.name);
  *recorded.mutable_record_time() = clock::ToTimestamp(step.business_now);
  const auto latest = clock::ToDay(application.last_visit_date());
  if (!latest.ok() || *latest < visited)
    *application.mutable_last_visit_date() = visit.visit_date();
  return absl::OkStatus();
}

absl::Status LockScores(Application& application, const ReviewRound& round,
                        const Application::Score& score, const Step& step) {
  const bool visited = !round.site_visit_required() || application.site_visits_size() > 0;
  RETURN_IF_ERROR(Check(application, kLockApplicationScores,
                        {{kOrganizerSide, step.organizer_side},
                         {kQuorumReached, score.sheets() >= round.quorum()},
                         {kSiteVisited, visited}}));
  *application.mutable_score() = score;
  application.set_score_centipoints(score.centipoints());
  application.set_state(kLockApplicationScores.to);
  return absl::OkStatus();
}

absl::Status Place(Application& application, int placing) {
  RETURN_IF_ERROR(lifecycle::CheckState(application, kPlaceApplication));
  application.set_placing(placing);
  return absl::OkStatus();
}

absl::Status Shortlist(Application& application, const ReviewRound& round,
                       const Programme& programme, const ShortlistFacts& facts) {
  RETURN_IF_ERROR(Check(application, kShortlistApplication,
                        {{kOrganizerSide, facts.step.organizer_side},
                         {kRoundRanked, CanTakePlace(round)},
                         {kNotBarred, application.score().vetoes().empty()},
                         {kNoVetoCondition, !Vetoed(programme, facts.supervision)},
                         {kBetterOnesDecided, facts.better_ones_decided},
                         {kQuotaLeft, facts.place_left}}));
  KeepCheck(application, kShortlistApplication.name, facts.step.today(), programme,
            facts.supervision);
  application.set_shortlister(facts.step.actor.name);
  facts.step.actor.NoteIn(application);
  application.set_state(kShortlistApplication.to);
  return absl::OkStatus();
}

absl::Status PassOver(Application& application, const ReviewRound& round, const std::string& reason,
                      const Step& step) {
  RETURN_IF_ERROR(
      Check(application, kPassOverApplication,
            {{kOrganizerSide, step.organizer_side}, {kRoundRanked, CanPassOver(round)}}));
  End(application, kPassOverApplication.to, reason, step.today());
  return absl::OkStatus();
}

absl::Status Publish(Application& application) {
  RETURN_IF_ERROR(lifecycle::CheckState(application, kPublishApplication));
  application.set_state(kPublishApplication.to);
  return absl::OkStatus();
}

absl::Status Confer(Application& application, const ReviewRound& round, const Programme& programme,
                    const ConferApplicationFacts& facts) {
  RETURN_IF_ERROR(Check(application, kConferApplication,
                        {{kOrganizerSide, facts.step.organizer_side},
                         {kRoundDecided, round.state() == ReviewRound::STATE_DECIDED},
                         {kNoticeOver, NoticeOver(round, facts.step.today())},
                         {kNoOpenObjection, !facts.open_objection},
                         {kNoVetoCondition, !Vetoed(programme, facts.supervision)},
                         {kFourEyes, facts.step.actor.HadNoPartIn(round, {round.proposer()})}}));
  KeepCheck(application, kConferApplication.name, facts.step.today(), programme, facts.supervision);
  *application.mutable_end_date() = clock::ToDate(facts.step.today());
  application.set_state(kConferApplication.to);
  return absl::OkStatus();
}

absl::Status Withdraw(Application& application, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(
      Check(application, kWithdrawApplication, {{kApplicantSide, step.applicant_side}}));
  End(application, kWithdrawApplication.to, reason, step.today());
  return absl::OkStatus();
}

absl::Status Disqualify(Application& application, Application::DisqualificationReason code,
                        const std::string& cause, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(
      Check(application, kDisqualifyApplication,
            {{kOrganizerSide, step.organizer_side},
             {kReasonCodeGiven, code != Application::DISQUALIFICATION_REASON_UNSPECIFIED}}));
  application.set_disqualification_reason(code);
  application.set_end_cause(cause);
  End(application, kDisqualifyApplication.to, reason, step.today());
  return absl::OkStatus();
}

absl::Status EndWithRound(Application& application, const std::string& reason,
                          absl::CivilDay today) {
  RETURN_IF_ERROR(lifecycle::CheckState(application, kEndWithRound));
  End(application, kEndWithRound.to, reason, today);
  return absl::OkStatus();
}

}  // namespace qinglian::review
