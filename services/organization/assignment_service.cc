#include "services/organization/assignment_service.h"

#include <utility>
#include <vector>

#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/assignment_rules.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "person", "post", "rank", "state", "start_date"}};
  return listing;
}

}  // namespace

AssignmentService::AssignmentService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.AssignmentService",
               environment.journal) {
  methods_.Read("GetAssignment", this, &AssignmentService::Get);
  methods_.Read("ListAssignments", this, &AssignmentService::List);
  methods_.Create("CreateAssignment", this, &AssignmentService::Create);
  methods_.Transition("EndAssignment", this, &AssignmentService::End);
  methods_.Batch<v1::BatchTransitionAssignmentsRequest, v1::BatchTransitionAssignmentsResponse>(
      "BatchTransitionAssignments");
}

absl::StatusOr<v1::Assignment> AssignmentService::Get(rpc::Call& call,
                                                      mysql::Connection& connection,
                                                      const v1::GetAssignmentRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListAssignmentsResponse> AssignmentService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListAssignmentsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  if (!clock::IsUnset(request.as_of_date())) {
    ASSIGN_OR_RETURN(
        const absl::CivilDay day,
        AsOfDay(request.as_of_date(), clock::DayOf(environment_.business_clock.Now())));
    conditions.push_back(AssignmentStore::HeldOn(day));
  }
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListAssignmentsResponse::mutable_assignments, std::move(conditions));
}

absl::StatusOr<v1::Assignment> AssignmentService::Create(
    journal::Transaction& tx, const v1::CreateAssignmentRequest& request) {
  v1::Assignment assignment = request.assignment();
  resource::KeepInput(assignment);
  // The post is the root that assignments to it are counted under.
  ASSIGN_OR_RETURN(const v1::Post post, posts_.Lock(tx, assignment.post()));
  ASSIGN_OR_RETURN(const v1::Person person, persons_.Lock(tx, assignment.person()));
  ASSIGN_OR_RETURN(const PostFacts facts,
                   store_.HoldersOf(tx.connection(), assignment.post(), assignment.person()));
  RETURN_IF_ERROR(Begin(assignment, post, person, facts, tx.today()));
  return store_.Insert(tx, std::move(assignment));
}

absl::StatusOr<v1::Assignment> AssignmentService::End(journal::Transaction& tx,
                                                      const v1::EndAssignmentRequest& request) {
  tx.set_reason(request.reason());
  RETURN_IF_ERROR(changes_.LockPost(tx, request.name()));
  ASSIGN_OR_RETURN(const v1::Assignment before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  absl::CivilDay last_day = tx.today();
  if (request.has_end_date()) {
    ASSIGN_OR_RETURN(last_day, clock::ToDay(request.end_date()));
  }
  return changes_.End(tx, before, last_day);
}

}  // namespace qinglian::organization
