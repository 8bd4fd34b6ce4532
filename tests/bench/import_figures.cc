// An import of organizations from end to end against LOAD DATA LOCAL of the rows that it makes.
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/folder.h"
#include "tests/bench/house.h"
#include "tests/bench/process.h"
#include "tests/bench/sibling.h"

namespace qinglian::bench {
namespace {

// A value as LOAD DATA reads it.
void AppendEscaped(const sql::SQLString& value, std::string& to) {
  for (const char c : std::string(value.c_str(), value.length())) {
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
        AppendEscaped(rows->getString(i), line);
      }
    }
    file << line << '\n';
  }
  if (!file.flush()) Fail("cannot write " + path);
}

int64_t CountOf(sql::Connection& connection, const std::string& from) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  const std::unique_ptr<sql::ResultSet> rows(
      statement->executeQuery("SELECT COUNT(*) FROM " + from));
  return rows->next() ? rows->getInt64(1) : -1;
}

// How long loading the files of all tables takes, in one session, one transaction and one order:
// what refers comes last.
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

// The service has ordered what it imported: its work is over.
void AwaitSequenced(sql::Connection& connection) {
  while (CountOf(connection, "journal_pending") > 0) absl::SleepFor(absl::Milliseconds(20));
}

void Run(const Settings& settings, Report& report) {
  const int rows = settings.smoke ? 300 : 15'000;
  House house(UsualOrganizations(settings));
  const Sibling sibling(house.database());
  const auto own = OpenBare(house.database());
  const auto other = OpenBare(sibling.options(), true);
  RunBare(*own, "SET GLOBAL local_infile = 1");
  const Folder folder;
  for (int i = 0; i < settings.rounds; ++i) {
    const std::string source = absl::StrCat("round", i);
    const std::string csv = house.WriteCsv(source, rows);
    const absl::Time begin = absl::Now();
    house.Import(csv);
    const absl::Duration imported = absl::Now() - begin;
    AwaitSequenced(*own);
    for (const char* table : kOrganizationTables) Dump(*own, table, source, folder / table);
    const absl::Duration loaded = LoadAll(*other, folder);
    for (const char* table : kOrganizationTables) {
      if (CountOf(*other, table) != CountOf(*own, table))
        Fail(absl::StrCat("not all rows of ", table, " were loaded"));
    }
    Note(absl::StrCat("import_throughput: ", rows, " organizations imported in ",
                      absl::FormatDuration(imported), ", loaded in ",
                      absl::FormatDuration(loaded)));
    report.Add("import_throughput", absl::FDivDuration(loaded, imported), "ratio");
  }
  RunBare(*own, "SET GLOBAL local_infile = 0");
}

}  // namespace

Group ImportFigures() {
  return {{"import_throughput"}, [](const Settings& settings, Report& report) {
            try {
              Run(settings, report);
            } catch (const sql::SQLException& e) {
              Fail(absl::StrCat("a statement failed: ", e.what()));
            }
          }};
}

}  // namespace qinglian::bench
