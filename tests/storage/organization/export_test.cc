// Exports: what imports take, in an order of its own, of what the caller may see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "tests/storage/organization/importing.h"
#include "tests/support/identity_number.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Exports : public ImportingTest {
 protected:
  template <class Row>
  struct Exported {
    std::vector<Row> rows;
    // As a file of messages has them.
    std::string bytes;
    // The token of each answer, and how many rows had come by then.
    std::vector<std::pair<std::string, size_t>> tokens;
    absl::Status status;
  };

  Exported<v1::ImportRow> ExportedOrganizations(
      const std::string& subtree = "",
      const rpc::CallOptions& options = test::CallAs("clients/test"),
      const std::string& token = "") {
    v1::ExportOrganizationsRequest request;
    request.set_subtree(subtree);
    request.set_page_token(token);
    return Export<v1::ImportRow, v1::ExportOrganizationsRequest, v1::ExportOrganizationsResponse>(
        "OrganizationService/ExportOrganizations", request, options);
  }
  Exported<v1::ImportPersonRow> ExportedPersons(
      const std::string& subtree = "",
      const rpc::CallOptions& options = test::CallAs("clients/test"),
      const std::string& token = "") {
    v1::ExportPersonsRequest request;
    request.set_subtree(subtree);
    request.set_page_token(token);
    request.set_purpose("数据迁移");
    return Export<v1::ImportPersonRow, v1::ExportPersonsRequest, v1::ExportPersonsResponse>(
        "PersonService/ExportPersons", request, options);
  }

  static std::vector<std::string> KeysOf(const std::vector<v1::ImportRow>& rows) {
    std::vector<std::string> keys;
    for (const v1::ImportRow& row : rows)
      keys.push_back(row.organization().external_identifiers(0).id());
    return keys;
  }
  static std::vector<std::string> NumbersOf(const std::vector<v1::ImportPersonRow>& rows) {
    std::vector<std::string> numbers;
    for (const v1::ImportPersonRow& row : rows) numbers.push_back(row.person().staff_number());
    return numbers;
  }
  std::string NameOf(const std::string& external_id) {
    v1::LookupOrganizationRequest lookup;
    lookup.mutable_external_identifier()->set_source("zhejiang");
    lookup.mutable_external_identifier()->set_id(external_id);
    return Call<v1::Organization>("OrganizationService/LookupOrganization", lookup)
        .value_or(v1::Organization())
        .name();
  }

  // A small tree with everything that a row can say.
  void Fill() {
    OrganizationRows rows = {Row(1, "z"), Row(2, "y", "z"), Row(3, "b"), Row(4, "x", "z")};
    v1::Organization& full = *rows[1].mutable_organization();
    full.set_short_name("简称");
    full.set_contact("0571-0000000, \"总机\"");
    full.set_credit_code("91350100M000100Y43");
    full.mutable_founding_date()->set_year(1998);
    full.mutable_founding_date()->set_month(6);
    full.mutable_founding_date()->set_day(30);
    v1::ExternalIdentifier& other = *full.add_external_identifiers();
    other.set_source("other");
    other.set_id("y:y");
    rows[1].set_competent_department_external_id("x");
    v1::ImportRow foreign = Row(5, "a", "y");
    foreign.mutable_organization()->mutable_external_identifiers(0)->set_source("a-register");
    foreign.set_parent_source("zhejiang");
    rows.push_back(foreign);
    ASSERT_THAT(Organizations({}, {rows}).refused, IsEmpty());
    const v1::Organization own = Made("没有外部标识的单位", NameOf("x"));
    ASSERT_NE(Made("其下的单位", own.name()).name(), "");
    v1::ImportPersonRow chief =
        Holding(PersonRow(1, "P-2", "y"), "局长", 1, v1::Post::RANK_PRINCIPAL_LEADER);
    chief.mutable_person()->set_party_membership(v1::Person::PARTY_MEMBERSHIP_MEMBER);
    chief.mutable_person()->set_identity_number(test::IdentityNumberOf(5));
    chief = Holding(chief, "委员", 9);
    chief.mutable_posts(1)->mutable_organization_identifier()->set_source("zhejiang");
    chief.mutable_posts(1)->mutable_organization_identifier()->set_id("z");
    chief.mutable_posts(1)->set_acting(true);
    chief.mutable_posts(1)->set_document_number("演任〔2026〕1号");
    v1::ImportPersonRow retired = PersonRow(3, "P-9", "z");
    retired.mutable_person()->set_employment_state(v1::Person::EMPLOYMENT_STATE_RETIRED);
    ASSERT_THAT(Persons({}, {{chief, PersonRow(2, "P-1", "y"), retired}}).refused, IsEmpty());
  }

 private:
  template <class Row, class Request, class Response>
  Exported<Row> Export(const std::string& method, const Request& request,
                       const rpc::CallOptions& options) {
    rpc::ServerStreamClient<Request, Response> stream(
        served_.channel(), "/qinglian.organization.v1." + method, request, options);
    Exported<Row> exported;
    Response response;
    while (stream.Read(&response)) {
      for (const Row& row : response.rows()) {
        exported.rows.push_back(row);
        exported.bytes += row.SerializeAsString();
      }
      exported.tokens.emplace_back(response.next_page_token(), exported.rows.size());
    }
    exported.status = stream.Finish();
    return exported;
  }
};

