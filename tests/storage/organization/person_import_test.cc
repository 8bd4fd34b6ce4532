// Imports of persons: who comes in with which posts, what is left alone, and what nobody may learn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/storage/organization/importing.h"
#include "tests/support/identity_number.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PersonImports : public ImportingTest {
 protected:
  PersonImports() {
    EXPECT_EQ(Organizations({}, {{Row(1, "bureau"), Row(2, "office", "bureau"), Row(3, "court")}})
                  .created,
              3);
  }

  static v1::ImportPersonRow Numbered(v1::ImportPersonRow row, int serial) {
    row.mutable_person()->set_identity_number(test::IdentityNumberOf(serial));
    return row;
  }
  static v1::ImportPersonsRequest Asked(v1::OnConflict on_conflict) {
    v1::ImportPersonsRequest terms;
    terms.set_on_conflict(on_conflict);
    return terms;
  }
  static v1::ImportPersonsRequest Rehearsed() {
    v1::ImportPersonsRequest terms;
    terms.set_validate_only(true);
    return terms;
  }
  std::string Value(const std::string& sql) { return served_.database().Value(sql); }
  std::string Changes() { return Value("SELECT COUNT(*) FROM journal WHERE resource <> ''"); }
  std::string IdOf(const std::string& external_id) {
    v1::LookupOrganizationRequest lookup;
    lookup.mutable_external_identifier()->set_source("zhejiang");
    lookup.mutable_external_identifier()->set_id(external_id);
    return Call<v1::Organization>("OrganizationService/LookupOrganization", lookup)
        .value_or(v1::Organization())
        .name();
  }
};

TEST_F(PersonImports, APersonComesInWithPostAndAssignmentAndIsLeftAloneTheSecondTime) {
  const std::vector<PersonRows> batches = {
      {Holding(PersonRow(1, "A-1", "bureau"), "局长", 1, v1::Post::RANK_PRINCIPAL_LEADER),
       Holding(PersonRow(2, "A-2", "bureau"), "科员", 3)},
      {Holding(PersonRow(3, "A-3", "bureau"), "科员", 3), PersonRow(4, "A-4", "office")}};
  const Outcome brought = Persons({}, batches);
  EXPECT_THAT(brought.refused, IsEmpty());
  EXPECT_EQ(brought.created, 4);
  EXPECT_EQ(brought.posts, 2);
  EXPECT_EQ(brought.assignments, 3);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM assignments a JOIN posts p ON p.id = a.post WHERE "
                  "p.display_name = '科员' AND a.state = 'STATE_CURRENT' AND a.organization = "
                  "p.organization AND a.rank = p.rank AND a.start_date IS NOT NULL"),
            "2");
  EXPECT_EQ(Value("SELECT COUNT(*) FROM journal WHERE resource <> '' AND method LIKE "
                  "'%/ImportPersons' AND operation = 'OPERATION_CREATED'"),
            "9")
      << "four persons, two posts, three assignments";
  const std::string changes = Changes();
  const Outcome again = Persons({}, batches);
  EXPECT_EQ(again.unchanged, 4);
  EXPECT_EQ(again.posts + again.assignments, 0);
  EXPECT_EQ(Changes(), changes);
}

TEST_F(PersonImports, WhatIsThereIsChangedSkippedOrRefusedAsAsked) {
  ASSERT_EQ(Persons({}, {{PersonRow(1, "A-1", "bureau")}}).created, 1);
  v1::ImportPersonRow changed = Holding(PersonRow(1, "A-1", "office"), "主任");
  changed.mutable_person()->set_display_name("王示例");
  EXPECT_EQ(Persons(Asked(v1::ON_CONFLICT_SKIP), {{changed}}).skipped, 1);
  EXPECT_THAT(Persons(Asked(v1::ON_CONFLICT_FAIL), {{changed}}).refused,
              ElementsAre("1 staff_number RESOURCE_EXISTS"));
  EXPECT_THAT(
      Persons(Asked(v1::ON_CONFLICT_UPDATE_ONLY), {{PersonRow(2, "A-9", "bureau")}}).refused,
      ElementsAre("2  RESOURCE_NOT_FOUND"));
  EXPECT_EQ(Value("SELECT display_name FROM persons"), "李示例");
  EXPECT_EQ(Count("posts"), "0");
  const Outcome updated = Persons({}, {{changed}});
  EXPECT_EQ(updated.updated, 1);
  EXPECT_EQ(updated.assignments, 1);
  EXPECT_EQ(Value("SELECT display_name FROM persons"), "王示例");
  EXPECT_EQ(Value("SELECT i.external_id FROM persons p JOIN organization_identifiers i ON "
                  "i.organization = p.organization"),
            "office");
}

