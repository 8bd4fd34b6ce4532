#include "services/organization/division_edition_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "services/organization/division_edition_rules.h"

namespace qinglian::organization {
namespace {

using Change = v1::DivisionEditionChange;

constexpr int kPage = 1'000;
mysql::Param OrNull(std::string_view text) {
  return text.empty() ? mysql::Param(nullptr) : mysql::Param(text);
}

// The codes [code of the edition's division, end): all where it is the whole country.
struct Range {
  std::string from;
  std::string to;
};
Range RangeOf(const v1::DivisionEdition& edition) {
  const std::string code(DivisionCodeOf(edition.division()));
  return {code, code + ":"};  // the character after the digits
}

std::string JoinKinds(const Change& change) {
  std::vector<std::string> names;
  for (const int kind : change.kinds())
    names.push_back(Change::Kind_Name(static_cast<Change::Kind>(kind)));
  return absl::StrJoin(names, ",");
}

}  // namespace

absl::StatusOr<bool> DivisionEditionStore::AnotherApplying(mysql::Connection& connection,
                                                           std::string_view edition) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> applying, Applying(connection));
  return std::any_of(applying.begin(), applying.end(),
                     [&](const std::string& name) { return name != edition; });
}

absl::StatusOr<std::vector<std::string>> DivisionEditionStore::Applying(
    mysql::Connection& connection) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT id FROM division_editions WHERE state = 'STATE_APPLYING'"));
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan().type().NameOf(rows.Bytes(0)));
  return names;
}

absl::StatusOr<int32_t> DivisionEditionStore::AddRows(
    mysql::Connection& connection, const v1::AddDivisionEditionRowsRequest& request) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(request.name()));
  for (const auto& row : request.rows()) {
    const std::string_view code = DivisionCodeOf(row.division().name());
    RETURN_IF_ERROR(
        connection
            .Execute("INSERT INTO division_edition_rows (edition, code, display_name, level, "
                     "parent) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE display_name = "
                     "VALUES(display_name), level = VALUES(level), parent = VALUES(parent)",
                     {id, code, row.division().display_name(),
                      v1::Division::Level_Name(row.division().level()),
                      OrNull(DivisionCodeOf(row.division().parent()))})
            .status());
    RETURN_IF_ERROR(
        connection
            .Execute("DELETE FROM division_edition_heirs WHERE edition = ? AND heir = ?",
                     {id, code})
            .status());
    for (const std::string& former : row.former_codes()) {
      RETURN_IF_ERROR(
          connection
              .Execute("INSERT INTO division_edition_heirs (edition, code, heir) VALUES (?, ?, ?)",
                       {id, former, code})
              .status());
    }
  }
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT COUNT(*) FROM division_edition_rows WHERE edition = ?", {id}));
  rows.Next();
  return static_cast<int32_t>(rows.Int(0));
}

absl::StatusOr<DivisionEditionStore::PlanFacts> DivisionEditionStore::FactsToPlan(
    mysql::Connection& connection, const v1::DivisionEdition& edition) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(edition.name()));
  const Range range = RangeOf(edition);
  const auto none = [&](const char* sql, std::vector<mysql::Param> params) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
    return !rows.Next();
  };
  PlanFacts facts;
  ASSIGN_OR_RETURN(const bool lacking,
                   none("SELECT 1 FROM division_edition_rows WHERE edition = ? AND (? = '' OR "
                        "code = ?) LIMIT 1",
                        {id, range.from, range.from}));
  facts.complete = !lacking;
  ASSIGN_OR_RETURN(
      facts.parents_known,
      none("SELECT 1 FROM division_edition_rows r LEFT JOIN division_edition_rows p ON "
           "p.edition = r.edition AND p.code = r.parent LEFT JOIN divisions d ON d.id = r.parent "
           "AND d.state = 'STATE_ACTIVE' AND NOT (d.id >= ? AND d.id < ?) WHERE r.edition = ? AND "
           "r.parent IS NOT NULL AND p.code IS NULL AND d.id IS NULL LIMIT 1",
           {range.from, range.to, id}));
  ASSIGN_OR_RETURN(
      facts.heirs_known,
      none("SELECT 1 FROM division_edition_heirs h LEFT JOIN divisions d ON d.id = h.code AND "
           "d.state = 'STATE_ACTIVE' AND d.id >= ? AND d.id < ? LEFT JOIN division_edition_rows r "
           "ON r.edition = h.edition AND r.code = h.code WHERE h.edition = ? AND (d.id IS NULL OR "
           "r.code IS NOT NULL) LIMIT 1",
           {range.from, range.to, id}));
  ASSIGN_OR_RETURN(facts.not_older,
                   none("SELECT 1 FROM divisions WHERE id >= ? AND id < ? AND vintage > ? LIMIT 1",
                        {range.from, range.to, static_cast<int64_t>(edition.vintage())}));
  return facts;
}

