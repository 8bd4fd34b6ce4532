#include "common/access/role.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "common/access/permission.h"
#include "google/protobuf/descriptor_database.h"

namespace qinglian::access {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

// All services of the contracts that are linked in.
std::vector<const ServiceDescriptor*> Services() {
  std::vector<std::string> names;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& name : names) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) {
      if (absl::StartsWith(file->package(), "qinglian.")) services.push_back(file->service(i));
    }
  }
  return services;
}

TEST(Permissions, AreDeclaredByEveryMethod) {
  const auto permissions = PermissionCatalogue::Of(Services());
  ASSERT_TRUE(permissions.ok()) << permissions.status();
  EXPECT_GT(permissions->names().size(), 100u);
  for (const std::string& name : permissions->names()) {
    EXPECT_EQ(permissions->names()[permissions->Find(name)], name);
  }
  EXPECT_EQ(permissions->Find("risk.riskPoints.nothing"), PermissionCatalogue::npos);
}

TEST(Permissions, AreNamedByPatternsOfThreeParts) {
  const auto permissions = PermissionCatalogue::Of(Services());
  ASSERT_TRUE(permissions.ok());
  EXPECT_EQ(permissions->Matching("risk.riskPoints.approve").count(), 1u);
  EXPECT_GT(permissions->Matching("risk.riskPoints.*").count(), 5u);
  EXPECT_GT(permissions->Matching("*.*.read").count(), 10u);
  EXPECT_EQ(permissions->Matching("*.*.*").count(), permissions->names().size());
  for (const char* nothing : {"", "*", "risk.*", "risk.riskPoints", "risk.riskPoints.approve.now",
                              "risk.riskpoints.approve"}) {
    EXPECT_EQ(permissions->Matching(nothing).count(), 0u) << nothing;
  }
}

TEST(StandardRoles, HoldOnlyPermissionsThatExistAndAllThatExistAreHeldBySomebody) {
  const auto permissions = PermissionCatalogue::Of(Services());
  ASSERT_TRUE(permissions.ok());
  PermissionSet held;
  std::set<std::string> names;
  for (const v1::Role& role : StandardRoles().roles()) {
    EXPECT_TRUE(names.insert(role.name()).second) << role.name();
    EXPECT_FALSE(role.display_name().empty() || role.description().empty()) << role.name();
    EXPECT_NE(role.view(), v1::SENSITIVITY_UNSPECIFIED) << role.name();
    for (const std::string& pattern : role.permissions()) {
      EXPECT_TRUE(permissions->Matching(pattern).any()) << role.name() << " " << pattern;
      held |= permissions->Matching(pattern);
    }
  }
  for (size_t i = 0; i < permissions->names().size(); ++i) {
    EXPECT_TRUE(held[i]) << "no role holds " << permissions->names()[i];
  }
}

TEST(StandardRoles, ShowSealedAndConfidentialDataOnlyWhereTwoPersonsGrantThem) {
  for (const v1::Role& role : StandardRoles().roles()) {
    if (role.view() < v1::SENSITIVITY_CONFIDENTIAL) continue;
    EXPECT_TRUE(role.powerful()) << role.name();
  }
}

TEST(Roles, AnUnknownNameIsNoRole) {
  const auto permissions = PermissionCatalogue::Of(Services());
  ASSERT_TRUE(permissions.ok());
  const Roles roles(StandardRoles(), *permissions);
  EXPECT_EQ(roles.Find("roles/nobody"), nullptr);
  ASSERT_NE(roles.Find("roles/auditor"), nullptr);
  EXPECT_FALSE(
      roles.Find("roles/auditor")->permissions[permissions->Find("risk.riskPoints.approve")]);
}

}  // namespace
}  // namespace qinglian::access