TEST_F(PersonImports, APersonMayHoldSeveralPostsAlsoElsewhereAndByOrganizationName) {
  v1::ImportPersonRow row = Holding(PersonRow(1, "A-1", "bureau"), "局长");
  row = Holding(row, "庭长");
  row.mutable_posts(1)->mutable_organization_identifier()->set_source("zhejiang");
  row.mutable_posts(1)->mutable_organization_identifier()->set_id("court");
  row = Holding(row, "主任");
  row.mutable_posts(2)->mutable_post()->set_organization(IdOf("office"));
  row.mutable_posts(2)->set_acting(true);
  row.mutable_posts(2)->set_document_number("演任〔2026〕1号");
  row.mutable_posts(2)->mutable_start_date()->set_year(2020);
  row.mutable_posts(2)->mutable_start_date()->set_month(2);
  row.mutable_posts(2)->mutable_start_date()->set_day(29);
  const Outcome outcome = Persons({}, {{row}});
  EXPECT_THAT(outcome.refused, IsEmpty()) << outcome.text;
  EXPECT_EQ(outcome.assignments, 3);
  EXPECT_EQ(Value("SELECT GROUP_CONCAT(i.external_id, p.display_name, a.acting ORDER BY "
                  "i.external_id) FROM assignments a JOIN posts p ON p.id = a.post JOIN "
                  "organization_identifiers i ON i.organization = a.organization"),
            "bureau局长0,court庭长0,office主任1");
  EXPECT_EQ(Value("SELECT CONCAT(start_date, document_number) FROM assignments WHERE acting"),
            "2020-02-29演任〔2026〕1号");
}

TEST_F(PersonImports, APostThatExistsIsTakenAndChangedToWhatTheRowSays) {
  const v1::Post post = MadePost(IdOf("bureau"), v1::Post::RANK_PRINCIPAL_LEADER);
  v1::ImportPersonRow row =
      Holding(PersonRow(1, "A-1", "bureau"), "局长", 2, v1::Post::RANK_PRINCIPAL_LEADER);
  row.mutable_posts(0)->mutable_post()->set_key_post(true);
  EXPECT_EQ(Persons(Asked(v1::ON_CONFLICT_SKIP), {{row}}).assignments, 1);
  EXPECT_EQ(Value("SELECT CONCAT(key_post, head_count) FROM posts"), "00")
      << "skipping changes none";
  EXPECT_EQ(Persons({}, {{row}}).updated, 1);
  EXPECT_EQ(Value("SELECT CONCAT(key_post, head_count) FROM posts"), "12");
  EXPECT_EQ(Count("posts"), "1");
  EXPECT_EQ(Persons({}, {{row}}).unchanged, 1);
}

TEST_F(PersonImports, HeadsAreCountedOverBatchesOfARehearsalToo) {
  std::vector<PersonRows> batches;
  for (int i = 1; i <= 4; ++i)
    batches.push_back({Holding(PersonRow(i, absl::StrCat("A-", i), "bureau"), "副局长", 2)});
  for (const bool rehearsed : {true, false}) {
    const Outcome outcome = Persons(rehearsed ? Rehearsed() : v1::ImportPersonsRequest(), batches);
    EXPECT_THAT(outcome.refused,
                ElementsAre("3 posts[0] GUARD_NOT_MET", "4 posts[0] GUARD_NOT_MET"));
    EXPECT_EQ(outcome.created, 2);
    EXPECT_EQ(Count("persons"), rehearsed ? "0" : "2") << "a refused row leaves no person behind";
    EXPECT_EQ(Count("posts"), rehearsed ? "0" : "1");
  }
}

TEST_F(PersonImports, ARowThatFailsAtItsLastPostLeavesNothingBehind) {
  ASSERT_EQ(Persons({}, {{Holding(PersonRow(1, "A-1", "bureau"), "局长")}}).assignments, 1);
  v1::ImportPersonRow row = Holding(Holding(PersonRow(2, "A-2", "bureau"), "秘书"), "局长");
  v1::ImportPersonRow known = PersonRow(1, "A-1", "office");
  known = Holding(Holding(known, "主任"), "", 1);
  const Outcome outcome = Persons({}, {{row, known, PersonRow(3, "A-3", "bureau")}});
  EXPECT_THAT(outcome.refused,
              ElementsAre("2 posts[1] GUARD_NOT_MET", "1 posts[1].display_name FIELDS_INVALID"));
  EXPECT_EQ(outcome.created, 1);
  EXPECT_EQ(Count("posts"), "1");
  EXPECT_EQ(Count("assignments"), "1");
  EXPECT_EQ(Value("SELECT COUNT(DISTINCT organization) FROM persons"), "1") << "nobody moved";
}

