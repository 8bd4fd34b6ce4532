#include "services/organization/coverage_facts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

// Each answers subject, organization and day of the facts of one kind; `{ids}` stands for the
// organizations that are looked at.

// Committees and governments have organs of their own, offices and stations lie within one.
constexpr char kOrgans[] =
    "SELECT o.id, o.id, '1000-01-01' FROM organizations o WHERE o.id IN ({ids}) AND "
    "o.state = 'STATE_ACTIVE' AND o.kind IN ('KIND_PARTY_DEPARTMENT', 'KIND_PEOPLES_CONGRESS', "
    "'KIND_GOVERNMENT_DEPARTMENT', 'KIND_CPPCC', 'KIND_COURT', 'KIND_PROCURATORATE', "
    "'KIND_MASS_ORGANIZATION', 'KIND_WORKING_COMMITTEE_OF_ORGANS', "
    "'KIND_DISCIPLINE_INSPECTION_COMMISSION', 'KIND_PUBLIC_INSTITUTION') AND NOT EXISTS (SELECT 1 "
    "FROM organizations p WHERE p.parent = o.id AND p.kind = 'KIND_PARTY_BODY' AND "
    "p.state = 'STATE_ACTIVE')";

// A party body in which nobody holds an office, whose name follows.
constexpr char kOfficeless[] =
    "SELECT o.id, o.id, '1000-01-01' FROM organizations o WHERE o.id IN ({ids}) AND "
    "o.state = 'STATE_ACTIVE' AND o.kind = 'KIND_PARTY_BODY' AND NOT EXISTS (SELECT 1 FROM posts p "
    "JOIN assignments a ON a.post = p.id AND a.state = 'STATE_CURRENT' AND a.acting = 0 WHERE "
    "p.organization = o.id AND p.state = 'STATE_ACTIVE' AND p.party_office = '{office}')";

constexpr char kTerms[] =
    "SELECT t.id, t.organization, t.due_date FROM terms_of_office t WHERE t.organization IN "
    "({ids}) AND t.state = 'STATE_CURRENT'";

constexpr char kVacancies[] =
    "SELECT p.id, p.organization, '1000-01-01' FROM posts p WHERE p.organization IN ({ids}) AND "
    "p.state = 'STATE_ACTIVE' AND (SELECT COUNT(*) FROM assignments a WHERE a.post = p.id AND "
    "a.state = 'STATE_CURRENT' AND a.acting = 0) < GREATEST(p.head_count, 1)";

// A post that owes a letter: whoever is led by nobody only issues.
constexpr char kOwing[] =
    "p.state = 'STATE_ACTIVE' AND (p.`rank` IN ('RANK_LEADER_IN_CHARGE', 'RANK_OFFICE_HEAD') OR "
    "(p.`rank` = 'RANK_PRINCIPAL_LEADER' AND EXISTS (SELECT 1 FROM organizations o WHERE "
    "o.id = p.organization AND o.parent IS NOT NULL)))";

constexpr char kOwed[] =
    "SELECT p.id, p.organization, '1000-01-01' FROM posts p WHERE p.organization IN ({ids}) AND "
    "{owing}";

// Also of years that have passed, and not where the post has changed hands since.
constexpr char kInForce[] =
    "SELECT DISTINCT p.id, p.organization, MAKEDATE(l.year, 1) FROM posts p JOIN "
    "responsibility_letters l ON l.signatory_post = p.id AND l.state IN ('STATE_IN_FORCE', "
    "'STATE_EXPIRED') AND l.re_sign_required = 0 AND l.delete_time IS NULL WHERE "
    "p.organization IN ({ids}) AND {owing}";

constexpr char kTalks[] =
    "SELECT a.id, a.organization, '1000-01-01' FROM assignments a WHERE a.organization IN ({ids}) "
    "AND a.state = 'STATE_CURRENT' AND a.`rank` IN ('RANK_PRINCIPAL_LEADER', "
    "'RANK_LEADER_IN_CHARGE') AND NOT EXISTS (SELECT 1 FROM appointment_talks t WHERE "
    "t.assignment = a.id AND t.state = 'STATE_HELD')";

struct Finder {
  std::string kind;
  std::string sql;
};

const std::vector<Finder>& Finders() {
  static const auto& finders = *[] {
    const std::string places = absl::StrJoin(std::vector<const char*>(kLookedAtOnce, "?"), ", ");
    const auto officeless = [](const char* office) {
      return absl::StrReplaceAll(kOfficeless, {{"{office}", office}});
    };
    auto* made = new std::vector<Finder>{
        {std::string(kOrganWithoutPartyBody), kOrgans},
        {std::string(kWithoutSecretary), officeless("PARTY_OFFICE_SECRETARY")},
        {std::string(kWithoutDisciplineCommissioner),
         officeless("PARTY_OFFICE_DISCIPLINE_COMMISSIONER")},
        {std::string(kTermEnds), kTerms},
        {std::string(kPostVacant), kVacancies},
        {std::string(kLetterOwed), kOwed},
        {std::string(kLetterInForce), kInForce},
        {std::string(kTalkMissing), kTalks}};
    for (Finder& finder : *made)
      finder.sql = absl::StrReplaceAll(finder.sql, {{"{owing}", kOwing}, {"{ids}", places}});
    return made;
  }();
  return finders;
}

}  // namespace

std::vector<mysql::Param> FilledUp(const std::vector<std::string>& ids) {
  std::vector<mysql::Param> params;
  for (size_t i = 0; i < kLookedAtOnce; ++i) params.emplace_back(ids[std::min(i, ids.size() - 1)]);
  return params;
}

absl::StatusOr<std::set<CoverageFact>> FactsOf(mysql::Connection& connection,
                                               const std::vector<std::string>& ids) {
  std::set<CoverageFact> facts;
  for (const Finder& finder : Finders()) {
    ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(finder.sql, FilledUp(ids)));
    while (rows.Next()) facts.insert({finder.kind, rows.Bytes(0), rows.Bytes(1), rows.Day(2)});
  }
  return facts;
}

}  // namespace qinglian::organization
