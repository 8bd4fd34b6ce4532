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

// Two posts, one above the other, with their holders, and letters between them.
class Letters : public RegistryTest {
 protected:
  using Letter = v1::ResponsibilityLetter;

  Letters() {
    EXPECT_TRUE(Assign(governor_.name(), issuer_.name()).ok());
    EXPECT_TRUE(Assign(director_.name(), signatory_.name()).ok());
  }

  Letter Drafted(int year, const std::string& supersedes = "") {
    v1::CreateResponsibilityLetterRequest create;
    create.set_request_id(test::RequestId());
    Letter& draft = *create.mutable_responsibility_letter();
    draft.set_issuer_post(issuer_.name());
    draft.set_signatory_post(signatory_.name());
    draft.set_year(year);
    draft.set_title("年度党风廉政建设目标责任书");
    draft.set_document_digest(std::string(64, 'a'));
    draft.add_items()->set_content("落实一岗双责");
    draft.set_supersedes(supersedes);
    const auto letter =
        Call<Letter>("ResponsibilityLetterService/CreateResponsibilityLetter", create);
    EXPECT_TRUE(letter.ok()) << letter.status();
    return letter.value_or(Letter());
  }

  // A transition: name, etag and request id are filled in.
  template <class Request>
  absl::StatusOr<Letter> Move(const std::string& method, const Letter& letter, Request request,
                              const v1::Person& caller) {
    request.set_name(letter.name());
    request.set_etag(letter.etag());
    request.set_request_id(test::RequestId());
    if constexpr (requires { request.document_digest(); }) {
      request.set_document_digest(std::string(64, 'a'));
    }
    return Call<Letter>("ResponsibilityLetterService/" + method, request, caller.name());
  }
  Letter Signed(const Letter& draft) { return Signed(draft, director_); }
  Letter Signed(const Letter& draft, const v1::Person& signatory) {
    auto letter =
        Move("IssueResponsibilityLetter", draft, v1::IssueResponsibilityLetterRequest(), governor_);
    EXPECT_TRUE(letter.ok()) << letter.status();
    letter = Move("SignResponsibilityLetter", letter.value_or(draft),
                  v1::SignResponsibilityLetterRequest(), signatory);
    EXPECT_TRUE(letter.ok()) << letter.status();
    return letter.value_or(draft);
  }
  absl::StatusOr<Letter> Countersigned(const Letter& letter, const v1::Person& caller) {
    return Move("CountersignResponsibilityLetter", letter,
                v1::CountersignResponsibilityLetterRequest(), caller);
  }

  const v1::Organization top_ = Made("省政府");
  const v1::Organization body_ = Made("财政厅", top_.name());
  const v1::Post issuer_ = MadePost(top_.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  v1::Post signatory_ = MadePost(body_.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Person governor_ = MadePerson("1", top_.name());
  const v1::Person director_ = MadePerson("2", body_.name());
};

TEST_F(Letters, ALetterGoesDownOneLevelAndIsSignedByWhoHoldsThePosts) {
  const Letter draft = Drafted(2025);
  EXPECT_EQ(status::MetadataOf(Move("IssueResponsibilityLetter", draft,
                                    v1::IssueResponsibilityLetterRequest(), director_)
                                   .status(),
                               "guard"),
            "ISSUER_HOLDS_POST");
  const auto letter = Countersigned(Signed(draft), governor_);
  ASSERT_TRUE(letter.ok()) << letter.status();
  EXPECT_EQ(letter->state(), Letter::STATE_IN_FORCE);
}

TEST_F(Letters, ALetterReplacesOneOfItsOwnPostAndYearOnly) {
  const auto old = Countersigned(Signed(Drafted(2025)), governor_);
  ASSERT_TRUE(old.ok()) << old.status();
  const Letter unfit = Signed(Drafted(2024, old->name()));
  EXPECT_EQ(status::MetadataOf(Countersigned(unfit, governor_).status(), "guard"),
            "SUPERSEDED_FITS");
  EXPECT_EQ(status::MetadataOf(Countersigned(Signed(Drafted(2025)), governor_).status(), "guard"),
            "ONE_IN_FORCE");
  const auto next = Countersigned(Signed(Drafted(2025, old->name())), governor_);
  ASSERT_TRUE(next.ok()) << next.status();
  v1::GetResponsibilityLetterRequest get;
  get.set_name(old->name());
  EXPECT_EQ(Call<Letter>("ResponsibilityLetterService/GetResponsibilityLetter", get)->state(),
            Letter::STATE_SUPERSEDED);

  v1::CreateResponsibilityLetterRequest create;
  *create.mutable_responsibility_letter() = unfit;
  create.mutable_responsibility_letter()->clear_name();
  create.mutable_responsibility_letter()->set_supersedes(
      "responsibilityLetters/01930000-0000-7000-8000-000000000001");
  create.set_request_id(test::RequestId());
  EXPECT_TRUE(absl::IsNotFound(
      Call<Letter>("ResponsibilityLetterService/CreateResponsibilityLetter", create).status()));
}

TEST_F(Letters, ALetterIsWithdrawnByItsIssuerAndNotCountersignedByItsSignatory) {
  v1::CancelResponsibilityLetterRequest cancel;
  cancel.set_reason("重新起草");
  const Letter draft = Drafted(2025);
  const auto cancelled_by = [&](const v1::Person& caller) {
    return Move("CancelResponsibilityLetter", draft, cancel, caller);
  };
  EXPECT_EQ(status::MetadataOf(cancelled_by(director_).status(), "guard"), "ISSUER_HOLDS_POST");
  EXPECT_TRUE(cancelled_by(governor_).ok());

  // One person in both posts.
  signatory_ = MadePost(body_.name(), v1::Post::RANK_LEADER_IN_CHARGE);
  ASSERT_TRUE(Assign(governor_.name(), signatory_.name()).ok());
  EXPECT_EQ(status::MetadataOf(Countersigned(Signed(Drafted(2025), governor_), governor_).status(),
                               "guard"),
            "COUNTERSIGNER_IS_ANOTHER");
}

}  // namespace
}  // namespace qinglian::organization
