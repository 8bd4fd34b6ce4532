// A second schema beside a service's own, with the same tables and rows, that no service knows.
#ifndef QINGLIAN_TESTS_BENCH_SIBLING_H_
#define QINGLIAN_TESTS_BENCH_SIBLING_H_

#include <string>

#include "common/mysql/options.h"
#include "tests/support/database.h"

namespace qinglian::bench {

// What an organization is kept in.
inline constexpr const char* kOrganizationTables[] = {"organizations", "organization_versions",
                                                      "organization_identifiers",
                                                      "organization_pieces", "journal"};

class Sibling {
 public:
  // Of the schema of organization.
  explicit Sibling(const mysql::Options& of);

  const mysql::Options& options() const { return database_.options(); }

 private:
  test::TestDatabase database_;
};

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_SIBLING_H_
