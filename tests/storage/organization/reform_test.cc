// Organizations that are merged, split, abolished and corrected, and what was true of them when.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/clock/date.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "services/organization/organization_rules.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

MATCHER_P(RefusedBy, guard, "") {
  return status::Is(arg.status(), status::kGuardNotMet) &&
         status::MetadataOf(arg.status(), "guard") == guard.name;
}

MATCHER_P(EndedInFavourOf, heirs, "") {
  return status::Is(arg.status(), status::kResourceEnded) &&
         status::MetadataOf(arg.status(), "successors") == heirs;
}

using Reform = ReformingTest;

TEST_F(Reform, AMergerHandsEverythingOverAndTheOldNameLeadsToTheHeir) {
  const v1::Organization root = Made("省政府");
  const v1::Organization heir = Made("文化和旅游厅", root.name());
  const v1::Organization ending = Made("旅游局", root.name());
  const v1::Organization office = Made("办公室", ending.name());
  const v1::Person head = MadePerson("S-1", ending.name());
  const v1::Post post = MadePost(ending.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  ASSERT_TRUE(Assign(head.name(), post.name()).ok());
  Pass(30);
  const auto merged = Merge(ending, heir.name());
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->state(), v1::Organization::STATE_MERGED);
  EXPECT_THAT(merged->successors(), ElementsAre(heir.name()));
  EXPECT_EQ(Get(office.name()).parent(), heir.name());
  EXPECT_EQ(Value("SELECT COUNT(*) FROM posts p JOIN persons e JOIN assignments a WHERE "
                  "p.organization = e.organization AND a.organization = e.organization AND "
                  "HEX(e.organization) = '" +
                  HexOf(heir.name()) + "'"),
            "1");
  v1::GetOrganizationRequest get;
  get.set_name(ending.name());
  EXPECT_EQ(Call<v1::Organization>("OrganizationService/GetOrganization", get)->name(),
            ending.name());
  get.set_follow_successors(true);
  EXPECT_EQ(Call<v1::Organization>("OrganizationService/GetOrganization", get)->name(),
            heir.name());
  EXPECT_THAT(Below(root.name(), kFirst + 30),
              UnorderedElementsAre("省政府", "文化和旅游厅", "办公室"));
  EXPECT_THAT(Below(ending.name(), kFirst + 29), UnorderedElementsAre("旅游局", "办公室"));
}

TEST_F(Reform, WhatHasEndedIsNeitherChangedNorReferredToAndSaysWhatItGoesOnAs) {
  const v1::Organization heir = Made("文化和旅游厅");
  const v1::Organization ending = Made("旅游局");
  const auto merged = Merge(ending, heir.name());
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_THAT(Create(Wanted("新处", ending.name())), EndedInFavourOf(heir.name()));
  EXPECT_THAT(Move(*merged, heir.name()), EndedInFavourOf(heir.name()));
  EXPECT_THAT(Move(heir, ending.name()), EndedInFavourOf(heir.name()));
  EXPECT_THAT(Merge(*merged, heir.name()), EndedInFavourOf(heir.name()));
  EXPECT_THAT(Abolish(*merged), EndedInFavourOf(heir.name()));
  EXPECT_THAT(Renamed(ending.name(), "旅游委"), EndedInFavourOf(heir.name()));
  v1::CreatePersonRequest person;
  person.set_request_id(test::RequestId());
  person.mutable_person()->set_display_name("张示例");
  person.mutable_person()->set_staff_number("S-1");
  person.mutable_person()->set_organization(ending.name());
  EXPECT_THAT(Call<v1::Person>("PersonService/CreatePerson", person), EndedInFavourOf(heir.name()));
}

TEST_F(Reform, AMergerIntoItsOwnPartPutsThatInItsPlaceAndOneBelowThatIsRefused) {
  const v1::Organization root = Made("省政府");
  const v1::Organization ending = Made("旅游局", root.name());
  const v1::Organization part = Made("旅游发展委员会", ending.name());
  const v1::Organization other = Made("办公室", ending.name());
  const v1::Organization deep = Made("规划处", part.name());
  EXPECT_THAT(Merge(ending, deep.name()), RefusedBy(kNoCycle));
  EXPECT_THAT(Merge(ending, ending.name()), RefusedBy(kNoCycle));
  const auto merged = Merge(ending, part.name());
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(Get(part.name()).parent(), root.name());
  EXPECT_EQ(Get(other.name()).parent(), part.name());
}

