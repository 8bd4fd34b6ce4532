#include "tests/bench/sibling.h"

#include "absl/strings/str_cat.h"
#include "migrations/organization_migrations.h"
#include "tests/bench/bare.h"

namespace qinglian::bench {

Sibling::Sibling(const mysql::Options& of) : database_(organization::Migrations()) {
  const auto connection = OpenBare(options());
  for (const char* table : kOrganizationTables) {
    RunBare(*connection,
            absl::StrCat("INSERT INTO ", table, " SELECT * FROM ", of.schema, ".", table));
  }
}

}  // namespace qinglian::bench
