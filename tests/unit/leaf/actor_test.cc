#include "common/lifecycle/actor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace qinglian::lifecycle {
namespace {

// As resources have it.
struct Resource {
  std::vector<std::string> names;
  const std::vector<std::string>& represented() const { return names; }
  void add_represented(const std::string& name) { names.push_back(name); }
};

const Actor kHimself{"persons/a"};
const Actor kDelegate{"persons/a", "persons/b"};

TEST(Actor, ThePostsOfWhomHeActsForCount) {
  EXPECT_EQ(kHimself.holder(), "persons/a");
  EXPECT_EQ(kDelegate.holder(), "persons/b");
}

TEST(Actor, WhatBarsEitherBarsBoth) {
  EXPECT_TRUE(kDelegate.Is("persons/a"));
  EXPECT_TRUE(kDelegate.Is("persons/b"));
  EXPECT_FALSE(kDelegate.Is("persons/c"));
  EXPECT_FALSE(kHimself.Is("persons/b"));
  EXPECT_TRUE(kHimself.IsNoneOf({"persons/b", "persons/c"}));
  EXPECT_FALSE(kDelegate.IsNoneOf({"persons/c", "persons/b"}));
  EXPECT_FALSE(kDelegate.IsNoneOf(std::vector<std::string>{"persons/a"}));
}

TEST(Actor, WhatNobodyDidYetBarsNobody) {
  EXPECT_FALSE(kHimself.Is(""));
  EXPECT_FALSE(kDelegate.Is(""));
  EXPECT_TRUE(kHimself.IsNoneOf({"", "persons/c"}));
}

TEST(Actor, WhomHeActsForIsNotedOnceAndHadAPartFromThenOn) {
  Resource resource;
  kHimself.NoteIn(resource);
  EXPECT_THAT(resource.names, testing::IsEmpty());
  kDelegate.NoteIn(resource);
  kDelegate.NoteIn(resource);
  EXPECT_THAT(resource.names, testing::ElementsAre("persons/b"));
  EXPECT_FALSE(Actor{"persons/b"}.HadNoPartIn(resource, {"persons/a"}));
  EXPECT_FALSE((Actor{"persons/c", "persons/b"}.HadNoPartIn(resource, {"persons/a"})));
  EXPECT_FALSE(Actor{"persons/a"}.HadNoPartIn(resource, {"persons/a"}));
  EXPECT_TRUE(Actor{"persons/c"}.HadNoPartIn(resource, {"persons/a"}));
}

}  // namespace
}  // namespace qinglian::lifecycle