absl::StatusOr<v1::DivisionEdition::Counts> DivisionEditionStore::Plan(
    mysql::Connection& connection, const v1::DivisionEdition& edition) const {
  v1::DivisionEdition::Counts counts;
  RETURN_IF_ERROR(PlanRows(connection, edition, counts));
  RETURN_IF_ERROR(PlanMissing(connection, edition, counts));
  return counts;
}

absl::Status DivisionEditionStore::PlanRows(mysql::Connection& connection,
                                            const v1::DivisionEdition& edition,
                                            v1::DivisionEdition::Counts& counts) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(edition.name()));
  int64_t changed = 0;
  std::string after;
  for (bool more = true; more && changed <= kMaxPlanned;) {
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query(
            absl::StrCat("SELECT r.code, r.display_name, r.level, r.parent FROM "
                         "division_edition_rows r LEFT JOIN divisions d ON d.id = r.code WHERE "
                         "r.edition = ? AND r.code > ? AND (d.id IS NULL OR "
                         "d.state <> 'STATE_ACTIVE' OR d.display_name <> r.display_name OR "
                         "d.level <> r.level OR NOT d.parent <=> r.parent) ORDER BY r.code LIMIT ",
                         kPage),
            {id, after}));
    more = rows.size() == static_cast<size_t>(kPage);
    while (rows.Next()) {
      after = rows.Bytes(0);
      ++changed;
      const absl::StatusOr<v1::Division> before = divisions_.Get(connection, DivisionNameOf(after));
      if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
      v1::Division division = before.value_or(v1::Division());
      division.set_name(DivisionNameOf(after));
      division.set_display_name(rows.Bytes(1));
      v1::Division::Level level = v1::Division::LEVEL_UNSPECIFIED;
      v1::Division::Level_Parse(rows.Bytes(2), &level);
      division.set_level(level);
      division.set_parent(DivisionNameOf(rows.Bytes(3)));
      division.set_vintage(edition.vintage());
      division.set_state(v1::Division::STATE_ACTIVE);
      division.clear_successors();
      RETURN_IF_ERROR(
          Keep(connection, id, before.ok() ? &*before : nullptr, division, false, counts));
    }
  }
  counts.set_unchanged(static_cast<int32_t>(edition.row_count() - changed));
  return absl::OkStatus();
}

absl::Status DivisionEditionStore::PlanMissing(mysql::Connection& connection,
                                               const v1::DivisionEdition& edition,
                                               v1::DivisionEdition::Counts& counts) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(edition.name()));
  const Range range = RangeOf(edition);
  int64_t changed = 0;
  std::string after;
  for (bool more = true; more && changed <= kMaxPlanned;) {
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query(
            absl::StrCat("SELECT d.id FROM divisions d LEFT JOIN division_edition_rows r ON "
                         "r.edition = ? AND r.code = d.id WHERE d.id > ? AND d.id >= ? AND "
                         "d.id < ? AND d.state = 'STATE_ACTIVE' AND r.code IS NULL ORDER BY d.id "
                         "LIMIT ",
                         kPage),
            {id, after, range.from, range.to}));
    more = rows.size() == static_cast<size_t>(kPage);
    while (rows.Next()) {
      after = rows.Bytes(0);
      ++changed;
      ASSIGN_OR_RETURN(const v1::Division before,
                       divisions_.Get(connection, DivisionNameOf(after)));
      v1::Division gone = before;
      gone.set_vintage(edition.vintage());
      ASSIGN_OR_RETURN(const bool recoded, FindHeirs(connection, id, after, gone));
      RETURN_IF_ERROR(Keep(connection, id, &before, gone, recoded, counts));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> DivisionEditionStore::FindHeirs(mysql::Connection& connection,
                                                     std::string_view edition,
                                                     std::string_view code,
                                                     v1::Division& after) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT h.heir, (SELECT COUNT(*) FROM division_edition_heirs o WHERE "
          "o.edition = h.edition AND o.heir = h.heir), EXISTS (SELECT 1 FROM divisions d WHERE "
          "d.id = h.heir AND d.state = 'STATE_ACTIVE') FROM division_edition_heirs h WHERE "
          "h.edition = ? AND h.code = ? ORDER BY h.heir",
          {edition, code}));
  after.set_state(rows.size() == 0 ? v1::Division::STATE_RETIRED : v1::Division::STATE_MERGED);
  bool recoded = rows.size() == 1;
  while (rows.Next()) {
    after.add_successors(DivisionNameOf(rows.Bytes(0)));
    recoded &= rows.Int(1) == 1 && !rows.Bool(2);
  }
  return recoded;
}

