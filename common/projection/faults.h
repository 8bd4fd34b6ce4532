// What an error of a projection means. Private to this folder.
#ifndef QINGLIAN_COMMON_PROJECTION_FAULTS_H_
#define QINGLIAN_COMMON_PROJECTION_FAULTS_H_

#include <string>

#include "absl/status/status.h"

namespace qinglian::projection {

// Whether it is worth trying again for ever: the error is not of the change, but of the moment or
// of the installation (a missing grant).
bool Passes(const absl::Status& status);

// For an operator: code, reason, text, and the database's own number and text with values masked.
std::string DescribeError(const absl::Status& status);

}  // namespace qinglian::projection

#endif  // QINGLIAN_COMMON_PROJECTION_FAULTS_H_
