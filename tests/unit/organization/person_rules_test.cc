#include "services/organization/person_rules.h"

#include <gtest/gtest.h>

namespace qinglian::organization {
namespace {

TEST(PersonRules, TheStaffNumberOfWhoeverHoldsSomethingStays) {
  v1::Person before;
  before.set_name("persons/01930000-0000-7000-8000-000000000001");
  before.set_staff_number("S-1");
  before.set_employment_state(v1::Person::EMPLOYMENT_STATE_EMPLOYED);
  v1::Person renamed = before;
  renamed.set_display_name("张新名");
  v1::Person renumbered = before;
  renumbered.set_staff_number("S-2");
  EXPECT_TRUE(CheckChange(before, renamed, true).ok());
  EXPECT_TRUE(CheckChange(before, renumbered, false).ok());
  const absl::Status refused = CheckChange(before, renumbered, true);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(status::MetadataOf(refused, "guard"), kStaffNumberUnused.name);
  EXPECT_EQ(refused.message().find("S-"), std::string::npos) << "a number is nobody's business";
}

}  // namespace
}  // namespace qinglian::organization
