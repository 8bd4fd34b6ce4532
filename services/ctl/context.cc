#include "services/ctl/context.h"

#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"

namespace qinglian::ctl {

rpc::CallOptions Context::CallOptions() const {
  rpc::CallOptions options;
  options.caller = caller;
  options.client = "qlctl";
  options.timeout = timeout;
  options.retries = 4;
  return options;
}

std::string NewRequestId() { return id::Uuid::NewV4().ToString(); }

absl::Status Usage(std::string text) {
  return status::Error(status::kConfigInvalid, {{"detail", std::move(text)}});
}

}  // namespace qinglian::ctl
