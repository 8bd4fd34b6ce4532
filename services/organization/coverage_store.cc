#include "services/organization/coverage_store.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/access/path.h"
#include "common/mysql/insert.h"
#include "common/mysql/transact.h"
#include "common/status/macros.h"
#include "services/organization/coverage_facts.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

// How many changes are looked at in one transaction.
constexpr int kChanges = 2'000;
// A subtree of at most so many organizations is walked; in a greater one its facts are not rare.
constexpr int kWalked = 50'000;

// What is added to the counts of the scopes: by scope, kind and day.
using Deltas = std::map<std::tuple<std::string, std::string, absl::CivilDay>, int64_t>;

// `size` places in groups: "(?, ?), (?, ?)".
std::string Groups(size_t size, std::string_view group) {
  return absl::StrJoin(std::vector<std::string>(size, std::string(group)), ", ");
}

absl::Status Delete(mysql::Connection& connection, const std::vector<CoverageFact>& facts) {
  for (size_t done = 0; done < facts.size(); done += kLookedAtOnce) {
    std::vector<mysql::Param> values;
    for (size_t i = done; i < done + kLookedAtOnce; ++i) {
      const CoverageFact& fact = facts[std::min(i, facts.size() - 1)];
      values.insert(values.end(), {fact.kind, fact.subject, fact.organization, fact.day});
    }
    RETURN_IF_ERROR(connection
                        .Execute(absl::StrCat("DELETE FROM coverage_facts WHERE (kind, subject, "
                                              "organization, day) IN (",
                                              Groups(kLookedAtOnce, "(?, ?, ?, ?)"), ")"),
                                 values)
                        .status());
  }
  return absl::OkStatus();
}

absl::Status Add(mysql::Connection& connection, const Deltas& deltas) {
  std::vector<mysql::Param> values;
  for (const auto& [key, delta] : deltas) {
    if (delta == 0) continue;
    const auto& [scope, kind, day] = key;
    values.insert(values.end(), {scope, kind, day, delta});
  }
  return mysql::InsertRows(connection, "INSERT INTO coverage_counts (scope, kind, day, facts)", 4,
                           values, "ON DUPLICATE KEY UPDATE facts = facts + VALUES(facts)");
}

// The organizations above and at `id`, as they were counted; empty where `id` is.
absl::StatusOr<std::vector<std::string>> ChainOf(mysql::Connection& connection, std::string id) {
  std::vector<std::string> chain;
  while (!id.empty()) {
    chain.push_back(id);
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query("SELECT parent FROM coverage_places WHERE organization = ?", {id}));
    id = rows.Next() ? rows.Bytes(0) : "";
  }
  return chain;
}

// Takes what an organization holds from those above it and adds it to those it is below now.
absl::Status MovePlace(mysql::Connection& connection, const std::string& id,
                       const std::string& old_parent, const std::string& parent) {
  ASSIGN_OR_RETURN(const std::vector<std::string> from, ChainOf(connection, old_parent));
  ASSIGN_OR_RETURN(const std::vector<std::string> to, ChainOf(connection, parent));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT kind, day, facts FROM coverage_counts WHERE scope = ?", {id}));
  Deltas deltas;
  while (rows.Next()) {
    for (const std::string& above : from)
      deltas[{above, rows.Bytes(0), rows.Day(1)}] -= rows.Int(2);
    for (const std::string& above : to) deltas[{above, rows.Bytes(0), rows.Day(1)}] += rows.Int(2);
  }
  RETURN_IF_ERROR(Add(connection, deltas));
  return connection
      .Execute("UPDATE coverage_places SET parent = ? WHERE organization = ?",
               {parent.empty() ? mysql::Param(nullptr) : mysql::Param(parent), id})
      .status();
}

// As many at once as one statement looks at.
std::vector<std::vector<std::string>> Chunks(const std::vector<std::string>& ids) {
  std::vector<std::vector<std::string>> chunks;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i % kLookedAtOnce == 0) chunks.emplace_back();
    chunks.back().push_back(ids[i]);
  }
  return chunks;
}

// The paths of some organizations that exist, by id.
using Paths = std::map<std::string, std::string>;
absl::StatusOr<Paths> PathsOf(mysql::Connection& connection, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query(absl::StrCat("SELECT id, path FROM organizations WHERE id IN (",
                                                 Groups(kLookedAtOnce, "?"), ")"),
                                    FilledUp(ids)));
  Paths paths;
  while (rows.Next()) paths[rows.Bytes(0)] = rows.Bytes(1);
  return paths;
}

