// Commands that bring much out: export organizations, export persons.
#ifndef QINGLIAN_SERVICES_CTL_EXPORT_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_EXPORT_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "services/ctl/context.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// What is exported, and how it is written.
struct ExportOptions {
  // Only this organization and what lies below it; empty for all.
  std::string subtree;
  // What persons are needed for, for the record of readings.
  std::string purpose;
  // english or chinese: the language of a CSV file.
  std::string language = "english";
};

// export organizations|persons FILE: what import takes, CSV or, where it ends in .pb, protobuf. The
// file is there as a whole or not at all; one that is there is replaced. Ends by saying how many
// rows it has.
absl::Status Export(const Context& context, const Arguments& arguments,
                    const ExportOptions& options);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_EXPORT_COMMANDS_H_
