// Settings of a program: Abseil flags, given on the command line, in the environment or in a file.
//
//   ABSL_FLAG(std::string, listen_address, "127.0.0.1:7001", "Where calls are taken, host:port.");
//
//   int main(int argc, char** argv) {
//     config::LoadOrExit(&argc, &argv, "risk: the registry of risk points. Usage: risk [migrate]");
//
// A flag `listen_address` is set, the first that is there winning, by
//   1. `--listen_address=VALUE` or `--listen_address VALUE`; `--name` and `--noname` for a bool;
//      `-` in a flag's name is `_`, so that `--listen-address` is the same flag;
//   2. the environment variable QINGLIAN_LISTEN_ADDRESS;
//   3. a line `listen_address = VALUE` in the file that --config (or QINGLIAN_CONFIG) names:
//      blanks around key and value do not count, `#` at the start of a line begins a comment, and
//      each key stands once;
//   4. its default.
// What is not a flag of the program is an error in each of them: a mistyped setting must not be a
// silent default. Variables QINGLIAN_TEST_… belong to tests and are left alone.
//
// No value is ever repeated in an error, because it may be a secret. Secrets themselves belong into
// files that a flag names (`--database_password_file`), for the command line and the environment
// are seen by others.
#ifndef QINGLIAN_COMMON_CONFIG_CONFIG_H_
#define QINGLIAN_COMMON_CONFIG_CONFIG_H_

#include <string>
#include <string_view>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/status/statusor.h"

ABSL_DECLARE_FLAG(std::string, config);

namespace qinglian::config {

// What the command line asks for besides running.
enum class Request { kRun, kHelp, kVersion };

// Sets the flags and leaves in argc and argv the program's name and the arguments that are not
// flags (those after `--` too). With --help or --version no flag is set. INVALID_ARGUMENT, reason
// CONFIG_INVALID, with one line that says what is wrong and where. Call it in main, before any
// thread reads a flag.
absl::StatusOr<Request> Load(int* argc, char*** argv);

// As Load; prints help or version to stdout and exits with 0, or the error to stderr and exits
// with 2.
void LoadOrExit(int* argc, char*** argv, std::string_view usage);

// `usage`, then every flag of the program with description, default and environment variable,
// sorted.
std::string Help(std::string_view usage);

// The version of this build, as build_info tells it.
std::string_view Version();

}  // namespace qinglian::config

#endif  // QINGLIAN_COMMON_CONFIG_CONFIG_H_
