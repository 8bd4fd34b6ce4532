#include "services/review/application_service.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/journal/write.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/review/application_rules.h"
#include "services/review/score_sheet_rules.h"
#include "services/review/scoring.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ReviewRound;
using v1::ScoreSheet;

// A score is explained once there is one.
constexpr ApplicationTransition kExplainScore{
    "explain_score",
    ~(lifecycle::OneOf(Application::STATE_UNSPECIFIED, Application::STATE_DRAFT,
                       Application::STATE_SUBMITTED, Application::STATE_SUPPLEMENT_REQUESTED,
                       Application::STATE_ACCEPTED, Application::STATE_UNDER_EVALUATION,
                       Application::STATE_INELIGIBLE))};

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"review_round", "organization", "programme", "programme_organization",
                        "quota_group", "placing", "end_cause", "state"},
      .order_fields = {"name", "create_time", "update_time", "placing"}};
  return listing;
}

// What was submitted, by reviewers who have no conflict now.
std::vector<ScoreSheet> Counting(const ReviewRound& round, const Application& application,
                                 const std::vector<ScoreSheet>& sheets) {
  std::vector<ScoreSheet> counting;
  for (const ScoreSheet& sheet : sheets) {
    if (!sheet.has_total_centipoints()) continue;
    if (HasConflict(round, sheet.reviewer(), application.organization())) continue;
    counting.push_back(sheet);
  }
  return counting;
}

}  // namespace

ApplicationService::ApplicationService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.ApplicationService", environment.journal) {
  using Self = ApplicationService;
  methods_.Read("GetApplication", this, &Self::Get);
  methods_.Read("ListApplications", this, &Self::List);
  methods_.Read("ExplainApplicationScore", this, &Self::ExplainScore);
  methods_.Create("CreateApplication", this, &Self::Create);
  methods_.Update("UpdateApplication", this, &Self::Update);
  methods_.Update("DeleteApplication", this, &Self::Delete);
  methods_.Transition("SubmitApplication", this, &Self::Submit);
  methods_.Transition("RequestApplicationSupplement", this, &Self::RequestSupplement);
  methods_.Transition("ResubmitApplication", this, &Self::Resubmit);
  methods_.Transition("AcceptApplication", this, &Self::Accept);
  methods_.Transition("RefuseApplication", this, &Self::Refuse);
  methods_.Transition("StartApplicationEvaluation", this, &Self::StartEvaluation);
  methods_.Transition("RecordSiteVisit", this, &Self::RecordSiteVisit);
  methods_.Transition("LockApplicationScores", this, &Self::LockScores);
  methods_.Transition("ShortlistApplication", this, &Self::Shortlist);
  methods_.Transition("PassOverApplication", this, &Self::PassOver);
  methods_.Transition("ConferApplication", this, &Self::Confer);
  methods_.Transition("WithdrawApplication", this, &Self::Withdraw);
  methods_.Transition("DisqualifyApplication", this, &Self::Disqualify);
  methods_.Batch<v1::BatchTransitionApplicationsRequest, v1::BatchTransitionApplicationsResponse>(
      "BatchTransitionApplications");
}

absl::StatusOr<Application> ApplicationService::Get(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::GetApplicationRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListApplicationsResponse> ApplicationService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListApplicationsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListApplicationsResponse::mutable_applications, std::move(conditions));
}

absl::StatusOr<v1::ExplainApplicationScoreResponse> ApplicationService::ExplainScore(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ExplainApplicationScoreRequest& request) {
  ASSIGN_OR_RETURN(const Application application,
                   store_.Show(connection, call.scope(), request.name()));
  RETURN_IF_ERROR(lifecycle::CheckState(application, kExplainScore));
  RETURN_IF_ERROR(lifecycle::CheckGuard(application, kExplainScore, kQuorumReached,
                                        application.has_score_centipoints()));
  ASSIGN_OR_RETURN(const ReviewRound round, rounds_.Get(connection, application.review_round()));
  ASSIGN_OR_RETURN(const v1::Rubric rubric, rubrics_.Get(connection, round.rubric()));
  ASSIGN_OR_RETURN(const std::vector<ScoreSheet> sheets,
                   sheets_.Of(connection, application.name()));
  const std::vector<ScoreSheet> counting = Counting(round, application, sheets);
  v1::ExplainApplicationScoreResponse response;
  *response.mutable_score() = ComputeScore(rubric, round, counting);
  response.set_agrees(
      google::protobuf::util::MessageDifferencer::Equals(response.score(), application.score()));
  for (const ScoreSheet& sheet : counting) *response.add_score_sheets() = sheet;
  response.set_placing(application.placing());
  response.set_tie_rule(TieRule(round));
  return response;
}

