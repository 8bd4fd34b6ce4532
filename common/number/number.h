// Official numbers (filing, close-out, title: 清模〔2026〕6号), gapless per organization, kind and
// year.
//
// A number is taken in the transaction of what it is given to: the counter's row stays locked until
// that transaction ends, so that the next taker waits, and a rollback gives the number back. Take
// it as late in the transaction as possible, after everything that may be refused. The table is in
// schema.sql.
#ifndef QINGLIAN_COMMON_NUMBER_NUMBER_H_
#define QINGLIAN_COMMON_NUMBER_NUMBER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/id/uuid.h"
#include "common/mysql/mysql.h"

namespace qinglian::number {

// The next number, from 1, within the transaction open on `connection`. `kind` is a constant of the
// service's, ASCII of at most 64 characters; `year` is that of the legal date, 1 to 9999. Errors as
// of mysql::Connection::Execute: a deadlock or lock timeout is a conflict, which Transact runs
// again.
absl::StatusOr<int64_t> Next(mysql::Connection& connection, const id::Uuid& organization,
                             std::string_view kind, int year);

// "清模〔2026〕6号": the year in hexagonal brackets and no leading zeros, as GB/T 9704-2012 wants
// it.
std::string Format(std::string_view prefix, int year, int64_t number);

}  // namespace qinglian::number

#endif  // QINGLIAN_COMMON_NUMBER_NUMBER_H_
