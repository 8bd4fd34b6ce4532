#include "services/ctl/context.h"

#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"

namespace qinglian::ctl {

rpc::CallOptions Context::CallOptions() const {
  rpc::CallOptions options;
  if (!bearer_token.empty())
    options.metadata.emplace_back("authorization", "Bearer " + bearer_token);
  if (!acting_for.empty()) options.metadata.emplace_back("acting-for", acting_for);
  options.timeout = timeout;
  // For about five seconds: a gateway that starts, or has lost its lease for a moment.
  options.retries = 7;
  return options;
}

std::string NewRequestId() { return id::Uuid::NewV4().ToString(); }

absl::Status Usage(std::string text) {
  return status::Error(status::kConfigInvalid, {{"detail", std::move(text)}});
}

}  // namespace qinglian::ctl
