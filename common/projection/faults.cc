#include "common/projection/faults.h"

#include "absl/strings/str_cat.h"
#include "common/mysql/errors.h"
#include "common/status/status.h"

namespace qinglian::projection {

bool Passes(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status) || absl::IsCancelled(status) ||
         mysql::ErrorClassOf(status) == mysql::ErrorClass::kAccess;
}

std::string DescribeError(const absl::Status& status) {
  const std::string reason = status::ReasonOf(status);
  const std::string internal = mysql::InternalText(status);
  return absl::StrCat(absl::StatusCodeToString(status.code()), reason.empty() ? "" : " ", reason,
                      ": ", status.message(), internal.empty() ? "" : " ", internal);
}

}  // namespace qinglian::projection
