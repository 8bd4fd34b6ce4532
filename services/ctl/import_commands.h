// Commands that bring much in: import divisions, import organizations, import persons.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "qinglian/organization/v1/organization_import.pb.h"
#include "services/ctl/context.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// How a file is imported.
struct ImportOptions {
  bool dry_run = false;
  // All rows or none; for files of at most 5,000 rows.
  bool all_or_nothing = false;
  // Whether a longer file is applied row by row, bad rows left out, instead of being checked as a
  // whole first.
  bool keep_good = false;
  organization::v1::OnConflict on_conflict = organization::v1::ON_CONFLICT_UPDATE;
  // Where bad rows are written to; empty for nowhere.
  std::string report = {};
  // Where the progress of a file of more than 500 rows is kept until it is in; empty for beside it.
  std::string progress = {};
};

// The value of --on_conflict: update, skip, fail or update_only.
absl::StatusOr<organization::v1::OnConflict> ReadOnConflict(const std::string& word);

// import divisions|organizations|persons FILE: CSV, or protobuf where it ends in .pb. Every bad row
// is reported with line, column and reason. A file of more than 5,000 rows is checked as a whole
// first, and nothing of it is kept where a row is bad; of others the good rows stand. An import
// that breaks off leaves FILE.progress behind, from which the same command goes on. Ends by saying
// how many rows became what, also where it ends early. An error where it does, or where any row was
// refused.
absl::Status Import(const Context& context, const Arguments& arguments,
                    const ImportOptions& options);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_COMMANDS_H_
