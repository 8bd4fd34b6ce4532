// ListPendingActions: what waits for somebody, gathered from several tables into one order.
#ifndef QINGLIAN_COMMON_RESOURCE_PENDING_H_
#define QINGLIAN_COMMON_RESOURCE_PENDING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/mysql/mysql.h"
#include "common/paging/page_token.h"
#include "common/record/record.h"
#include "common/rpc/call.h"
#include "google/protobuf/descriptor.h"
#include "qinglian/journal/v1/pending.pb.h"

namespace qinglian::resource {

// One kind of thing that waits: rows of one type of resource that one method moves on.
struct PendingSource {
  // The type of the rows, of those that have a table.
  const google::protobuf::Descriptor* resource = nullptr;
  // The full name of the method, such as `qinglian.risk.v1.RiskPointService.ApproveRiskPoint`.
  std::string method;
  // "SELECT id, organization, state, title, due_date, waiting_since FROM …": exactly these six
  // columns, in this order, under any names; the id BINARY(16), the organization BINARY(16) or
  // NULL, the date NULL where nothing sets one.
  std::string select;
  // The values of its placeholders.
  record::Values values;
};

// Answers ListPendingActions from `sources`: the earliest due first, what has no day last. Where
// the request names an organization, only what belongs to it: NOT_FOUND where the caller does not
// reach that. What waits for `person` is shown to himself wherever it is, to others where they
// reach it; what is denied to the caller is shown to him in no case. INVALID_ARGUMENT where page
// size or token is wrong. `today` decides what is overdue.
absl::StatusOr<journal::v1::ListPendingActionsResponse> ListPending(
    mysql::Connection& connection, const rpc::Call& call, const paging::TokenCodec& tokens,
    absl::CivilDay today, const journal::v1::ListPendingActionsRequest& request,
    const std::string& person, const std::vector<PendingSource>& sources);

}  // namespace qinglian::resource

#endif  // QINGLIAN_COMMON_RESOURCE_PENDING_H_
