// What the generic store does not know of divisions: what each edition has of them.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DIVISION_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DIVISION_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/division.pb.h"

namespace qinglian::organization {

// Storage of divisions. Thread-safe: it holds no state. All that changes a division goes through
// here, so that its editions are kept.
class DivisionStore : public resource::Store<v1::Division> {
 public:
  // Inserts many, which are new.
  absl::Status CreateMany(journal::Transaction& tx, std::vector<v1::Division>& divisions) const;

  // Writes what differs, as the edition of `after.vintage` has it.
  absl::StatusOr<v1::Division> Change(journal::Transaction& tx, const v1::Division& before,
                                      v1::Division after) const;

  // The rows of divisions as the edition of a year has them; those of the table where it is 0.
  paging::Condition AsOf(int32_t vintage) const;

  // Whether a division is one of the latest edition's.
  absl::StatusOr<bool> Exists(mysql::Connection& connection, std::string_view code) const;

 private:
  // Keeps some as they are in the table, by their codes: from the year of their vintage on.
  absl::Status KeepVersions(mysql::Connection& connection,
                            const std::vector<std::string>& codes) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DIVISION_STORE_H_
