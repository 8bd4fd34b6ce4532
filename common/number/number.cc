#include "common/number/number.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::number {

absl::StatusOr<int64_t> Next(mysql::Connection& connection, const id::Uuid& organization,
                             std::string_view kind, int year) {
  const std::string bytes = organization.Bytes();
  // Makes or raises the row, and locks it either way; the lock makes the reading after it our own
  // number.
  RETURN_IF_ERROR(connection
                      .Execute("INSERT INTO number_counters(organization, kind, year, last) "
                               "VALUES (?, ?, ?, 1) ON DUPLICATE KEY UPDATE last = last + 1",
                               {bytes, kind, year})
                      .status());
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT last FROM number_counters WHERE organization = ? AND kind = ? AND year = ?",
          {bytes, kind, year}));
  if (!rows.Next()) return status::Error(status::kInternal);
  return rows.Int(0);
}

std::string Format(std::string_view prefix, int year, int64_t number) {
  return absl::StrCat(status::View(prefix), "〔", year, "〕", number, "号");
}

}  // namespace qinglian::number