absl::StatusOr<ApplicationService::Locked> ApplicationService::LockBoth(journal::Transaction& tx,
                                                                        const std::string& name,
                                                                        const std::string& etag) {
  ASSIGN_OR_RETURN(const Application seen, store_.Get(tx.connection(), name));
  Locked locked;
  ASSIGN_OR_RETURN(locked.round, rounds_.Lock(tx, seen.review_round()));
  ASSIGN_OR_RETURN(locked.application, store_.LockFresh(tx, name, etag));
  ASSIGN_OR_RETURN(locked.step,
                   registry_.StepOf(tx, seen.programme_organization(), seen.organization()));
  return locked;
}

absl::Status ApplicationService::CheckReferences(journal::Transaction& tx,
                                                 const Application& application) {
  RETURN_IF_ERROR(registry_.CheckOrganization(tx.connection(), "application.organization",
                                              application.organization()));
  for (const auto& entry : application.self_assessments()) {
    for (const std::string& digest : entry.evidence_digests()) {
      RETURN_IF_ERROR(registry_.CheckEvidence(
          tx.connection(), "application.self_assessments.evidence_digests", digest));
    }
  }
  return absl::OkStatus();
}

absl::Status ApplicationService::CheckReferences(journal::Transaction& tx,
                                                 const v1::RecordSiteVisitRequest& request) {
  for (const std::string& visitor : request.visitors()) {
    RETURN_IF_ERROR(registry_.CheckPerson(tx.connection(), "visitors", visitor));
  }
  for (const std::string& digest : request.evidence_digests()) {
    RETURN_IF_ERROR(registry_.CheckEvidence(tx.connection(), "evidence_digests", digest));
  }
  return absl::OkStatus();
}

absl::StatusOr<Application> ApplicationService::Create(
    journal::Transaction& tx, const v1::CreateApplicationRequest& request) {
  Application application = request.application();
  resource::KeepInput(application);
  RETURN_IF_ERROR(CheckReferences(tx, application));
  // Two applications of one unit meet at the round: whoever comes second sees the first.
  ASSIGN_OR_RETURN(const ReviewRound round, rounds_.Lock(tx, application.review_round()));
  application.set_programme(round.programme());
  application.set_programme_organization(round.organization());
  ASSIGN_OR_RETURN(const Step step,
                   registry_.StepOf(tx, round.organization(), application.organization()));
  RETURN_IF_ERROR(review::Draft(application, round, step));
  ASSIGN_OR_RETURN(const std::string standing,
                   store_.StandingOf(tx.connection(), round.name(), application.organization()));
  if (!standing.empty()) return status::AlreadyExists("review.qinglian/Application", standing);
  return store_.Insert(tx, std::move(application));
}

