#include "services/organization/person_rules.h"

#include <string>

namespace qinglian::organization {

absl::Status CheckChange(const v1::Person& before, const v1::Person& after, bool holds) {
  if (!holds || after.staff_number() == before.staff_number()) return absl::OkStatus();
  const std::string state = v1::Person::EmploymentState_Name(before.employment_state());
  return status::TransitionRefused(before.name(), "renumber", state, state, &kStaffNumberUnused);
}

}  // namespace qinglian::organization