TEST_F(Reform, AMergerThatIsRepeatedIsAnsweredAsTheFirstTime) {
  const v1::Organization heir = Made("文化和旅游厅");
  const v1::Organization ending = Made("旅游局");
  Made("办公室", ending.name());
  const v1::MergeOrganizationRequest request = Merging(ending, heir.name());
  const auto first = Call<v1::Organization>("OrganizationService/MergeOrganization", request);
  const auto again = Call<v1::Organization>("OrganizationService/MergeOrganization", request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
}

TEST_F(Reform, ASplitGivesEachHeirWhatItTakesAndTheRestToTheFirst) {
  const v1::Organization root = Made("省政府");
  const v1::Organization ending = Made("文化和旅游厅", root.name());
  const v1::Organization travel = Made("旅游处", ending.name());
  const v1::Organization culture = Made("文化处", ending.name());
  const v1::Post post = MadePost(ending.name(), v1::Post::RANK_OFFICE_HEAD);
  const v1::Person holder = MadePerson("S-1", ending.name());
  const v1::Person other = MadePerson("S-2", ending.name());
  ASSERT_TRUE(Assign(holder.name(), post.name()).ok());
  v1::SplitOrganizationRequest request;
  request.set_name(ending.name());
  request.set_etag(ending.etag());
  request.set_reason("机构改革");
  request.set_document_number("浙编〔2025〕3号");
  request.set_request_id(test::RequestId());
  *request.add_heirs()->mutable_organization() = Wanted("文化厅").organization();
  *request.add_heirs()->mutable_organization() = Wanted("旅游局").organization();
  request.mutable_heirs(1)->add_takes(travel.name());
  request.mutable_heirs(1)->add_takes(post.name());
  const auto split = Call<v1::Organization>("OrganizationService/SplitOrganization", request);
  ASSERT_TRUE(split.ok()) << split.status();
  ASSERT_EQ(split->successors_size(), 2);
  EXPECT_EQ(split->state(), v1::Organization::STATE_SPLIT);
  const std::string first = split->successors(0), second = split->successors(1);
  EXPECT_EQ(Get(first).parent(), root.name());
  EXPECT_EQ(Get(culture.name()).parent(), first);
  EXPECT_EQ(Get(travel.name()).parent(), second);
  EXPECT_EQ(OrganizationOf("persons", holder.name()), HexOf(second)) << "with his post";
  EXPECT_EQ(OrganizationOf("persons", other.name()), HexOf(first));
  EXPECT_EQ(OrganizationOf("posts", post.name()), HexOf(second));
}

TEST_F(Reform, ASplitThatHandsOverWhatIsNotItsOwnOrSomethingTwiceIsRefused) {
  const v1::Organization ending = Made("文化和旅游厅");
  const v1::Organization part = Made("旅游处", ending.name());
  const v1::Organization stranger = Made("教育厅");
  v1::SplitOrganizationRequest request;
  request.set_name(ending.name());
  request.set_etag(ending.etag());
  request.set_reason("机构改革");
  *request.add_heirs()->mutable_organization() = Wanted("文化厅").organization();
  *request.add_heirs()->mutable_organization() = Wanted("旅游局").organization();
  const auto split = [&](std::vector<std::string> first, std::vector<std::string> second) {
    request.set_request_id(test::RequestId());
    request.mutable_heirs(0)->mutable_takes()->Assign(first.begin(), first.end());
    request.mutable_heirs(1)->mutable_takes()->Assign(second.begin(), second.end());
    return Call<v1::Organization>("OrganizationService/SplitOrganization", request);
  };
  EXPECT_THAT(split({stranger.name()}, {}), RefusedBy(kPartsItsOwn));
  EXPECT_THAT(split({part.name()}, {part.name()}), RefusedBy(kPartsItsOwn));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organizations"), "3") << "nothing half-written";
  request.mutable_heirs(0)->set_existing(stranger.name());
  EXPECT_TRUE(absl::IsInvalidArgument(split({}, {}).status()));
}

TEST_F(Reform, WhatHasPartsHoldersOrPersonsIsNotAbolished) {
  const v1::Organization body = Made("旅游局");
  const v1::Organization part = Made("办公室", body.name());
  const v1::Post post = MadePost(body.name(), v1::Post::RANK_OFFICE_HEAD);
  const v1::Person person = MadePerson("S-1", body.name());
  const auto assignment = Assign(person.name(), post.name());
  ASSERT_TRUE(assignment.ok());
  EXPECT_THAT(Abolish(body), RefusedBy(kNoParts));
  ASSERT_TRUE(Abolish(part).ok());
  EXPECT_THAT(Abolish(body), RefusedBy(kNoHolders));
  v1::EndAssignmentRequest end;
  end.set_name(assignment->name());
  end.set_etag(assignment->etag());
  end.set_reason("调离");
  end.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Assignment>("AssignmentService/EndAssignment", end).ok());
  EXPECT_THAT(Abolish(body), RefusedBy(kNoPersons));
  v1::UpdatePersonRequest retired;
  retired.mutable_person()->set_name(person.name());
  retired.mutable_person()->set_employment_state(v1::Person::EMPLOYMENT_STATE_RETIRED);
  retired.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Person>("PersonService/UpdatePerson", retired).ok());
  const auto abolished = Abolish(body);
  ASSERT_TRUE(abolished.ok()) << abolished.status();
  EXPECT_EQ(abolished->state(), v1::Organization::STATE_ABOLISHED);
  EXPECT_THAT(abolished->successors(), IsEmpty());
  EXPECT_EQ(Value("SELECT state FROM posts"), "STATE_ABOLISHED");
}

