// Every method with its permission and the standard roles that hold it: who may do what, in one
// list that shows in a review when it changes.
//
// Where that is on purpose: QINGLIAN_TEST_RENEW_GOLDEN=1 writes the list anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/access/permission.h"
#include "common/access/role.h"

namespace qinglian::access {
namespace {

constexpr char kGolden[] = QINGLIAN_SOURCE_DIR "/tests/unit/access/golden/methods.txt";

std::string LineOf(const google::protobuf::MethodDescriptor& method) {
  const auto rule = RuleOf(method);
  if (!rule.ok()) return absl::StrCat(method.full_name(), " ", rule.status().ToString());
  if (rule->by_item()) return absl::StrCat(method.full_name(), " as each item's own method");
  if (rule->authenticated()) return absl::StrCat(method.full_name(), " everybody who is known");
  std::string line = absl::StrCat(method.full_name(), " ", rule->permission(),
                                  rule->anywhere() ? " anywhere" : "");
  const PermissionCatalogue& permissions = PermissionCatalogue::Linked();
  for (const v1::Role& role : StandardRoles().roles()) {
    PermissionSet held;
    for (const std::string& pattern : role.permissions()) held |= permissions.Matching(pattern);
    if (held[permissions.Find(rule->permission())]) absl::StrAppend(&line, " ", role.name());
  }
  return line;
}

std::string Table() {
  std::set<std::string> lines;
  for (const google::protobuf::ServiceDescriptor* service : LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) lines.insert(LineOf(*service->method(i)));
  }
  std::string table;
  for (const std::string& line : lines) absl::StrAppend(&table, line, "\n");
  return table;
}

TEST(Methods, HaveThePermissionsAndRolesOfTheGoldenList) {
  if (std::getenv("QINGLIAN_TEST_RENEW_GOLDEN") != nullptr) std::ofstream(kGolden) << Table();
  std::ifstream file(kGolden);
  EXPECT_EQ(Table(), std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace
}  // namespace qinglian::access
