// The rules of divisions: codes and levels belong together.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DIVISION_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DIVISION_RULES_H_

#include "absl/status/status.h"
#include "qinglian/organization/v1/division_service.pb.h"

namespace qinglian::organization {

// Checks every division of an import: the code has the digits of its level (GB/T 2260, GB/T 10114:
// 2, 4, 6, 9, 12), and begins with the code of its parent, which is one level up; a province has
// none. A division directly under a city or a county that has no level between (直筒子市) may lie
// deeper. INVALID_ARGUMENT with every fault, 20 at most.
absl::Status CheckDivisions(const v1::ImportDivisionsRequest& request);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DIVISION_RULES_H_
