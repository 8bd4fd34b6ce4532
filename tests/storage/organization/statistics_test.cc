// How many organizations there were, of any subtree and division, on any day.
#include <map>
#include <string>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr char kActive[] = "KIND_GOVERNMENT_DEPARTMENT LEVEL_PROVINCE STATE_ACTIVE";
constexpr char kMerged[] = "KIND_GOVERNMENT_DEPARTMENT LEVEL_PROVINCE STATE_MERGED";

class Statistics : public ReformingTest {
 protected:
  absl::StatusOr<v1::OrganizationStatistics> In(
      const std::string& division, absl::CivilDay day,
      const rpc::CallOptions& caller = test::CallAs("persons/clerk")) {
    v1::GetDivisionStatisticsRequest request;
    request.set_name(division);
    *request.mutable_as_of_date() = clock::ToDate(day);
    request.set_include_parts(true);
    return served_.Call<v1::OrganizationStatistics>(
        "/qinglian.organization.v1.DivisionService/GetDivisionStatistics", request, caller);
  }
};

TEST_F(Statistics, ASubtreeIsCountedAsItWasOnAnyDayBeforeAndAfterTheCountsAreFolded) {
  const v1::Organization root = Made("省政府");
  const v1::Organization other = Made("省委");
  const v1::Organization ending = Made("旅游局", root.name());
  Made("办公室", ending.name());
  const v1::Organization heir = Made("文化厅", root.name());
  Pass(10);
  ASSERT_TRUE(Merge(ending, heir.name()).ok());
  Pass(10);
  ASSERT_TRUE(Move(Get(heir.name()), other.name()).ok());
  for (const bool folded : {false, true}) {
    if (folded) {
      ASSERT_TRUE(Tick("fold-organization-counts").ok());
    }
    EXPECT_THAT(Counted(root.name(), kFirst - 1), IsEmpty());
    EXPECT_THAT(Counted(root.name(), kFirst), ElementsAre(Pair(kActive, 4)));
    EXPECT_THAT(Counted(root.name(), kFirst + 10), ElementsAre(Pair(kActive, 3), Pair(kMerged, 1)));
    EXPECT_THAT(Counted(root.name(), kFirst + 20), ElementsAre(Pair(kActive, 1), Pair(kMerged, 1)));
    EXPECT_THAT(Counted(other.name(), kFirst + 19), ElementsAre(Pair(kActive, 1)));
    EXPECT_THAT(Counted(other.name(), kFirst + 20), ElementsAre(Pair(kActive, 3)));
    EXPECT_THAT(Counted(heir.name(), kFirst + 20), ElementsAre(Pair(kActive, 2)));
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organization_count_changes"), "0");
}

TEST_F(Statistics, ASubtreeIsCountedByDivisionAlsoAfterItMovedAndBeforeTheCountsAreFolded) {
  v1::ImportDivisionsRequest divisions;
  for (const auto& [code, level] : {std::pair{"3301", v1::Division::LEVEL_CITY},
                                    {"3302", v1::Division::LEVEL_CITY},
                                    {"330106", v1::Division::LEVEL_COUNTY}}) {
    v1::Division& division = *divisions.add_divisions();
    const std::string name = absl::StrCat("divisions/", code);
    division.set_name(name);
    division.set_display_name("示例");
    division.set_level(level);
    division.set_parent(name.substr(0, name.size() - 2));
    division.set_vintage(2023);
  }
  divisions.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", divisions).ok());
  const auto make = [&](const std::string& division, const std::string& parent) {
    auto wanted = Wanted("某单位", parent);
    wanted.mutable_organization()->set_division("divisions/" + division);
    return Create(wanted).value_or(v1::Organization());
  };
  const v1::Organization root = Made("省政府");
  const v1::Organization other = Made("省委");
  const v1::Organization city = make("3301", root.name());
  make("330106", city.name());
  make("3302", root.name());
  Pass(10);
  ASSERT_TRUE(Move(Get(city.name()), other.name()).ok());
  for (const bool folded : {false, true}) {
    if (folded) {
      ASSERT_TRUE(Tick("fold-organization-counts").ok());
    }
    EXPECT_THAT(CountedByCity(root.name(), kFirst),
                ElementsAre(Pair("divisions/3301", 2), Pair("divisions/3302", 1)));
    EXPECT_THAT(CountedByCity(root.name(), kFirst + 10), ElementsAre(Pair("divisions/3302", 1)));
    EXPECT_THAT(CountedByCity(other.name(), kFirst + 10), ElementsAre(Pair("divisions/3301", 2)));
    EXPECT_THAT(CountedByCity(city.name(), kFirst + 10), ElementsAre(Pair("divisions/3301", 2)));
  }
  EXPECT_EQ(In("divisions/3301", kFirst + 10)->active_count(), 2) << "the move changes no division";
}

TEST_F(Statistics, ADivisionIsCountedWithItsPartsForWhoSeesAll) {
  v1::ImportDivisionsRequest cities;
  for (const auto& [code, name] :
       {std::pair{"divisions/3301", "杭州市"}, {"divisions/3302", "宁波市"}}) {
    v1::Division& city = *cities.add_divisions();
    city.set_name(code);
    city.set_display_name(name);
    city.set_level(v1::Division::LEVEL_CITY);
    city.set_parent("divisions/33");
    city.set_vintage(2023);
  }
  cities.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", cities).ok());
  const v1::Organization root = Made("省政府");
  for (int i = 0; i < 3; ++i) {
    auto wanted = Wanted(absl::StrCat("第", i, "局"), root.name());
    wanted.mutable_organization()->set_division("divisions/3301");
    ASSERT_TRUE(Create(wanted).ok());
  }
  for (const bool folded : {false, true}) {
    if (folded) {
      ASSERT_TRUE(Tick("fold-organization-counts").ok());
    }
    const auto province = In("divisions/33", kFirst);
    ASSERT_TRUE(province.ok()) << province.status();
    EXPECT_EQ(province->active_count(), 4);
    ASSERT_EQ(province->parts_size(), 1) << "there is nothing in the other";
    EXPECT_EQ(province->parts(0).scope(), "divisions/3301");
    EXPECT_EQ(province->parts(0).active_count(), 3);
    EXPECT_EQ(In("divisions/33", kFirst - 1)->active_count(), 0);
  }
  const auto partial =
      In("divisions/33", kFirst,
         test::CallAs("persons/clerk", {test::GrantOf("roles/organ", root.name())}));
  EXPECT_TRUE(absl::IsPermissionDenied(partial.status())) << partial.status();
  EXPECT_TRUE(absl::IsNotFound(In("divisions/44", kFirst).status()));
}

TEST_F(Statistics, ADayToComeAndAHiddenRootAreRefused) {
  const v1::Organization here = Made("甲厅");
  const v1::Organization there = Made("乙厅");
  v1::GetOrganizationStatisticsRequest request;
  request.set_name(there.name());
  const auto ask = [&](const rpc::CallOptions& caller) {
    return served_
        .Call<v1::OrganizationStatistics>(
            "/qinglian.organization.v1.OrganizationService/GetOrganizationStatistics", request,
            caller)
        .status();
  };
  const rpc::CallOptions clerk =
      test::CallAs("persons/clerk", {test::GrantOf("roles/organ", here.name())});
  EXPECT_TRUE(absl::IsNotFound(ask(clerk)));
  *request.mutable_as_of_date() = clock::ToDate(kFirst + 1);
  EXPECT_EQ(status::ReasonOf(ask(test::CallAs("persons/clerk"))), "TIME_IN_FUTURE");
}

}  // namespace
}  // namespace qinglian::organization
