#include "services/organization/assignment_service.h"

#include <utility>
#include <vector>

#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "services/organization/assignment_rules.h"
#include "services/organization/responsibility_letter_rules.h"

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
  // The post first, as where a letter is countersigned: that one then sees that it has changed
  // hands, or this one sees the letter in force. Which post it is never changes.
  ASSIGN_OR_RETURN(const v1::Assignment seen, store_.Get(tx.connection(), request.name()));
  RETURN_IF_ERROR(posts_.Lock(tx, seen.post()).status());
  ASSIGN_OR_RETURN(const v1::Assignment before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  absl::CivilDay last_day = tx.today();
  if (request.has_end_date()) {
    ASSIGN_OR_RETURN(last_day, clock::ToDay(request.end_date()));
  }
  v1::Assignment after = before;
  RETURN_IF_ERROR(organization::End(after, last_day, tx.today()));
  RETURN_IF_ERROR(EndSignatures(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::Status AssignmentService::EndSignatures(journal::Transaction& tx,
                                              const v1::Assignment& ended) {
  ASSIGN_OR_RETURN(const std::vector<v1::ResponsibilityLetter> letters,
                   letters_.LockSigned(tx, ended.post()));
  for (const v1::ResponsibilityLetter& letter : letters) {
    v1::ResponsibilityLetter marked = letter;
    if (!EndSignature(marked, ended.name())) continue;
    RETURN_IF_ERROR(letters_.Update(tx, letter, std::move(marked)).status());
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization
