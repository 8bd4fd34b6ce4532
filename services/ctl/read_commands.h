// Commands that read: get, list, history, pending, watch, health; and call, which does anything.
#ifndef QINGLIAN_SERVICES_CTL_READ_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_READ_COMMANDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/ctl/context.h"

namespace qinglian::ctl {

using Arguments = std::vector<std::string>;

// What list commands take beside the collection.
struct ListOptions {
  std::string filter;
  std::string order_by;
  std::string subtree;
  int limit = 50;
};

// get NAME: one resource.
absl::Status Get(const Context& context, const Arguments& arguments);
// list COLLECTION: pages until `limit`.
absl::Status List(const Context& context, const Arguments& arguments, const ListOptions& options);
// history NAME: every change of a resource, newest first.
absl::Status History(const Context& context, const Arguments& arguments,
                     const ListOptions& options);
// pending [ORGANIZATION]: what waits, over all services, up to `limit` in each.
absl::Status Pending(const Context& context, const Arguments& arguments,
                     const ListOptions& options);
// watch SERVICE: the feed, live, until interrupted; `from` is now, start or snapshot.
absl::Status Watch(const Context& context, const Arguments& arguments, const std::string& from);
// call METHOD [JSON]: any unary method.
absl::Status Call(const Context& context, const Arguments& arguments);
// health [SERVICE]: exit code 0 where it serves.
absl::Status Health(const Context& context, const Arguments& arguments);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_READ_COMMANDS_H_
