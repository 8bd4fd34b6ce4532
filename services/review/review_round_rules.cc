#include "services/review/review_round_rules.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/review/rubric_rules.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ReviewRound;
using v1::Rubric;
using Candidate = ReviewRound::Candidate;

bool ConflictsDeclared(const ReviewRound& round) {
  return std::all_of(round.panel().begin(), round.panel().end(), [&](const std::string& person) {
    return std::any_of(round.conflict_declarations().begin(), round.conflict_declarations().end(),
                       [&](const auto& declaration) { return declaration.person() == person; });
  });
}

bool TieBreaksKnown(const ReviewRound& round, const Rubric& rubric) {
  return std::all_of(round.tie_break_indicators().begin(), round.tie_break_indicators().end(),
                     [&](const std::string& code) { return IsLeaf(rubric, code); });
}

bool ListUnchanged(const ReviewRound& round, const std::vector<Candidate>& candidates) {
  std::set<std::string> listed;
  for (const Candidate& candidate : round.candidates()) listed.insert(candidate.application());
  std::set<std::string> present;
  for (const Candidate& candidate : candidates) present.insert(candidate.application());
  return listed == present;
}

void SetCandidates(ReviewRound& round, const std::vector<Candidate>& candidates) {
  round.clear_candidates();
  for (const Candidate& candidate : candidates) *round.add_candidates() = candidate;
}

void Post(ReviewRound& round, absl::CivilDay end, const std::string& reason, const Step& step) {
  const google::type::Date today = clock::ToDate(step.today());
  round.set_notice_number(round.notice_number() + 1);
  *round.mutable_notice_start_date() = today;
  *round.mutable_notice_end_date() = clock::ToDate(end);
  auto& notice = *round.add_notices();
  *notice.mutable_start_date() = today;
  *notice.mutable_end_date() = clock::ToDate(end);
  notice.set_reason(reason);
  notice.set_publisher(step.actor.name);
  *notice.mutable_publish_time() = clock::ToTimestamp(step.business_now);
}

ReviewRound::ConflictDeclaration& DeclarationOf(ReviewRound& round, const std::string& person) {
  for (auto& declaration : *round.mutable_conflict_declarations()) {
    if (declaration.person() == person) return declaration;
  }
  auto& declaration = *round.add_conflict_declarations();
  declaration.set_person(person);
  return declaration;
}

void CheckGroups(const ReviewRound& round, status::FieldViolations& violations) {
  std::set<std::string> codes;
  for (int i = 0; i < round.quota_groups_size(); ++i) {
    if (codes.insert(round.quota_groups(i).code()).second) continue;
    violations.Add(absl::StrCat("review_round.quota_groups[", i, "].code"), "CODE_REPEATED",
                   "stands twice", "组别编码重复");
  }
}

}  // namespace

absl::Status CheckConsistency(const ReviewRound& round) {
  status::FieldViolations violations;
  const auto start = clock::ToDay(round.submission_start_date());
  const auto end = clock::ToDay(round.submission_end_date());
  if (!start.ok()) {
    violations.Add("review_round.submission_start_date", "DATE", "is not a date", "不是有效的日期");
  }
  if (!end.ok()) {
    violations.Add("review_round.submission_end_date", "DATE", "is not a date", "不是有效的日期");
  }
  if (start.ok() && end.ok() && *end < *start) {
    violations.Add("review_round.submission_end_date", "BEFORE_START", "lies before the first day",
                   "早于开始日期");
  }
  const bool dropping = round.extremes_dropped() > 0;
  if (dropping && round.extremes_from_sheets() <= 2 * round.extremes_dropped()) {
    violations.Add("review_round.extremes_from_sheets", "TOO_FEW",
                   "is not more than twice extremes_dropped", "须大于去掉的最高分和最低分总数");
  }
  CheckGroups(round, violations);
  return violations.ToStatus();
}

std::vector<Candidate> CandidatesOf(const std::vector<Application>& applications) {
  std::vector<Candidate> candidates;
  for (const Application& application : applications) {
    Candidate& candidate = candidates.emplace_back();
    candidate.set_application(application.name());
    candidate.set_organization(application.organization());
    candidate.set_quota_group(application.quota_group());
    candidate.set_placing(application.placing());
    candidate.set_score_centipoints(application.score_centipoints());
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::make_tuple(a.quota_group(), a.placing(), a.application()) <
           std::make_tuple(b.quota_group(), b.placing(), b.application());
  });
  return candidates;
}

absl::StatusOr<absl::CivilDay> NoticeEnd(absl::CivilDay today, const NoticeTerm& term) {
  return term.calendar.AddWorkdays(today, term.workdays);
}

bool NoticeOver(const ReviewRound& round, absl::CivilDay today) {
  const auto end = clock::ToDay(round.notice_end_date());
  return end.ok() && today > *end;
}

