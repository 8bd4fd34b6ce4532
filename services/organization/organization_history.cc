#include "services/organization/organization_history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/access/path.h"
#include "common/clock/date.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/organization_counts.h"

namespace qinglian::organization {
namespace {

constexpr std::string_view kForever = "9999-12-31";

// Of what is known now, what was so in a span; two days follow: its end and its beginning.
constexpr char kKnownIn[] = "recorded_to = '9999-12-31' AND valid_from < ? AND valid_to > ?";

// The columns of an organization that its history keeps, all but the id.
std::string Columns(const record::Plan& plan) {
  std::vector<std::string> columns;
  for (const record::Column& column : plan.columns()) {
    if (column.kind != record::ColumnKind::kId)
      columns.push_back(absl::StrCat("`", column.name, "`"));
  }
  return absl::StrJoin(columns, ", ");
}

// "INSERT INTO organization_versions (…) ", for rows of an id, the four times, the path, the
// grounds and Columns.
std::string Into(const record::Plan& plan) {
  return absl::StrCat(
      "INSERT INTO organization_versions (organization, valid_from, valid_to, recorded_from, "
      "recorded_to, path, reason, document_number, ",
      Columns(plan), ") ");
}

constexpr int32_t kDefaultVersions = 50;
constexpr int32_t kMaxVersions = 500;

// When what is known now stops being known.
const absl::Time kEndOfRecord = absl::FromCivil(kEndOfTime, absl::UTCTimeZone());

// Where a version stands in a list.
struct ListPosition {
  absl::CivilDay day;
  absl::Time recorded;
};

std::string KeyOf(const ListPosition& position) {
  return absl::StrCat(position.day - absl::CivilDay(), " ", absl::ToUnixMicros(position.recorded));
}

// Of what KeyOf made: tokens are not forged.
ListPosition PositionOf(const std::string& key) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(key, ' ');
  int64_t days = 0, micros = 0;
  (void)absl::SimpleAtoi(parts.first, &days);
  (void)absl::SimpleAtoi(parts.second, &micros);
  return {absl::CivilDay() + days, absl::FromUnixMicros(micros)};
}

std::string Places(size_t count) {
  return absl::StrJoin(std::vector<const char*>(count, "?"), ", ");
}

// The next moment of the record.
absl::Time After(absl::Time recorded) { return recorded + absl::Microseconds(1); }

}  // namespace

struct OrganizationHistory::Row {
  Span span;
  absl::Time recorded;
  std::string path;
  Grounds grounds;
  v1::Organization organization;
};

paging::Condition OrganizationHistory::AsOf(absl::CivilDay day,
                                            std::optional<absl::Time> known) const {
  paging::Condition rows{
      absl::StrCat("SELECT organization AS id, path, ", Columns(plan_),
                   " FROM organization_versions WHERE valid_from <= ? AND valid_to > ? AND "),
      {}};
  rows.values.Add(day);
  rows.values.Add(day);
  if (!known.has_value()) {
    absl::StrAppend(&rows.sql, "recorded_to = ?");
    rows.values.Add(kForever);
    return rows;
  }
  absl::StrAppend(&rows.sql, "recorded_from <= ? AND recorded_to > ?");
  rows.values.Add(*known);
  rows.values.Add(*known);
  return rows;
}

absl::StatusOr<Standing> OrganizationHistory::In(mysql::Connection& connection, std::string_view id,
                                                 const Span& span) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT valid_from, valid_to, path, version, state FROM "
                                    "organization_versions WHERE organization = ? AND ",
                                    kKnownIn, " ORDER BY valid_from"),
                       {id, span.to, span.from}));
  Standing standing;
  int64_t version = 0;
  for (bool first = true; rows.Next(); first = false) {
    if (first) {
      standing = {.there = rows.Day(0) <= span.from, .active = true, .path = rows.Bytes(2)};
      version = rows.Int(3);
    }
    standing.active &=
        rows.Bytes(4) == v1::Organization::State_Name(v1::Organization::STATE_ACTIVE);
    standing.moved |= rows.Bytes(2) != standing.path;
    standing.changed |= rows.Int(3) != version;
  }
  return standing;
}

absl::StatusOr<size_t> OrganizationHistory::Deepest(mysql::Connection& connection,
                                                    std::string_view path, const Span& span) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query(absl::StrCat("SELECT COALESCE(MAX(LENGTH(path)), 0) FROM "
                                                 "organization_versions WHERE path >= ? AND "
                                                 "path < ? AND ",
                                                 kKnownIn),
                                    {path, access::PathEnd(path), span.to, span.from}));
  rows.Next();
  return std::max<size_t>(rows.Uint(0), path.size());
}

