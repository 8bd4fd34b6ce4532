// What a database error means to us: every one is mapped by its number, never by its text.
#ifndef QINGLIAN_COMMON_MYSQL_ERRORS_H_
#define QINGLIAN_COMMON_MYSQL_ERRORS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace qinglian::mysql {

enum class ErrorClass {
  kDuplicate,    // a unique key refused a row: ALREADY_EXISTS
  kReference,    // a foreign key refused: FAILED_PRECONDITION
  kConflict,     // deadlock, lock timeout, changed under us: worth another try; ABORTED
  kUnavailable,  // the server refuses or cannot write: UNAVAILABLE
  kLost,         // the connection is gone: UNAVAILABLE
  kTimeout,      // the statement ran out of its time: DEADLINE_EXCEEDED
  kAccess,       // user, password, schema or grant is wrong, an operator's matter: INTERNAL
  kInternal,     // everything else, a fault of ours: INTERNAL
};

// A stable lower-case word for logs and metric labels ("duplicate", "conflict", …).
std::string_view ErrorClassName(ErrorClass error_class);

// All classes, for metrics that create their label values in advance.
inline constexpr ErrorClass kErrorClasses[] = {
    ErrorClass::kDuplicate, ErrorClass::kReference, ErrorClass::kConflict, ErrorClass::kUnavailable,
    ErrorClass::kLost,      ErrorClass::kTimeout,   ErrorClass::kAccess,   ErrorClass::kInternal};

ErrorClass Classify(int number);

// The status of a database error. Its message may be shown to a caller: it holds no SQL, no host,
// no value. Number, constraint and the database's own text (values masked) travel in a payload.
absl::Status MakeError(int number, std::string_view text);

// The number the database gave, or 0 when `status` did not come from it.
int ErrorNumber(const absl::Status& status);

// The class of an error that came from the database.
std::optional<ErrorClass> ErrorClassOf(const absl::Status& status);

// The name of the unique key that refused a row ("PRIMARY" for the primary key), without its table.
std::optional<std::string> DuplicateKey(const absl::Status& status);

// What the log may know and a caller may not; empty when there is nothing.
std::string InternalText(const absl::Status& status);

// Deadlock, lock timeout or changed row: the unit of work may be run again.
bool IsConflict(const absl::Status& status);

// The transaction no longer exists: the server rolled it back whole, or the connection is lost.
bool EndsTransaction(const absl::Status& status);

// The COMMIT was sent and nobody can say whether it took effect.
bool IsOutcomeUnknown(const absl::Status& status);

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_ERRORS_H_
