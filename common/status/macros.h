// RETURN_IF_ERROR and ASSIGN_OR_RETURN: pass an error on to the caller, untouched.
//
//   RETURN_IF_ERROR(store.Insert(row));
//   ASSIGN_OR_RETURN(Row row, store.Load(name));        // declares
//   ASSIGN_OR_RETURN(row_, store.Load(name));           // assigns
//   ASSIGN_OR_RETURN((std::map<K, V> m), Make());       // a type with a comma goes in parentheses
//
// Both may be used in functions that return absl::Status or absl::StatusOr<T>.
#ifndef QINGLIAN_COMMON_STATUS_MACROS_H_
#define QINGLIAN_COMMON_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// The loops below are an `if` that cannot swallow an `else` of the caller's.
#define RETURN_IF_ERROR(expr)                                               \
  do {                                                                      \
    if (::absl::Status qinglian_status_ = (expr); !qinglian_status_.ok()) { \
      return qinglian_status_;                                              \
    }                                                                       \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  QINGLIAN_ASSIGN_OR_RETURN_(QINGLIAN_CONCAT_(qinglian_or_, __COUNTER__), lhs, expr)

#define QINGLIAN_ASSIGN_OR_RETURN_(temporary, lhs, expr)     \
  auto temporary = (expr);                                   \
  if (!temporary.ok()) return std::move(temporary).status(); \
  QINGLIAN_UNPAREN_(lhs) = *std::move(temporary)

#define QINGLIAN_CONCAT_INNER_(a, b) a##b
#define QINGLIAN_CONCAT_(a, b) QINGLIAN_CONCAT_INNER_(a, b)

// Strips the parentheses of a parenthesized left side and leaves any other alone.
#define QINGLIAN_UNPAREN_(x) QINGLIAN_STRIP_(QINGLIAN_INNER_ x)
#define QINGLIAN_INNER_(...) QINGLIAN_INNER_ __VA_ARGS__
#define QINGLIAN_STRIP_(...) QINGLIAN_STRIP_AGAIN_(__VA_ARGS__)
#define QINGLIAN_STRIP_AGAIN_(...) QINGLIAN_EMPTY_##__VA_ARGS__
#define QINGLIAN_EMPTY_QINGLIAN_INNER_

#endif  // QINGLIAN_COMMON_STATUS_MACROS_H_
