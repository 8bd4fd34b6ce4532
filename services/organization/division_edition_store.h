// What the generic store does not know of editions of the divisions: their rows, and their plans.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/division_edition_service.pb.h"
#include "services/organization/division_store.h"

namespace qinglian::organization {

// Storage of editions. Thread-safe: it holds no state. The caller has locked the edition.
class DivisionEditionStore : public resource::Store<v1::DivisionEdition> {
 public:
  // Whether another edition is being applied.
  absl::StatusOr<bool> AnotherApplying(mysql::Connection& connection,
                                       std::string_view edition) const;

  // Takes rows in; answers how many the edition has now.
  absl::StatusOr<int32_t> AddRows(mysql::Connection& connection,
                                  const v1::AddDivisionEditionRowsRequest& request) const;

  // What must hold before a plan is made.
  struct PlanFacts {
    bool complete = false;
    bool parents_known = false;
    bool heirs_known = false;
    bool not_older = false;
  };
  absl::StatusOr<PlanFacts> FactsToPlan(mysql::Connection& connection,
                                        const v1::DivisionEdition& edition) const;

  // Compares the rows with what is there, keeps every change, and counts them. Stops where there
  // are more than kMaxPlanned.
  absl::StatusOr<v1::DivisionEdition::Counts> Plan(mysql::Connection& connection,
                                                   const v1::DivisionEdition& edition) const;

  // Whether every division of the plan is as it was when the plan was made.
  absl::StatusOr<bool> PlanStands(mysql::Connection& connection, std::string_view edition) const;

  // Applies the next changes, by code, so that parents come before their parts; answers how many,
  // fewer than kAppliedAtOnce at the end.
  static constexpr int kAppliedAtOnce = 2'000;
  absl::StatusOr<int32_t> ApplyNext(journal::Transaction& tx, std::string_view edition) const;

  // The next changes after a code.
  absl::StatusOr<std::vector<v1::DivisionEditionChange>> Changes(
      mysql::Connection& connection, std::string_view edition, v1::DivisionEditionChange::Kind kind,
      std::string_view after, int limit) const;

  // The names of editions that are being applied.
  absl::StatusOr<std::vector<std::string>> Applying(mysql::Connection& connection) const;

 private:
  absl::Status PlanRows(mysql::Connection& connection, const v1::DivisionEdition& edition,
                        v1::DivisionEdition::Counts& counts) const;
  absl::Status PlanMissing(mysql::Connection& connection, const v1::DivisionEdition& edition,
                           v1::DivisionEdition::Counts& counts) const;
  // Fills what a division that has no row goes on as; whether that is itself under another code.
  absl::StatusOr<bool> FindHeirs(mysql::Connection& connection, std::string_view edition,
                                 std::string_view code, v1::Division& after) const;
  absl::Status Keep(mysql::Connection& connection, std::string_view edition,
                    const v1::Division* before, const v1::Division& after, bool recoded,
                    v1::DivisionEdition::Counts& counts) const;

  DivisionStore divisions_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_STORE_H_