TEST_F(Reform, WhatHasEndedIsListedOnlyWhereItIsAskedForAndItsCreditCodeIsFree) {
  auto wanted = Wanted("旅游局");
  wanted.mutable_organization()->set_credit_code("91350100M000100Y43");
  const auto body = Create(wanted);
  ASSERT_TRUE(body.ok()) << body.status();
  ASSERT_TRUE(Abolish(*body).ok());
  v1::ListOrganizationsRequest request;
  EXPECT_THAT(List(request)->organizations(), IsEmpty());
  request.set_show_ended(true);
  EXPECT_EQ(List(request)->organizations_size(), 1);
  wanted.set_request_id(test::RequestId());
  EXPECT_TRUE(Create(wanted).ok());
}

TEST_F(Reform, AChangeHoldsFromThePastDayThatItSays) {
  const v1::Organization body = Made("财政厅");
  Pass(30);
  ASSERT_TRUE(Renamed(body.name(), "财政和税务厅", kFirst + 10).ok());
  EXPECT_EQ(On(kFirst + 9, body.name())->display_name(), "财政厅");
  EXPECT_EQ(On(kFirst + 10, body.name())->display_name(), "财政和税务厅");
  EXPECT_THAT(Renamed(body.name(), "财税厅", kFirst + 5), RefusedBy(kHistoryStoodStill));
  EXPECT_THAT(Renamed(body.name(), "财税厅", kFirst - 5), RefusedBy(kHistoryStoodStill));
  EXPECT_EQ(status::ReasonOf(Renamed(body.name(), "财税厅", kFirst + 31).status()),
            "TIME_IN_FUTURE");
}

TEST_F(Reform, AMoveInThePastTakesAlongWhoeverLayBelowThen) {
  const v1::Organization here = Made("甲厅");
  const v1::Organization there = Made("乙厅");
  const v1::Organization division = Made("一处", here.name());
  const v1::Organization left = Made("已调科", division.name());
  const v1::Organization stayed = Made("一科", division.name());
  Pass(20);
  ASSERT_TRUE(Move(left, here.name()).ok());
  Made("新科", division.name());
  Pass(10);
  ASSERT_TRUE(MoveSince(Get(division.name()), there.name(), kFirst + 10).ok());
  EXPECT_THAT(Below(there.name(), kFirst + 9), UnorderedElementsAre("乙厅"));
  EXPECT_THAT(Below(there.name(), kFirst + 19),
              UnorderedElementsAre("乙厅", "一处", "已调科", "一科"));
  EXPECT_THAT(Below(there.name(), kFirst + 20),
              UnorderedElementsAre("乙厅", "一处", "一科", "新科"));
  EXPECT_THAT(Below(here.name(), kFirst + 30), UnorderedElementsAre("甲厅", "已调科"));
  EXPECT_THAT(MoveSince(Get(division.name()), here.name(), kFirst + 5),
              RefusedBy(kHistoryStoodStill));
  ExpectWholeHistory();
}

