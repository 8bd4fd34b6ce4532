// Commands on editions of the administrative divisions: edition plan, show, apply, cancel.
#ifndef QINGLIAN_SERVICES_CTL_EDITION_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_EDITION_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// What the flags of `edition` say.
struct EditionOptions {
  // The code of the division of which the file holds every part; empty for the whole country.
  std::string division;
  // Why an edition is cancelled.
  std::string reason;
  // How many changes are shown.
  int limit = 50;
};

// edition plan FILE: brings a file in as a newer edition, and shows what that would change.
// edition show NAME: shows a plan, and how far it has been applied.
// edition apply NAME: applies it.
// edition cancel NAME: gives it up.
absl::Status Edition(const Context& context, const Arguments& arguments,
                     const EditionOptions& options);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_EDITION_COMMANDS_H_
