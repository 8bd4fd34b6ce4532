#include "common/access/path.h"

#include <string>

#include "gtest/gtest.h"

namespace qinglian::access {
namespace {

std::string Id(char c) { return std::string(kIdSize, c); }

TEST(Path, ASubtreeEndsBeforeTheNextPathAlsoWhereBytesAreAllOnes) {
  EXPECT_EQ(PathEnd("ab"), "ac");
  EXPECT_EQ(PathEnd("a\xff"), "b");
  EXPECT_EQ(PathEnd("a\xff\xff"), "b");
  EXPECT_LT(std::string("ab") + std::string(16, '\xff'), PathEnd("ab"));
}

TEST(Path, IsReachedFromItselfAndFromEveryOrganizationAboveIt) {
  const std::string path = Id('a') + Id('b') + Id('c');
  for (const char above : {'a', 'b', 'c'}) EXPECT_TRUE(Reaches(Id(above), path)) << above;
  EXPECT_TRUE(Reaches("", path));
  EXPECT_FALSE(Reaches(Id('d'), path));
  EXPECT_FALSE(Reaches(Id('c'), Id('a') + Id('b')));
}

// Ids that meet across the border of two others are nobody's.
TEST(Path, IsReadInWholeIds) {
  const std::string path = std::string(8, 'a') + std::string(16, 'b') + std::string(8, 'a');
  EXPECT_FALSE(Reaches(Id('b'), path));
}

}  // namespace
}  // namespace qinglian::access
