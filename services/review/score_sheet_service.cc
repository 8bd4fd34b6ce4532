#include "services/review/score_sheet_service.h"

#include <utility>
#include <vector>

#include "common/id/names.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::review {
namespace {

using v1::ScoreSheet;

constexpr char kType[] = "review.qinglian/ScoreSheet";

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"application", "review_round", "reviewer", "state"}};
  return listing;
}

bool Visible(const ScoreSheet& sheet, std::string_view caller) {
  return sheet.state() == ScoreSheet::STATE_LOCKED || sheet.reviewer() == caller;
}

// What a caller sees: what is locked, and his own. Part of the SQL, so that pages and counts know
// nothing of the rest.
paging::Condition VisibleTo(std::string_view caller) {
  paging::Condition condition{"(score_sheets.state = 'STATE_LOCKED' OR score_sheets.reviewer = ?)",
                              {}};
  const auto id = id::ParseName("persons", caller);
  condition.values.AddOwned(id.ok() ? id->Bytes() : std::string());
  return condition;
}

}  // namespace

ScoreSheetService::ScoreSheetService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.ScoreSheetService", environment.journal) {
  methods_.Read("GetScoreSheet", this, &ScoreSheetService::Get);
  methods_.Read("ListScoreSheets", this, &ScoreSheetService::List);
  methods_.Create("CreateScoreSheet", this, &ScoreSheetService::Create);
  methods_.Update("UpdateScoreSheet", this, &ScoreSheetService::Update);
  methods_.Transition("SubmitScoreSheet", this, &ScoreSheetService::Submit);
  methods_.Transition("RecallScoreSheet", this, &ScoreSheetService::Recall);
  methods_.Batch<v1::BatchTransitionScoreSheetsRequest, v1::BatchTransitionScoreSheetsResponse>(
      "BatchTransitionScoreSheets");
}

absl::StatusOr<ScoreSheet> ScoreSheetService::Get(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::GetScoreSheetRequest& request) {
  ASSIGN_OR_RETURN(ScoreSheet sheet, store_.Show(connection, call.scope(), request.name()));
  if (!Visible(sheet, call.caller().actor)) return status::NotFound(kType, request.name());
  return sheet;
}

absl::StatusOr<v1::ListScoreSheetsResponse> ScoreSheetService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListScoreSheetsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  conditions.push_back(VisibleTo(call.caller().actor));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListScoreSheetsResponse::mutable_score_sheets, std::move(conditions));
}

absl::StatusOr<ScoreSheetService::Locked> ScoreSheetService::LockApplication(
    journal::Transaction& tx, const std::string& application) {
  ASSIGN_OR_RETURN(const v1::Application seen, applications_.Get(tx.connection(), application));
  Locked locked;
  ASSIGN_OR_RETURN(locked.round, rounds_.Lock(tx, seen.review_round()));
  ASSIGN_OR_RETURN(locked.application, applications_.Lock(tx, application));
  ScoreFacts& facts = locked.facts;
  ASSIGN_OR_RETURN(facts.step, registry_.StepOf(tx, locked.round.organization()));
  facts.application_state = locked.application.state();
  const lifecycle::Actor& actor = facts.step.actor;
  // A sheet is a reviewer's own, whomever he acts for otherwise.
  facts.on_panel = Holds(locked.round.panel(), actor.name);
  facts.conflict = HasConflict(locked.round, actor.name, seen.organization()) ||
                   HasConflict(locked.round, actor.acting_for, seen.organization());
  ASSIGN_OR_RETURN(facts.of_applicant,
                   registry_.IsWithin(tx.connection(), actor, seen.organization()));
  return locked;
}

absl::StatusOr<ScoreSheetService::Locked> ScoreSheetService::LockAll(journal::Transaction& tx,
                                                                     const std::string& name,
                                                                     const std::string& etag) {
  ASSIGN_OR_RETURN(const ScoreSheet seen, store_.Get(tx.connection(), name));
  if (seen.reviewer() != tx.facts().actor) return status::NotFound(kType, name);
  ASSIGN_OR_RETURN(Locked locked, LockApplication(tx, seen.application()));
  ASSIGN_OR_RETURN(locked.sheet, store_.LockFresh(tx, name, etag));
  return locked;
}

absl::StatusOr<ScoreSheet> ScoreSheetService::Create(journal::Transaction& tx,
                                                     const v1::CreateScoreSheetRequest& request) {
  ScoreSheet sheet = request.score_sheet();
  resource::KeepInput(sheet);
  ASSIGN_OR_RETURN(const Locked locked, LockApplication(tx, sheet.application()));
  sheet.set_review_round(locked.round.name());
  sheet.set_organization(locked.round.organization());
  RETURN_IF_ERROR(Begin(sheet, locked.facts));
  return store_.Insert(tx, std::move(sheet));
}

absl::StatusOr<ScoreSheet> ScoreSheetService::Update(journal::Transaction& tx,
                                                     const v1::UpdateScoreSheetRequest& request) {
  const std::string& name = request.score_sheet().name();
  // Before the etag is looked at, which would tell that there is a sheet.
  ASSIGN_OR_RETURN(const ScoreSheet seen, store_.Get(tx.connection(), name));
  if (seen.reviewer() != tx.facts().actor) return status::NotFound(kType, name);
  ASSIGN_OR_RETURN(const ScoreSheet before, store_.LockTarget(tx, name, request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kUpdateScoreSheet));
  ScoreSheet after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.score_sheet(), request.update_mask(), after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ScoreSheet> ScoreSheetService::Submit(journal::Transaction& tx,
                                                     const v1::SubmitScoreSheetRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const v1::Rubric rubric, rubrics_.Get(tx.connection(), locked.round.rubric()));
  ScoreSheet after = locked.sheet;
  RETURN_IF_ERROR(review::Submit(after, rubric, locked.facts));
  return store_.Update(tx, locked.sheet, std::move(after));
}

absl::StatusOr<ScoreSheet> ScoreSheetService::Recall(journal::Transaction& tx,
                                                     const v1::RecallScoreSheetRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  ScoreSheet after = locked.sheet;
  RETURN_IF_ERROR(review::Recall(after, locked.facts));
  return store_.Update(tx, locked.sheet, std::move(after));
}

}  // namespace qinglian::review
