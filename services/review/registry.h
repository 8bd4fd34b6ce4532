// What this service asks of the registry of organizations and of supervision, answered from what it
// follows of them: read from SQL in the transaction of the write, never from memory.
#ifndef QINGLIAN_SERVICES_REVIEW_REGISTRY_H_
#define QINGLIAN_SERVICES_REVIEW_REGISTRY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/calendar/calendar.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/record/record.h"
#include "services/review/application_rules.h"
#include "services/review/step.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class Registry {
 public:
  // REFERENCE_NOT_FOUND with the field where the organization or person is not known. Empty names
  // are known.
  absl::Status CheckOrganization(mysql::Connection& connection, std::string_view field,
                                 std::string_view organization) const;
  absl::Status CheckPerson(mysql::Connection& connection, std::string_view field,
                           std::string_view person) const;

  // REFERENCE_NOT_FOUND with the field and the digest (64 hexadecimal digits) where it is not that
  // of an evidence file that was uploaded.
  absl::Status CheckEvidence(mysql::Connection& connection, std::string_view field,
                             std::string_view digest) const;

  // Whether the person is known and at work.
  absl::StatusOr<bool> AtWork(mysql::Connection& connection, std::string_view person) const;
  // Whether the person works in the organization or below it.
  absl::StatusOr<bool> WorksIn(mysql::Connection& connection, std::string_view person,
                               std::string_view organization) const;
  // Whether the actor or whom he acts for works in the organization or below it.
  absl::StatusOr<bool> IsWithin(mysql::Connection& connection, const lifecycle::Actor& actor,
                                std::string_view organization) const;

  // The caller, and on which side he stands; a side without an organization is nobody's.
  absl::StatusOr<Step> StepOf(journal::Transaction& tx, std::string_view organizer,
                              std::string_view applicant = "") const;

  // Kind and level of an organization, as the registry names them; empty where it is not known.
  struct Body {
    std::string kind;
    std::string level;
  };
  absl::StatusOr<Body> BodyOf(mysql::Connection& connection, std::string_view organization) const;

  // The names of the organizations that answer for what concerns `organization`: itself, and the
  // unit of which it is an office or a party body.
  absl::StatusOr<std::vector<std::string>> UnitsOf(mysql::Connection& connection,
                                                   std::string_view organization) const;

  // The serious cases that are open and the rectification items that are overdue on `today`, about
  // the unit and its offices and party bodies.
  absl::StatusOr<SupervisionFacts> SupervisionOf(mysql::Connection& connection,
                                                 std::string_view unit, absl::CivilDay today) const;

  // The working calendar: the years known when the program was built, and what supervision has
  // entered since, which goes before.
  absl::StatusOr<calendar::Calendar> WorkingCalendar(mysql::Connection& connection) const;

  // The condition that a resource belongs to `root` or an organization below it; none where `root`
  // is empty. NOT_FOUND where it is not known.
  absl::StatusOr<std::vector<paging::Condition>> BelongsToSubtree(mysql::Connection& connection,
                                                                  const record::Plan& plan,
                                                                  std::string_view root) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_REGISTRY_H_
