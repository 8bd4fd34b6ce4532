#include "common/mysql/errors.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::mysql {
namespace {

using status::View;

// `number` LF constraint LF text.
constexpr absl::string_view kPayload = "qinglian/mysql.error";

struct Internals {
  int number = 0;
  std::string constraint;
  std::string text;
};

std::optional<Internals> Read(const absl::Status& error) {
  auto payload = error.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  std::string raw(*payload);
  Internals result;
  size_t first = raw.find('\n');
  size_t second = raw.find('\n', first + 1);
  result.number = std::atoi(raw.substr(0, first).c_str());
  result.constraint = raw.substr(first + 1, second - first - 1);
  result.text = raw.substr(second + 1);
  return result;
}

// "Duplicate entry '…' for key 'name'": the value may hold anything, so the last mark counts. MySQL
// 8 puts the table before the name, MariaDB does not.
std::string ConstraintOf(std::string_view text) {
  constexpr std::string_view kMark = "for key '";
  size_t begin = text.rfind(kMark);
  if (begin == std::string_view::npos) return "";
  begin += kMark.size();
  size_t end = text.rfind('\'');
  if (end == std::string_view::npos || end <= begin) return "";
  std::string_view name = text.substr(begin, end - begin);
  size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
  return std::string(name);
}

// The database quotes values in its texts; they may be personal. What stands between the mark and
// the words after the value goes.
std::string MaskValues(std::string_view text) {
  for (std::string_view mark : {"entry '", "value: '", "value '", "near '", "near \""}) {
    size_t begin = text.find(mark);
    if (begin == std::string_view::npos) continue;
    begin += mark.size();
    size_t end = text.rfind("' for ");
    if (end == std::string_view::npos || end < begin) end = text.find_last_of("'\"");
    if (end == std::string_view::npos || end < begin) end = text.size();
    return absl::StrCat(View(text.substr(0, begin)), "…", View(text.substr(end)));
  }
  return std::string(text);
}

std::string_view AccessText(int number) {
  switch (number) {
    case 1044:
      return "The database user may not use this schema; grant it, or correct the schema in the "
             "database URL.";
    case 1045:
    case 1698:
      return "The database refuses the user name or the password; correct them in the database URL "
             "or its password file.";
    case 1049:
      return "The schema named in the database URL does not exist; create it or correct the URL.";
    case 1130:
    case 2026:
    case 2061:
      return "The database does not accept a connection of this kind; check its users' hosts, its "
             "TLS settings and tls_ca in the database URL.";
    default:
      return "The database user lacks a right that this program needs; grant it as deployed.";
  }
}

// The client library's own numbers: but for refusals and faults of ours, the connection is gone.
ErrorClass ClassifyClient(int number) {
  if (number == 2026 || number == 2061) return ErrorClass::kAccess;  // TLS, authentication plugin
  if (number == 2014 || number == 2030 || number == 2031) return ErrorClass::kInternal;
  return ErrorClass::kLost;
}

absl::Status Plain(int number, ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kDuplicate:
      return status::Error(status::kResourceExists, {{"resource", "resource"}});
    case ErrorClass::kReference:
      if (number == 1451 || number == 1217) {
        return status::Error(status::kResourceInUse, {{"resource", "resource"}});
      }
      return status::Error(status::kReferenceNotFound,
                           {{"field", "field"}, {"resource", "resource"}});
    case ErrorClass::kConflict:
      return status::Error(status::kConflict);
    case ErrorClass::kUnavailable:
    case ErrorClass::kLost:
      return status::Error(status::kDatabaseUnavailable);
    case ErrorClass::kTimeout:
      return status::Error(status::kDatabaseTimeout);
    case ErrorClass::kAccess:
      return absl::InternalError(View(AccessText(number)));
    case ErrorClass::kInternal:
      break;
  }
  return absl::InternalError("A statement to the database failed.");
}

}  // namespace

