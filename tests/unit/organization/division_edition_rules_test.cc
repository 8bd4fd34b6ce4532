#include "services/organization/division_edition_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/status/status.h"

namespace qinglian::organization {
namespace {

using Change = v1::DivisionEditionChange;
using testing::ElementsAre;
using testing::IsEmpty;

v1::Division County(const std::string& name, v1::Division::State state,
                    const std::string& parent = "divisions/3301") {
  v1::Division division;
  division.set_name("divisions/330106");
  division.set_display_name(name);
  division.set_level(v1::Division::LEVEL_COUNTY);
  division.set_parent(parent);
  division.set_state(state);
  return division;
}

TEST(DivisionEditionRules, EachChangeHasItsKinds) {
  const v1::Division before = County("西湖区", v1::Division::STATE_ACTIVE);
  const v1::Division retired = County("西湖区", v1::Division::STATE_RETIRED);
  EXPECT_THAT(KindsOf(nullptr, before, false), ElementsAre(Change::KIND_ADDED));
  EXPECT_THAT(KindsOf(&retired, before, false), ElementsAre(Change::KIND_ADDED));
  EXPECT_THAT(KindsOf(&before, before, false), IsEmpty());
  EXPECT_THAT(KindsOf(&before, County("新西湖区", v1::Division::STATE_ACTIVE), false),
              ElementsAre(Change::KIND_RENAMED));
  EXPECT_THAT(
      KindsOf(&before, County("新西湖区", v1::Division::STATE_ACTIVE, "divisions/33"), false),
      ElementsAre(Change::KIND_RENAMED, Change::KIND_MOVED));
  EXPECT_THAT(KindsOf(&before, retired, false), ElementsAre(Change::KIND_RETIRED));
  const v1::Division merged = County("西湖区", v1::Division::STATE_MERGED);
  EXPECT_THAT(KindsOf(&before, merged, false), ElementsAre(Change::KIND_MERGED));
  EXPECT_THAT(KindsOf(&before, merged, true), ElementsAre(Change::KIND_MOVED));
}

TEST(DivisionEditionRules, RowsLieWithinTheEditionAndAreOfItsYear) {
  v1::DivisionEdition edition;
  edition.set_division("divisions/3301");
  edition.set_vintage(2025);
  struct Case {
    std::string parent;
    int vintage;
    std::string former;
    std::string field;
  };
  for (const Case& c :
       {Case{"divisions/3301", 0, "", ""}, Case{"divisions/3301", 2025, "330105", ""},
        Case{"divisions/3302", 2025, "", "rows[0].division.parent"},
        Case{"divisions/3301", 2024, "", "rows[0].division.vintage"},
        Case{"divisions/3301", 2025, "330106", "rows[0].former_codes[0]"},
        Case{"divisions/3301", 2025, "西湖", "rows[0].former_codes[0]"}}) {
    v1::AddDivisionEditionRowsRequest request;
    auto& row = *request.add_rows();
    *row.mutable_division() = County("西湖区", v1::Division::STATE_UNSPECIFIED, c.parent);
    row.mutable_division()->set_vintage(c.vintage);
    if (!c.former.empty()) row.add_former_codes(c.former);
    EXPECT_EQ(status::MetadataOf(CheckRows(edition, request), "fields"), c.field);
  }
}

}  // namespace
}  // namespace qinglian::organization
