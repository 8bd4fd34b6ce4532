// What an import made, loaded again by LOAD DATA LOCAL: the least that it can cost.
#ifndef QINGLIAN_TESTS_BENCH_LOADS_H_
#define QINGLIAN_TESTS_BENCH_LOADS_H_

#include <cppconn/connection.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "tests/bench/folder.h"

namespace qinglian::bench {

// Adds a value as LOAD DATA reads it.
void AppendEscaped(std::string_view value, std::string& to);

// Writes into `folder` the rows of all tables of organizations that an import from `source`, which
// knows them by numbers, made, in the order in which it made them.
void DumpImported(sql::Connection& connection, const std::string& source, const Folder& folder);

// How long loading these files into the same tables of another schema takes, in one session, one
// transaction and one order: what refers comes last.
absl::Duration LoadAll(sql::Connection& connection, const Folder& folder);

// The rows of a table, or of what else follows FROM.
int64_t CountOf(sql::Connection& connection, const std::string& from);

// Waits until the service has ordered what it imported: its work is over.
void AwaitSequenced(sql::Connection& connection);

// Ends the benchmark where the tables of organizations of both do not have as many rows.
void CheckLoaded(sql::Connection& one, sql::Connection& other);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_LOADS_H_