// The parents of some organizations as they were counted, by id; those that were not are left out.
absl::StatusOr<std::map<std::string, std::string>> CountedParents(
    mysql::Connection& connection, const std::vector<std::string>& ids) {
  std::map<std::string, std::string> parents;
  for (const std::vector<std::string>& chunk : Chunks(ids)) {
    ASSIGN_OR_RETURN(mysql::Rows rows,
                     connection.Query(absl::StrCat("SELECT organization, parent FROM "
                                                   "coverage_places WHERE organization IN (",
                                                   Groups(kLookedAtOnce, "?"), ")"),
                                      FilledUp(chunk)));
    while (rows.Next()) parents[rows.Bytes(0)] = rows.Bytes(1);
  }
  return parents;
}

// Brings the tree up to date along some paths, from the roots down: whatever is below, those above
// it are where they are now, so that no way up ever comes back to itself.
absl::Status Place(mysql::Connection& connection, const Paths& paths) {
  // By depth, and each with its parent.
  std::set<std::tuple<size_t, std::string, std::string>> places;
  for (const auto& [id, path] : paths) {
    for (size_t i = 0; i < path.size(); i += kPathStep) {
      places.emplace(i, path.substr(i, kPathStep),
                     i == 0 ? "" : path.substr(i - kPathStep, kPathStep));
    }
  }
  std::vector<std::string> ids;
  for (const auto& place : places) ids.push_back(std::get<1>(place));
  ASSIGN_OR_RETURN(const auto counted, CountedParents(connection, ids));
  // What is new holds nothing yet.
  std::vector<mysql::Param> fresh;
  for (const auto& [depth, id, parent] : places) {
    if (counted.contains(id)) continue;
    fresh.insert(fresh.end(), {id, parent.empty() ? mysql::Param(nullptr) : mysql::Param(parent)});
  }
  RETURN_IF_ERROR(mysql::InsertRows(
      connection, "INSERT INTO coverage_places (organization, parent)", 2, fresh));
  for (const auto& [depth, id, parent] : places) {
    const auto known = counted.find(id);
    if (known == counted.end() || known->second == parent) continue;
    RETURN_IF_ERROR(MovePlace(connection, id, known->second, parent));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<CoverageFact>> Kept(mysql::Connection& connection,
                                            const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT kind, subject, organization, day FROM coverage_facts "
                                    "WHERE organization IN (",
                                    Groups(kLookedAtOnce, "?"), ")"),
                       FilledUp(ids)));
  std::set<CoverageFact> kept;
  while (rows.Next()) kept.insert({rows.Bytes(0), rows.Bytes(1), rows.Bytes(2), rows.Day(3)});
  return kept;
}

// Writes what differs between the facts that were found and those that were kept.
absl::Status Replace(mysql::Connection& connection, const Paths& paths,
                     const std::set<CoverageFact>& kept, const std::set<CoverageFact>& found) {
  Deltas deltas;
  const auto count = [&](const CoverageFact& fact, int sign) {
    const std::string& path = paths.at(fact.organization);
    for (size_t i = 0; i < path.size(); i += kPathStep)
      deltas[{path.substr(i, kPathStep), fact.kind, fact.day}] += sign;
  };
  std::vector<mysql::Param> fresh;
  std::vector<CoverageFact> gone;
  for (const CoverageFact& fact : found) {
    if (kept.contains(fact)) continue;
    count(fact, 1);
    fresh.insert(fresh.end(), {fact.kind, fact.subject, fact.organization, fact.day});
  }
  for (const CoverageFact& fact : kept) {
    if (found.contains(fact)) continue;
    count(fact, -1);
    gone.push_back(fact);
  }
  RETURN_IF_ERROR(Delete(connection, gone));
  RETURN_IF_ERROR(mysql::InsertRows(
      connection, "INSERT INTO coverage_facts (kind, subject, organization, day)", 4, fresh));
  return Add(connection, deltas);
}

// Looks at some organizations anew, at most kLookedAtOnce.
absl::Status LookAt(mysql::Connection& connection, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const Paths paths, PathsOf(connection, ids));
  RETURN_IF_ERROR(Place(connection, paths));
  ASSIGN_OR_RETURN(const std::set<CoverageFact> kept, Kept(connection, ids));
  ASSIGN_OR_RETURN(const std::set<CoverageFact> found, FactsOf(connection, ids));
  return Replace(connection, paths, kept, found);
}

// The organizations that some changes concern, and up to where these are.
struct Concerned {
  std::set<std::string> organizations = {};
  int64_t changes = 0;
  uint64_t position = 0;
};

