// Persons found by their number, what they hold, who held what when, and how they leave.
#include <string>
#include <vector>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/delegation_service.pb.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "services/organization/assignment_rules.h"
#include "services/organization/person_rules.h"
#include "tests/storage/organization/reforming.h"
#include "tests/support/identity_number.h"

namespace qinglian::organization {
namespace {

using testing::IsEmpty;

MATCHER_P(RefusedBy, guard, "") {
  return status::Is(arg.status(), status::kGuardNotMet) &&
         status::MetadataOf(arg.status(), "guard") == guard.name;
}

class PersonTest : public ReformingTest {
 protected:
  absl::StatusOr<v1::Person> Find(const std::string& number,
                                  const rpc::CallOptions& caller = test::CallAs("persons/clerk")) {
    v1::FindPersonRequest request;
    request.set_identity_number(number);
    request.set_purpose("核对身份");
    return served_.Call<v1::Person>("/qinglian.organization.v1.PersonService/FindPerson", request,
                                    caller);
  }
  v1::GetHoldingsResponse Holdings(const std::string& person) {
    v1::GetHoldingsRequest request;
    request.set_name(person);
    const auto holdings = Call<v1::GetHoldingsResponse>("PersonService/GetHoldings", request);
    EXPECT_TRUE(holdings.ok()) << holdings.status();
    return holdings.value_or(v1::GetHoldingsResponse());
  }
  v1::Person Person(const std::string& name) {
    v1::GetPersonRequest request;
    request.set_name(name);
    return Call<v1::Person>("PersonService/GetPerson", request).value_or(v1::Person());
  }
  absl::StatusOr<v1::Person> Release(const std::string& name, v1::Person::EmploymentState state,
                                     const std::string& organization = "") {
    v1::ReleasePersonRequest request;
    request.set_name(name);
    request.set_etag(Person(name).etag());
    request.set_employment_state(state);
    request.set_organization(organization);
    request.set_reason("组织调动");
    request.set_request_id(test::RequestId());
    return Call<v1::Person>("PersonService/ReleasePerson", request);
  }
  // Who held, by a filter, on a day.
  std::vector<std::string> HeldOn(absl::CivilDay day, const std::string& filter) {
    v1::ListAssignmentsRequest request;
    request.set_filter(filter);
    *request.mutable_as_of_date() = clock::ToDate(day);
    std::vector<std::string> persons;
    const auto listed =
        Call<v1::ListAssignmentsResponse>("AssignmentService/ListAssignments", request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return persons;
    for (const auto& assignment : listed->assignments()) persons.push_back(assignment.person());
    return persons;
  }
  std::vector<std::string> Vacant(const std::string& subtree) {
    v1::ListPostsRequest request;
    request.set_subtree(subtree);
    request.set_vacant(true);
    std::vector<std::string> posts;
    const auto listed = Call<v1::ListPostsResponse>("PostService/ListPosts", request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return posts;
    for (const auto& post : listed->posts()) posts.push_back(post.name());
    return posts;
  }

  const v1::Organization body_ = Made("财政厅");
};

TEST_F(PersonTest, IsFoundByHisNumberOnTheRecordAndOnlyByWhoMaySeeHim) {
  const std::string number = test::IdentityNumberOf(1);
  v1::CreatePersonRequest request;
  request.set_request_id(test::RequestId());
  request.mutable_person()->set_display_name("张示例");
  request.mutable_person()->set_staff_number("S-1");
  request.mutable_person()->set_organization(body_.name());
  request.mutable_person()->set_identity_number(number);
  const auto person = Call<v1::Person>("PersonService/CreatePerson", request);
  ASSERT_TRUE(person.ok()) << person.status();
  const auto found = Find(number);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->name(), person->name());
  EXPECT_THAT(found->identity_number(), IsEmpty());
  EXPECT_EQ(Value("SELECT COUNT(*) FROM journal WHERE method LIKE '%/FindPerson' AND "
                  "reason = '核对身份'"),
            "1");
  const v1::Organization other = Made("教育厅");
  const auto hidden =
      Find(number, test::CallAs("persons/clerk", {test::GrantOf("roles/organ", other.name())}));
  const auto absent = Find(test::IdentityNumberOf(2));
  EXPECT_TRUE(absl::IsNotFound(absent.status())) << absent.status();
  EXPECT_EQ(hidden.status().code(), absent.status().code());
  EXPECT_EQ(hidden.status().message(), absent.status().message());
  for (const char* key : {"type", "resource"}) {
    EXPECT_EQ(status::MetadataOf(hidden.status(), key), status::MetadataOf(absent.status(), key));
  }
}

TEST_F(PersonTest, WhoHeldAPostOnADayAndWhoLedABodyIsAnsweredForAnyDay) {
  const v1::Post post = MadePost(body_.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Person first = MadePerson("S-1", body_.name());
  const v1::Person second = MadePerson("S-2", body_.name());
  const auto held = Assign(first.name(), post.name());
  ASSERT_TRUE(held.ok()) << held.status();
  Pass(10);
  v1::EndAssignmentRequest end;
  end.set_name(held->name());
  end.set_etag(held->etag());
  end.set_reason("调任");
  end.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Assignment>("AssignmentService/EndAssignment", end).ok());
  EXPECT_THAT(Vacant(body_.name()), testing::ElementsAre(post.name()));
  Pass(5);
  ASSERT_TRUE(Assign(second.name(), post.name()).ok());
  EXPECT_THAT(Vacant(body_.name()), IsEmpty());
  const std::string by_post = "post = \"" + post.name() + "\"";
  const std::string by_body = "organization = \"" + body_.name() + "\" AND rank = PRINCIPAL_LEADER";
  for (const std::string& filter : {by_post, by_body}) {
    EXPECT_THAT(HeldOn(kFirst - 1, filter), IsEmpty());
    EXPECT_THAT(HeldOn(kFirst, filter), testing::ElementsAre(first.name()));
    EXPECT_THAT(HeldOn(kFirst + 10, filter), testing::ElementsAre(first.name()));
    EXPECT_THAT(HeldOn(kFirst + 12, filter), IsEmpty());
    EXPECT_THAT(HeldOn(kFirst + 15, filter), testing::ElementsAre(second.name()));
  }
}

TEST_F(PersonTest, APostIsVacantWhereFewerHoldItThanMayAndWhoActsInItDoesNotCount) {
  v1::CreatePostRequest request;
  request.set_request_id(test::RequestId());
  request.mutable_post()->set_display_name("副局长");
  request.mutable_post()->set_organization(body_.name());
  request.mutable_post()->set_rank(v1::Post::RANK_LEADER_IN_CHARGE);
  request.mutable_post()->set_head_count(2);
  const auto post = Call<v1::Post>("PostService/CreatePost", request);
  ASSERT_TRUE(post.ok()) << post.status();
  ASSERT_TRUE(Assign(MadePerson("S-1", body_.name()).name(), post->name()).ok());
  v1::CreateAssignmentRequest acting;
  acting.set_request_id(test::RequestId());
  acting.mutable_assignment()->set_person(MadePerson("S-2", body_.name()).name());
  acting.mutable_assignment()->set_post(post->name());
  acting.mutable_assignment()->set_acting(true);
  ASSERT_TRUE(Call<v1::Assignment>("AssignmentService/CreateAssignment", acting).ok());
  EXPECT_THAT(Vacant(body_.name()), testing::ElementsAre(post->name()));
  ASSERT_TRUE(Assign(MadePerson("S-3", body_.name()).name(), post->name()).ok());
  EXPECT_THAT(Vacant(body_.name()), IsEmpty());
}

TEST_F(PersonTest, WhoLeavesHoldsNothingAfterwards) {
  const v1::Person leaving = MadePerson("S-1", body_.name());
  const v1::Person deputy = MadePerson("S-2", body_.name());
  const v1::Post post = MadePost(body_.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Post second = MadePost(body_.name(), v1::Post::RANK_STAFF);
  ASSERT_TRUE(Assign(leaving.name(), post.name()).ok());
  ASSERT_TRUE(Assign(leaving.name(), second.name()).ok());
  v1::CreateDelegationRequest delegation;
  delegation.set_request_id(test::RequestId());
  delegation.mutable_delegation()->set_delegator(leaving.name());
  delegation.mutable_delegation()->set_delegate(deputy.name());
  *delegation.mutable_delegation()->mutable_first_date() = clock::ToDate(kFirst);
  *delegation.mutable_delegation()->mutable_last_date() = clock::ToDate(kFirst + 20);
  delegation.mutable_delegation()->set_reason("外出学习");
  ASSERT_TRUE(
      Call<v1::Delegation>("DelegationService/CreateDelegation", delegation, leaving.name()).ok());
  v1::GrantRoleRequest grant;
  grant.set_request_id(test::RequestId());
  grant.mutable_role_binding()->set_subject(leaving.name());
  grant.mutable_role_binding()->set_role("roles/organ");
  grant.mutable_role_binding()->set_organization(body_.name());
  grant.mutable_role_binding()->set_reason("岗位需要");
  ASSERT_TRUE(Call<v1::RoleBinding>("RoleBindingService/GrantRole", grant).ok());
  const v1::GetHoldingsResponse before = Holdings(leaving.name());
  EXPECT_EQ(before.assignments_size(), 2);
  EXPECT_EQ(before.delegations_size(), 1);
  EXPECT_EQ(before.role_count(), 1);
  const auto released = Release(leaving.name(), v1::Person::EMPLOYMENT_STATE_RETIRED);
  ASSERT_TRUE(released.ok()) << released.status();
  EXPECT_EQ(released->employment_state(), v1::Person::EMPLOYMENT_STATE_RETIRED);
  const v1::GetHoldingsResponse after = Holdings(leaving.name());
  EXPECT_EQ(after.assignments_size() + after.delegations_size() + after.role_count(), 0);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM role_bindings WHERE state = 'STATE_REVOKED'"), "1");
  EXPECT_THAT(Release(leaving.name(), v1::Person::EMPLOYMENT_STATE_LEFT), RefusedBy(kAtWork));
}

TEST_F(PersonTest, WhoIsTransferredIsEmployedThereAndHoldsNothingHereAnyMore) {
  const v1::Organization other = Made("教育厅");
  const v1::Person person = MadePerson("S-1", body_.name());
  const v1::Post post = MadePost(body_.name(), v1::Post::RANK_STAFF);
  ASSERT_TRUE(Assign(person.name(), post.name()).ok());
  EXPECT_THAT(Release(person.name(), v1::Person::EMPLOYMENT_STATE_LEFT, other.name()),
              RefusedBy(kGoesSomewhere));
  EXPECT_THAT(Release(person.name(), v1::Person::EMPLOYMENT_STATE_UNSPECIFIED),
              RefusedBy(kGoesSomewhere));
  EXPECT_THAT(Release(person.name(), v1::Person::EMPLOYMENT_STATE_EMPLOYED),
              RefusedBy(kGoesSomewhere));
  EXPECT_EQ(Holdings(person.name()).assignments_size(), 1) << "nothing half-done";
  const auto moved = Release(person.name(), v1::Person::EMPLOYMENT_STATE_UNSPECIFIED, other.name());
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->organization(), other.name());
  EXPECT_EQ(moved->employment_state(), v1::Person::EMPLOYMENT_STATE_EMPLOYED);
  EXPECT_EQ(Holdings(person.name()).assignments_size(), 0);
}

}  // namespace
}  // namespace qinglian::organization
