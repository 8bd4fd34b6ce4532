#include "services/review/review_round_service.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/journal/actor.h"
#include "common/journal/write.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/review/application_rules.h"
#include "services/review/review_round_rules.h"
#include "services/review/scoring.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::Programme;
using v1::ReviewRound;

constexpr uint32_t kShortlisted = lifecycle::OneOf(Application::STATE_SHORTLISTED);
constexpr uint32_t kOnNoticeStates = lifecycle::OneOf(Application::STATE_ON_NOTICE);

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"programme", "organization", "year", "rubric", "state"},
      .order_fields = {"name", "create_time", "update_time", "submission_end_date"}};
  return listing;
}

std::vector<std::string> ShortlistersOf(const std::vector<Application>& applications) {
  std::vector<std::string> shortlisters;
  for (const Application& application : applications) {
    shortlisters.push_back(application.shortlister());
    shortlisters.insert(shortlisters.end(), application.represented().begin(),
                        application.represented().end());
  }
  return shortlisters;
}

}  // namespace

ReviewRoundService::ReviewRoundService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.ReviewRoundService", environment.journal) {
  using Self = ReviewRoundService;
  methods_.Read("GetReviewRound", this, &Self::Get);
  methods_.Read("ListReviewRounds", this, &Self::List);
  methods_.Create("CreateReviewRound", this, &Self::Create);
  methods_.Update("UpdateReviewRound", this, &Self::Update);
  methods_.Update("DeleteReviewRound", this, &Self::Delete);
  methods_.Transition("DeclareReviewRoundConflicts", this, &Self::DeclareConflicts);
  methods_.Transition("OpenReviewRound", this, &Self::Open);
  methods_.Transition("ExtendReviewRoundSubmissions", this, &Self::ExtendSubmissions);
  methods_.Transition("CloseReviewRoundSubmissions", this, &Self::CloseSubmissions);
  methods_.Transition("StartReviewRoundEvaluation", this, &Self::StartEvaluation);
  methods_.Transition("LockReviewRoundScores", this, &Self::LockScores);
  methods_.Transition("ProposeReviewRoundCandidates", this, &Self::ProposeCandidates);
  methods_.Transition("ApproveReviewRoundCandidates", this, &Self::ApproveCandidates);
  methods_.Transition("ReturnReviewRoundCandidates", this, &Self::ReturnCandidates);
  methods_.Transition("PublishReviewRoundNotice", this, &Self::PublishNotice);
  methods_.Transition("RenewReviewRoundNotice", this, &Self::RenewNotice);
  methods_.Transition("EndReviewRoundNotice", this, &Self::EndNotice);
  methods_.Transition("DecideReviewRound", this, &Self::Decide);
  methods_.Transition("ArchiveReviewRound", this, &Self::Archive);
  methods_.Transition("CancelReviewRound", this, &Self::Cancel);
  methods_.Batch<v1::BatchTransitionReviewRoundsRequest, v1::BatchTransitionReviewRoundsResponse>(
      "BatchTransitionReviewRounds");
}

absl::StatusOr<ReviewRound> ReviewRoundService::Get(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::GetReviewRoundRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListReviewRoundsResponse> ReviewRoundService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListReviewRoundsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListReviewRoundsResponse::mutable_review_rounds,
                        std::move(conditions));
}

absl::Status ReviewRoundService::CheckReferences(journal::Transaction& tx,
                                                 const ReviewRound& round) {
  for (const std::string& reviewer : round.panel()) {
    RETURN_IF_ERROR(registry_.CheckPerson(tx.connection(), "review_round.panel", reviewer));
  }
  return rubrics_.Get(tx.connection(), round.rubric()).status();
}

absl::StatusOr<ReviewRound> ReviewRoundService::Create(
    journal::Transaction& tx, const v1::CreateReviewRoundRequest& request) {
  ReviewRound round = request.review_round();
  resource::KeepInput(round);
  RETURN_IF_ERROR(CheckReferences(tx, round));
  // A round that is planned and a programme that is closed meet at the programme.
  ASSIGN_OR_RETURN(const Programme programme, programmes_.Lock(tx, round.programme()));
  round.set_organization(programme.organization());
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, programme.organization()));
  RETURN_IF_ERROR(review::Plan(round, programme.state() == Programme::STATE_OPEN, step));
  return store_.Insert(tx, std::move(round));
}