absl::StatusOr<bool> OrganizationHistory::HasParts(mysql::Connection& connection,
                                                   std::string_view path, const Span& span) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT 1 FROM organization_versions WHERE "
                                    "path > ? AND path < ? AND LENGTH(path) = ? AND "
                                    "state = 'STATE_ACTIVE' AND ",
                                    kKnownIn, " LIMIT 1"),
                       {path, access::PathEnd(path), path.size() + kPathStep, span.to, span.from}));
  return rows.Next();
}

absl::StatusOr<v1::ListOrganizationVersionsResponse> OrganizationHistory::List(
    mysql::Connection& connection, const paging::TokenCodec& tokens,
    const v1::ListOrganizationVersionsRequest& request) const {
  if (request.page_size() < 0) return status::Error(status::kPageSizeInvalid);
  const int32_t size =
      request.page_size() == 0 ? kDefaultVersions : std::min(request.page_size(), kMaxVersions);
  const std::string question =
      absl::StrCat("versions ", request.name(), " ", request.show_superseded() ? "all" : "known");
  ListPosition after{kEndOfTime, kEndOfRecord};
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(const paging::Position position,
                     tokens.Decode(question, request.page_token()));
    after = PositionOf(position.key);
  }
  ASSIGN_OR_RETURN(const std::string id, plan_.type().IdOf(request.name()));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT valid_from, valid_to, recorded_from, recorded_to, reason, "
                       "document_number, organization, ",
                       Columns(plan_), " FROM organization_versions WHERE organization = ? AND ",
                       request.show_superseded() ? "" : "recorded_to = '9999-12-31' AND ",
                       "(valid_from < ? OR (valid_from = ? AND recorded_from < ?)) "
                       "ORDER BY valid_from DESC, recorded_from DESC LIMIT ",
                       size + 1),
          {id, after.day, after.day, after.recorded}));
  v1::ListOrganizationVersionsResponse response;
  ListPosition last = after;
  for (int32_t i = 0; i < size && rows.Next(); ++i) {
    v1::OrganizationVersion& version = *response.add_versions();
    last = {rows.Day(0), rows.Time(2)};
    *version.mutable_first_date() = clock::ToDate(rows.Day(0));
    if (rows.Day(1) != kEndOfTime) *version.mutable_last_date() = clock::ToDate(rows.Day(1) - 1);
    *version.mutable_recorded_time() = clock::ToTimestamp(rows.Time(2));
    if (rows.Time(3) < kEndOfRecord)
      *version.mutable_superseded_time() = clock::ToTimestamp(rows.Time(3));
    version.set_reason(rows.Bytes(4));
    version.set_document_number(rows.Bytes(5));
    plan_.Read(rows, 6, *version.mutable_organization());
  }
  if (rows.Next())
    response.set_next_page_token(tokens.Encode(question, {KeyOf(last), std::move(id)}));
  return response;
}

absl::StatusOr<absl::CivilDay> OrganizationHistory::SameSince(mysql::Connection& connection,
                                                              std::string_view id) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT valid_from FROM organization_versions WHERE "
                                    "organization = ? AND recorded_to = ? AND valid_to = ?",
                                    {id, kForever, kForever}));
  if (!rows.Next()) return absl::InternalError("an organization without a history");
  return rows.Day(0);
}

absl::StatusOr<absl::Time> OrganizationHistory::RecordInTree(journal::Transaction& tx,
                                                             std::string_view path) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   tx.connection().Query("SELECT last_recorded, (SELECT MAX(recorded_from) FROM "
                                         "organization_versions WHERE path >= ? AND path < ? AND "
                                         "recorded_to = ?) FROM organization_tree WHERE id = 1",
                                         {path, access::PathEnd(path), kForever}));
  rows.Next();
  const absl::Time recorded =
      std::max({tx.now(), After(rows.Time(0)), rows.IsNull(1) ? tx.now() : After(rows.Time(1))});
  RETURN_IF_ERROR(
      tx.connection()
          .Execute("UPDATE organization_tree SET last_recorded = ? WHERE id = 1", {recorded})
          .status());
  return recorded;
}

