// Inserts of many rows with few statements.
#ifndef QINGLIAN_COMMON_MYSQL_INSERT_H_
#define QINGLIAN_COMMON_MYSQL_INSERT_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/mysql/mysql.h"

namespace qinglian::mysql {

// Runs "<head> VALUES (?, …), … <tail>" for all rows of `width` values each. The first error of a
// statement is answered; what earlier ones inserted is for the transaction to undo.
absl::Status InsertRows(Connection& connection, std::string_view head, size_t width,
                        const std::vector<Param>& values, std::string_view tail = "");

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_INSERT_H_
