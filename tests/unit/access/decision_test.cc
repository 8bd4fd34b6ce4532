#include "common/access/decision.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace qinglian::access {
namespace {

constexpr size_t kRead = 0;
constexpr size_t kWrite = 1;

const std::string kProvince(16, '\1');
const std::string kCityId(16, '\2');
const std::string kCity = kProvince + kCityId;
const std::string kOffice = kCity + std::string(16, '\3');
const std::string kSibling = kProvince + std::string(16, '\4');

Role Reader(v1::Sensitivity view = v1::SENSITIVITY_INTERNAL) {
  Role role;
  role.permissions.set(kRead);
  role.view = view;
  return role;
}

struct Case {
  std::string_view what;
  size_t permission = kRead;
  std::string grant_at = kCityId;
  std::string actor = "persons/a";
  std::string acting_for = {};
  std::optional<std::string> organization = kOffice;
  std::vector<std::string> denied_to = {};
  std::vector<std::string> known_to = {};
  Verdict verdict = Verdict::kAllowed;
};

TEST(Decide, GoesByPermissionDenialSubtreeAndNeedToKnow) {
  const Role reader = Reader();
  const std::vector<Case> cases = {
      {.what = "below the root of the grant"},
      {.what = "the root of the grant itself", .organization = kCity},
      {.what = "above the root of the grant",
       .organization = kProvince,
       .verdict = Verdict::kHidden},
      {.what = "beside it", .organization = kSibling, .verdict = Verdict::kHidden},
      {.what = "of no organization", .organization = std::nullopt},
      {.what = "of an organization that is not known",
       .organization = "",
       .verdict = Verdict::kHidden},
      {.what = "the whole installation", .grant_at = ""},
      {.what = "the whole installation, an organization not known",
       .grant_at = "",
       .organization = ""},
      {.what = "a grant for an organization elsewhere",
       .grant_at = std::string(16, '\7'),
       .verdict = Verdict::kHidden},
      {.what = "an id across two ids of the path",
       .grant_at = std::string(8, '\1') + std::string(8, '\2'),
       .verdict = Verdict::kHidden},
      {.what = "without the permission", .permission = kWrite, .verdict = Verdict::kForbidden},
      {.what = "an unknown permission",
       .permission = PermissionCatalogue::npos,
       .verdict = Verdict::kForbidden},
      {.what = "the subject", .denied_to = {"persons/x", "persons/a"}, .verdict = Verdict::kHidden},
      {.what = "somebody else is the subject", .denied_to = {"persons/x"}},
      {.what = "acting for the subject",
       .acting_for = "persons/x",
       .denied_to = {"persons/x"},
       .verdict = Verdict::kHidden},
      {.what = "the subject, on the need-to-know list",
       .denied_to = {"persons/a"},
       .known_to = {"persons/a"},
       .verdict = Verdict::kHidden},
      {.what = "the subject without the permission is told only that",
       .permission = kWrite,
       .denied_to = {"persons/a"},
       .verdict = Verdict::kForbidden},
      {.what = "not on the need-to-know list",
       .known_to = {"persons/x"},
       .verdict = Verdict::kHidden},
      {.what = "on it", .known_to = {"persons/x", "persons/a"}},
      {.what = "acting for somebody on it", .acting_for = "persons/x", .known_to = {"persons/x"}},
      {.what = "on it, elsewhere in the tree",
       .organization = kSibling,
       .known_to = {"persons/a"},
       .verdict = Verdict::kHidden},
      {.what = "nobody in the denials is nobody", .acting_for = "", .denied_to = {""}},
  };
  for (const Case& c : cases) {
    const std::vector<RoleGrant> grants = {{.role = &reader, .root = c.grant_at}};
    EXPECT_EQ(Decide({.permission = c.permission,
                      .grants = grants,
                      .actor = c.actor,
                      .acting_for = c.acting_for,
                      .organization_path = c.organization,
                      .denied_to = c.denied_to,
                      .known_to = c.known_to})
                  .verdict,
              c.verdict)
        << c.what;
  }
}

TEST(Decide, ShowsWhatTheGrantsThatReachTheResourceShow) {
  const Role reader = Reader();
  const Role confidential = Reader(v1::SENSITIVITY_CONFIDENTIAL);
  const std::vector<RoleGrant> grants = {{.role = &reader, .root = kProvince},
                                         {.role = &confidential, .root = kCityId},
                                         {.role = nullptr, .root = kProvince}};
  const auto view = [&grants](const std::string& organization) {
    return Decide({.permission = kRead,
                   .grants = grants,
                   .actor = "persons/a",
                   .organization_path = organization})
        .view;
  };
  EXPECT_EQ(view(kOffice), v1::SENSITIVITY_CONFIDENTIAL);
  EXPECT_EQ(view(kSibling), v1::SENSITIVITY_INTERNAL);
}

TEST(Decide, RefusesWhoeverHasNoGrant) {
  EXPECT_EQ(Decide({.permission = kRead, .actor = "persons/a"}).verdict, Verdict::kForbidden);
}

}  // namespace
}  // namespace qinglian::access
