// Commands on journals in their databases: journal verify, journal renew.
#ifndef QINGLIAN_SERVICES_CTL_JOURNAL_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_JOURNAL_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// Where a service's journal, its checkpoints and their key lie.
struct JournalPlace {
  std::string mysql;
  std::string checkpoint_dir;
  std::string key_file;
  // Nobody has the checkpoints: what only they would tell is not asked.
  bool without_checkpoints = false;
};

// journal verify SERVICE: recomputes the journal in the service's database and compares it with its
// checkpoints, which alone tell a tail that was cut off and a journal that was written anew. An
// error names the first row that does not fit.
// journal renew SERVICE: says that its database was restored, and signs from where the journal goes
// on. FAILED_PRECONDITION where the service runs on it.
absl::Status Journal(const Context& context, const Arguments& arguments, const JournalPlace& place);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_JOURNAL_COMMANDS_H_