absl::StatusOr<Application> ApplicationService::Update(
    journal::Transaction& tx, const v1::UpdateApplicationRequest& request) {
  const std::string& name = request.application().name();
  ASSIGN_OR_RETURN(const Application before, store_.LockTarget(tx, name, request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, "", before.organization()));
  RETURN_IF_ERROR(Check(before, kUpdateApplication, {{kApplicantSide, step.applicant_side}}));
  Application after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.application(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckReferences(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Delete(
    journal::Transaction& tx, const v1::DeleteApplicationRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(Check(locked.application, kDeleteApplication,
                        {{kApplicantSide, locked.step.applicant_side}}));
  return store_.Delete(tx, locked.application);
}

absl::StatusOr<SubmitApplicationFacts> ApplicationService::FactsToSubmit(journal::Transaction& tx,
                                                                         const Locked& locked) {
  const Application& application = locked.application;
  mysql::Connection& connection = tx.connection();
  SubmitApplicationFacts facts{.step = locked.step, .quota_group = {}, .action_plan = {}};
  ASSIGN_OR_RETURN(const Registry::Body body,
                   registry_.BodyOf(connection, application.organization()));
  const auto* group = GroupOf(locked.round, body.kind, body.level);
  if (group != nullptr) facts.quota_group = group->code();
  ASSIGN_OR_RETURN(facts.action_plan, plans_.FiledOf(connection, application.organization(),
                                                     application.programme(), locked.round.year()));
  ASSIGN_OR_RETURN(const v1::Programme programme,
                   programmes_.Get(connection, application.programme()));
  facts.prerequisite_met = programme.prerequisite_programme().empty();
  if (!facts.prerequisite_met) {
    ASSIGN_OR_RETURN(facts.prerequisite_met,
                     titles_.Holds(connection, application.organization(),
                                   programme.prerequisite_programme(), tx.today()));
  }
  return facts;
}

absl::StatusOr<Application> ApplicationService::Submit(
    journal::Transaction& tx, const v1::SubmitApplicationRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const SubmitApplicationFacts facts, FactsToSubmit(tx, locked));
  ASSIGN_OR_RETURN(const v1::Rubric rubric, rubrics_.Get(tx.connection(), locked.round.rubric()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::Submit(after, locked.round, rubric, facts));
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::RequestSupplement(
    journal::Transaction& tx, const v1::RequestApplicationSupplementRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Application after = locked.application;
  RETURN_IF_ERROR(
      review::RequestSupplement(after, request.request(), request.due_date(), locked.step));
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Resubmit(
    journal::Transaction& tx, const v1::ResubmitApplicationRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const v1::Rubric rubric, rubrics_.Get(tx.connection(), locked.round.rubric()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::Resubmit(after, rubric, locked.step));
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Accept(
    journal::Transaction& tx, const v1::AcceptApplicationRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::Accept(after, request.examination(), locked.step));
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Refuse(
    journal::Transaction& tx, const v1::RefuseApplicationRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::Refuse(after, request.reason(), locked.step));
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::StartEvaluation(
    journal::Transaction& tx, const v1::StartApplicationEvaluationRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::StartEvaluation(after, locked.round, locked.step));
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::RecordSiteVisit(
    journal::Transaction& tx, const v1::RecordSiteVisitRequest& request) {
  RETURN_IF_ERROR(CheckReferences(tx, request));
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  SiteVisitFacts facts{.step = locked.step};
  for (const std::string& visitor : request.visitors()) {
    ASSIGN_OR_RETURN(const bool of_applicant, registry_.WorksIn(tx.connection(), visitor,
                                                                locked.application.organization()));
    facts.visitor_of_applicant = facts.visitor_of_applicant || of_applicant;
  }
  Application::SiteVisit visit;
  *visit.mutable_visit_date() = request.visit_date();
  visit.set_kind(request.kind());
  *visit.mutable_visitors() = request.visitors();
  visit.set_summary(request.summary());
  *visit.mutable_evidence_digests() = request.evidence_digests();
  Application after = locked.application;
  RETURN_IF_ERROR(review::RecordSiteVisit(after, locked.round, visit, facts));
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::LockScores(
    journal::Transaction& tx, const v1::LockApplicationScoresRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const v1::Rubric rubric, rubrics_.Get(tx.connection(), locked.round.rubric()));
  ASSIGN_OR_RETURN(const std::vector<ScoreSheet> sheets,
                   sheets_.LockOf(tx, locked.application.name()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::LockScores(
      after, locked.round,
      ComputeScore(rubric, locked.round, Counting(locked.round, locked.application, sheets)),
      locked.step));
  for (const ScoreSheet& sheet : sheets) {
    ScoreSheet closed = sheet;
    RETURN_IF_ERROR(review::Lock(closed));
    RETURN_IF_ERROR(sheets_.Update(tx, sheet, std::move(closed)).status());
  }
  return store_.Update(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Shortlist(
    journal::Transaction& tx, const v1::ShortlistApplicationRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  const Application& before = locked.application;
  ASSIGN_OR_RETURN(const v1::Programme programme,
                   programmes_.Get(tx.connection(), before.programme()));
  ShortlistFacts facts{.step = locked.step, .supervision = {}};
  ASSIGN_OR_RETURN(facts.supervision,
                   registry_.SupervisionOf(tx.connection(), before.organization(), tx.today()));
  ASSIGN_OR_RETURN(const bool waits, store_.BetterOneWaits(tx.connection(), before));
  facts.better_ones_decided = !waits;
  // Taken before the rules decide; where they refuse, the transaction gives it back.
  ASSIGN_OR_RETURN(facts.place_left,
                   rounds_.TakePlace(tx, locked.round.name(), before.quota_group()));
  Application after = before;
  RETURN_IF_ERROR(review::Shortlist(after, locked.round, programme, facts));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Application> ApplicationService::End(journal::Transaction& tx,
                                                    const Application& before, Application after) {
  RETURN_IF_ERROR(rounds_.ReturnPlace(tx, before));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Application> ApplicationService::PassOver(
    journal::Transaction& tx, const v1::PassOverApplicationRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::PassOver(after, locked.round, request.reason(), locked.step));
  return End(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Confer(
    journal::Transaction& tx, const v1::ConferApplicationRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  const Application& before = locked.application;
  ASSIGN_OR_RETURN(const v1::Programme programme,
                   programmes_.Get(tx.connection(), before.programme()));
  ConferApplicationFacts facts{.step = locked.step, .supervision = {}};
  ASSIGN_OR_RETURN(facts.supervision,
                   registry_.SupervisionOf(tx.connection(), before.organization(), tx.today()));
  ASSIGN_OR_RETURN(facts.open_objection, objections_.OpenOn(tx.connection(), before.name()));
  Application after = before;
  RETURN_IF_ERROR(review::Confer(after, locked.round, programme, facts));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Withdraw(
    journal::Transaction& tx, const v1::WithdrawApplicationRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::Withdraw(after, request.reason(), locked.step));
  return End(tx, locked.application, std::move(after));
}

absl::StatusOr<Application> ApplicationService::Disqualify(
    journal::Transaction& tx, const v1::DisqualifyApplicationRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Application after = locked.application;
  RETURN_IF_ERROR(review::Disqualify(after, request.disqualification_reason(), request.cause(),
                                     request.reason(), locked.step));
  return End(tx, locked.application, std::move(after));
}

serving::ClockTask ApplicationService::SupplementTask() {
  return {"withdraw-unsupplemented", absl::Minutes(1),
          [this](mysql::Session& session) { return LapseAll(session); }};
}

absl::Status ApplicationService::LapseAll(mysql::Session& session) {
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
  ASSIGN_OR_RETURN(const std::vector<std::string> missed,
                   store_.SupplementsMissed(*connection, today, 100));
  for (const std::string& name : missed) {
    // Nobody comes back from it: once for an application.
    RETURN_IF_ERROR(
        journal::WriteEffect(environment_.journal, session,
                             {.effect = "clock/supplement-missed",
                              .key = name,
                              .deadline = absl::Now() + absl::Seconds(10)},
                             [&](journal::Transaction& tx) { return LapseOne(tx, name); }));
  }
  return absl::OkStatus();
}

absl::Status ApplicationService::LapseOne(journal::Transaction& tx, const std::string& name) {
  ASSIGN_OR_RETURN(const Application seen, store_.Get(tx.connection(), name));
  RETURN_IF_ERROR(rounds_.Lock(tx, seen.review_round()).status());
  ASSIGN_OR_RETURN(const Application before, store_.Lock(tx, name));
  // It may have ended before its round could be locked.
  if (!kLapseApplication.Leaves(before.state())) return absl::OkStatus();
  Application after = before;
  RETURN_IF_ERROR(review::Lapse(after, tx.today()));
  tx.set_reason(after.end_reason());
  return store_.Update(tx, before, std::move(after)).status();
}

}  // namespace qinglian::review