const ReviewRound::QuotaGroup* GroupOf(const ReviewRound& round, std::string_view kind,
                                       std::string_view level) {
  for (const auto& group : round.quota_groups()) {
    const bool kind_admitted = group.kinds().empty() || Holds(group.kinds(), kind);
    const bool level_admitted = group.levels().empty() || Holds(group.levels(), level);
    if (kind_admitted && level_admitted) return &group;
  }
  return nullptr;
}

absl::Status Plan(ReviewRound& round, bool programme_open, const Step& step) {
  RETURN_IF_ERROR(Check(round, kPlanRound,
                        {{kOrganizerSide, step.organizer_side}, {kProgrammeOpen, programme_open}}));
  RETURN_IF_ERROR(CheckConsistency(round));
  round.set_state(kPlanRound.to);
  return absl::OkStatus();
}

absl::Status DeclareConflicts(ReviewRound& round, const std::vector<std::string>& organizations,
                              bool scored_already, const Step& step) {
  RETURN_IF_ERROR(Check(round, kDeclareConflicts,
                        {{kPanelMember, Holds(round.panel(), step.actor.name)},
                         {kNotScoredAlready, !scored_already}}));
  auto& declaration = DeclarationOf(round, step.actor.name);
  for (const std::string& organization : organizations) {
    if (Holds(declaration.organizations(), organization)) continue;
    declaration.add_organizations(organization);
  }
  *declaration.mutable_declare_time() = clock::ToTimestamp(step.business_now);
  return absl::OkStatus();
}

absl::Status Open(ReviewRound& round, const Rubric& rubric, const OpenRoundFacts& facts) {
  const bool frozen =
      rubric.state() == Rubric::STATE_FROZEN && rubric.programme() == round.programme();
  RETURN_IF_ERROR(
      Check(round, kOpenRound,
            {{kOrganizerSide, facts.step.organizer_side},
             {kProgrammeOpen, facts.programme_open},
             {kRubricFrozen, frozen},
             {kPanelSuffices, facts.panel_at_work && round.panel_size() >= round.quorum()},
             {kConflictsDeclared, ConflictsDeclared(round)},
             {kTieBreaksKnown, TieBreaksKnown(round, rubric)}}));
  round.set_state(kOpenRound.to);
  return absl::OkStatus();
}

absl::Status ExtendSubmissions(ReviewRound& round, const google::type::Date& end_date,
                               const std::string& reason, const Step& step) {
  ASSIGN_OR_RETURN(const absl::CivilDay end, clock::ToDay(end_date));
  ASSIGN_OR_RETURN(const absl::CivilDay present, clock::ToDay(round.submission_end_date()));
  RETURN_IF_ERROR(Check(
      round, kExtendSubmissions,
      {{kOrganizerSide, step.organizer_side}, {kLaterDate, end > present && end >= step.today()}}));
  auto& extension = *round.add_extensions();
  *extension.mutable_previous_end_date() = round.submission_end_date();
  *extension.mutable_end_date() = end_date;
  extension.set_reason(reason);
  extension.set_decider(step.actor.name);
  *extension.mutable_decide_time() = clock::ToTimestamp(step.business_now);
  *round.mutable_submission_end_date() = end_date;
  round.set_state(kExtendSubmissions.to);
  return absl::OkStatus();
}

absl::Status CloseSubmissions(ReviewRound& round, const Step& step) {
  ASSIGN_OR_RETURN(const absl::CivilDay end, clock::ToDay(round.submission_end_date()));
  RETURN_IF_ERROR(
      Check(round, kCloseSubmissions,
            {{kOrganizerSide, step.organizer_side}, {kSubmissionOver, step.today() > end}}));
  round.set_state(kCloseSubmissions.to);
  return absl::OkStatus();
}

absl::Status StartEvaluation(ReviewRound& round, const RoundCounts& counts, const Step& step) {
  RETURN_IF_ERROR(Check(round, kStartRoundEvaluation,
                        {{kOrganizerSide, step.organizer_side},
                         {kDocumentsChecked, counts.unchecked == 0},
                         {kConflictsDeclared, ConflictsDeclared(round)}}));
  round.set_state(kStartRoundEvaluation.to);
  return absl::OkStatus();
}

absl::Status LockScores(ReviewRound& round, const RoundCounts& counts, const Step& step) {
  RETURN_IF_ERROR(Check(round, kLockRoundScores,
                        {{kOrganizerSide, step.organizer_side},
                         {kSiteVisitsDone, !round.site_visit_required() || counts.unvisited == 0},
                         {kAllScored, counts.unscored == 0}}));
  round.set_state(kLockRoundScores.to);
  return absl::OkStatus();
}