std::string_view ErrorClassName(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kDuplicate:
      return "duplicate";
    case ErrorClass::kReference:
      return "reference";
    case ErrorClass::kConflict:
      return "conflict";
    case ErrorClass::kUnavailable:
      return "unavailable";
    case ErrorClass::kLost:
      return "lost";
    case ErrorClass::kTimeout:
      return "timeout";
    case ErrorClass::kAccess:
      return "access";
    case ErrorClass::kInternal:
      break;
  }
  return "internal";
}

ErrorClass Classify(int number) {
  switch (number) {
    case 1062:  // duplicate entry
    case 1586:  // the same, with the key's name
      return ErrorClass::kDuplicate;
    case 1216:  // the four of foreign keys
    case 1217:
    case 1451:
    case 1452:
      return ErrorClass::kReference;
    case 1020:  // record changed since last read
    case 1205:  // lock wait timeout
    case 1213:  // deadlock
    case 3572:  // NOWAIT on MySQL
      return ErrorClass::kConflict;
    case 28:    // no space left on device
    case 1021:  // disk full
    case 1026:  // error writing a file
    case 1040:  // too many connections
    case 1047:  // a Galera node that is not part of the cluster
    case 1114:  // table is full
    case 1203:  // too many connections of this user
    case 1226:  // the same, per hour
    case 1290:  // read only
    case 1317:  // an operator killed the statement
    case 1461:  // too many prepared statements
    case 1792:  // read only transaction
    case 1836:  // read only mode
      return ErrorClass::kUnavailable;
    case 1053:  // server shutdown
    case 1152:  // aborted connection, and packet errors
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1184:
    case 1927:  // connection was killed
    case 4031:  // disconnected for idling, MySQL
      return ErrorClass::kLost;
    case 1028:  // sort aborted, by the same clock
    case 1969:  // max_statement_time
    case 3024:  // max_execution_time
      return ErrorClass::kTimeout;
    case 1044:
    case 1045:
    case 1049:
    case 1130:
    case 1142:
    case 1143:
    case 1227:
    case 1370:
    case 1698:
      return ErrorClass::kAccess;
    default:
      return number >= 2000 && number < 3000 ? ClassifyClient(number) : ErrorClass::kInternal;
  }
}

absl::Status MakeError(int number, std::string_view text) {
  ErrorClass error_class = Classify(number);
  absl::Status result = Plain(number, error_class);
  std::string constraint;
  if (error_class == ErrorClass::kDuplicate) constraint = ConstraintOf(text);
  result.SetPayload(kPayload,
                    absl::Cord(absl::StrCat(number, "\n", constraint, "\n", MaskValues(text))));
  return result;
}

int ErrorNumber(const absl::Status& status) {
  std::optional<Internals> internals = Read(status);
  return internals.has_value() ? internals->number : 0;
}

std::optional<ErrorClass> ErrorClassOf(const absl::Status& status) {
  std::optional<Internals> internals = Read(status);
  if (!internals.has_value()) return std::nullopt;
  return Classify(internals->number);
}

std::optional<std::string> DuplicateKey(const absl::Status& status) {
  std::optional<Internals> internals = Read(status);
  if (!internals.has_value() || internals->constraint.empty()) return std::nullopt;
  return internals->constraint;
}

std::string InternalText(const absl::Status& status) {
  std::optional<Internals> internals = Read(status);
  if (!internals.has_value()) return "";
  return absl::StrCat("MySQL error ", internals->number, ": ", internals->text);
}

bool IsConflict(const absl::Status& status) {
  return ErrorClassOf(status) == ErrorClass::kConflict;
}

bool EndsTransaction(const absl::Status& status) {
  int number = ErrorNumber(status);
  return number == 1213 || number == 1020 || ErrorClassOf(status) == ErrorClass::kLost;
}

bool IsOutcomeUnknown(const absl::Status& error) {
  return status::Is(error, status::kOutcomeUnknown);
}

}  // namespace qinglian::mysql
