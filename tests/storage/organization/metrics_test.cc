// What dashboards see.
#include "services/organization/metrics.h"

#include "gmock/gmock.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "tests/storage/organization/covering.h"

namespace qinglian::organization {
namespace {

using testing::HasSubstr;
using testing::Not;

class OrganizationMetricsTest : public CoveringTest {
 protected:
  // What is shown after a count.
  std::string Shown(absl::CivilDay today) {
    const absl::Status counted = metrics_.Count(*served_.database().Open(), today);
    EXPECT_TRUE(counted.ok()) << counted;
    return registry_->Render();
  }

  const std::shared_ptr<metrics::Registry> registry_ =
      std::make_shared<metrics::Registry>("organization", "test");
  OrganizationMetrics metrics_{*registry_};
};

TEST_F(OrganizationMetricsTest, AProvinceCountsWhatWorksForNoneOfItsCities) {
  const v1::Organization root = Made("省政府");
  Made("市局", root.name());
  v1::ImportDivisionsRequest divisions;
  divisions.set_request_id(test::RequestId());
  v1::Division& city = *divisions.add_divisions();
  city.set_name("divisions/3301");
  city.set_display_name("杭州市");
  city.set_level(v1::Division::LEVEL_CITY);
  city.set_parent("divisions/33");
  city.set_vintage(2023);
  const auto imported =
      Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", divisions);
  ASSERT_TRUE(imported.ok()) << imported.status();
  served_.database().Run(
      "UPDATE organization_count_changes SET division = '330106' WHERE LENGTH(path) > 0");
  for (const bool folded : {false, true}) {
    if (folded) {
      ASSERT_TRUE(Tick("fold-organization-counts").ok());
    }
    const std::string shown = Shown(kFirst);
    for (const char* division : {"33", "3301"}) {
      EXPECT_THAT(shown,
                  HasSubstr(absl::StrCat(R"(organization_organizations{division=")", division,
                                         R"(",kind="government_department",state="active"} 1)")));
    }
  }
  EXPECT_THAT(Shown(kFirst),
              HasSubstr(R"(organization_division_info{division="3301",display_name="杭州市"} 1)"));
  EXPECT_THAT(Shown(kFirst - 1), Not(HasSubstr("organization_organizations{")));
}

TEST_F(OrganizationMetricsTest, WhatIsMissingIsCountedAtTheRootsOfTheTree) {
  const v1::Organization root = Made("省政府");
  Made("市局", root.name());
  Made("省委");
  Follow();
  const std::string shown = Shown(kFirst);
  EXPECT_THAT(shown,
              HasSubstr(R"(organization_coverage_gaps{check="organ_without_party_body"} 3)"));
  EXPECT_THAT(shown, HasSubstr(R"(organization_coverage_gaps{check="term_overdue"} 0)"));
}

}  // namespace
}  // namespace qinglian::organization
