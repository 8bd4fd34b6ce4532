#include "services/organization/division_edition_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/transact.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/division_edition_rules.h"

namespace qinglian::organization {
namespace {

using lifecycle::CheckGuard;
using lifecycle::CheckState;

constexpr int32_t kDefaultChanges = 50;
constexpr int32_t kMaxChanges = 1'000;

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"vintage", "division", "state"}};
  return listing;
}

}  // namespace

DivisionEditionService::DivisionEditionService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.DivisionEditionService",
               environment.journal) {
  using Self = DivisionEditionService;
  methods_.Read("GetDivisionEdition", this, &Self::Get);
  methods_.Read("ListDivisionEditions", this, &Self::List);
  methods_.Read("ListDivisionEditionChanges", this, &Self::ListChanges);
  methods_.Create("CreateDivisionEdition", this, &Self::Create);
  methods_.Create("AddDivisionEditionRows", this, &Self::AddRows);
  methods_.Transition("PlanDivisionEdition", this, &Self::Plan);
  methods_.Transition("ApplyDivisionEdition", this, &Self::Apply);
  methods_.Transition("CancelDivisionEdition", this, &Self::Cancel);
}

absl::StatusOr<v1::DivisionEdition> DivisionEditionService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetDivisionEditionRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListDivisionEditionsResponse> DivisionEditionService::List(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListDivisionEditionsRequest& request) {
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListDivisionEditionsResponse::mutable_division_editions);
}

absl::StatusOr<v1::ListDivisionEditionChangesResponse> DivisionEditionService::ListChanges(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListDivisionEditionChangesRequest& request) {
  if (request.page_size() < 0) return status::Error(status::kPageSizeInvalid);
  RETURN_IF_ERROR(store_.Show(connection, call.scope(), request.name()).status());
  const std::string bound_to = absl::StrCat("changes ", request.name(), " ", request.kind());
  std::string after;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(const paging::Position position,
                     environment_.tokens.Decode(bound_to, request.page_token()));
    after = position.id;
  }
  const int32_t size =
      request.page_size() == 0 ? kDefaultChanges : std::min(request.page_size(), kMaxChanges);
  ASSIGN_OR_RETURN(std::vector<v1::DivisionEditionChange> changes,
                   store_.Changes(connection, request.name(), request.kind(), after, size + 1));
  v1::ListDivisionEditionChangesResponse response;
  const bool more = changes.size() > static_cast<size_t>(size);
  if (more) changes.pop_back();
  if (more) {
    ASSIGN_OR_RETURN(const std::string code,
                     divisions_.plan().type().IdOf(changes.back().after().name()));
    response.set_next_page_token(environment_.tokens.Encode(bound_to, {.key = "", .id = code}));
  }
  for (v1::DivisionEditionChange& change : changes)
    *response.add_division_edition_changes() = std::move(change);
  return response;
}

absl::StatusOr<v1::DivisionEdition> DivisionEditionService::Create(
    journal::Transaction& tx, const v1::CreateDivisionEditionRequest& request) {
  v1::DivisionEdition edition = request.division_edition();
  resource::KeepInput(edition);
  ASSIGN_OR_RETURN(const bool another, store_.AnotherApplying(tx.connection(), ""));
  RETURN_IF_ERROR(CheckGuard(edition, kOpenEdition, kNoneApplying, !another));
  edition.set_state(kOpenEdition.to);
  return store_.Insert(tx, std::move(edition));
}

absl::StatusOr<v1::DivisionEdition> DivisionEditionService::AddRows(
    journal::Transaction& tx, const v1::AddDivisionEditionRowsRequest& request) {
  ASSIGN_OR_RETURN(const v1::DivisionEdition before, store_.Lock(tx, request.name()));
  RETURN_IF_ERROR(CheckState(before, kAddRows));
  RETURN_IF_ERROR(CheckRows(before, request));
  v1::DivisionEdition after = before;
  ASSIGN_OR_RETURN(const int32_t rows, store_.AddRows(tx.connection(), request));
  after.set_row_count(rows);
  // Also where each row took the place of another: what was read before is not what it is now.
  return store_.Touch(tx, before, std::move(after));
}

