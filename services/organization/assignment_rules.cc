#include "services/organization/assignment_rules.h"

#include <algorithm>
#include <string>

#include "common/clock/date.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

absl::Status RefuseBegin(const v1::Post& post, const status::Guard& guard) {
  return status::TransitionRefused(
      post.name(), "begin an assignment of", v1::Post::State_Name(post.state()),
      v1::Assignment::State_Name(v1::Assignment::STATE_CURRENT), &guard);
}

}  // namespace

absl::Status Abolish(v1::Post& post, const PostFacts& facts) {
  const auto refuse = [&](const status::Guard* guard) {
    return status::TransitionRefused(post.name(), "abolish", v1::Post::State_Name(post.state()),
                                     v1::Post::State_Name(v1::Post::STATE_ABOLISHED), guard);
  };
  if (post.state() != v1::Post::STATE_ACTIVE) return refuse(nullptr);
  if (facts.holders > 0) return refuse(&kPostHeld);
  if (facts.answers) return refuse(&kNoResponsibilities);
  post.set_state(v1::Post::STATE_ABOLISHED);
  return absl::OkStatus();
}

absl::Status Begin(v1::Assignment& assignment, const v1::Post& post, const v1::Person& person,
                   const PostFacts& facts, absl::CivilDay today) {
  if (post.state() != v1::Post::STATE_ACTIVE) return RefuseBegin(post, kPostActive);
  if (person.employment_state() != v1::Person::EMPLOYMENT_STATE_EMPLOYED)
    return RefuseBegin(post, kPersonEmployed);
  if (facts.held_by_person) return RefuseBegin(post, kNotHoldingAlready);
  if (!assignment.acting() && facts.holders >= std::max(1, post.head_count())) {
    return RefuseBegin(post, kHeadCountFree);
  }
  if (!assignment.has_start_date()) *assignment.mutable_start_date() = clock::ToDate(today);
  ASSIGN_OR_RETURN(const absl::CivilDay start, clock::ToDay(assignment.start_date()));
  if (start > today)
    return status::Error(status::kTimeInFuture, {{"field", "assignment.start_date"}});
  assignment.set_organization(post.organization());
  assignment.set_rank(post.rank());
  assignment.set_state(v1::Assignment::STATE_CURRENT);
  return absl::OkStatus();
}

absl::Status End(v1::Assignment& assignment, absl::CivilDay last_day, absl::CivilDay today) {
  const auto refuse = [&](const status::Guard* guard) {
    return status::TransitionRefused(
        assignment.name(), "end", v1::Assignment::State_Name(assignment.state()),
        v1::Assignment::State_Name(v1::Assignment::STATE_ENDED), guard);
  };
  if (assignment.state() != v1::Assignment::STATE_CURRENT) return refuse(nullptr);
  if (last_day > today) return status::Error(status::kTimeInFuture, {{"field", "end_date"}});
  ASSIGN_OR_RETURN(const absl::CivilDay start, clock::ToDay(assignment.start_date()));
  if (last_day < start) return refuse(&kEndNotBeforeStart);
  *assignment.mutable_end_date() = clock::ToDate(last_day);
  assignment.set_state(v1::Assignment::STATE_ENDED);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