absl::Status ProposeCandidates(ReviewRound& round, const std::vector<Candidate>& candidates,
                               const Step& step) {
  RETURN_IF_ERROR(
      Check(round, kProposeCandidates,
            {{kOrganizerSide, step.organizer_side}, {kCandidatesChosen, !candidates.empty()}}));
  SetCandidates(round, candidates);
  round.set_proposer(step.actor.name);
  round.clear_represented();
  step.actor.NoteIn(round);
  *round.mutable_propose_time() = clock::ToTimestamp(step.business_now);
  round.clear_approver();
  round.clear_approve_time();
  round.set_state(kProposeCandidates.to);
  return absl::OkStatus();
}

absl::Status ApproveCandidates(ReviewRound& round, const std::vector<Candidate>& candidates,
                               const std::vector<std::string>& shortlisters, const Step& step) {
  RETURN_IF_ERROR(Check(round, kApproveCandidates,
                        {{kOrganizerSide, step.organizer_side},
                         {kFourEyes, step.actor.HadNoPartIn(round, {round.proposer()}) &&
                                         step.actor.IsNoneOf(shortlisters)},
                         {kListUnchanged, ListUnchanged(round, candidates)},
                         {kNotApprovedYet, round.approver().empty()}}));
  round.set_approver(step.actor.name);
  *round.mutable_approve_time() = clock::ToTimestamp(step.business_now);
  return absl::OkStatus();
}

absl::Status ReturnCandidates(ReviewRound& round, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(round, kReturnCandidates,
                        {{kOrganizerSide, step.organizer_side},
                         {kFourEyes, step.actor.HadNoPartIn(round, {round.proposer()})}}));
  round.clear_candidates();
  round.clear_approver();
  round.clear_approve_time();
  round.set_state_reason(reason);
  round.set_state(kReturnCandidates.to);
  return absl::OkStatus();
}

absl::Status PublishNotice(ReviewRound& round, const std::vector<Candidate>& candidates,
                           const NoticeTerm& term, const Step& step) {
  RETURN_IF_ERROR(Check(round, kPublishNotice,
                        {{kOrganizerSide, step.organizer_side},
                         {kCandidatesApproved, !round.approver().empty()},
                         {kListUnchanged, ListUnchanged(round, candidates)}}));
  ASSIGN_OR_RETURN(const absl::CivilDay end, NoticeEnd(step.today(), term));
  Post(round, end, "", step);
  round.set_state(kPublishNotice.to);
  return absl::OkStatus();
}

absl::Status RenewNotice(ReviewRound& round, const std::vector<Candidate>& candidates,
                         const std::vector<std::string>& joiner_shortlisters,
                         const NoticeTerm& term, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(round, kRenewNotice,
                        {{kOrganizerSide, step.organizer_side},
                         {kCandidatesLeft, !candidates.empty()},
                         {kFourEyes, step.actor.IsNoneOf(joiner_shortlisters)}}));
  ASSIGN_OR_RETURN(const absl::CivilDay end, NoticeEnd(step.today(), term));
  SetCandidates(round, candidates);
  Post(round, end, reason, step);
  round.set_state_reason(reason);
  round.set_state(kRenewNotice.to);
  return absl::OkStatus();
}

absl::Status EndNotice(ReviewRound& round, const Step& step) {
  RETURN_IF_ERROR(Check(round, kEndNotice, {{kNoticeOver, NoticeOver(round, step.today())}}));
  round.set_state(kEndNotice.to);
  return absl::OkStatus();
}

absl::Status Decide(ReviewRound& round, const RoundCounts& counts, bool candidates_left,
                    const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(round, kDecideRound,
                        {{kOrganizerSide, step.organizer_side},
                         {kNoOpenObjection, counts.open_objections == 0},
                         {kFourEyes, step.actor.HadNoPartIn(round, {round.proposer()})},
                         {kCandidatesLeft, candidates_left}}));
  round.set_decider(step.actor.name);
  *round.mutable_decide_date() = clock::ToDate(step.today());
  round.set_state_reason(reason);
  round.set_state(kDecideRound.to);
  return absl::OkStatus();
}

absl::Status Archive(ReviewRound& round, const RoundCounts& counts, const Step& step) {
  RETURN_IF_ERROR(
      Check(round, kArchiveRound,
            {{kOrganizerSide, step.organizer_side}, {kNothingLeftOpen, counts.left_open == 0}}));
  round.set_state(kArchiveRound.to);
  return absl::OkStatus();
}

absl::Status Cancel(ReviewRound& round, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(round, kCancelRound, {{kOrganizerSide, step.organizer_side}}));
  round.set_state_reason(reason);
  round.set_state(kCancelRound.to);
  return absl::OkStatus();
}

}  // namespace qinglian::review
