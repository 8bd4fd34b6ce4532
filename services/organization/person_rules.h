// The rules of persons.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PERSON_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PERSON_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/person.pb.h"

namespace qinglian::organization {

inline constexpr status::Guard kStaffNumberUnused{
    "STAFF_NUMBER_UNUSED", "the staff number of whoever holds a role, a post or a delegation stays",
    "已授予角色、任职或授权的人员，其工号不得更改"};

inline constexpr status::Guard kAtWork{"AT_WORK", "the person is employed", "该人员须在职"};
inline constexpr status::Guard kGoesSomewhere{
    "GOES_SOMEWHERE", "exactly one of a new state and another organization is given",
    "须且只须给出离职去向之一：新的人员状态或另一单位"};

// Lets a person go: RETIRED or LEFT, or to another organization, which is empty then.
absl::Status Release(v1::Person& person, v1::Person::EmploymentState state,
                     const std::string& organization);

// Checks a change of a person, who `holds` a role, a post or a delegation. His staff number is what
// his tokens prove: whoever could give another the number of his own would be the other.
absl::Status CheckChange(const v1::Person& before, const v1::Person& after, bool holds);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PERSON_RULES_H_
