#include "common/access/role.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "common/access/permission.h"

namespace qinglian::access {
namespace {

TEST(Permissions, AreDeclaredByEveryMethod) {
  for (const google::protobuf::ServiceDescriptor* service : LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      EXPECT_TRUE(RuleOf(*service->method(i)).ok()) << service->method(i)->full_name();
    }
  }
  const PermissionCatalogue* permissions = &PermissionCatalogue::Linked();
  EXPECT_GT(permissions->names().size(), 100u);
  for (const std::string& name : permissions->names()) {
    EXPECT_EQ(permissions->names()[permissions->Find(name)], name);
  }
  EXPECT_EQ(permissions->Find("risk.riskPoints.nothing"), PermissionCatalogue::npos);
}

TEST(Permissions, AreNamedByPatternsOfThreeParts) {
  const PermissionCatalogue* permissions = &PermissionCatalogue::Linked();
  EXPECT_EQ(permissions->Matching("risk.riskPoints.approve").count(), 1u);
  EXPECT_GT(permissions->Matching("risk.riskPoints.*").count(), 5u);
  EXPECT_GT(permissions->Matching("*.*.read").count(), 10u);
  EXPECT_EQ(permissions->Matching("*.*.*").count(), permissions->names().size());
  for (const char* nothing : {"", "*", "risk.*", "risk.riskPoints", "risk.riskPoints.approve.now",
                              "risk.riskpoints.approve"}) {
    EXPECT_EQ(permissions->Matching(nothing).count(), 0u) << nothing;
  }
}

// What only the house asks of itself.
const std::set<std::string> kWithinTheHouse = {"organization.administrators.make",
                                               "organization.callers.resolve"};

TEST(StandardRoles, HoldOnlyPermissionsThatExistAndAllThatExistAreHeldBySomebody) {
  const PermissionCatalogue* permissions = &PermissionCatalogue::Linked();
  PermissionSet held;
  std::set<std::string> names;
  for (const v1::Role& role : StandardRoles().roles()) {
    EXPECT_TRUE(names.insert(role.name()).second) << role.name();
    EXPECT_FALSE(role.display_name().empty() || role.description().empty()) << role.name();
    EXPECT_NE(role.view(), v1::SENSITIVITY_UNSPECIFIED) << role.name();
    for (const std::string& pattern : role.permissions()) {
      EXPECT_TRUE(permissions->Matching(pattern).any()) << role.name() << " " << pattern;
      if (!role.internal()) held |= permissions->Matching(pattern);
    }
  }
  for (size_t i = 0; i < permissions->names().size(); ++i) {
    const bool within_the_house = kWithinTheHouse.count(permissions->names()[i]) > 0;
    EXPECT_NE(held[i], within_the_house) << permissions->names()[i];
  }
}

TEST(StandardRoles, ShowSealedAndConfidentialDataOnlyWhereTwoPersonsGrantThem) {
  for (const v1::Role& role : StandardRoles().roles()) {
    if (role.view() < v1::SENSITIVITY_CONFIDENTIAL) continue;
    EXPECT_TRUE(role.powerful()) << role.name();
  }
}

TEST(Roles, AnUnknownNameIsNoRole) {
  const PermissionCatalogue* permissions = &PermissionCatalogue::Linked();
  const Roles roles(StandardRoles(), *permissions);
  EXPECT_EQ(roles.Find("roles/nobody"), nullptr);
  ASSERT_NE(roles.Find("roles/auditor"), nullptr);
  EXPECT_FALSE(
      roles.Find("roles/auditor")->permissions[permissions->Find("risk.riskPoints.approve")]);
}

}  // namespace
}  // namespace qinglian::access