absl::StatusOr<v1::DivisionEdition> DivisionEditionService::Plan(
    journal::Transaction& tx, const v1::PlanDivisionEditionRequest& request) {
  ASSIGN_OR_RETURN(const v1::DivisionEdition before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(CheckState(before, kPlanEdition));
  ASSIGN_OR_RETURN(const DivisionEditionStore::PlanFacts facts,
                   store_.FactsToPlan(tx.connection(), before));
  RETURN_IF_ERROR(CheckGuard(before, kPlanEdition, kComplete, facts.complete));
  RETURN_IF_ERROR(CheckGuard(before, kPlanEdition, kParentsKnown, facts.parents_known));
  RETURN_IF_ERROR(CheckGuard(before, kPlanEdition, kHeirsKnown, facts.heirs_known));
  RETURN_IF_ERROR(CheckGuard(before, kPlanEdition, kNotOlder, facts.not_older));
  v1::DivisionEdition after = before;
  ASSIGN_OR_RETURN(*after.mutable_counts(), store_.Plan(tx.connection(), before));
  const v1::DivisionEdition::Counts& counts = after.counts();
  RETURN_IF_ERROR(CheckGuard(
      before, kPlanEdition, kFewChanges,
      before.row_count() - counts.unchanged() + counts.merged() + counts.retired() <= kMaxPlanned));
  after.set_state(kPlanEdition.to);
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::DivisionEdition> DivisionEditionService::Apply(
    journal::Transaction& tx, const v1::ApplyDivisionEditionRequest& request) {
  ASSIGN_OR_RETURN(const v1::DivisionEdition before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(CheckState(before, kApplyEdition));
  ASSIGN_OR_RETURN(const bool another, store_.AnotherApplying(tx.connection(), before.name()));
  RETURN_IF_ERROR(CheckGuard(before, kApplyEdition, kNoneApplying, !another));
  ASSIGN_OR_RETURN(const bool stands, store_.PlanStands(tx.connection(), before.name()));
  RETURN_IF_ERROR(CheckGuard(before, kApplyEdition, kPlanStands, stands));
  return GoOn(tx, before);
}

absl::StatusOr<v1::DivisionEdition> DivisionEditionService::GoOn(
    journal::Transaction& tx, const v1::DivisionEdition& before) {
  ASSIGN_OR_RETURN(const int32_t applied, store_.ApplyNext(tx, before.name()));
  v1::DivisionEdition after = before;
  after.set_applied_count(before.applied_count() + applied);
  after.set_state(applied < DivisionEditionStore::kAppliedAtOnce ? kFinishEdition.to
                                                                 : kApplyEdition.to);
  return store_.Update(tx, before, std::move(after));
}

serving::ClockTask DivisionEditionService::ApplyTask() {
  return {"apply-division-editions", absl::Seconds(2),
          [this](mysql::Session& session) { return ApplyAll(session); }};
}

absl::Status DivisionEditionService::ApplyAll(mysql::Session& session) {
  ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
  ASSIGN_OR_RETURN(const std::vector<std::string> applying, store_.Applying(*connection));
  for (const std::string& name : applying) {
    ASSIGN_OR_RETURN(const v1::DivisionEdition seen, store_.Get(*connection, name));
    RETURN_IF_ERROR(journal::WriteEffect(environment_.journal, session,
                                         {.effect = "clock/division-edition",
                                          .key = absl::StrCat(name, " ", seen.applied_count()),
                                          .deadline = absl::Now() + absl::Minutes(1)},
                                         [&](journal::Transaction& tx) -> absl::Status {
                                           ASSIGN_OR_RETURN(const v1::DivisionEdition before,
                                                            store_.LockUnasked(tx, name));
                                           if (!kFinishEdition.Leaves(before.state()))
                                             return absl::OkStatus();
                                           return GoOn(tx, before).status();
                                         }));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::DivisionEdition> DivisionEditionService::Cancel(
    journal::Transaction& tx, const v1::CancelDivisionEditionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::DivisionEdition before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(CheckState(before, kCancelEdition));
  v1::DivisionEdition after = before;
  after.set_cancel_reason(request.reason());
  after.set_state(kCancelEdition.to);
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
