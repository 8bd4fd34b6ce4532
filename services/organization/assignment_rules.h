// The rules of posts and of who holds them.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_RULES_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/post.pb.h"

namespace qinglian::organization {

inline constexpr status::Guard kPostHeld{"POST_HELD", "the post is still held", "岗位仍有人任职"};
inline constexpr status::Guard kPostActive{"POST_ACTIVE", "the post does not exist any more",
                                           "岗位已撤销"};
inline constexpr status::Guard kPersonEmployed{"PERSON_EMPLOYED", "the person is not employed",
                                               "该人员不在职"};
inline constexpr status::Guard kHeadCountFree{
    "HEAD_COUNT_FREE", "as many persons hold the post as may", "岗位职数已满"};
inline constexpr status::Guard kNotHoldingAlready{
    "NOT_HOLDING_ALREADY", "the person holds the post already", "该人员已任此职"};
inline constexpr status::Guard kEndNotBeforeStart{"END_NOT_BEFORE_START",
                                                  "an assignment cannot end before it began",
                                                  "任职结束日期不能早于开始日期"};

inline constexpr status::Guard kNoResponsibilities{
    "NO_RESPONSIBILITIES", "no line of a responsibility list that holds names the post",
    "岗位仍列在有效的责任清单中"};

// What the database says of a post when somebody takes or leaves it.
struct PostFacts {
  // How many hold it now.
  int holders = 0;
  // Whether the person in question is among them.
  bool held_by_person = false;
  // Whether a line of a responsibility list names it.
  bool answers = false;
};

// ACTIVE to ABOLISHED.
absl::Status Abolish(v1::Post& post, const PostFacts& facts);

// Fills what the server knows of a new assignment and checks its guards. Acting holders do not
// count against the head count.
absl::Status Begin(v1::Assignment& assignment, const v1::Post& post, const v1::Person& person,
                   const PostFacts& facts, absl::CivilDay today);

// CURRENT to ENDED.
absl::Status End(v1::Assignment& assignment, absl::CivilDay last_day, absl::CivilDay today);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_RULES_H_
