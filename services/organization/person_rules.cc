#include "services/organization/person_rules.h"

#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

absl::Status CheckGuard(const v1::Person& person, const char* step, const status::Guard& guard,
                        bool met) {
  if (met) return absl::OkStatus();
  const std::string state = v1::Person::EmploymentState_Name(person.employment_state());
  return status::TransitionRefused(person.name(), step, state, state, &guard);
}

}  // namespace

absl::Status Release(v1::Person& person, v1::Person::EmploymentState state,
                     const std::string& organization) {
  RETURN_IF_ERROR(CheckGuard(person, "release", kAtWork,
                             person.employment_state() == v1::Person::EMPLOYMENT_STATE_EMPLOYED));
  const bool leaves =
      state == v1::Person::EMPLOYMENT_STATE_RETIRED || state == v1::Person::EMPLOYMENT_STATE_LEFT;
  const bool moves = state == v1::Person::EMPLOYMENT_STATE_UNSPECIFIED && !organization.empty() &&
                     organization != person.organization();
  RETURN_IF_ERROR(
      CheckGuard(person, "release", kGoesSomewhere, moves || (leaves && organization.empty())));
  if (leaves) person.set_employment_state(state);
  if (moves) person.set_organization(organization);
  return absl::OkStatus();
}

absl::Status CheckChange(const v1::Person& before, const v1::Person& after, bool holds) {
  return CheckGuard(before, "renumber", kStaffNumberUnused,
                    !holds || after.staff_number() == before.staff_number());
}

}  // namespace qinglian::organization
