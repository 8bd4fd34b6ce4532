#include <map>
#include <string>

#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

class CategoryTest : public SupervisionTest {
 protected:
  // How many categories lie below each.
  std::map<std::string, int> Below() {
    v1::ListCaseCategoriesRequest request;
    request.set_page_size(1000);
    const auto listed = Call<v1::ListCaseCategoriesResponse>(
        "CaseCategoryService/ListCaseCategories", request, kClerk);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::map<std::string, int> below;
    if (!listed.ok()) return below;
    for (const auto& category : listed->case_categories()) ++below[category.parent()];
    return below;
  }
};

TEST_F(CategoryTest, FormalismAndBureaucracyHaveFourAspectsAndTwelveKinds) {
  std::map<std::string, int> below = Below();
  EXPECT_EQ(below["caseCategories/bureaucracy"], 4);
  for (const char* aspect : {"decisions", "masses", "duties", "style"}) {
    EXPECT_EQ(below[std::string("caseCategories/bureaucracy-") + aspect], 3) << aspect;
  }
}

TEST_F(CategoryTest, AnAspectAndAKindAreGivenToCasesAlike) {
  for (const char* category : {"bureaucracy-duties", "bureaucracy-duties-falsehood"}) {
    v1::CreateSupervisionCaseRequest request = WantedCase();
    request.mutable_supervision_case()->set_category(std::string("caseCategories/") + category);
    const auto created = Create(request);
    EXPECT_TRUE(created.ok()) << created.status();
  }
}

}  // namespace
}  // namespace qinglian::supervision