absl::Status OrganizationHistory::Begin(journal::Transaction& tx,
                                        const v1::Organization& organization,
                                        std::string_view parent_path, absl::CivilDay from,
                                        const Grounds& grounds) const {
  ASSIGN_OR_RETURN(const std::string id, plan_.type().IdOf(organization.name()));
  ASSIGN_OR_RETURN(const std::vector<Place> places, PlacesBelow(tx, parent_path, from));
  absl::Time recorded = tx.now();
  for (const Place& place : places) recorded = std::max(recorded, place.recorded);
  CountChanges counts;
  for (const Place& place : places) {
    const Row row{.span = place.span,
                  .recorded = recorded,
                  .path = place.path + id,
                  .grounds = grounds,
                  .organization = organization};
    counts.Add(row.path, organization, row.span, 1);
    RETURN_IF_ERROR(Insert(tx, id, row, recorded));
  }
  return counts.Write(tx.connection());
}

absl::StatusOr<std::vector<OrganizationHistory::Place>> OrganizationHistory::PlacesBelow(
    journal::Transaction& tx, std::string_view parent_path, absl::CivilDay from) const {
  if (parent_path.empty()) return std::vector<Place>{{{from}, tx.now(), ""}};
  const std::string_view parent = parent_path.substr(parent_path.size() - kPathStep);
  std::vector<Place> places;
  if (from != tx.today()) {
    ASSIGN_OR_RETURN(const std::vector<Row> rows, RowsIn(tx.connection(), parent, {from}));
    for (const Row& row : rows)
      places.push_back({{std::max(row.span.from, from), row.span.to}, row.recorded, row.path});
    return places;
  }
  // The usual case: where the parent is today, as its locked row says.
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   tx.connection().Query("SELECT recorded_from FROM organization_versions WHERE "
                                         "organization = ? AND recorded_to = ? AND valid_to = ?",
                                         {parent, kForever, kForever}));
  // One that an import is about to insert has no history yet.
  const absl::Time recorded = rows.Next() ? rows.Time(0) : tx.now();
  places.push_back({{from}, recorded, std::string(parent_path)});
  return places;
}

absl::Status OrganizationHistory::BeginMany(journal::Transaction& tx,
                                            const std::vector<std::string>& ids,
                                            const std::vector<std::string>& parents) const {
  // Filled up by repeating, so that one statement serves all; what is found twice is selected once.
  static constexpr size_t kIds = 100;
  static const auto& latest =
      *new std::string(absl::StrCat("SELECT MAX(recorded_from) FROM organization_versions WHERE "
                                    "recorded_to = '9999-12-31' AND organization IN (",
                                    Places(kIds), ")"));
  static const auto& insert = *new std::string(
      absl::StrCat(Into(plan_), "SELECT id, ?, ?, ?, ?, path, '', '', ", Columns(plan_),
                   " FROM organizations WHERE id IN (", Places(kIds), ")"));
  const auto add = [](const std::vector<std::string>& from, size_t done,
                      std::vector<mysql::Param>& params) {
    for (size_t i = done; i < done + kIds; ++i)
      params.emplace_back(from[std::min(i, from.size() - 1)]);
  };
  absl::Time recorded = tx.now();
  for (size_t done = 0; done < parents.size(); done += kIds) {
    std::vector<mysql::Param> params;
    add(parents, done, params);
    ASSIGN_OR_RETURN(mysql::Rows rows, tx.connection().Query(latest, params));
    if (rows.Next() && !rows.IsNull(0)) recorded = std::max(recorded, rows.Time(0));
  }
  for (size_t done = 0; done < ids.size(); done += kIds) {
    std::vector<mysql::Param> params = {tx.today(), kForever, recorded, kForever};
    add(ids, done, params);
    RETURN_IF_ERROR(tx.connection().Execute(insert, params).status());
  }
  return absl::OkStatus();
}

absl::Status OrganizationHistory::Rewrite(journal::Transaction& tx, std::string_view id,
                                          const Span& span, const Grounds* grounds,
                                          std::optional<absl::Time> recorded, Change change) const {
  ASSIGN_OR_RETURN(std::vector<Row> rows, RowsIn(tx.connection(), id, span));
  absl::Time now = recorded.value_or(tx.now());
  for (const Row& row : rows) now = std::max(now, After(row.recorded));
  // What is closed here is written anew below, in pieces.
  RETURN_IF_ERROR(tx.connection()
                      .Execute(absl::StrCat("UPDATE organization_versions SET recorded_to = ? "
                                            "WHERE organization = ? AND ",
                                            kKnownIn),
                               {now, id, span.to, span.from})
                      .status());
  CountChanges counts;
  for (Row& row : rows) {
    const Span whole = row.span;
    if (whole.from < span.from) {
      row.span = {whole.from, span.from};
      RETURN_IF_ERROR(Insert(tx, id, row, now));
    }
    if (whole.to > span.to) {
      row.span = {span.to, whole.to};
      RETURN_IF_ERROR(Insert(tx, id, row, now));
    }
    row.span = {std::max(whole.from, span.from), std::min(whole.to, span.to)};
    if (grounds != nullptr) row.grounds = *grounds;
    counts.Add(row.path, row.organization, row.span, -1);
    RETURN_IF_ERROR(change(row.span, row.organization, row.path));
    counts.Add(row.path, row.organization, row.span, 1);
    RETURN_IF_ERROR(Insert(tx, id, row, now));
  }
  return counts.Write(tx.connection());
}

