#include "tests/bench/loads.h"

#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bare.h"
#include "tests/bench/process.h"
#include "tests/bench/sibling.h"

namespace qinglian::bench {
namespace {

// Writes the rows of a table that an import made, in the order in which it made them.
void Dump(sql::Connection& connection, const std::string& table, const std::string& source,
          const std::string& path) {
  const bool journal = table == "journal";
  const char* key = table == "organizations" ? "id" : "organization";
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery(absl::StrCat(
      "SELECT t.* FROM ", table, " t JOIN organization_identifiers i ON i.organization = t.", key,
      " WHERE i.source = '", source, "' ORDER BY ",
      journal ? "t.id" : "CAST(i.external_id AS UNSIGNED)")));
  const unsigned columns = rows->getMetaData()->getColumnCount();
  std::ofstream file(path);
  std::string line;
  while (rows->next()) {
    line.clear();
    for (unsigned i = 1; i <= columns; ++i) {
      if (i > 1) line += '\t';
      if (rows->isNull(i)) {
        line += "\\N";
      } else {
        const sql::SQLString value = rows->getString(i);
        AppendEscaped({value.c_str(), value.length()}, line);
      }
    }
    file << line << '\n';
  }
  if (!file.flush()) Fail("cannot write " + path);
}

}  // namespace

void AppendEscaped(std::string_view value, std::string& to) {
  for (const char c : value) {
    switch (c) {
      case '\0':
        to += "\\0";
        break;
      case '\n':
        to += "\\n";
        break;
      case '\t':
        to += "\\t";
        break;
      case '\\':
        to += "\\\\";
        break;
      default:
        to += c;
    }
  }
}

void DumpImported(sql::Connection& connection, const std::string& source, const Folder& folder) {
  for (const char* table : kOrganizationTables) Dump(connection, table, source, folder / table);
}

int64_t CountOf(sql::Connection& connection, const std::string& from) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  const std::unique_ptr<sql::ResultSet> rows(
      statement->executeQuery("SELECT COUNT(*) FROM " + from));
  return rows->next() ? rows->getInt64(1) : -1;
}

absl::Duration LoadAll(sql::Connection& connection, const Folder& folder) {
  const absl::Time begin = absl::Now();
  RunBare(connection, "START TRANSACTION");
  for (const char* table : kOrganizationTables) {
    RunBare(connection, absl::StrCat("LOAD DATA LOCAL INFILE '", folder / table, "' INTO TABLE ",
                                     table, " CHARACTER SET binary"));
  }
  RunBare(connection, "COMMIT");
  return absl::Now() - begin;
}

void AwaitSequenced(sql::Connection& connection) {
  while (CountOf(connection, "journal_pending") > 0) absl::SleepFor(absl::Milliseconds(20));
}

void CheckLoaded(sql::Connection& one, sql::Connection& other) {
  for (const char* table : kOrganizationTables) {
    if (CountOf(one, table) != CountOf(other, table))
      Fail(absl::StrCat("not all rows of ", table, " were loaded"));
  }
}

}  // namespace qinglian::bench
