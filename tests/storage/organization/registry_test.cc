// Organizations, persons, posts and letters as their clerks use them: retries, pages, filters,
// guards.
#include "tests/storage/organization/registry.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "common/status/status.h"
#include "qinglian/organization/v1/responsibility_letter_service.pb.h"

namespace qinglian::organization {
namespace {

using Registry = RegistryTest;

TEST_F(Registry, ARequestSentTwiceTakesEffectOnceAndIsAnsweredTheSame) {
  const v1::CreateOrganizationRequest request = Wanted("财政厅");
  const auto first = Create(request);
  const auto second = Create(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM organizations"), "1");
}

TEST_F(Registry, ARequestIdUsedForAnotherRequestIsRefused) {
  v1::CreateOrganizationRequest request = Wanted("财政厅");
  ASSERT_TRUE(Create(request).ok());
  request.mutable_organization()->set_display_name("教育厅");
  EXPECT_EQ(status::ReasonOf(Create(request).status()), "REQUEST_ID_REUSED");
}

TEST_F(Registry, EveryFaultOfARequestIsNamedAtOnce) {
  v1::CreateOrganizationRequest request;
  request.mutable_organization()->set_display_name("短\n");
  request.mutable_organization()->set_credit_code("91330000000000000X");
  request.set_request_id("not a uuid");
  const auto created = Create(request);
  EXPECT_TRUE(absl::IsInvalidArgument(created.status()));
  const std::string fields = status::MetadataOf(created.status(), "fields");
  for (const char* field :
       {"display_name", "credit_code", "division", "kind", "level", "request_id"}) {
    EXPECT_NE(fields.find(field), std::string::npos) << field << " in " << fields;
  }
}

TEST_F(Registry, ACreditCodeBelongsToOneOrganization) {
  v1::CreateOrganizationRequest request = Wanted("财政厅");
  request.mutable_organization()->set_credit_code("91350100M000100Y43");
  ASSERT_TRUE(Create(request).ok());
  request = Wanted("教育厅");
  request.mutable_organization()->set_credit_code("91350100M000100Y43");
  const auto second = Create(request);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << second.status();
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM organizations"), "1");
}

TEST_F(Registry, PagesHoldEveryRowOnceAlsoWhenRowsComeBetween) {
  std::set<std::string> expected;
  for (int i = 0; i < 25; ++i) expected.insert(Made(absl::StrCat("单位", i)).name());
  std::set<std::string> seen;
  v1::ListOrganizationsRequest request;
  request.set_page_size(10);
  do {
    const auto page =
        Call<v1::ListOrganizationsResponse>("OrganizationService/ListOrganizations", request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& organization : page->organizations())
      EXPECT_TRUE(seen.insert(organization.name()).second);
    request.set_page_token(page->next_page_token());
    Made("后来的单位");
  } while (!request.page_token().empty());
  for (const std::string& name : expected) EXPECT_EQ(seen.count(name), 1u) << name;
}

TEST_F(Registry, APageTokenForAnotherFilterOrAForgedOneIsRefused) {
  for (int i = 0; i < 3; ++i) Made(absl::StrCat("单位", i));
  v1::ListOrganizationsRequest request;
  request.set_page_size(1);
  const std::string method = "OrganizationService/ListOrganizations";
  const auto page = Call<v1::ListOrganizationsResponse>(method, request);
  ASSERT_TRUE(page.ok());
  std::string token = page->next_page_token();
  request.set_page_token(token);
  request.set_filter("kind = COURT");
  EXPECT_EQ(status::ReasonOf(Call<v1::ListOrganizationsResponse>(method, request).status()),
            "PAGE_TOKEN_INVALID");
  request.clear_filter();
  token[token.size() / 2] = token[token.size() / 2] == 'A' ? 'B' : 'A';
  request.set_page_token(token);
  EXPECT_EQ(status::ReasonOf(Call<v1::ListOrganizationsResponse>(method, request).status()),
            "PAGE_TOKEN_INVALID");
}

TEST_F(Registry, AFilterFindsWhatItSaysAndAWrongOneSaysWhatIsWrong) {
  Made("财政厅");
  v1::CreateOrganizationRequest court = Wanted("高级法院");
  court.mutable_organization()->set_kind(v1::Organization::KIND_COURT);
  ASSERT_TRUE(Create(court).ok());
  const auto count = [&](const std::string& filter) -> int {
    v1::ListOrganizationsRequest request;
    request.set_filter(filter);
    const auto page =
        Call<v1::ListOrganizationsResponse>("OrganizationService/ListOrganizations", request);
    return page.ok() ? page->organizations_size() : -1;
  };
  EXPECT_EQ(count("kind = COURT"), 1);
  EXPECT_EQ(count("kind = COURT OR kind = GOVERNMENT_DEPARTMENT"), 2);
  EXPECT_EQ(count("NOT kind = COURT AND level = PROVINCE"), 1);
  EXPECT_EQ(count("display_name : \"法院\""), 1);
  EXPECT_EQ(count("credit_code = \"\""), 2);
  EXPECT_EQ(count("path = 1"), -1);
  EXPECT_EQ(count("kind = NOTHING"), -1);
  EXPECT_EQ(count("kind = COURT AND"), -1);
}

TEST_F(Registry, SearchFindsPartsOfFullAndShortNamesInAnyWidth) {
  v1::CreateOrganizationRequest request = Wanted("浙江省ＡＢＣ研究院");
  request.mutable_organization()->set_short_name("省研究院");
  ASSERT_TRUE(Create(request).ok());
  Made("浙江省财政厅");
  for (const char* query : {"abc", "ABC", "研究", "省研", "浙江省ＡＢＣ研究院"}) {
    v1::SearchOrganizationsRequest search;
    search.set_query(query);
    const auto found =
        Call<v1::SearchOrganizationsResponse>("OrganizationService/SearchOrganizations", search);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->organizations_size(), 1) << query;
  }
}

TEST_F(Registry, SixtyFourClientsOnOneOrganizationLoseNoUpdate) {
  const v1::Organization body = Made("财政厅");
  std::atomic<int> succeeded{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < 64; ++t) {
    clients.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        v1::UpdateOrganizationRequest request;
        request.mutable_organization()->set_name(body.name());
        request.mutable_organization()->set_contact(absl::StrCat("电话 ", t, "-", i));
        succeeded +=
            Call<v1::Organization>("OrganizationService/UpdateOrganization", request).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_GT(succeeded.load(), 0);
  EXPECT_EQ(Get(body.name()).etag(), absl::StrCat("\"", succeeded.load() + 1, "\""));
}

TEST_F(Registry, APostIsHeldByAsManyAsItsHeadCountSays) {
  const v1::Organization body = Made("财政厅");
  const v1::Post post = MadePost(body.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Person first = MadePerson("1", body.name());
  const v1::Person second = MadePerson("2", body.name());
  std::vector<absl::Status> results(2);
  std::thread one([&] { results[0] = Assign(first.name(), post.name()).status(); });
  std::thread two([&] { results[1] = Assign(second.name(), post.name()).status(); });
  one.join();
  two.join();
  EXPECT_NE(results[0].ok(), results[1].ok());
  const absl::Status refused = results[0].ok() ? results[1] : results[0];
  EXPECT_EQ(status::MetadataOf(refused, "guard"), "HEAD_COUNT_FREE");
}

TEST_F(Registry, ALetterGoesDownOneLevelAndIsSignedByWhoHoldsThePosts) {
  const v1::Organization top = Made("省政府");
  const v1::Organization body = Made("财政厅", top.name());
  const v1::Post issuer = MadePost(top.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Post signatory = MadePost(body.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Person governor = MadePerson("1", top.name());
  const v1::Person director = MadePerson("2", body.name());
  ASSERT_TRUE(Assign(governor.name(), issuer.name()).ok());
  ASSERT_TRUE(Assign(director.name(), signatory.name()).ok());

  v1::CreateResponsibilityLetterRequest create;
  create.set_request_id(test::RequestId());
  v1::ResponsibilityLetter& draft = *create.mutable_responsibility_letter();
  draft.set_issuer_post(issuer.name());
  draft.set_signatory_post(signatory.name());
  draft.set_year(2025);
  draft.set_title("2025年度党风廉政建设目标责任书");
  draft.set_document_digest(std::string(64, 'a'));
  draft.add_items()->set_content("落实一岗双责");
  auto letter = Call<v1::ResponsibilityLetter>(
      "ResponsibilityLetterService/CreateResponsibilityLetter", create);
  ASSERT_TRUE(letter.ok()) << letter.status();

  v1::IssueResponsibilityLetterRequest issue;
  issue.set_name(letter->name());
  issue.set_etag(letter->etag());
  issue.set_request_id(test::RequestId());
  const std::string issue_method = "ResponsibilityLetterService/IssueResponsibilityLetter";
  const auto by_another = Call<v1::ResponsibilityLetter>(issue_method, issue, director.name());
  EXPECT_EQ(status::MetadataOf(by_another.status(), "guard"), "ISSUER_HOLDS_POST");
  letter = Call<v1::ResponsibilityLetter>(issue_method, issue, governor.name());
  ASSERT_TRUE(letter.ok()) << letter.status();

  v1::SignResponsibilityLetterRequest sign;
  sign.set_name(letter->name());
  sign.set_etag(letter->etag());
  sign.set_request_id(test::RequestId());
  sign.set_document_digest(std::string(64, 'a'));
  letter = Call<v1::ResponsibilityLetter>("ResponsibilityLetterService/SignResponsibilityLetter",
                                          sign, director.name());
  ASSERT_TRUE(letter.ok()) << letter.status();
  v1::CountersignResponsibilityLetterRequest countersign;
  countersign.set_name(letter->name());
  countersign.set_etag(letter->etag());
  countersign.set_request_id(test::RequestId());
  countersign.set_document_digest(std::string(64, 'a'));
  letter = Call<v1::ResponsibilityLetter>(
      "ResponsibilityLetterService/CountersignResponsibilityLetter", countersign, governor.name());
  ASSERT_TRUE(letter.ok()) << letter.status();
  EXPECT_EQ(letter->state(), v1::ResponsibilityLetter::STATE_IN_FORCE);
}

}  // namespace
}  // namespace qinglian::organization