absl::StatusOr<ReviewRound> ReviewRoundService::Update(
    journal::Transaction& tx, const v1::UpdateReviewRoundRequest& request) {
  const std::string& name = request.review_round().name();
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockTarget(tx, name, request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  RETURN_IF_ERROR(Check(before, kUpdateRound, {{kOrganizerSide, step.organizer_side}}));
  ReviewRound after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.review_round(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckConsistency(after));
  RETURN_IF_ERROR(CheckReferences(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::Delete(
    journal::Transaction& tx, const v1::DeleteReviewRoundRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  RETURN_IF_ERROR(Check(before, kDeleteRound, {{kOrganizerSide, step.organizer_side}}));
  return store_.Delete(tx, before);
}

absl::StatusOr<ReviewRound> ReviewRoundService::DeclareConflicts(
    journal::Transaction& tx, const v1::DeclareReviewRoundConflictsRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  const std::vector<std::string> organizations(request.organizations().begin(),
                                               request.organizations().end());
  for (const std::string& organization : organizations) {
    RETURN_IF_ERROR(registry_.CheckOrganization(tx.connection(), "organizations", organization));
  }
  bool scored_already = false;
  if (Holds(before.panel(), step.actor.name)) {
    ASSIGN_OR_RETURN(scored_already, sheets_.SubmittedAbout(tx.connection(), before.name(),
                                                            step.actor.name, organizations));
  }
  ReviewRound after = before;
  RETURN_IF_ERROR(review::DeclareConflicts(after, organizations, scored_already, step));
  RETURN_IF_ERROR(store_.KeepConflicts(tx, before.name(), step.actor.name, organizations));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::Open(journal::Transaction& tx,
                                                     const v1::OpenReviewRoundRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  mysql::Connection& connection = tx.connection();
  OpenRoundFacts facts{.step = {}, .panel_at_work = true};
  ASSIGN_OR_RETURN(facts.step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const Programme programme, programmes_.Get(connection, before.programme()));
  facts.programme_open = programme.state() == Programme::STATE_OPEN;
  for (const std::string& reviewer : before.panel()) {
    ASSIGN_OR_RETURN(const bool at_work, registry_.AtWork(connection, reviewer));
    facts.panel_at_work = facts.panel_at_work && at_work;
  }
  ASSIGN_OR_RETURN(const v1::Rubric rubric, rubrics_.Get(connection, before.rubric()));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::Open(after, rubric, facts));
  RETURN_IF_ERROR(store_.CreatePlaces(tx, before));
  RETURN_IF_ERROR(store_.CreatePanel(tx, before));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::ExtendSubmissions(
    journal::Transaction& tx, const v1::ExtendReviewRoundSubmissionsRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ReviewRound after = before;
  RETURN_IF_ERROR(
      review::ExtendSubmissions(after, request.submission_end_date(), request.reason(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::CloseSubmissions(
    journal::Transaction& tx, const v1::CloseReviewRoundSubmissionsRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::CloseSubmissions(after, step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::StartEvaluation(
    journal::Transaction& tx, const v1::StartReviewRoundEvaluationRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const RoundCounts counts, store_.CountsOf(tx.connection(), before.name()));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::StartEvaluation(after, counts, step));
  return store_.Update(tx, before, std::move(after));
}

absl::Status ReviewRoundService::Place(journal::Transaction& tx, const ReviewRound& round) {
  ASSIGN_OR_RETURN(
      const std::vector<Application> scored,
      applications_.LockInRound(tx, round.name(), lifecycle::OneOf(Application::STATE_SCORED)));
  std::map<std::string, std::vector<Application>> groups;
  for (const Application& application : scored) {
    groups[application.quota_group()].push_back(application);
  }
  for (auto& [group, applications] : groups) {
    Rank(round, applications);
    int placing = 0;
    for (const Application& before : applications) {
      Application after = before;
      RETURN_IF_ERROR(review::Place(after, ++placing));
      RETURN_IF_ERROR(applications_.Update(tx, before, std::move(after)).status());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ReviewRound> ReviewRoundService::LockScores(
    journal::Transaction& tx, const v1::LockReviewRoundScoresRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const RoundCounts counts, store_.CountsOf(tx.connection(), before.name()));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::LockScores(after, counts, step));
  RETURN_IF_ERROR(Place(tx, before));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::ProposeCandidates(
    journal::Transaction& tx, const v1::ProposeReviewRoundCandidatesRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const std::vector<Application> shortlisted,
                   applications_.LockInRound(tx, before.name(), kShortlisted));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::ProposeCandidates(after, CandidatesOf(shortlisted), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::ApproveCandidates(
    journal::Transaction& tx, const v1::ApproveReviewRoundCandidatesRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const std::vector<Application> shortlisted,
                   applications_.LockInRound(tx, before.name(), kShortlisted));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::ApproveCandidates(after, CandidatesOf(shortlisted),
                                            ShortlistersOf(shortlisted), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::ReturnCandidates(
    journal::Transaction& tx, const v1::ReturnReviewRoundCandidatesRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::ReturnCandidates(after, request.reason(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::Status ReviewRoundService::PublishAll(journal::Transaction& tx,
                                            const std::vector<Application>& shortlisted) {
  for (const Application& before : shortlisted) {
    Application after = before;
    RETURN_IF_ERROR(review::Publish(after));
    RETURN_IF_ERROR(applications_.Update(tx, before, std::move(after)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<ReviewRound> ReviewRoundService::PublishNotice(
    journal::Transaction& tx, const v1::PublishReviewRoundNoticeRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const Programme programme, programmes_.Get(tx.connection(), before.programme()));
  ASSIGN_OR_RETURN(const calendar::Calendar calendar, registry_.WorkingCalendar(tx.connection()));
  ASSIGN_OR_RETURN(const std::vector<Application> shortlisted,
                   applications_.LockInRound(tx, before.name(), kShortlisted));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::PublishNotice(after, CandidatesOf(shortlisted),
                                        {calendar, programme.notice_working_days()}, step));
  RETURN_IF_ERROR(PublishAll(tx, shortlisted));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::RenewNotice(
    journal::Transaction& tx, const v1::RenewReviewRoundNoticeRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const Programme programme, programmes_.Get(tx.connection(), before.programme()));
  ASSIGN_OR_RETURN(const calendar::Calendar calendar, registry_.WorkingCalendar(tx.connection()));
  ASSIGN_OR_RETURN(const std::vector<Application> candidates,
                   applications_.LockInRound(tx, before.name(), kShortlisted | kOnNoticeStates));
  std::vector<Application> joining;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(joining),
               [](const Application& application) {
                 return application.state() == Application::STATE_SHORTLISTED;
               });
  ReviewRound after = before;
  RETURN_IF_ERROR(review::RenewNotice(after, CandidatesOf(candidates), ShortlistersOf(joining),
                                      {calendar, programme.notice_working_days()}, request.reason(),
                                      step));
  RETURN_IF_ERROR(PublishAll(tx, joining));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::EndNoticeOf(journal::Transaction& tx,
                                                            const ReviewRound& before) {
  const Step step{.actor = journal::ActorOf(tx), .business_now = tx.business_now()};
  ReviewRound after = before;
  RETURN_IF_ERROR(review::EndNotice(after, step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::EndNotice(
    journal::Transaction& tx, const v1::EndReviewRoundNoticeRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  return EndNoticeOf(tx, before);
}

absl::StatusOr<ReviewRound> ReviewRoundService::Decide(
    journal::Transaction& tx, const v1::DecideReviewRoundRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const RoundCounts counts, store_.CountsOf(tx.connection(), before.name()));
  ASSIGN_OR_RETURN(const std::vector<Application> candidates,
                   applications_.LockInRound(tx, before.name(), kOnNoticeStates));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::Decide(after, counts, !candidates.empty(), request.reason(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::Archive(
    journal::Transaction& tx, const v1::ArchiveReviewRoundRequest& request) {
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const RoundCounts counts, store_.CountsOf(tx.connection(), before.name()));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::Archive(after, counts, step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ReviewRound> ReviewRoundService::Cancel(
    journal::Transaction& tx, const v1::CancelReviewRoundRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const ReviewRound before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ReviewRound after = before;
  RETURN_IF_ERROR(review::Cancel(after, request.reason(), step));
  ASSIGN_OR_RETURN(const std::vector<Application> live,
                   applications_.LockInRound(tx, before.name(), kLiveApplicationStates));
  for (const Application& application : live) {
    Application ended = application;
    RETURN_IF_ERROR(review::EndWithRound(ended, request.reason(), tx.today()));
    RETURN_IF_ERROR(store_.ReturnPlace(tx, application));
    RETURN_IF_ERROR(applications_.Update(tx, application, std::move(ended)).status());
  }
  return store_.Update(tx, before, std::move(after));
}

serving::ClockTask ReviewRoundService::NoticeTask() {
  return {"end-public-notices", absl::Minutes(1),
          [this](mysql::Session& session) { return EndNotices(session); }};
}

absl::Status ReviewRoundService::EndNotices(mysql::Session& session) {
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
  ASSIGN_OR_RETURN(const std::vector<std::string> over,
                   store_.NoticesOver(*connection, today, 100));
  for (const std::string& name : over) {
    ASSIGN_OR_RETURN(mysql::Connection * reading, session.Acquire());
    ASSIGN_OR_RETURN(const ReviewRound seen, store_.Get(*reading, name));
    // A renewed notice ends once more.
    RETURN_IF_ERROR(journal::WriteEffect(environment_.journal, session,
                                         {.effect = "clock/notice-ended",
                                          .key = absl::StrCat(name, " ", seen.notice_number()),
                                          .deadline = absl::Now() + absl::Seconds(10)},
                                         [&](journal::Transaction& tx) -> absl::Status {
                                           ASSIGN_OR_RETURN(const ReviewRound before,
                                                            store_.Lock(tx, name));
                                           return EndNoticeOf(tx, before).status();
                                         }));
  }
  return absl::OkStatus();
}

}  // namespace qinglian::review