TEST_F(Exports, HaveParentsBeforePartsAndSiblingsByTheirIdentifiers) {
  Fill();
  const auto exported = ExportedOrganizations();
  ASSERT_TRUE(exported.status.ok()) << exported.status;
  const std::vector<std::string> keys = KeysOf(exported.rows);
  ASSERT_EQ(keys.size(), 7U);
  EXPECT_THAT(std::vector<std::string>(keys.begin(), keys.begin() + 4),
              ElementsAre("b", "z", "x", "y"));
  EXPECT_EQ(exported.rows[0].line(), 1);
  EXPECT_EQ(exported.rows[4].organization().external_identifiers(0).source(), "qinglian");
  EXPECT_EQ(exported.rows[5].organization().external_identifiers(0).source(), "a-register");
  EXPECT_EQ(exported.rows[5].parent_source(), "zhejiang");
  EXPECT_EQ(exported.rows[5].parent_external_id(), "y");
  EXPECT_EQ(exported.rows[3].competent_department_external_id(), "x");
  EXPECT_THAT(exported.rows[3].DebugString(), Not(HasSubstr("organizations/")));
}

TEST_F(Exports, BroughtIntoAnEmptyRegistryAndExportedAgainGiveTheSameBytes) {
  Fill();
  const auto organizations = ExportedOrganizations();
  const auto persons = ExportedPersons();
  ASSERT_EQ(organizations.rows.size(), 7U);
  ASSERT_EQ(persons.rows.size(), 3U);
  EXPECT_EQ(Organizations({}, {organizations.rows}).unchanged, 7) << "here they are as given";
  EXPECT_EQ(Persons({}, {persons.rows}).unchanged, 3);
  for (const char* table :
       {"organizations", "organization_identifiers", "organization_pieces", "organization_versions",
        "persons", "posts", "assignments", "sealed_values"})
    served_.database().Run(absl::StrCat("DELETE FROM ", table));
  ASSERT_TRUE(ExportedOrganizations().rows.empty());
  EXPECT_EQ(Organizations({}, {organizations.rows}).created, 7);
  EXPECT_EQ(Persons({}, {persons.rows}).created, 3);
  EXPECT_EQ(ExportedOrganizations().bytes, organizations.bytes);
  EXPECT_EQ(ExportedPersons().bytes, persons.bytes);
}

// Who lost a stream of `whole` behind any of its answers, and asks again.
template <class Exported, class Again>
void ExpectGoesOn(const Exported& whole, const Again& again) {
  ASSERT_TRUE(whole.status.ok()) << whole.status;
  ASSERT_GE(whole.tokens.size(), 3U);
  for (const auto& [token, sent] : whole.tokens) {
    std::string rest;
    for (size_t i = sent; i < whole.rows.size(); ++i) rest += whole.rows[i].SerializeAsString();
    const Exported resumed = again(token);
    ASSERT_TRUE(resumed.status.ok()) << resumed.status;
    EXPECT_EQ(resumed.bytes, rest) << "after " << sent << " rows";
  }
}

TEST_F(Exports, ThatBrokeOffGoOnAfterTheLastAnswerThatArrived) {
  constexpr int kRows = 1'200, kRowsAtOnce = 400;
  std::vector<OrganizationRows> organizations;
  std::vector<PersonRows> persons;
  for (int i = 0; i < kRows; ++i) {
    if (i % kRowsAtOnce == 0) {
      organizations.emplace_back();
      persons.emplace_back();
    }
    organizations.back().push_back(
        Row(i + 1, absl::StrCat("o", i), i == 0 ? "" : absl::StrCat("o", i / 40)));
    persons.back().push_back(PersonRow(i + 1, absl::StrCat("P-", i), absl::StrCat("o", i % 3)));
  }
  ASSERT_EQ(Organizations({}, organizations).created, kRows);
  ASSERT_EQ(Persons({}, persons).created, kRows);
  const rpc::CallOptions caller = test::CallAs("clients/test");
  const std::string root = NameOf("o0");
  ExpectGoesOn(ExportedOrganizations(root), [&](const std::string& token) {
    return ExportedOrganizations(root, caller, token);
  });
  ExpectGoesOn(ExportedPersons(root),
               [&](const std::string& token) { return ExportedPersons(root, caller, token); });
}

