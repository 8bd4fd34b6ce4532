// The rules of divisions: codes and levels belong together.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DIVISION_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DIVISION_RULES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/division_service.pb.h"

namespace qinglian::organization {

// The code in the name of a division; empty where it is no such name.
std::string_view DivisionCodeOf(std::string_view name);
// The name of the division of a code; empty for none.
std::string DivisionNameOf(std::string_view code);

// How many digits the codes of a level have.
size_t CodeLengthOf(v1::Division::Level level);

// Checks one division, which stands at `path` of a request: the code has the digits of its level
// (GB/T 2260, GB/T 10114: 2, 4, 6, 9, 12), and begins with the code of its parent, which is one
// level up; a province has none. A division directly under a city or a county that has no level
// between (直筒子市) may lie deeper.
void CheckDivision(const v1::Division& division, const std::string& path,
                   status::FieldViolations& violations);

// The same of every division of an import. INVALID_ARGUMENT with every fault, 20 at most.
absl::Status CheckDivisions(const v1::ImportDivisionsRequest& request);

using DivisionTransition = lifecycle::Transition<v1::Division>;
inline constexpr DivisionTransition kUpdateDivision{
    "update", lifecycle::OneOf(v1::Division::STATE_UNSPECIFIED, v1::Division::STATE_ACTIVE,
                               v1::Division::STATE_MERGED, v1::Division::STATE_RETIRED)};
inline constexpr status::Guard kNotOlder{"NOT_OLDER", "nothing there is of a newer edition",
                                         "现有区划不得晚于所导入的版本"};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DIVISION_RULES_H_
