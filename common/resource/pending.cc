#include "common/resource/pending.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"

namespace qinglian::resource {
namespace {

using journal::v1::ListPendingActionsRequest;
using journal::v1::ListPendingActionsResponse;

constexpr int32_t kDefaultPageSize = 50;
constexpr int32_t kMaxPageSize = 500;
// Sorts after every day there is.
constexpr char kNoDay[] = "9999-12-31";

// One source under fixed names.
//
// Each source is a statement of its own, and none has a UNION: MariaDB 10.11 executed such a
// prepared statement rightly the first time only. What was impossible for the first person stayed
// impossible for every other.
std::string Named(const PendingSource& source) {
  return absl::StrCat("WITH part (id, organization, state, title, due, since) AS (", source.select,
                      ") SELECT id, organization, state, title, due, since, day FROM (SELECT "
                      "part.*, COALESCE(CAST(due AS CHAR(10)), '",
                      kNoDay, "') AS day FROM part) AS waiting WHERE TRUE");
}

// A place in the list: a resource may wait in several sources for one day.
struct Place {
  std::string day;
  std::string id;
  size_t source = 0;

  friend bool operator<(const Place& a, const Place& b) {
    return std::tie(a.day, a.id, a.source) < std::tie(b.day, b.id, b.source);
  }
};

paging::Position PositionOf(const Place& place) {
  return {.key = absl::StrCat(place.day, "/", place.source), .id = place.id};
}

absl::StatusOr<Place> PlaceOf(const paging::Position& position) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(position.key, '/');
  Place place{.day = parts.first, .id = position.id};
  if (!absl::SimpleAtoi(parts.second, &place.source))
    return status::Error(status::kPageTokenInvalid);
  return place;
}

// An action and where it stands.
struct Waiting {
  Place place;
  journal::v1::PendingAction action;
};

void Fill(const mysql::Rows& rows, const PendingSource& source, absl::CivilDay today,
          journal::v1::PendingAction& action) {
  action.set_resource(record::TypeOf(source.resource)->NameOf(rows.Bytes(0)));
  action.set_method(source.method);
  if (!rows.IsNull(1)) {
    const absl::StatusOr<id::Uuid> organization = id::Uuid::FromBytes(rows.Bytes(1));
    if (organization.ok()) action.set_organization(id::FormatName("organizations", *organization));
  }
  action.set_state(rows.Bytes(2));
  action.set_title(rows.Bytes(3));
  if (!rows.IsNull(4)) {
    *action.mutable_due_date() = clock::ToDate(rows.Day(4));
    action.set_overdue(rows.Day(4) < today);
  }
  *action.mutable_waiting_since() = clock::ToTimestamp(rows.Time(5));
}

// What of a source the caller may see.
absl::StatusOr<std::vector<paging::Condition>> Visible(mysql::Connection& connection,
                                                       const PendingSource& source,
                                                       const access::Scope& scope, bool own) {
  const record::Plan& plan = record::Plan::Of(source.resource);
  if (own) return visibility::AudienceConditions(plan, scope);
  return visibility::Conditions(connection, plan, scope);
}

// Adds what waits in the source `index`: the first `limit` after the place `after`, where there is
// one.
absl::Status Gather(mysql::Connection& connection, const std::vector<PendingSource>& sources,
                    size_t index, absl::CivilDay today, const std::string& organization,
                    const std::vector<paging::Condition>& visible,
                    const std::optional<Place>& after, int32_t limit, std::vector<Waiting>& into) {
  const PendingSource& source = sources[index];
  std::string sql = Named(source);
  std::vector<mysql::Param> params = source.values.params();
  if (!organization.empty()) {
    absl::StrAppend(&sql, " AND organization = ?");
    params.emplace_back(organization);
  }
  const std::string& table = record::Plan::Of(source.resource).table();
  for (const paging::Condition& condition : visible) {
    absl::StrAppend(&sql, " AND id IN (SELECT ", table, ".id FROM ", table, " WHERE ",
                    condition.sql, ")");
    params.insert(params.end(), condition.values.params().begin(), condition.values.params().end());
  }
  if (after.has_value()) {
    absl::StrAppend(&sql, " AND (day > ? OR (day = ? AND id ", index > after->source ? ">=" : ">",
                    " ?))");
    params.insert(params.end(), {after->day, after->day, after->id});
  }
  absl::StrAppend(&sql, " ORDER BY day, id LIMIT ", limit);
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  while (rows.Next()) {
    Waiting& waiting = into.emplace_back();
    waiting.place = {rows.Bytes(6), rows.Bytes(0), index};
    Fill(rows, source, today, waiting.action);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListPendingActionsResponse> ListPending(
    mysql::Connection& connection, const rpc::Call& call, const paging::TokenCodec& tokens,
    absl::CivilDay today, const ListPendingActionsRequest& request, const std::string& person,
    const std::vector<PendingSource>& sources) {
  if (request.page_size() < 0) return status::Error(status::kPageSizeInvalid);
  ListPendingActionsResponse response;
  if (sources.empty()) return response;
  const int32_t size =
      request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kMaxPageSize);
  const std::string bound_to = absl::StrCat("pending\n", person, "\n", request.organization());
  std::string organization;
  if (!request.organization().empty()) {
    ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("organizations", request.organization()));
    organization = id.Bytes();
    RETURN_IF_ERROR(visibility::CheckReaches(connection, call.scope(), request.organization()));
  }
  const bool own = person == call.caller().actor || person == call.caller().acting_for;
  std::optional<Place> after;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(const paging::Position position,
                     tokens.Decode(bound_to, request.page_token()));
    ASSIGN_OR_RETURN(after, PlaceOf(position));
  }
  std::vector<Waiting> waiting;
  for (size_t i = 0; i < sources.size(); ++i) {
    ASSIGN_OR_RETURN(const std::vector<paging::Condition> visible,
                     Visible(connection, sources[i], call.scope(), own && !person.empty()));
    RETURN_IF_ERROR(
        Gather(connection, sources, i, today, organization, visible, after, size + 1, waiting));
  }
  std::sort(waiting.begin(), waiting.end(),
            [](const Waiting& a, const Waiting& b) { return a.place < b.place; });
  const size_t count = std::min(waiting.size(), static_cast<size_t>(size));
  for (size_t i = 0; i < count; ++i) *response.add_actions() = std::move(waiting[i].action);
  if (count < waiting.size()) {
    response.set_next_page_token(tokens.Encode(bound_to, PositionOf(waiting[count - 1].place)));
  }
  return response;
}

}  // namespace qinglian::resource
