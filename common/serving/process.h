// A service process from start to drain. Used by Main.
#ifndef QINGLIAN_COMMON_SERVING_PROCESS_H_
#define QINGLIAN_COMMON_SERVING_PROCESS_H_

#include "absl/status/status.h"
#include "common/mysql/options.h"
#include "common/serving/main.h"

namespace qinglian::serving {

// Checks the schema, serves until SIGTERM or SIGINT, and drains. Errors as sentences for an
// operator.
absl::Status Serve(const Definition& definition, const mysql::Options& database);

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_PROCESS_H_
