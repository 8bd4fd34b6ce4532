#include "services/organization/planned_change_service.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/mysql/errors.h"
#include "common/mysql/transact.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/organization/planned_change_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "state", "effective_date"},
      .order_fields = {"name", "effective_date", "create_time", "update_time"}};
  return listing;
}

// What a plan's request becomes on its day.
template <class Request>
Request On(Request request, absl::CivilDay day, const std::string& etag) {
  *request.mutable_effective_date() = clock::ToDate(day);
  request.set_etag(etag);
  return request;
}

// Whether another try may find what this one did not: then nothing is decided yet.
bool Passing(const absl::Status& status) {
  return mysql::EndsTransaction(status) || absl::IsAborted(status) || absl::IsUnavailable(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsInternal(status);
}

}  // namespace

PlannedChangeService::PlannedChangeService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.PlannedChangeService",
               environment.journal) {
  methods_.Read("GetPlannedChange", this, &PlannedChangeService::Get);
  methods_.Read("ListPlannedChanges", this, &PlannedChangeService::List);
  methods_.Create("CreatePlannedChange", this, &PlannedChangeService::Create);
  methods_.Transition("CancelPlannedChange", this, &PlannedChangeService::Cancel);
}

absl::StatusOr<v1::PlannedChange> PlannedChangeService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetPlannedChangeRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListPlannedChangesResponse> PlannedChangeService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListPlannedChangesRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListPlannedChangesResponse::mutable_planned_changes,
                        std::move(conditions));
}

absl::StatusOr<v1::PlannedChange> PlannedChangeService::Create(
    journal::Transaction& tx, const v1::CreatePlannedChangeRequest& request) {
  v1::PlannedChange plan = request.planned_change();
  resource::KeepInput(plan);
  RETURN_IF_ERROR(organization::Plan(plan, tx.facts().actor, tx.today()));
  // As if it were asked for today, and then undone.
  absl::Status refused;
  const absl::Status tried = journal::RunItem(tx, [&]() -> absl::Status {
    refused = Do(tx, plan, tx.today()).status();
    return absl::CancelledError("only tried");
  });
  if (mysql::EndsTransaction(tried)) return tried;
  RETURN_IF_ERROR(refused);
  return store_.Insert(tx, std::move(plan));
}

absl::StatusOr<v1::PlannedChange> PlannedChangeService::Cancel(
    journal::Transaction& tx, const v1::CancelPlannedChangeRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::PlannedChange before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  v1::PlannedChange after = before;
  RETURN_IF_ERROR(organization::Cancel(after, tx.facts().actor, request.reason()));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<std::string> PlannedChangeService::EtagOf(journal::Transaction& tx,
                                                         const std::string& name) {
  // Whoever plans cannot know it; where it changes before it is locked, the next pass tries again.
  ASSIGN_OR_RETURN(const v1::Organization organization, organizations_.Get(tx.connection(), name));
  return organization.etag();
}

absl::StatusOr<v1::Organization> PlannedChangeService::Do(journal::Transaction& tx,
                                                          const v1::PlannedChange& plan,
                                                          absl::CivilDay from) {
  if (plan.has_create()) {
    v1::CreateOrganizationRequest request = plan.create();
    *request.mutable_effective_date() = clock::ToDate(from);
    return changes_.Create(tx, request);
  }
  if (plan.has_update()) {
    v1::UpdateOrganizationRequest request = plan.update();
    request.clear_allow_missing();
    return changes_.Update(tx, On(std::move(request), from, ""));
  }
  ASSIGN_OR_RETURN(const std::string etag, EtagOf(tx, ConcernedBy(plan)));
  switch (plan.change_case()) {
    case v1::PlannedChange::kMove:
      return changes_.Move(tx, On(plan.move(), from, etag));
    case v1::PlannedChange::kMerge:
      return changes_.Merge(tx, On(plan.merge(), from, etag));
    case v1::PlannedChange::kSplit:
      return changes_.Split(tx, On(plan.split(), from, etag));
    default:
      return changes_.Abolish(tx, On(plan.abolish(), from, etag));
  }
}

serving::ClockTask PlannedChangeService::DueTask() {
  return {"apply-planned-changes", absl::Seconds(10),
          [this](mysql::Session& session) { return ApplyDue(session); }};
}

absl::Status PlannedChangeService::ApplyDue(mysql::Session& session) {
  ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection->Query("SELECT id FROM planned_changes WHERE state = "
                                     "'STATE_PLANNED' AND effective_date <= ? "
                                     "ORDER BY effective_date, id LIMIT 100",
                                     {today}));
  std::vector<std::string> due;
  while (rows.Next()) due.push_back(store_.plan().type().NameOf(rows.Bytes(0)));
  absl::Status last;
  for (const std::string& name : due) {
    // One that cannot be done now holds up no other.
    last.Update(journal::WriteEffect(
        environment_.journal, session,
        {.effect = "clock/planned-change", .key = name, .deadline = absl::Now() + absl::Minutes(1)},
        [&](journal::Transaction& tx) { return Apply(tx, name); }));
  }
  return last;
}

absl::Status PlannedChangeService::Apply(journal::Transaction& tx, const std::string& name) {
  ASSIGN_OR_RETURN(const v1::PlannedChange before, store_.Lock(tx, name));
  if (before.state() != v1::PlannedChange::STATE_PLANNED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::CivilDay day, clock::ToDay(before.effective_date()));
  std::string result;
  const absl::Status done = journal::RunItem(tx, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Organization changed, Do(tx, before, day));
    result = changed.name();
    return absl::OkStatus();
  });
  if (Passing(done)) return done;
  v1::PlannedChange after = before;
  RETURN_IF_ERROR(done.ok() ? Applied(after, result) : Failed(after, done));
  return store_.Update(tx, before, std::move(after)).status();
}

}  // namespace qinglian::organization
