// Commands on what services follow of each other: feed status, feed quarantine, projection rebuild.
#ifndef QINGLIAN_SERVICES_CTL_FEED_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_FEED_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// What feed commands take beside their arguments.
struct FeedOptions {
  // skip: why.
  std::string reason;
  // quarantine list: which state, such as "skipped"; empty for those that wait.
  std::string state;
  // quarantine list: how many of each service at most.
  int limit = 50;
};

// feed status [SERVICE]: each feed that is followed: how far, how far the followed service is, what
// is held back. An error where a service does not answer, after what the others said.
// feed quarantine list [SERVICE [RESOURCE]]: changes that could not be applied.
// feed quarantine retry SERVICE RESOURCE: tries those of a resource again; an error where one fails
// again.
// feed quarantine skip SERVICE RESOURCE VERSION: gives one up, for a reason.
absl::Status Feed(const Context& context, const Arguments& arguments, const FeedOptions& options);

// projection rebuild SERVICE FEED: has the service take a new snapshot of a feed.
absl::Status Projection(const Context& context, const Arguments& arguments);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_FEED_COMMANDS_H_
