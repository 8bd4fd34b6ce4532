// The tables that are imported and exported, and the rows that they stand for.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_TABLES_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_TABLES_H_

#include <optional>
#include <string>
#include <vector>

#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "services/ctl/csv.h"
#include "services/ctl/table_words.h"

namespace qinglian::ctl {

// What is wrong with a row: the column, empty for none, and why.
struct Fault {
  std::string column;
  std::string english;
  std::string chinese;
};

// A line of a table, as it is written.
using Cells = std::vector<std::string>;

// Organizations: a line each.
struct OrganizationTable {
  using Row = organization::v1::ImportRow;
  using Request = organization::v1::ImportOrganizationsRequest;
  using Response = organization::v1::ImportOrganizationsResponse;
  using ExportRequest = organization::v1::ExportOrganizationsRequest;
  using ExportResponse = organization::v1::ExportOrganizationsResponse;
  static constexpr char kWhat[] = "organizations";
  // Whether rows refer to other rows.
  static constexpr bool kReferring = true;
  static constexpr char kImport[] =
      "/qinglian.organization.v1.OrganizationService/ImportOrganizations";
  static constexpr char kExport[] =
      "/qinglian.organization.v1.OrganizationService/ExportOrganizations";

  static const TableFormat& Format();
  // Whether a line goes on with the row of the line before.
  static bool Continues(const CsvRow& before, const CsvRow& line);
  // Makes a row of its lines; the first thing that is wrong with them where it cannot.
  static std::optional<Fault> Read(const std::vector<CsvRow>& lines, Row& row);
  // The lines of a row under Format().Header.
  static std::vector<Cells> Write(const Row& row, bool chinese);
  // What no two rows of a file may have in common.
  static std::string KeyOf(const Row& row);
  static const char* SecondRow();
  static const char* SecondRowInChinese();
  // Says of a batch what only imports of this kind can be asked; `complete` where rows refer to
  // nothing that comes later.
  static void SetTerms(bool complete, Request& request);
  // The lines of rows that are to be sent again, when what they refer to is there.
  static std::vector<int64_t> Deferred(const Response& response);
  // The key of the competent department of a row; and what is wrong with one that is nowhere.
  static std::string DepartmentOf(const Row& row);
  static Fault NoDepartment();
};

// Persons: a line for each post that one holds, one below the other.
struct PersonTable {
  using Row = organization::v1::ImportPersonRow;
  using Request = organization::v1::ImportPersonsRequest;
  using Response = organization::v1::ImportPersonsResponse;
  using ExportRequest = organization::v1::ExportPersonsRequest;
  using ExportResponse = organization::v1::ExportPersonsResponse;
  static constexpr char kWhat[] = "persons";
  static constexpr bool kReferring = false;
  static constexpr char kImport[] = "/qinglian.organization.v1.PersonService/ImportPersons";
  static constexpr char kExport[] = "/qinglian.organization.v1.PersonService/ExportPersons";

  static const TableFormat& Format();
  static bool Continues(const CsvRow& before, const CsvRow& line);
  static std::optional<Fault> Read(const std::vector<CsvRow>& lines, Row& row);
  static std::vector<Cells> Write(const Row& row, bool chinese);
  static std::string KeyOf(const Row& row);
  static const char* SecondRow();
  static const char* SecondRowInChinese();
  static void SetTerms(bool complete, Request& request);
  static std::vector<int64_t> Deferred(const Response& response);
  static std::string DepartmentOf(const Row& row);
  static Fault NoDepartment();
};

// Divisions: read only.
const TableFormat& DivisionFormat();
std::optional<Fault> ReadDivision(const CsvRow& line, organization::v1::Division& division);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_TABLES_H_