absl::Status OrganizationHistory::MoveBelow(journal::Transaction& tx, std::string_view old_path,
                                            std::string_view new_path, const Span& span,
                                            const Grounds& grounds, absl::Time recorded) const {
  // Below it, not itself: a path with a zero byte more comes before all of those.
  const std::string from = std::string(old_path) + '\0';
  const std::string to = access::PathEnd(old_path);
  const std::string rows =
      absl::StrCat(" FROM organization_versions WHERE path >= ? AND path < ? AND ", kKnownIn);
  mysql::Connection& connection = tx.connection();
  RETURN_IF_ERROR(CountMoveBelow(connection, old_path, new_path, span));
  RETURN_IF_ERROR(
      connection
          .Execute(absl::StrCat(Into(plan_),
                                "SELECT organization, GREATEST(valid_from, ?), LEAST(valid_to, ?), "
                                "?, ?, CONCAT(?, SUBSTRING(path, ?)), ?, ?, ",
                                Columns(plan_), rows),
                   {span.from, span.to, recorded, kForever, new_path, old_path.size() + 1,
                    grounds.reason, grounds.document_number, from, to, span.to, span.from})
          .status());
  RETURN_IF_ERROR(
      connection
          .Execute(absl::StrCat(Into(plan_),
                                "SELECT organization, valid_from, ?, ?, ?, path, reason, "
                                "document_number, ",
                                Columns(plan_), rows, " AND valid_from < ?"),
                   {span.from, recorded, kForever, from, to, span.to, span.from, span.from})
          .status());
  if (span.to != kEndOfTime) {
    RETURN_IF_ERROR(
        connection
            .Execute(absl::StrCat(Into(plan_),
                                  "SELECT organization, ?, valid_to, ?, ?, path, reason, "
                                  "document_number, ",
                                  Columns(plan_), rows, " AND valid_to > ?"),
                     {span.to, recorded, kForever, from, to, span.to, span.from, span.to})
            .status());
  }
  return connection
      .Execute(absl::StrCat("UPDATE organization_versions SET recorded_to = ? WHERE path >= ? AND "
                            "path < ? AND ",
                            kKnownIn),
               {recorded, from, to, span.to, span.from})
      .status();
}

absl::StatusOr<std::vector<OrganizationHistory::Row>> OrganizationHistory::RowsIn(
    mysql::Connection& connection, std::string_view id, const Span& span) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT valid_from, valid_to, recorded_from, path, reason, "
                       "document_number, organization, ",
                       Columns(plan_), " FROM organization_versions WHERE organization = ? AND ",
                       kKnownIn, " ORDER BY valid_from"),
          {id, span.to, span.from}));
  std::vector<Row> found;
  while (rows.Next()) {
    Row& row = found.emplace_back();
    row.span = {rows.Day(0), rows.Day(1)};
    row.recorded = rows.Time(2);
    row.path = rows.Bytes(3);
    row.grounds = {rows.Bytes(4), rows.Bytes(5)};
    plan_.Read(rows, 6, row.organization);
  }
  return found;
}

absl::Status OrganizationHistory::Insert(journal::Transaction& tx, std::string_view id,
                                         const Row& row, absl::Time recorded) const {
  ASSIGN_OR_RETURN(const int64_t version, record::VersionOfEtag(row.organization.etag()));
  const record::Values values = plan_.ForInsert(row.organization, version);
  std::vector<mysql::Param> params = {
      id,       row.span.from, row.span.to,        recorded,
      kForever, row.path,      row.grounds.reason, row.grounds.document_number};
  // All but the id, which is the first.
  params.insert(params.end(), values.params().begin() + 1, values.params().end());
  return tx.connection()
      .Execute(absl::StrCat(Into(plan_), "VALUES (", Places(params.size()), ")"), params)
      .status();
}

}  // namespace qinglian::organization
