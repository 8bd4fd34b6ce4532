// What the first message of an import decides: conflicts, all or nothing, and what refers ahead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/id/uuid.h"
#include "common/status/status.h"
#include "tests/storage/organization/importing.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ImportTerms : public ImportingTest {
 protected:
  static v1::ImportOrganizationsRequest Asked(v1::OnConflict on_conflict) {
    v1::ImportOrganizationsRequest terms;
    terms.set_on_conflict(on_conflict);
    return terms;
  }
  static v1::ImportOrganizationsRequest AllOrNothing() {
    v1::ImportOrganizationsRequest terms;
    terms.set_all_or_nothing(true);
    return terms;
  }
  static v1::ImportRow Renamed(int64_t line, const std::string& id) {
    v1::ImportRow row = Row(line, id);
    row.mutable_organization()->set_display_name("新名称");
    return row;
  }
  std::string NameOf(const std::string& id) {
    return served_.database().Value(
        absl::StrCat("SELECT o.display_name FROM organizations o JOIN organization_identifiers i "
                     "ON i.organization = o.id WHERE i.external_id = '",
                     id, "'"));
  }
  std::string DepartmentOf(const std::string& id) {
    return served_.database().Value(absl::StrCat(
        "SELECT COALESCE((SELECT external_id FROM organization_identifiers WHERE organization = "
        "o.competent_department), '') FROM organizations o JOIN organization_identifiers i "
        "ON i.organization = o.id WHERE i.external_id = '",
        id, "'"));
  }
};

TEST_F(ImportTerms, WhatIsThereIsChangedSkippedOrRefusedAsAsked) {
  ASSERT_EQ(Organizations({}, {{Row(1, "a"), Row(2, "b")}}).created, 2);
  const Outcome skipped =
      Organizations(Asked(v1::ON_CONFLICT_SKIP), {{Renamed(1, "a"), Row(2, "c", "a")}});
  EXPECT_EQ(skipped.skipped, 1);
  EXPECT_EQ(skipped.created, 1);
  EXPECT_EQ(NameOf("a"), "单位a");
  const Outcome failed =
      Organizations(Asked(v1::ON_CONFLICT_FAIL), {{Renamed(1, "a"), Row(2, "b"), Row(3, "d")}});
  EXPECT_THAT(failed.refused, ElementsAre("1 external_identifiers RESOURCE_EXISTS",
                                          "2 external_identifiers RESOURCE_EXISTS"));
  EXPECT_EQ(failed.created, 1);
  EXPECT_EQ(NameOf("a"), "单位a");
  const Outcome only = Organizations(Asked(v1::ON_CONFLICT_UPDATE_ONLY),
                                     {{Renamed(1, "a"), Row(2, "b"), Row(3, "nobody")}});
  EXPECT_THAT(only.refused, ElementsAre("3  RESOURCE_NOT_FOUND"));
  EXPECT_EQ(only.updated, 1);
  EXPECT_EQ(only.unchanged, 1);
  EXPECT_EQ(NameOf("a"), "新名称");
}

TEST_F(ImportTerms, TheFirstMessageDecidesForAll) {
  ASSERT_EQ(Organizations({}, {{Row(1, "a"), Row(2, "b")}}).created, 2);
  const Outcome outcome =
      Organizations(Asked(v1::ON_CONFLICT_SKIP), {{Renamed(1, "a")}, {Renamed(2, "b")}},
                    [](int i, auto& request) {
                      if (i > 0) request.set_on_conflict(v1::ON_CONFLICT_UPDATE);
                    });
  EXPECT_EQ(outcome.skipped, 2);
  EXPECT_EQ(NameOf("b"), "单位b");
}

TEST_F(ImportTerms, OneBadRowOfAnAllOrNothingStreamKeepsAllOthersOut) {
  const std::vector<OrganizationRows> batches = {{Row(1, "a"), Row(2, "b", "nowhere")},
                                                 {Row(3, "c", "a"), Row(4, "a")}};
  const std::string journal = Count("journal");
  const Outcome outcome = Organizations(AllOrNothing(), batches);
  EXPECT_TRUE(outcome.rolled_back);
  EXPECT_THAT(outcome.refused,
              ElementsAre("2 parent REFERENCE_NOT_FOUND", "4 external_identifiers FIELDS_INVALID"));
  EXPECT_EQ(outcome.created, 2) << "what the others would have come to";
  EXPECT_EQ(Count("organizations"), "0");
  EXPECT_EQ(Count("organization_identifiers"), "0");
  EXPECT_EQ(Count("organization_pieces"), "0");
  EXPECT_EQ(Count("journal"), journal);
  const Outcome good = Organizations(AllOrNothing(), {{Row(1, "a")}, {Row(3, "c", "a")}});
  EXPECT_FALSE(good.rolled_back);
  EXPECT_EQ(good.created, 2);
  EXPECT_EQ(Count("organizations"), "2");
}

TEST_F(ImportTerms, AnAllOrNothingStreamIsKeptInOneTransaction) {
  ASSERT_EQ(
      Organizations(AllOrNothing(), {{Row(1, "a")}, {Row(2, "b", "a")}, {Row(3, "c")}}).created, 3);
  EXPECT_EQ(served_.database().Value("SELECT COUNT(DISTINCT request_id) FROM journal WHERE method "
                                     "LIKE '%/ImportOrganizations'"),
            "1");
}

