#include "common/resource/pending.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::resource {
namespace {

using journal::v1::ListPendingActionsRequest;
using journal::v1::ListPendingActionsResponse;

constexpr int32_t kDefaultPageSize = 50;
constexpr int32_t kMaxPageSize = 500;
// Sorts after every day there is.
constexpr char kNoDay[] = "9999-12-31";

// The union of all sources under fixed names, each with its number.
std::string UnionOf(const std::vector<PendingSource>& sources, std::vector<mysql::Param>& params) {
  std::string sql;
  for (size_t i = 0; i < sources.size(); ++i) {
    // Column names of a union are those of its first part: a row of none gives them.
    if (i == 0) {
      sql =
          "SELECT 0 AS source, NULL AS id, NULL AS organization, '' AS state, '' AS title, NULL AS "
          "due, NULL AS since FROM (SELECT 1) AS nothing WHERE FALSE";
    }
    absl::StrAppend(&sql, " UNION ALL SELECT ", i, ", part", i, ".* FROM (", sources[i].select,
                    ") AS part", i);
    const auto& values = sources[i].values.params();
    params.insert(params.end(), values.begin(), values.end());
  }
  return sql;
}

void Fill(const mysql::Rows& rows, const PendingSource& source, absl::CivilDay today,
          journal::v1::PendingAction& action) {
  action.set_resource(source.type->NameOf(rows.Bytes(1)));
  action.set_method(source.method);
  if (!rows.IsNull(2)) {
    const absl::StatusOr<id::Uuid> organization = id::Uuid::FromBytes(rows.Bytes(2));
    if (organization.ok()) action.set_organization(id::FormatName("organizations", *organization));
  }
  action.set_state(rows.Bytes(3));
  action.set_title(rows.Bytes(4));
  if (!rows.IsNull(5)) {
    *action.mutable_due_date() = clock::ToDate(rows.Day(5));
    action.set_overdue(rows.Day(5) < today);
  }
  *action.mutable_waiting_since() = clock::ToTimestamp(rows.Time(6));
}

}  // namespace

absl::StatusOr<ListPendingActionsResponse> ListPending(mysql::Connection& connection,
                                                       const paging::TokenCodec& tokens,
                                                       absl::CivilDay today,
                                                       const ListPendingActionsRequest& request,
                                                       const std::string& person,
                                                       const std::vector<PendingSource>& sources) {
  if (request.page_size() < 0) return status::Error(status::kPageSizeInvalid);
  ListPendingActionsResponse response;
  if (sources.empty()) return response;
  const int32_t size =
      request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kMaxPageSize);
  const std::string bound_to = absl::StrCat("pending\n", person, "\n", request.organization());
  std::vector<mysql::Param> params;
  std::string sql = absl::StrCat(
      "SELECT source, id, organization, state, title, due, since, day FROM (SELECT merged.*, "
      "COALESCE(CAST(due AS CHAR(10)), '",
      kNoDay, "') AS day FROM (", UnionOf(sources, params), ") AS merged) AS waiting WHERE TRUE");
  std::string organization;
  if (!request.organization().empty()) {
    ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("organizations", request.organization()));
    organization = id.Bytes();
    absl::StrAppend(&sql, " AND organization = ?");
    params.emplace_back(organization);
  }
  paging::Position position;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(position, tokens.Decode(bound_to, request.page_token()));
    absl::StrAppend(&sql, " AND (day > ? OR (day = ? AND id > ?))");
    params.insert(params.end(), {position.key, position.key, position.id});
  }
  absl::StrAppend(&sql, " ORDER BY day, id LIMIT ", size + 1);
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  for (int32_t i = 0; i < size && rows.Next(); ++i) {
    Fill(rows, sources[static_cast<size_t>(rows.Int(0))], today, *response.add_actions());
    position = {rows.Bytes(7), rows.Bytes(1)};
  }
  if (rows.Next()) response.set_next_page_token(tokens.Encode(bound_to, position));
  return response;
}

}  // namespace qinglian::resource