// Adds what some organizations lie right below, and lay when they were counted.
absl::Status AddParents(mysql::Connection& connection, const std::vector<std::string>& ids,
                        Concerned& concerned) {
  const std::string places = Groups(kLookedAtOnce, "?");
  for (const std::vector<std::string>& chunk : Chunks(ids)) {
    std::vector<mysql::Param> params = FilledUp(chunk);
    const std::vector<mysql::Param> again = params;
    params.insert(params.end(), again.begin(), again.end());
    ASSIGN_OR_RETURN(
        mysql::Rows parents,
        connection.Query(
            absl::StrCat("SELECT parent FROM organizations WHERE id IN (", places,
                         ") UNION ALL SELECT parent FROM coverage_places WHERE organization IN (",
                         places, ")"),
            params));
    while (parents.Next()) {
      if (!parents.IsNull(0)) concerned.organizations.insert(parents.Bytes(0));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Concerned> NextConcerned(mysql::Connection& connection, uint64_t position) {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT p.position, j.organization, j.kind FROM "
                                    "journal_position p JOIN journal j ON j.id = p.journal_id "
                                    "WHERE p.position > ? ORDER BY p.position LIMIT ",
                                    kChanges),
                       {position}));
  Concerned concerned{.changes = static_cast<int64_t>(rows.size()), .position = position};
  std::set<std::string> changed;
  while (rows.Next()) {
    concerned.position = rows.Uint(0);
    if (rows.IsNull(1)) continue;
    concerned.organizations.insert(rows.Bytes(1));
    if (rows.Bytes(2) == "qinglian.organization.v1.Organization") changed.insert(rows.Bytes(1));
  }
  // What an organization is missing may be what lies right below it.
  RETURN_IF_ERROR(AddParents(connection, {changed.begin(), changed.end()}, concerned));
  return concerned;
}

}  // namespace

absl::StatusOr<int64_t> CoverageStore::Follow(mysql::Session& session) {
  int64_t changes = 0;
  RETURN_IF_ERROR(mysql::Transact(session, {}, [&](mysql::Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query("SELECT position FROM coverage_progress WHERE id = 1 FOR UPDATE"));
    rows.Next();
    ASSIGN_OR_RETURN(const Concerned concerned, NextConcerned(connection, rows.Uint(0)));
    changes = concerned.changes;
    if (changes == 0) return absl::OkStatus();
    for (const std::vector<std::string>& ids :
         Chunks({concerned.organizations.begin(), concerned.organizations.end()})) {
      RETURN_IF_ERROR(LookAt(connection, ids));
    }
    return connection
        .Execute("UPDATE coverage_progress SET position = ? WHERE id = 1", {concerned.position})
        .status();
  }));
  return changes;
}

absl::StatusOr<uint64_t> CoverageStore::Position(mysql::Connection& connection) {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT position FROM coverage_progress WHERE id = 1"));
  rows.Next();
  return rows.Uint(0);
}

absl::StatusOr<CoverageStore::Counts> CoverageStore::CountsOf(mysql::Connection& connection,
                                                              std::string_view id) {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT kind, day, facts FROM coverage_counts WHERE scope = ? "
                                    "AND facts <> 0",
                                    {id}));
  Counts counts;
  while (rows.Next()) counts[{rows.Bytes(0), rows.Day(1)}] = rows.Int(2);
  return counts;
}

absl::StatusOr<std::vector<CoverageFact>> CoverageStore::List(mysql::Connection& connection,
                                                              std::string_view path,
                                                              const CoverageQuestion& question,
                                                              std::string_view after, int limit) {
  const std::string end = access::PathEnd(path);
  ASSIGN_OR_RETURN(
      mysql::Rows size,
      connection.Query(absl::StrCat("SELECT COUNT(*) FROM (SELECT 1 FROM organizations FORCE INDEX "
                                    "(organizations_by_path) WHERE path >= ? AND path < ? LIMIT ",
                                    kWalked + 1, ") counted"),
                       {path, end}));
  size.Next();
  const bool walk = size.Int(0) <= kWalked;
  std::string sql = absl::StrCat(
      "SELECT f.kind, f.subject, f.organization, f.day FROM ",
      walk ? "organizations o FORCE INDEX (organizations_by_path) STRAIGHT_JOIN coverage_facts f "
             "FORCE INDEX (coverage_facts_by_organization) ON f.organization = o.id "
           : "coverage_facts f FORCE INDEX (PRIMARY) STRAIGHT_JOIN organizations o ON "
             "o.id = f.organization ",
      "WHERE f.kind = ? AND f.subject > ? AND f.day >= ? AND f.day <= ? AND o.path >= ? AND "
      "o.path < ?");
  std::vector<mysql::Param> params = {question.kind, after, question.from,
                                      question.to,   path,  std::string_view(end)};
  if (question.unsigned_only) {
    absl::StrAppend(&sql,
                    " AND NOT EXISTS (SELECT 1 FROM coverage_facts signed WHERE signed.kind = ? "
                    "AND signed.subject = f.subject AND signed.organization = f.organization AND "
                    "signed.day = ?)");
    params.insert(params.end(), {kLetterInForce, question.year});
  }
  absl::StrAppend(&sql, " ORDER BY f.subject LIMIT ", limit);
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  std::vector<CoverageFact> facts;
  while (rows.Next()) facts.push_back({rows.Bytes(0), rows.Bytes(1), rows.Bytes(2), rows.Day(3)});
  return facts;
}

}  // namespace qinglian::organization
