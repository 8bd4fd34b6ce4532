// Filters (a subset of AIP-160) and orders (AIP-132) of list methods, turned into SQL over a
// resource's columns.
//
//   filter      = expression
//   expression  = factor { "AND" factor }
//   factor      = term { "OR" term }                 OR binds tighter than AND, as AIP-160 says
//   term        = [ "NOT" | "-" ] ( comparison | "(" expression ")" )
//   comparison  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" ) value
//   value       = a quoted text, or a word without blanks
//
// Enums compare by name, with or without the enum's prefix (`ACTIVE`, `STATE_ACTIVE`); names of
// resources, times (RFC 3339) and dates (2025-06-30) are quoted; `:` finds a part of a text; `field
// = ""` finds what is not set.
#ifndef QINGLIAN_COMMON_PAGING_FILTER_H_
#define QINGLIAN_COMMON_PAGING_FILTER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/record/record.h"

namespace qinglian::paging {

// A piece of a WHERE clause. `sql` is made of fixed pieces and column names only; what came from
// outside is in `values`.
struct Condition {
  std::string sql;
  record::Values values;
};

// Turns a filter into a condition. `fields`: what may be compared, as documented at the method. An
// empty filter is "TRUE". INVALID_ARGUMENT, reason FILTER_INVALID, says what is wrong and where.
absl::StatusOr<Condition> ParseFilter(const record::Plan& plan,
                                      absl::Span<const std::string_view> fields,
                                      std::string_view filter);

// What a filter demands of a column: that it has this value, as the column keeps it.
struct Demand {
  const record::Column* column = nullptr;
  std::string value;
};

// The texts, names and enums that every row must have to pass a filter: the comparisons with `=`
// that stand by themselves or between ANDs, such as the kind in `kind = COURT AND (level = CITY OR
// level = COUNTY)`. For whoever looks for a short way to the rows. INVALID_ARGUMENT as of
// ParseFilter.
absl::StatusOr<std::vector<Demand>> DemandsOf(const record::Plan& plan,
                                              absl::Span<const std::string_view> fields,
                                              std::string_view filter);

// How rows are ordered: by one column, then by id.
struct Order {
  // Null for id alone.
  const record::Column* column = nullptr;
  bool descending = false;
};

// Turns an order_by ("display_name desc") into an order. INVALID_ARGUMENT, reason ORDER_BY_INVALID,
// for a field that is not among `fields`. "name" is the id.
absl::StatusOr<Order> ParseOrder(const record::Plan& plan,
                                 absl::Span<const std::string_view> fields,
                                 std::string_view order_by);

}  // namespace qinglian::paging

#endif  // QINGLIAN_COMMON_PAGING_FILTER_H_
