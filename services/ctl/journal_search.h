// What the journals say, for auditors: journal search.
#ifndef QINGLIAN_SERVICES_CTL_JOURNAL_SEARCH_H_
#define QINGLIAN_SERVICES_CTL_JOURNAL_SEARCH_H_

#include <string>

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// Which entries; all where nothing is said.
struct JournalQuestion {
  std::string actor;
  std::string resource;
  // Moments: `2026-11-23`, `2026-11-23 08:30` in China, or RFC 3339.
  std::string since;
  std::string until;
  // changed, read or refused.
  std::string operation;
  int limit = 50;
};

// journal search [SERVICE]: who did what, who read what and why, who was refused, newest first; in
// the journal of one service, in that of the resource asked about, or in all.
absl::Status SearchJournal(const Context& context, const Arguments& arguments,
                           const JournalQuestion& question);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_JOURNAL_SEARCH_H_