TEST_F(Reform, ACorrectionChangesWhatWeKnowOfATimeAndNotTheWorldBeforeOrAfter) {
  const v1::Organization body = Made("财政厅");
  Pass(10);
  ASSERT_TRUE(Renamed(body.name(), "财税厅").ok());
  Pass(10);
  const absl::Time before = absl::Now();
  v1::CorrectOrganizationRequest request;
  request.mutable_organization()->set_name(body.name());
  request.mutable_organization()->set_contact("旧址");
  request.mutable_update_mask()->add_paths("contact");
  *request.mutable_first_date() = clock::ToDate(kFirst + 2);
  *request.mutable_last_date() = clock::ToDate(kFirst + 11);
  request.set_etag(Get(body.name()).etag());
  request.set_reason("登记有误");
  request.set_document_number("浙编〔2025〕9号");
  request.set_request_id(test::RequestId());
  const auto corrected = Call<v1::Organization>("OrganizationService/CorrectOrganization", request);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->contact(), "") << "today is as it was";
  const std::map<int, std::pair<std::string, std::string>> expected = {
      {1, {"财政厅", ""}},      {2, {"财政厅", "旧址"}},  {9, {"财政厅", "旧址"}},
      {10, {"财税厅", "旧址"}}, {11, {"财税厅", "旧址"}}, {12, {"财税厅", ""}}};
  for (const auto& [day, was] : expected) {
    EXPECT_EQ(On(kFirst + day, body.name())->display_name(), was.first) << day;
    EXPECT_EQ(On(kFirst + day, body.name())->contact(), was.second) << day;
  }
  EXPECT_EQ(Known(before, kFirst + 5, body.name())->contact(), "");
  EXPECT_EQ(On(kFirst + 20, body.name())->SerializeAsString(), corrected->SerializeAsString());
  *request.mutable_first_date() = clock::ToDate(kFirst - 2);
  request.set_etag(corrected->etag());
  request.set_request_id(test::RequestId());
  EXPECT_THAT(Call<v1::Organization>("OrganizationService/CorrectOrganization", request),
              RefusedBy(kHistoryKnown));
  ExpectWholeHistory();
}

TEST_F(Reform, ACorrectionOfTheSuperiorMovesWhatLayBelowInThatTimeOnly) {
  const v1::Organization here = Made("甲厅");
  const v1::Organization there = Made("乙厅");
  const v1::Organization division = Made("一处", here.name());
  Made("一科", division.name());
  Pass(20);
  v1::CorrectOrganizationRequest request;
  request.mutable_organization()->set_name(division.name());
  request.mutable_organization()->set_parent(there.name());
  request.mutable_update_mask()->add_paths("parent");
  *request.mutable_first_date() = clock::ToDate(kFirst + 5);
  *request.mutable_last_date() = clock::ToDate(kFirst + 9);
  request.set_etag(division.etag());
  request.set_reason("登记有误");
  request.set_request_id(test::RequestId());
  const auto corrected = Call<v1::Organization>("OrganizationService/CorrectOrganization", request);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->parent(), here.name());
  EXPECT_THAT(Below(there.name(), kFirst + 4), UnorderedElementsAre("乙厅"));
  EXPECT_THAT(Below(there.name(), kFirst + 5), UnorderedElementsAre("乙厅", "一处", "一科"));
  EXPECT_THAT(Below(there.name(), kFirst + 9), UnorderedElementsAre("乙厅", "一处", "一科"));
  EXPECT_THAT(Below(there.name(), kFirst + 10), UnorderedElementsAre("乙厅"));
  EXPECT_THAT(Below(here.name(), kFirst + 7), UnorderedElementsAre("甲厅"));
  // Since the beginning, and still.
  request.clear_last_date();
  *request.mutable_first_date() = clock::ToDate(kFirst + 10);
  request.set_etag(corrected->etag());
  request.set_request_id(test::RequestId());
  const auto since = Call<v1::Organization>("OrganizationService/CorrectOrganization", request);
  ASSERT_TRUE(since.ok()) << since.status();
  EXPECT_EQ(since->parent(), there.name());
  EXPECT_THAT(Below(there.name(), kFirst + 20), UnorderedElementsAre("乙厅", "一处", "一科"));
  ExpectWholeHistory();
}

TEST_F(Reform, EachVersionSaysSinceWhenItIsKnownAndByWhichDocument) {
  const v1::Organization body = Made("财政厅");
  Pass(10);
  ASSERT_TRUE(Renamed(body.name(), "财税厅", {}, "浙编〔2025〕9号").ok());
  v1::ListOrganizationVersionsRequest request;
  request.set_name(body.name());
  request.set_page_size(1);
  std::vector<std::string> seen;
  do {
    const auto page = Call<v1::ListOrganizationVersionsResponse>(
        "OrganizationService/ListOrganizationVersions", request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& version : page->versions()) {
      seen.push_back(absl::StrCat(version.organization().display_name(), " ",
                                  version.first_date().day(), "-", version.last_date().day(), " ",
                                  version.document_number(),
                                  version.has_superseded_time() ? " superseded" : ""));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(seen, ElementsAre("财税厅 20-0 浙编〔2025〕9号", "财政厅 10-19 "));
  request.set_show_superseded(true);
  request.set_page_size(50);
  const auto all = Call<v1::ListOrganizationVersionsResponse>(
      "OrganizationService/ListOrganizationVersions", request);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->versions_size(), 3);
}

}  // namespace
}  // namespace qinglian::organization