TEST_F(PersonImports, AllOrNothingKeepsNoPersonPostOrNumberWhereARowIsBad) {
  v1::ImportPersonsRequest terms;
  terms.set_all_or_nothing(true);
  const std::string journal = Count("journal");
  const Outcome outcome =
      Persons(terms, {{Numbered(Holding(PersonRow(1, "A-1", "bureau"), "局长"), 1)},
                      {PersonRow(2, "A-2", "nowhere")}});
  EXPECT_TRUE(outcome.rolled_back);
  EXPECT_THAT(outcome.refused, ElementsAre("2 organization REFERENCE_NOT_FOUND"));
  for (const char* table : {"persons", "posts", "assignments", "sealed_values"})
    EXPECT_EQ(Count(table), "0") << table;
  EXPECT_EQ(Count("journal"), journal);
}

TEST_F(PersonImports, IdentityNumbersAreSealedUniqueAndInNoAnswer) {
  PersonRows rows;
  for (int i = 0; i < 100; ++i)
    rows.push_back(Numbered(PersonRow(i, absl::StrCat("A-", i), "bureau"), i));
  const Outcome brought = Persons({}, {rows});
  EXPECT_EQ(brought.created, 100);
  EXPECT_EQ(Count("sealed_values"), "100");
  v1::FindPersonRequest find;
  find.set_identity_number(test::IdentityNumberOf(77));
  find.set_purpose("核对身份");
  const auto found = Call<v1::Person>("PersonService/FindPerson", find);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->staff_number(), "A-77");
  EXPECT_EQ(found->identity_number_masked().substr(14), test::IdentityNumberOf(77).substr(14));
  const std::string changes = Changes();
  EXPECT_EQ(Persons({}, {rows}).unchanged, 100) << "the same number is none to change";
  EXPECT_EQ(Changes(), changes);
  // Taken by another, in the database and in the batch; changed to a free one; no number.
  v1::ImportPersonRow wrong = PersonRow(204, "B-4", "bureau");
  wrong.mutable_person()->set_identity_number("99000019700101999Q");
  const Outcome mixed = Persons({}, {{Numbered(PersonRow(200, "B-0", "bureau"), 7),
                                      Numbered(PersonRow(201, "B-1", "bureau"), 201),
                                      Numbered(PersonRow(202, "B-2", "bureau"), 201),
                                      Numbered(PersonRow(203, "A-3", "bureau"), 203), wrong}});
  EXPECT_THAT(mixed.refused, ElementsAre("200 identity_number RESOURCE_EXISTS",
                                         "202 identity_number RESOURCE_EXISTS",
                                         "204 identity_number FIELDS_INVALID"));
  EXPECT_EQ(mixed.updated, 1);
  EXPECT_THAT(brought.text + mixed.text, Not(HasSubstr(test::kIdentityNumberPrefix)));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM journal WHERE INSTR(after, '99000019700101') > 0 OR "
                  "INSTR(COALESCE(response, ''), '99000019700101') > 0"),
            "0");
}

TEST_F(PersonImports, WhoIsHiddenFromTheCallerIsTakenAndWhatIsHiddenIsNotThere) {
  ASSERT_EQ(Persons({}, {{PersonRow(1, "A-1", "court")}}).created, 1);
  const rpc::CallOptions organ = test::CallAs("persons/00000000-0000-7000-8000-00000000000a",
                                              {test::GrantOf("roles/organ", IdOf("bureau"))});
  const Outcome outcome = Persons({},
                                  {{PersonRow(1, "A-1", "bureau"), PersonRow(2, "A-2", "court"),
                                    PersonRow(3, "A-3", "never"), PersonRow(4, "A-4", "office")}},
                                  nullptr, organ);
  EXPECT_THAT(outcome.refused,
              ElementsAre("1 staff_number RESOURCE_EXISTS", "2 organization REFERENCE_NOT_FOUND",
                          "3 organization REFERENCE_NOT_FOUND"));
  EXPECT_EQ(outcome.created, 1);
}

TEST_F(PersonImports, WhoHasLeftOrWorksForWhatHasEndedIsRefused) {
  v1::ImportPersonRow gone = PersonRow(1, "A-1", "bureau");
  gone.mutable_person()->set_employment_state(v1::Person::EMPLOYMENT_STATE_RETIRED);
  EXPECT_EQ(Persons({}, {{gone}}).created, 1) << "as CreatePerson takes him";
  EXPECT_THAT(Persons({}, {{Holding(gone, "顾问")}}).refused,
              ElementsAre("1 posts[0] GUARD_NOT_MET"));
  v1::AbolishOrganizationRequest abolish;
  abolish.set_name(IdOf("court"));
  abolish.set_etag(Get(abolish.name()).etag());
  abolish.set_reason("机构改革");
  abolish.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Organization>("OrganizationService/AbolishOrganization", abolish).ok());
  EXPECT_THAT(Persons({}, {{PersonRow(2, "A-2", "court")}}).refused,
              ElementsAre("2  RESOURCE_ENDED"));
}

}  // namespace
}  // namespace qinglian::organization
