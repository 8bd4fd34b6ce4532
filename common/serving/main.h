// The frame around every service: settings, migration, start, clock, drain. A service's main.cc is
// one call.
#ifndef QINGLIAN_COMMON_SERVING_MAIN_H_
#define QINGLIAN_COMMON_SERVING_MAIN_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/mysql/migrate.h"
#include "common/serving/application.h"

namespace qinglian::serving {

// What tells one service from another.
struct Definition {
  // Such as "risk"; names its proto package, its schema and its logs.
  std::string service;
  // The first line of --help.
  std::string usage;
  absl::Span<const mysql::Migration> migrations;
  // The tables that it deletes from, beside those of the frame.
  absl::Span<const std::string_view> deletable_tables;
  // Makes the parts of the service. Errors stop the start.
  std::function<absl::StatusOr<std::unique_ptr<Application>>(const Environment&)> build;
};

// Runs `<service> [serve|migrate]` to its end; answers the exit code: 0, 1 for what went wrong, 2
// for wrong settings. What goes wrong is one clear line on stderr.
int Main(int argc, char** argv, const Definition& definition);

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_MAIN_H_