absl::Status DivisionEditionStore::Keep(mysql::Connection& connection, std::string_view edition,
                                        const v1::Division* before, const v1::Division& after,
                                        bool recoded, v1::DivisionEdition::Counts& counts) const {
  Change change;
  for (const Change::Kind kind : KindsOf(before, after, recoded)) change.add_kinds(kind);
  *change.mutable_after() = after;
  ASSIGN_OR_RETURN(mysql::Rows working,
                   connection.Query("SELECT COUNT(*) FROM organizations WHERE division = ? AND "
                                    "state = 'STATE_ACTIVE'",
                                    {DivisionCodeOf(after.name())}));
  working.Next();
  change.set_organization_count(working.Int(0));
  Count(change, counts);
  ASSIGN_OR_RETURN(mysql::Rows known, connection.Query("SELECT version FROM divisions WHERE id = ?",
                                                       {DivisionCodeOf(after.name())}));
  const mysql::Param version = known.Next() ? mysql::Param(known.Int(0)) : mysql::Param(nullptr);
  return connection
      .Execute(
          "INSERT INTO division_edition_changes (edition, code, kinds, version_before, "
          "division_before, division_after, organizations, applied) VALUES (?, ?, ?, ?, ?, "
          "?, ?, FALSE)",
          {edition, DivisionCodeOf(after.name()), JoinKinds(change), version,
           before == nullptr ? std::string() : before->SerializeAsString(),
           after.SerializeAsString(), change.organization_count()})
      .status();
}

absl::StatusOr<bool> DivisionEditionStore::PlanStands(mysql::Connection& connection,
                                                      std::string_view edition) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(edition));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM division_edition_changes c LEFT JOIN divisions d ON "
                       "d.id = c.code WHERE c.edition = ? AND NOT d.version <=> c.version_before "
                       "LIMIT 1",
                       {id}));
  return !rows.Next();
}

absl::StatusOr<int32_t> DivisionEditionStore::ApplyNext(journal::Transaction& tx,
                                                        std::string_view edition) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(edition));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      tx.connection().Query(
          absl::StrCat("SELECT division_after, version_before FROM division_edition_changes WHERE "
                       "edition = ? AND NOT applied ORDER BY code LIMIT ",
                       kAppliedAtOnce),
          {id}));
  std::vector<v1::Division> fresh;
  std::string last;
  const int32_t applied = static_cast<int32_t>(rows.size());
  while (rows.Next()) {
    v1::Division after;
    if (!after.ParseFromString(rows.Bytes(0))) return absl::InternalError("a plan cannot be read");
    last = DivisionCodeOf(after.name());
    if (rows.IsNull(1)) {
      fresh.push_back(std::move(after));
      continue;
    }
    ASSIGN_OR_RETURN(const v1::Division before, divisions_.Lock(tx, after.name()));
    RETURN_IF_ERROR(divisions_.Change(tx, before, std::move(after)).status());
  }
  if (!fresh.empty()) RETURN_IF_ERROR(divisions_.CreateMany(tx, fresh));
  RETURN_IF_ERROR(tx.connection()
                      .Execute("UPDATE division_edition_changes SET applied = TRUE WHERE "
                               "edition = ? AND code <= ?",
                               {id, last})
                      .status());
  return applied;
}

absl::StatusOr<std::vector<Change>> DivisionEditionStore::Changes(mysql::Connection& connection,
                                                                  std::string_view edition,
                                                                  Change::Kind kind,
                                                                  std::string_view after,
                                                                  int limit) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(edition));
  const std::string wanted = kind == Change::KIND_UNSPECIFIED ? "" : Change::Kind_Name(kind);
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT kinds, division_before, division_after, organizations "
                       "FROM division_edition_changes WHERE edition = ? AND code > ? "
                       "AND (? = '' OR FIND_IN_SET(?, kinds) > 0) ORDER BY code LIMIT ",
                       limit),
          {id, after, wanted, wanted}));
  std::vector<Change> changes;
  while (rows.Next()) {
    Change& change = changes.emplace_back();
    for (const absl::string_view name : absl::StrSplit(rows.Bytes(0), ',', absl::SkipEmpty())) {
      Change::Kind one = Change::KIND_UNSPECIFIED;
      Change::Kind_Parse(std::string(name), &one);
      change.add_kinds(one);
    }
    const std::string before = rows.Bytes(1);
    if (!before.empty() && !change.mutable_before()->ParseFromString(before))
      return absl::InternalError("a plan cannot be read");
    if (!change.mutable_after()->ParseFromString(rows.Bytes(2)))
      return absl::InternalError("a plan cannot be read");
    change.set_organization_count(rows.Int(3));
  }
  return changes;
}

}  // namespace qinglian::organization
