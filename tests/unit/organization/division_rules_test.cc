#include "services/organization/division_rules.h"

#include <gtest/gtest.h>

#include "common/status/status.h"

namespace qinglian::organization {
namespace {

struct Case {
  const char* what;
  const char* name;
  v1::Division::Level level;
  const char* parent;
  const char* wrong;  // the field that is wrong, "" for none
};

TEST(DivisionRules, ACodeHasTheDigitsOfItsLevelAndBeginsWithItsParents) {
  for (const Case& c : {
           Case{"a province", "divisions/33", v1::Division::LEVEL_PROVINCE, "", ""},
           Case{"a city", "divisions/3301", v1::Division::LEVEL_CITY, "divisions/33", ""},
           Case{"a county", "divisions/330106", v1::Division::LEVEL_COUNTY, "divisions/3301", ""},
           Case{"a township", "divisions/330106001", v1::Division::LEVEL_TOWNSHIP,
                "divisions/330106", ""},
           Case{"a village", "divisions/330106001001", v1::Division::LEVEL_VILLAGE,
                "divisions/330106001", ""},
           Case{"a township of a city without counties", "divisions/441900003",
                v1::Division::LEVEL_TOWNSHIP, "divisions/4419", ""},
           Case{"a city's code for a county", "divisions/3301", v1::Division::LEVEL_COUNTY,
                "divisions/33", "name"},
           Case{"letters", "divisions/33o1", v1::Division::LEVEL_CITY, "divisions/33", "name"},
           Case{"no collection", "3301", v1::Division::LEVEL_CITY, "divisions/33", "name"},
           Case{"a province with a parent", "divisions/33", v1::Division::LEVEL_PROVINCE,
                "divisions/3", "parent"},
           Case{"a city without a parent", "divisions/3301", v1::Division::LEVEL_CITY, "",
                "parent"},
           Case{"another province's city", "divisions/3301", v1::Division::LEVEL_CITY,
                "divisions/32", "parent"},
           Case{"its own part", "divisions/3301", v1::Division::LEVEL_CITY, "divisions/3301",
                "parent"},
       }) {
    v1::ImportDivisionsRequest request;
    v1::Division& division = *request.add_divisions();
    division.set_name(c.name);
    division.set_level(c.level);
    division.set_parent(c.parent);
    const absl::Status status = CheckDivisions(request);
    EXPECT_EQ(status::MetadataOf(status, "fields"),
              *c.wrong ? std::string("divisions[0].") + c.wrong : "")
        << c.what;
  }
}

}  // namespace
}  // namespace qinglian::organization
