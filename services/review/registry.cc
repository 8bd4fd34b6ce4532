#include "services/review/registry.h"

#include <map>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/journal/actor.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/follower/registry.h"
#include "services/review/query.h"

namespace qinglian::review {
namespace {

namespace follower = organization::follower;
using organization::v1::Division;
using organization::v1::Organization;

// The organizations that belong to a unit: itself, its offices and party bodies, and theirs.
constexpr char kOfUnit[] =
    "(SELECT o.id FROM known_organizations o LEFT JOIN known_organizations p ON p.id = o.parent "
    "WHERE o.id = ? OR (o.kind IN ('KIND_INTERNAL_OFFICE', 'KIND_PARTY_BODY') AND (o.parent = ? "
    "OR (p.parent = ? AND p.kind IN ('KIND_INTERNAL_OFFICE', 'KIND_PARTY_BODY')))))";

absl::Status Check(const absl::StatusOr<bool>& known, std::string_view field,
                   std::string_view name) {
  RETURN_IF_ERROR(known.status());
  if (*known) return absl::OkStatus();
  return status::Error(status::kReferenceNotFound,
                       {{"field", std::string(field)}, {"resource", std::string(name)}});
}

bool IsPart(Organization::Kind kind) {
  return kind == Organization::KIND_INTERNAL_OFFICE || kind == Organization::KIND_PARTY_BODY;
}

// Counts the rows and adds what they are to `seen`.
int Gather(mysql::Rows& rows, std::string& seen) {
  int count = 0;
  while (rows.Next()) {
    absl::StrAppend(&seen, absl::BytesToHexString(rows.Bytes(0)), " ", rows.Int(1), "\n");
    ++count;
  }
  return count;
}

}  // namespace

absl::Status Registry::CheckOrganization(mysql::Connection& connection, std::string_view field,
                                         std::string_view organization) const {
  if (organization.empty()) return absl::OkStatus();
  return Check(follower::OrganizationExists(connection, organization), field, organization);
}

absl::Status Registry::CheckPerson(mysql::Connection& connection, std::string_view field,
                                   std::string_view person) const {
  if (person.empty()) return absl::OkStatus();
  return Check(follower::PersonExists(connection, person), field, person);
}

absl::Status Registry::CheckEvidence(mysql::Connection& connection, std::string_view field,
                                     std::string_view digest) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM known_evidence_files WHERE digest = ? LIMIT 1", {digest}));
  return Check(rows.Next(), field, digest);
}

absl::StatusOr<bool> Registry::AtWork(mysql::Connection& connection,
                                      std::string_view person) const {
  return follower::PersonExists(connection, person);
}

absl::StatusOr<bool> Registry::WorksIn(mysql::Connection& connection, std::string_view person,
                                       std::string_view organization) const {
  return follower::PersonInSubtree(connection, person, organization);
}

absl::StatusOr<bool> Registry::IsWithin(mysql::Connection& connection,
                                        const lifecycle::Actor& actor,
                                        std::string_view organization) const {
  ASSIGN_OR_RETURN(const bool himself, WorksIn(connection, actor.name, organization));
  if (himself || actor.acting_for.empty()) return himself;
  return WorksIn(connection, actor.acting_for, organization);
}

absl::StatusOr<Step> Registry::StepOf(journal::Transaction& tx, std::string_view organizer,
                                      std::string_view applicant) const {
  Step step{.actor = journal::ActorOf(tx), .business_now = tx.business_now()};
  if (!organizer.empty()) {
    ASSIGN_OR_RETURN(step.organizer_side, WorksIn(tx.connection(), step.actor.holder(), organizer));
  }
  if (!applicant.empty()) {
    ASSIGN_OR_RETURN(step.applicant_side, WorksIn(tx.connection(), step.actor.holder(), applicant));
    // An applicant may lie below the organizer: its people do not decide on it for him.
    ASSIGN_OR_RETURN(const bool within, IsWithin(tx.connection(), step.actor, applicant));
    step.organizer_side = step.organizer_side && !within;
  }
  return step;
}

absl::StatusOr<Registry::Body> Registry::BodyOf(mysql::Connection& connection,
                                                std::string_view organization) const {
  ASSIGN_OR_RETURN(const std::optional<follower::KnownOrganization> known,
                   follower::FindOrganization(connection, organization));
  if (!known.has_value()) return Body{};
  return Body{.kind = Organization::Kind_Name(known->kind),
              .level = Division::Level_Name(known->level)};
}

absl::StatusOr<std::vector<std::string>> Registry::UnitsOf(mysql::Connection& connection,
                                                           std::string_view organization) const {
  std::vector<std::string> units = {std::string(organization)};
  // An office of a party body of a unit is as deep as it goes.
  for (int depth = 0; depth < 2; ++depth) {
    ASSIGN_OR_RETURN(const std::optional<follower::KnownOrganization> known,
                     follower::FindOrganization(connection, units.back()));
    if (!known.has_value() || !IsPart(known->kind) || known->parent.empty()) break;
    units.push_back(known->parent);
  }
  return units;
}

absl::StatusOr<calendar::Calendar> Registry::WorkingCalendar(mysql::Connection& connection) const {
  std::map<absl::CivilDay, calendar::Kind> days;
  for (const calendar::Row& row : calendar::Calendar::EmbeddedRows()) days[row.day] = row.kind;
  ASSIGN_OR_RETURN(mysql::Rows known,
                   connection.Query("SELECT date, kind FROM known_calendar_days", {}));
  while (known.Next()) {
    const std::string kind = known.Bytes(1);
    if (kind == "KIND_HOLIDAY") {
      days[known.Day(0)] = calendar::Kind::kHoliday;
    } else if (kind == "KIND_MAKE_UP_WORKDAY") {
      days[known.Day(0)] = calendar::Kind::kWorkday;
    } else {
      days.erase(known.Day(0));
    }
  }
  std::vector<calendar::Row> rows;
  for (const auto& [day, kind] : days) rows.push_back({.day = day, .kind = kind, .name = {}});
  return calendar::Calendar::FromRows(rows);
}

absl::StatusOr<SupervisionFacts> Registry::SupervisionOf(mysql::Connection& connection,
                                                         std::string_view unit,
                                                         absl::CivilDay today) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(unit));
  SupervisionFacts facts;
  std::string seen;
  ASSIGN_OR_RETURN(
      mysql::Rows cases,
      connection.Query(absl::StrCat("SELECT id, version FROM known_cases WHERE severity = "
                                    "'SEVERITY_SERIOUS' AND state NOT IN ('STATE_CLOSED', "
                                    "'STATE_DECLINED') AND subject_organization IN ",
                                    kOfUnit, " ORDER BY id"),
                       {id, id, id}));
  facts.open_serious_cases = Gather(cases, seen);
  ASSIGN_OR_RETURN(
      mysql::Rows items,
      connection.Query(absl::StrCat("SELECT id, version FROM known_rectification_items WHERE state "
                                    "NOT IN ('STATE_CLOSED_OUT', 'STATE_EXCUSED') AND deadline < ? "
                                    "AND organization IN ",
                                    kOfUnit, " ORDER BY id"),
                       {today, id, id, id}));
  facts.overdue_items = Gather(items, seen);
  facts.digest = absl::BytesToHexString(crypto::Sha256(seen));
  return facts;
}

absl::StatusOr<std::vector<paging::Condition>> Registry::BelongsToSubtree(
    mysql::Connection& connection, const record::Plan& plan, std::string_view root) const {
  return follower::SubtreeCondition(connection, plan, root);
}

}  // namespace qinglian::review
