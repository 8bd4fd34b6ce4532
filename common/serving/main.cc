#include "common/serving/main.h"

#include <sys/prctl.h>

#include <iostream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/clock/business_clock.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/mysql/grant.h"
#include "common/mysql/options.h"
#include "common/serving/process.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

ABSL_FLAG(
    std::string, mysql, "",
    "The service's schema: mysql://user@host:port/schema, with ?socket=PATH for a local socket and "
    "&password_file=PATH.");
ABSL_FLAG(std::string, log_level, "info", "What is logged: debug, info, warning or error.");
ABSL_FLAG(std::string, log_file, "", "Where log lines are appended; empty for stderr.");
ABSL_FLAG(bool, resume, false, "migrate: go on with a migration that was left half applied.");

ABSL_FLAG(std::string, runtime_user, "",
          "migrate: the database user that serves, name or name@host, who is then granted what it "
          "may do with each table; empty where somebody else does that.");

namespace qinglian::serving {
namespace {

absl::Status ConfigureLog(const Definition& definition) {
  const auto level = log::ParseSeverity(absl::GetFlag(FLAGS_log_level));
  if (!level.has_value()) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", "--log_level is debug, info, warning or error"}});
  }
  return log::Configure(
      {.service = definition.service, .level = *level, .file = absl::GetFlag(FLAGS_log_file)});
}

absl::Status Migrate(const Definition& definition, const mysql::Options& database) {
  RETURN_IF_ERROR(mysql::Migrate(
      database, definition.migrations,
      {.applied_by = absl::StrCat(definition.service, " ", status::View(config::Version())),
       .resume = absl::GetFlag(FLAGS_resume)}));
  const std::string runtime_user = absl::GetFlag(FLAGS_runtime_user);
  if (!runtime_user.empty()) {
    RETURN_IF_ERROR(mysql::GrantTables(database, runtime_user, definition.deletable_tables));
  }
  std::cout << definition.service << ": the schema is at migration "
            << definition.migrations.back().number << "\n";
  return absl::OkStatus();
}

absl::Status Run(const Definition& definition, std::string_view command) {
  RETURN_IF_ERROR(ConfigureLog(definition));
  mysql::InitializeDriver();
  ASSIGN_OR_RETURN(const mysql::Options database, mysql::ParseUrl(absl::GetFlag(FLAGS_mysql)));
  if (command == "migrate") return Migrate(definition, database);
  return Serve(definition, database);
}

}  // namespace

int Main(int argc, char** argv, const Definition& definition) {
  // Debian builds Abseil so that every mutex, those of gRPC too, looks for deadlocks, at a price.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // What callers send and are shown is in this process's memory: no dump of it, and no debugger
  // without the right to every process.
  prctl(PR_SET_DUMPABLE, 0);
  config::LoadOrExit(&argc, &argv, definition.usage);
  const std::string_view command = argc > 1 ? argv[1] : "serve";
  if (argc > 2 || (command != "serve" && command != "migrate")) {
    std::cerr << definition.service << ": the command is serve or migrate; --help tells more\n";
    return 2;
  }
  const absl::Status status = Run(definition, command);
  if (status.ok()) return 0;
  const std::string internal = mysql::InternalText(status);
  std::cerr << definition.service << ": " << status.message()
            << (internal.empty() ? "" : absl::StrCat(" (", internal, ")")) << "\n";
  return status::Is(status, status::kConfigInvalid) ? 2 : 1;
}

}  // namespace qinglian::serving