TEST_F(ImportTerms, MoreThanFiveThousandRowsCannotBeAllOrNothing) {
  std::vector<OrganizationRows> batches(6);
  for (int i = 0; i < 5001; ++i) batches[i / 1000].push_back(Row(i, absl::StrCat("n", i)));
  const Outcome outcome = Organizations(AllOrNothing(), batches);
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument) << outcome.status;
  EXPECT_EQ(status::BadRequestOf(outcome.status).field_violations(0).field(), "rows");
  EXPECT_EQ(Count("organizations"), "0");
  batches[5].clear();
  EXPECT_EQ(Organizations(AllOrNothing(), batches).created, 5000);
}

TEST_F(ImportTerms, ABatchThatIsSentAgainUnderItsIdIsAnsweredAsItWas) {
  for (const bool all_or_nothing : {false, true}) {
    v1::ImportOrganizationsRequest terms = Asked(v1::ON_CONFLICT_FAIL);
    terms.set_all_or_nothing(all_or_nothing);
    const std::string id = id::Uuid::NewV4().ToString();
    const std::string key = absl::StrCat("again-", all_or_nothing);
    const auto identify = [&](int, auto& request) { request.set_request_id(id); };
    const Outcome first = Organizations(terms, {{Row(1, key)}}, identify);
    const Outcome again = Organizations(terms, {{Row(1, key)}}, identify);
    EXPECT_EQ(first.created, 1);
    EXPECT_EQ(again.created, 1) << "what it was answered, not what it would be now";
    EXPECT_THAT(again.refused, IsEmpty());
    EXPECT_THAT(Organizations(terms, {{Row(1, key)}}).refused,
                ElementsAre("1 external_identifiers RESOURCE_EXISTS"))
        << "another request is another matter";
  }
  EXPECT_EQ(Count("organizations"), "2");
}

TEST_F(ImportTerms, ACompetentDepartmentMayComeLater) {
  v1::ImportRow early = Row(1, "early");
  early.set_competent_department_external_id("late");
  const Outcome one = Organizations({}, {{early, Row(2, "late")}});
  EXPECT_THAT(one.refused, IsEmpty());
  EXPECT_EQ(DepartmentOf("early"), "late") << "in the same batch";
  v1::ImportRow first = Row(3, "first");
  first.set_competent_department_external_id("second");
  EXPECT_THAT(Organizations({}, {{first}, {Row(4, "second")}}).refused,
              ElementsAre("3 competent_department REFERENCE_NOT_FOUND"));
  v1::ImportOrganizationsRequest terms;
  terms.set_departments_may_follow(true);
  v1::ImportRow third = Row(5, "third");
  third.set_competent_department_external_id("fourth");
  const Outcome two = Organizations(terms, {{third}, {Row(6, "fourth")}});
  EXPECT_THAT(two.refused, IsEmpty());
  EXPECT_THAT(two.deferred, ElementsAre(5));
  EXPECT_EQ(DepartmentOf("third"), "");
  EXPECT_EQ(Organizations({}, {{third}}).updated, 1);
  EXPECT_EQ(DepartmentOf("third"), "fourth");
}

TEST_F(ImportTerms, ParentsAndDepartmentsMayBeOfAnotherSource) {
  v1::ImportRow other = Row(1, "a");
  other.mutable_organization()->mutable_external_identifiers(0)->set_source("other");
  v1::ImportRow part = Row(2, "b", "a");
  part.set_parent_source("other");
  part.set_competent_department_external_id("a");
  part.set_competent_department_source("other");
  EXPECT_THAT(Organizations({}, {{other, part}}).refused, IsEmpty());
  EXPECT_EQ(DepartmentOf("b"), "a");
}

TEST_F(ImportTerms, WhatOtherSourcesCallAnOrganizationOutlivesTheImportOfOne) {
  v1::ImportRow row = Row(1, "a");
  auto& other = *row.mutable_organization()->add_external_identifiers();
  other.set_source("other");
  other.set_id("x");
  ASSERT_EQ(Organizations({}, {{row}}).created, 1);
  EXPECT_EQ(Organizations({}, {{Renamed(1, "a")}}).updated, 1);
  EXPECT_EQ(
      served_.database().Value("SELECT GROUP_CONCAT(source, ':', external_id ORDER BY source) FROM "
                               "organization_identifiers"),
      "other:x,zhejiang:a");
}

TEST_F(ImportTerms, AnOrganizationWithoutIdentifierIsFoundByItsOwnId) {
  const v1::Organization made = Made("没有外部标识的单位");
  v1::ImportRow row = Row(1, made.name().substr(made.name().find('/') + 1));
  row.mutable_organization()->mutable_external_identifiers(0)->set_source("qinglian");
  row.mutable_organization()->set_display_name("没有外部标识的单位");
  EXPECT_EQ(Organizations({}, {{row}}).unchanged, 1);
  v1::ImportRow part = Row(2, "part", row.organization().external_identifiers(0).id());
  part.set_parent_source("qinglian");
  EXPECT_EQ(Organizations({}, {{part}}).created, 1);
  EXPECT_EQ(Count("organizations"), "2");
  EXPECT_EQ(Count("organization_identifiers"), "1") << "it was given none";
}

}  // namespace
}  // namespace qinglian::organization
