// The questions that the stores of this service ask in their own words.
#ifndef QINGLIAN_SERVICES_REVIEW_QUERY_H_
#define QINGLIAN_SERVICES_REVIEW_QUERY_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/record/record.h"

namespace qinglian::review {

// The 16 bytes of the id in a name of any type. INVALID_ARGUMENT, reason NAME_INVALID.
absl::StatusOr<std::string> IdOf(std::string_view name);

// Whether a query has a row.
absl::StatusOr<bool> Any(mysql::Connection& connection, std::string_view sql,
                         std::initializer_list<mysql::Param> params);

// The names of the resources of `plan` whose ids are the first column.
absl::StatusOr<std::vector<std::string>> NamesOf(mysql::Connection& connection,
                                                 const record::Plan& plan, std::string_view sql,
                                                 std::initializer_list<mysql::Param> params);

// "'STATE_A', 'STATE_B'": a set of states of applications, made by lifecycle::OneOf.
std::string StateList(uint32_t states);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_QUERY_H_
