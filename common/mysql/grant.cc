#include "common/mysql/grant.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/mysql/errors.h"
#include "common/mysql/mysql.h"
#include "common/status/macros.h"
#include "common/status/text.h"

namespace qinglian::mysql {
namespace {

using status::View;

// The tables of the frame, which every service has, as deploy/lib/database.sh has them too;
// tests/contract/deploy compares.
constexpr std::string_view kInsertOnly[] = {"journal", "journal_position"};
constexpr std::string_view kReadOnly[] = {"schema_migrations", "schema_lease"};
constexpr std::string_view kUpdateOnly[] = {"journal_lease"};
constexpr std::string_view kDeletable[] = {"journal_pending", "evidence_pieces"};

bool Holds(absl::Span<const std::string_view> tables, std::string_view table) {
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}

std::string_view RightsOn(std::string_view table, absl::Span<const std::string_view> deletable) {
  if (Holds(kInsertOnly, table)) return "SELECT, INSERT";
  if (Holds(kReadOnly, table)) return "SELECT";
  if (Holds(kUpdateOnly, table)) return "SELECT, UPDATE";
  if (Holds(kDeletable, table) || Holds(deletable, table)) return "SELECT, INSERT, UPDATE, DELETE";
  return "SELECT, INSERT, UPDATE";
}

bool IsPlain(std::string_view text, std::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || also.find(c) != also.npos;
  });
}

// 'name'@'host'. No name of a user of Qinglian needs more than these characters.
absl::StatusOr<std::string> Account(std::string_view user) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(View(user), absl::MaxSplits('@', 1));
  const std::string host = View(user).find('@') == absl::string_view::npos ? "%" : parts.second;
  if (!IsPlain(parts.first, "_.-") || !IsPlain(host, "_.-%:/")) {
    return absl::InvalidArgumentError("runtime_user: wanted name or name@host of a database user");
  }
  return absl::StrCat("'", parts.first, "'@'", host, "'");
}

absl::Status Explain(const Options& options, const absl::Status& cause) {
  if (cause.ok() || ErrorNumber(cause) == 0) return cause;
  return absl::FailedPreconditionError(
      absl::StrCat("User ", options.user, " could not grant the runtime user its rights in ",
                   options.schema, ": ", InternalText(cause),
                   ". It needs SELECT, INSERT, UPDATE, DELETE and LOCK TABLES on that schema WITH "
                   "GRANT OPTION."));
}

absl::Status GrantAll(Connection& connection, const std::string& account,
                      absl::Span<const std::string_view> deletable) {
  const std::string schema = absl::StrCat("`", connection.options().schema, "`.");
  // What MySQL wants for a locking read of a table that may not be updated.
  RETURN_IF_ERROR(connection.Run(absl::StrCat("GRANT LOCK TABLES ON ", schema, "* TO ", account)));
  std::vector<std::string> tables;
  {
    ASSIGN_OR_RETURN(Rows rows, connection.Query("SELECT table_name FROM information_schema.tables "
                                                 "WHERE table_schema=? ORDER BY table_name",
                                                 {connection.options().schema}));
    while (rows.Next()) tables.push_back(rows.Bytes(0));
  }
  for (const std::string& table : tables) {
    RETURN_IF_ERROR(connection.Run(absl::StrCat("GRANT ", View(RightsOn(table, deletable)), " ON ",
                                                schema, "`", table, "` TO ", account)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status GrantTables(const Options& options, std::string_view user,
                         absl::Span<const std::string_view> deletable) {
  ASSIGN_OR_RETURN(const std::string account, Account(user));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::Open(options));
  return Explain(options, GrantAll(*connection, account, deletable));
}

}  // namespace qinglian::mysql
