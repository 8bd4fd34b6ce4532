#include "services/organization/organization_counts.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/access/path.h"
#include "common/clock/date.h"
#include "common/mysql/insert.h"
#include "common/mysql/transact.h"
#include "common/status/macros.h"
#include "services/organization/division_rules.h"

namespace qinglian::organization {
namespace {

// How many changes are folded at once.
constexpr int kFolded = 2'000;
// The lengths of the codes of a province, city, county, township and village.
constexpr size_t kCodeLengths[] = {2, 4, 6, 9, 12};
// By divisions of these an organization is counted too.
constexpr size_t kCountyLength = 6;

constexpr char kAppend[] =
    "INSERT INTO organization_count_changes (path, division, kind, level, state, day, "
    "change_count) ";

// What lies above a path.
std::string_view Above(std::string_view path) { return path.substr(0, path.size() - kPathStep); }

// Scope, kind, level, state, day.
using CountKey = std::tuple<std::string, std::string, std::string, std::string, absl::CivilDay>;

// The scopes that a change counts in.
std::vector<std::string> ScopesOf(const std::string& path, const std::string& division) {
  std::vector<std::string> scopes;
  for (size_t i = 0; i + kPathStep <= path.size(); i += kPathStep)
    scopes.push_back(path.substr(i, kPathStep));
  for (const size_t length : kCodeLengths) {
    if (length <= division.size()) scopes.push_back(division.substr(0, length));
  }
  return scopes;
}

// The scopes that a change counts in by division: an organization and a division, whatever the
// kind.
std::vector<std::string> DivisionScopesOf(const std::string& path, const std::string& division) {
  std::vector<std::string> scopes;
  for (size_t i = 0; i + kPathStep <= path.size(); i += kPathStep) {
    for (const size_t length : kCodeLengths) {
      if (length > std::min(division.size(), kCountyLength)) break;
      scopes.push_back(path.substr(i, kPathStep) + division.substr(0, length));
    }
  }
  return scopes;
}

// How many keys one statement folds; the last one is filled up by repeating, which changes nothing.
constexpr size_t kKeysAtOnce = 64;

using KeyedChange = std::pair<CountKey, int>;

// Folds changes of keys that differ in more than the day: a statement changes a row once.
absl::Status Fold(mysql::Connection& connection, const std::vector<KeyedChange>& changes) {
  static const auto& keys = *new std::string(absl::StrCat(
      "(SELECT CAST(? AS BINARY) AS scope, ? AS kind, ? AS level, ? AS state, CAST(? AS DATE) AS "
      "day, CAST(? AS SIGNED) AS change_count",
      absl::StrJoin(std::vector<const char*>(kKeysAtOnce, ""),
                    " UNION ALL SELECT CAST(? AS BINARY), ?, ?, ?, CAST(? AS DATE), "
                    "CAST(? AS SIGNED)"),
      ") k"));
  static const auto& begin = *new std::string(absl::StrCat(
      "INSERT INTO organization_counts (scope, kind, level, state, day, organizations) SELECT "
      "k.scope, k.kind, k.level, k.state, k.day, COALESCE((SELECT b.organizations FROM "
      "organization_counts b WHERE b.scope = k.scope AND b.kind = k.kind AND b.level = k.level AND "
      "b.state = k.state AND b.day < k.day ORDER BY b.day DESC LIMIT 1), 0) FROM ",
      keys, " ON DUPLICATE KEY UPDATE kind = VALUES(kind)"));
  static const auto& add = *new std::string(absl::StrCat(
      "UPDATE ", keys,
      " STRAIGHT_JOIN organization_counts c ON c.scope = k.scope AND c.kind = k.kind AND "
      "c.level = k.level AND c.state = k.state AND c.day >= k.day SET "
      "c.organizations = c.organizations + k.change_count"));
  std::vector<mysql::Param> params;
  for (size_t i = 0; i < kKeysAtOnce; ++i) {
    const auto& [key, change] = changes[std::min(i, changes.size() - 1)];
    const auto& [scope, kind, level, state, day] = key;
    params.insert(params.end(), {scope, kind, level, state, day, change});
  }
  RETURN_IF_ERROR(connection.Execute(begin, params).status());
  return connection.Execute(add, params).status();
}

absl::Status FoldAll(mysql::Connection& connection, const std::map<CountKey, int>& changes) {
  std::vector<KeyedChange> batch;
  for (const auto& change : changes) {
    if (change.second == 0) continue;
    // Keys come in their order: those that differ in the day alone come after each other.
    const auto but_day = [](const CountKey& key) {
      return std::tie(std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key));
    };
    const bool same = !batch.empty() && but_day(batch.back().first) == but_day(change.first);
    if (same || batch.size() == kKeysAtOnce) {
      RETURN_IF_ERROR(Fold(connection, batch));
      batch.clear();
    }
    batch.emplace_back(change);
  }
  return batch.empty() ? absl::OkStatus() : Fold(connection, batch);
}

// Deletes what was folded, by id.
absl::Status DeleteFolded(mysql::Connection& connection, const std::vector<uint64_t>& ids) {
  static constexpr size_t kAtOnce = 256;
  static const auto& sql = *new std::string(
      absl::StrCat("DELETE FROM organization_count_changes WHERE id IN (",
                   absl::StrJoin(std::vector<const char*>(kAtOnce, "?"), ", "), ")"));
  for (size_t done = 0; done < ids.size(); done += kAtOnce) {
    std::vector<mysql::Param> params;
    for (size_t i = done; i < done + kAtOnce; ++i)
      params.emplace_back(ids[std::min(i, ids.size() - 1)]);
    RETURN_IF_ERROR(connection.Execute(sql, params).status());
  }
  return absl::OkStatus();
}

void Add(mysql::Rows& rows, Tally& tally) {
  while (rows.Next()) {
    v1::Organization::Kind kind = v1::Organization::KIND_UNSPECIFIED;
    v1::Division::Level level = v1::Division::LEVEL_UNSPECIFIED;
    v1::Organization::State state = v1::Organization::STATE_UNSPECIFIED;
    v1::Organization::Kind_Parse(rows.Bytes(0), &kind);
    v1::Division::Level_Parse(rows.Bytes(1), &level);
    v1::Organization::State_Parse(rows.Bytes(2), &state);
    tally[{kind, level, state}] += rows.Int(3);
  }
}

// What was folded and what was not yet, read at one moment. `pending` chooses among the latter by
// `values`.
absl::Status Count(mysql::Connection& connection, std::string_view scope, absl::CivilDay day,
                   const std::string& pending, std::vector<mysql::Param> values, Tally& tally) {
  std::vector<mysql::Param> params = {scope, day, scope, day};
  params.insert(params.end(), values.begin(), values.end());
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat(
              "SELECT c.kind, c.level, c.state, c.organizations FROM organization_counts c JOIN "
              "(SELECT kind, level, state, MAX(day) AS day FROM organization_counts WHERE "
              "scope = ? AND day <= ? GROUP BY kind, level, state) latest ON "
              "latest.kind = c.kind AND latest.level = c.level AND latest.state = c.state AND "
              "latest.day = c.day WHERE c.scope = ? UNION ALL SELECT kind, level, state, "
              "SUM(change_count) FROM organization_count_changes WHERE day <= ? AND ",
              pending, " GROUP BY kind, level, state"),
          params));
  Add(rows, tally);
  return absl::OkStatus();
}

}  // namespace