TEST_F(Exports, DoNotGoOnWhereTheQuestionIsAnotherOrThePlaceIsGone) {
  Fill();
  const rpc::CallOptions caller = test::CallAs("clients/test");
  const std::string organizations = ExportedOrganizations().tokens.back().first;
  const std::string persons = ExportedPersons().tokens.back().first;
  const auto refused = [](const absl::Status& status) {
    return status::Is(status, status::kPageTokenInvalid);
  };
  EXPECT_TRUE(refused(ExportedOrganizations(NameOf("y"), caller, organizations).status));
  EXPECT_TRUE(refused(ExportedOrganizations("", caller, persons).status));
  EXPECT_TRUE(refused(ExportedPersons("", caller, organizations).status));
  EXPECT_TRUE(refused(ExportedPersons("", caller, "bm8gdG9rZW4").status));
  served_.database().Run("DELETE FROM persons");
  EXPECT_TRUE(refused(ExportedPersons("", caller, persons).status));
  served_.database().Run("UPDATE organizations SET state = 'STATE_ABOLISHED'");
  EXPECT_TRUE(refused(ExportedOrganizations("", caller, organizations).status));
}

TEST_F(Exports, PostsThatNothingTellsApartAreOneForAllTheirHeads) {
  ASSERT_EQ(Organizations({}, {{Row(1, "a")}}).created, 1);
  for (const char* number : {"P-1", "P-2"}) {
    const v1::Post post = MadePost(NameOf("a"), v1::Post::RANK_STAFF);
    ASSERT_TRUE(Assign(MadePerson(number, NameOf("a")).name(), post.name()).ok());
  }
  const auto persons = ExportedPersons();
  ASSERT_EQ(persons.rows.size(), 2U);
  for (const v1::ImportPersonRow& row : persons.rows)
    EXPECT_EQ(row.posts(0).post().head_count(), 2);
  for (const char* table : {"persons", "posts", "assignments"})
    served_.database().Run(absl::StrCat("DELETE FROM ", table));
  EXPECT_THAT(Persons({}, {persons.rows}).refused, IsEmpty());
  EXPECT_EQ(Count("posts"), "1");
  EXPECT_EQ(ExportedPersons().bytes, persons.bytes);
}

TEST_F(Exports, OfPersonsHoldNoIdentityNumberAndAreOnTheRecord) {
  Fill();
  const auto persons = ExportedPersons();
  ASSERT_TRUE(persons.status.ok()) << persons.status;
  EXPECT_THAT(NumbersOf(persons.rows), ElementsAre("P-9", "P-1", "P-2"));
  for (const v1::ImportPersonRow& row : persons.rows) {
    EXPECT_EQ(row.person().identity_number() + row.person().identity_number_masked(), "");
    EXPECT_EQ(row.person().name() + row.person().organization(), "");
  }
  EXPECT_EQ(persons.rows[2].posts_size(), 2);
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM journal WHERE operation = "
                                     "'OPERATION_READ' AND reason = '数据迁移' AND kind LIKE "
                                     "'%.Person'"),
            "3");
}

TEST_F(Exports, HoldWhatTheCallerSeesAndOfASubtreeWhatLiesInIt) {
  Fill();
  EXPECT_THAT(KeysOf(ExportedOrganizations(NameOf("y")).rows), ElementsAre("y", "a"));
  EXPECT_THAT(NumbersOf(ExportedPersons(NameOf("y")).rows), ElementsAre("P-1", "P-2"));
  const std::vector<access::v1::Grant> grants = {test::GrantOf("roles/organ", NameOf("y"))};
  const rpc::CallOptions organ =
      test::CallAs("persons/00000000-0000-7000-8000-00000000000a", grants);
  const auto seen = ExportedOrganizations("", organ);
  EXPECT_THAT(KeysOf(seen.rows), ElementsAre("y", "a"));
  EXPECT_EQ(seen.rows[0].parent_external_id(), "") << "a parent whom he does not see";
  EXPECT_EQ(seen.rows[0].competent_department_external_id(), "");
  const auto persons = ExportedPersons("", organ);
  EXPECT_THAT(NumbersOf(persons.rows), ElementsAre("P-1", "P-2"));
  EXPECT_EQ(persons.rows[1].posts_size(), 1) << "the post elsewhere is hidden";
  EXPECT_TRUE(absl::IsNotFound(ExportedOrganizations(NameOf("z"), organ).status));
  EXPECT_TRUE(absl::IsNotFound(ExportedPersons(NameOf("z"), organ).status));
  EXPECT_TRUE(absl::IsNotFound(
      ExportedOrganizations("organizations/00000000-0000-7000-8000-000000000001").status));
  const rpc::CallOptions platform =
      test::CallAs("clients/platform", {test::GrantOf("roles/platform")});
  EXPECT_TRUE(absl::IsPermissionDenied(ExportedPersons("", platform).status));
}

}  // namespace
}  // namespace qinglian::organization
