#include "services/organization/assignment_rules.h"

#include <gtest/gtest.h>

#include "common/clock/date.h"
#include "common/status/status.h"

namespace qinglian::organization {
namespace {

constexpr absl::CivilDay kToday(2025, 6, 30);

v1::Post Post() {
  v1::Post post;
  post.set_name("posts/01930000-0000-7000-8000-000000000001");
  post.set_state(v1::Post::STATE_ACTIVE);
  post.set_rank(v1::Post::RANK_OFFICE_HEAD);
  post.set_organization("organizations/01930000-0000-7000-8000-000000000002");
  post.set_head_count(2);
  return post;
}

v1::Person Person() {
  v1::Person person;
  person.set_employment_state(v1::Person::EMPLOYMENT_STATE_EMPLOYED);
  return person;
}

std::string Guard(const absl::Status& status) { return status::MetadataOf(status, "guard"); }

TEST(AssignmentRules, AnAssignmentCopiesWhatThePostSays) {
  v1::Assignment assignment;
  ASSERT_TRUE(Begin(assignment, Post(), Person(), {.holders = 1}, kToday).ok());
  EXPECT_EQ(assignment.organization(), Post().organization());
  EXPECT_EQ(assignment.rank(), v1::Post::RANK_OFFICE_HEAD);
  EXPECT_EQ(assignment.state(), v1::Assignment::STATE_CURRENT);
  EXPECT_EQ(assignment.start_date().day(), 30);
}

TEST(AssignmentRules, EachGuardOfABeginningIsNamedWhenItIsBroken) {
  v1::Assignment assignment;
  v1::Post abolished = Post();
  abolished.set_state(v1::Post::STATE_ABOLISHED);
  EXPECT_EQ(Guard(Begin(assignment, abolished, Person(), {}, kToday)), "POST_ACTIVE");
  v1::Person retired = Person();
  retired.set_employment_state(v1::Person::EMPLOYMENT_STATE_RETIRED);
  EXPECT_EQ(Guard(Begin(assignment, Post(), retired, {}, kToday)), "PERSON_EMPLOYED");
  EXPECT_EQ(
      Guard(Begin(assignment, Post(), Person(), {.holders = 1, .held_by_person = true}, kToday)),
      "NOT_HOLDING_ALREADY");
  EXPECT_EQ(Guard(Begin(assignment, Post(), Person(), {.holders = 2}, kToday)), "HEAD_COUNT_FREE");
}

TEST(AssignmentRules, AnActingHolderDoesNotCountAgainstTheHeadCount) {
  v1::Assignment assignment;
  assignment.set_acting(true);
  EXPECT_TRUE(Begin(assignment, Post(), Person(), {.holders = 2}, kToday).ok());
}

TEST(AssignmentRules, AnAssignmentDoesNotBeginOrEndInTheFuture) {
  v1::Assignment assignment;
  *assignment.mutable_start_date() = clock::ToDate(kToday + 1);
  EXPECT_EQ(status::ReasonOf(Begin(assignment, Post(), Person(), {}, kToday)), "TIME_IN_FUTURE");
  assignment.clear_start_date();
  ASSERT_TRUE(Begin(assignment, Post(), Person(), {}, kToday).ok());
  EXPECT_EQ(status::ReasonOf(End(assignment, kToday + 1, kToday)), "TIME_IN_FUTURE");
}

TEST(AssignmentRules, AnAssignmentEndsOnceAndNotBeforeItBegan) {
  v1::Assignment assignment;
  ASSERT_TRUE(Begin(assignment, Post(), Person(), {}, kToday).ok());
  EXPECT_EQ(Guard(End(assignment, kToday - 1, kToday)), "END_NOT_BEFORE_START");
  ASSERT_TRUE(End(assignment, kToday, kToday).ok());
  const absl::Status again = End(assignment, kToday, kToday);
  EXPECT_EQ(status::ReasonOf(again), "TRANSITION_NOT_ALLOWED");
  EXPECT_EQ(status::MetadataOf(again, "state"), "STATE_ENDED");
}

TEST(AssignmentRules, APostThatIsHeldIsNotAbolished) {
  v1::Post post = Post();
  EXPECT_EQ(Guard(Abolish(post, {.holders = 1})), "POST_HELD");
  ASSERT_TRUE(Abolish(post, {}).ok());
  EXPECT_EQ(status::ReasonOf(Abolish(post, {})), "TRANSITION_NOT_ALLOWED");
}

}  // namespace
}  // namespace qinglian::organization
