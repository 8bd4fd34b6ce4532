#include "services/organization/organization_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/status/status.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;

std::string Path(int depth) { return std::string(depth * kPathStep, 'x'); }

v1::Organization Body() {
  v1::Organization body;
  body.set_name("organizations/01930000-0000-7000-8000-000000000001");
  body.set_display_name("杭州市财政局");
  body.set_kind(v1::Organization::KIND_GOVERNMENT_DEPARTMENT);
  body.set_state(v1::Organization::STATE_ACTIVE);
  return body;
}

TEST(OrganizationRules, APartyBodyNeedsItsTypeAndNothingElseMayHaveOne) {
  v1::Organization body = Body();
  EXPECT_TRUE(CheckConsistency(body).ok());
  body.set_party_body_type(v1::Organization::PARTY_BODY_TYPE_BRANCH);
  EXPECT_TRUE(absl::IsInvalidArgument(CheckConsistency(body)));
  body.set_kind(v1::Organization::KIND_PARTY_BODY);
  EXPECT_TRUE(CheckConsistency(body).ok());
  body.clear_party_body_type();
  EXPECT_TRUE(absl::IsInvalidArgument(CheckConsistency(body)));
}

TEST(OrganizationRules, ASourceGivesAnOrganizationOneIdentifier) {
  v1::Organization body = Body();
  for (const char* id : {"1", "2"}) {
    body.add_external_identifiers()->set_source("organ-register");
    body.mutable_external_identifiers()->rbegin()->set_id(id);
  }
  const absl::Status status = CheckConsistency(body);
  EXPECT_EQ(status::MetadataOf(status, "fields"), "organization.external_identifiers[1].source");
}

TEST(OrganizationRules, APlaceIsRefusedWhereItWouldMakeACycleOrATreeTooDeep) {
  struct Case {
    const char* what;
    std::string own_path, parent_path;
    size_t height;
    const char* guard;  // "" where it is allowed
  };
  const std::string own = Path(2) + std::string(kPathStep, 'a');
  for (const Case& c :
       {Case{"a new root", "", "", 1, ""}, Case{"the deepest leaf", "", Path(15), 1, ""},
        Case{"a leaf below the deepest", "", Path(16), 1, "DEPTH"},
        Case{"a subtree that just fits", own, Path(13), 3, ""},
        Case{"a subtree one too high", own, Path(14), 3, "DEPTH"},
        Case{"below itself", own, own, 1, "NO_CYCLE"},
        Case{"below its own part", own, own + Path(1), 1, "NO_CYCLE"},
        Case{"beside itself", own, Path(2), 1, ""}}) {
    const absl::Status status = CheckPlace(Body(), c.own_path, c.parent_path, c.height);
    EXPECT_EQ(status::MetadataOf(status, "guard"), c.guard) << c.what;
    EXPECT_EQ(status.ok(), std::string(c.guard).empty()) << c.what;
  }
}

TEST(OrganizationRules, NamesAreSearchedWithoutWidthOrCase) {
  EXPECT_EQ(Normalize("ＡＢＣ厅"), "abc厅");
  v1::Organization body = Body();
  body.set_short_name("市财政局");
  EXPECT_EQ(SearchText(body), "杭州市财政局\n市财政局");
}

TEST(OrganizationRules, AFormerNameIsALineThatTodaysNamesDoNotHave) {
  EXPECT_EQ(FormerText("财政厅\n省财政", {"财政厅\n省财政", "财税厅\n省财政", "税务局", "税务局"}),
            "税务局\n财税厅");
  EXPECT_EQ(FormerText("财政厅", {"财政厅"}), "");
}

TEST(OrganizationRules, AnAreaIsWhatLiesBelowAChildOfARoot) {
  const std::string root(kPathStep, 'r'), child(kPathStep, 'c'), leaf(kPathStep, 'l');
  EXPECT_EQ(AreaOf(root), root);
  EXPECT_EQ(AreaOf(root + child), child);
  EXPECT_EQ(AreaOf(root + child + leaf), child);
}

TEST(OrganizationRules, PiecesAreNeighboursWithinALineAndStandOnce) {
  EXPECT_THAT(Pieces("财政局\n财政"), ElementsAre("政局", "财政"));
  EXPECT_THAT(Pieces("𬇕水"), ElementsAre("𬇕水"));
  EXPECT_TRUE(Pieces("局").empty());
}

}  // namespace
}  // namespace qinglian::organization