void CountChanges::Add(std::string_view path, const v1::Organization& organization,
                       const Span& span, int sign) {
  const auto add = [&](absl::CivilDay day, int change) {
    changes_[Key(Above(path), DivisionCodeOf(organization.division()),
                 v1::Organization::Kind_Name(organization.kind()),
                 v1::Division::Level_Name(organization.level()),
                 v1::Organization::State_Name(organization.state()), day)] += change;
  };
  add(span.from, sign);
  if (span.to != kEndOfTime) add(span.to, -sign);
}

absl::Status CountChanges::Write(mysql::Connection& connection) const {
  std::vector<mysql::Param> values;
  for (const auto& [key, change] : changes_) {
    if (change == 0) continue;
    const auto& [path, division, kind, level, state, day] = key;
    values.insert(values.end(), {path, division, kind, level, state, day, change});
  }
  return mysql::InsertRows(
      connection,
      "INSERT INTO organization_count_changes (path, division, kind, level, state, day, "
      "change_count)",
      7, values);
}

absl::Status CountMoveBelow(mysql::Connection& connection, std::string_view old_path,
                            std::string_view new_path, const Span& span) {
  // All of them lie below the same organizations, above and at what is moved; at it they still do.
  const std::string from = std::string(old_path) + '\0';
  const std::string to = access::PathEnd(old_path);
  const auto append = [&](std::string_view path, const char* sign, const char* day,
                          absl::CivilDay bound) {
    return connection
        .Execute(
            absl::StrCat(kAppend, "SELECT ?, COALESCE(division, '') AS place, kind, level, state, ",
                         day, " AS turn, ", sign,
                         "COUNT(*) FROM organization_versions WHERE path >= ? AND path < ? "
                         "AND recorded_to = '9999-12-31' AND valid_from < ? AND "
                         "valid_to > ? GROUP BY place, kind, level, state, turn "
                         "HAVING turn <> '9999-12-31'"),
            {path, bound, from, to, span.to, span.from})
        .status();
  };
  constexpr char kBegin[] = "GREATEST(valid_from, ?)";
  constexpr char kEnd[] = "LEAST(valid_to, ?)";
  for (const auto& [path, plus, minus] :
       {std::tuple{Above(new_path), "", "-"}, std::tuple{Above(old_path), "-", ""}}) {
    RETURN_IF_ERROR(append(path, plus, kBegin, span.from));
    RETURN_IF_ERROR(append(path, minus, kEnd, span.to));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> FoldCounts(mysql::Session& session) {
  int64_t folded = 0;
  RETURN_IF_ERROR(mysql::Transact(session, {}, [&](mysql::Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query(absl::StrCat("SELECT id, path, division, kind, level, state, day, "
                                      "change_count FROM organization_count_changes ORDER BY id "
                                      "LIMIT ",
                                      kFolded, " FOR UPDATE")));
    std::map<CountKey, int> changes;
    std::vector<uint64_t> ids;
    while (rows.Next()) {
      ids.push_back(rows.Uint(0));
      for (std::string& scope : ScopesOf(rows.Bytes(1), rows.Bytes(2))) {
        changes[{std::move(scope), rows.Bytes(3), rows.Bytes(4), rows.Bytes(5), rows.Day(6)}] +=
            static_cast<int>(rows.Int(7));
      }
      for (std::string& scope : DivisionScopesOf(rows.Bytes(1), rows.Bytes(2)))
        changes[{std::move(scope), "", "", rows.Bytes(5), rows.Day(6)}] +=
            static_cast<int>(rows.Int(7));
    }
    folded = static_cast<int64_t>(ids.size());
    RETURN_IF_ERROR(FoldAll(connection, changes));
    return DeleteFolded(connection, ids);
  }));
  return folded;
}

absl::Status CountBelow(mysql::Connection& connection, std::string_view id, absl::CivilDay day,
                        Tally& tally) {
  return Count(connection, id, day, "LOCATE(?, path) > 0 AND MOD(LOCATE(?, path) - 1, 16) = 0",
               {id, id}, tally);
}

absl::StatusOr<std::map<std::string, int64_t>> CountByDivision(mysql::Connection& connection,
                                                               std::string_view id,
                                                               size_t code_length,
                                                               absl::CivilDay day) {
  const std::string from(id);
  const std::string to = from + ':';  // the character after the digits
  const auto length = static_cast<int64_t>(code_length);
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT SUBSTRING(c.scope, 17), c.organizations FROM organization_counts c JOIN "
          "(SELECT scope, MAX(day) AS day FROM organization_counts WHERE scope > ? AND scope < ? "
          "AND LENGTH(scope) = 16 + ? AND kind = '' AND level = '' AND state = 'STATE_ACTIVE' AND "
          "day <= ? GROUP BY scope) latest ON latest.scope = c.scope AND latest.day = c.day WHERE "
          "c.kind = '' AND c.level = '' AND c.state = 'STATE_ACTIVE' UNION ALL SELECT "
          "LEFT(division, ?) AS place, SUM(change_count) FROM organization_count_changes WHERE "
          "day <= ? AND state = 'STATE_ACTIVE' AND LENGTH(division) >= ? AND LOCATE(?, path) > 0 "
          "AND MOD(LOCATE(?, path) - 1, 16) = 0 GROUP BY place",
          {from, to, length, day, length, day, length, id, id}));
  std::map<std::string, int64_t> counts;
  while (rows.Next()) counts[rows.Bytes(0)] += rows.Int(1);
  return counts;
}

absl::Status CountIn(mysql::Connection& connection, std::string_view division, absl::CivilDay day,
                     Tally& tally) {
  return Count(connection, division, day, "LEFT(division, ?) = ?",
               {static_cast<int64_t>(division.size()), division}, tally);
}

v1::OrganizationStatistics StatisticsOf(const std::string& scope, absl::CivilDay day,
                                        const Tally& tally) {
  v1::OrganizationStatistics statistics;
  statistics.set_scope(scope);
  *statistics.mutable_date() = clock::ToDate(day);
  for (const auto& [key, organizations] : tally) {
    if (organizations == 0) continue;
    v1::OrganizationStatistics::Count& count = *statistics.add_counts();
    count.set_kind(std::get<0>(key));
    count.set_level(std::get<1>(key));
    count.set_state(std::get<2>(key));
    count.set_count(organizations);
    if (count.state() == v1::Organization::STATE_ACTIVE)
      statistics.set_active_count(statistics.active_count() + organizations);
  }
  return statistics;
}

}  // namespace qinglian::organization
