// Organizations found by a part of a name that they have or had.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/mysql/migrate.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Search : public ReformingTest {
 protected:
  absl::StatusOr<v1::SearchOrganizationsResponse> Answer(
      const v1::SearchOrganizationsRequest& request,
      const rpc::CallOptions& caller = test::CallAs("clients/test")) {
    return served_.Call<v1::SearchOrganizationsResponse>(
        "/qinglian.organization.v1.OrganizationService/SearchOrganizations", request, caller);
  }
  // The names of today of what is found, in the order of the answer.
  std::vector<std::string> Found(const v1::SearchOrganizationsRequest& request,
                                 const rpc::CallOptions& caller = test::CallAs("clients/test")) {
    const auto answer = Answer(request, caller);
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<std::string> names;
    if (!answer.ok()) return names;
    for (const auto& organization : answer->organizations())
      names.push_back(organization.display_name());
    return names;
  }
  static v1::SearchOrganizationsRequest Asking(const std::string& query,
                                               const std::string& filter = "",
                                               const std::string& subtree = "") {
    v1::SearchOrganizationsRequest request;
    request.set_query(query);
    request.set_filter(filter);
    request.set_subtree(subtree);
    return request;
  }
  absl::Status Correct(const std::string& name, const std::string& display_name,
                       absl::CivilDay first, std::optional<absl::CivilDay> last) {
    v1::CorrectOrganizationRequest request;
    request.mutable_organization()->set_name(name);
    request.mutable_organization()->set_display_name(display_name);
    request.mutable_update_mask()->add_paths("display_name");
    *request.mutable_first_date() = clock::ToDate(first);
    if (last.has_value()) *request.mutable_last_date() = clock::ToDate(*last);
    request.set_etag(Get(name).etag());
    request.set_reason("登记有误");
    request.set_request_id(test::RequestId());
    return Call<v1::Organization>("OrganizationService/CorrectOrganization", request).status();
  }
};

TEST_F(Search, FindsAFormerNameAndSaysWhenItWasTheName) {
  const v1::Organization body = Made("旅游事业管理局");
  Pass(10);
  ASSERT_TRUE(Renamed(body.name(), "ＬＹ发展委员会").ok());
  Pass(10);
  ASSERT_TRUE(Renamed(body.name(), "文化和旅游厅").ok());
  Pass(10);
  auto answer = Answer(Asking("事业管理"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->organizations_size(), 1);
  EXPECT_EQ(answer->organizations(0).display_name(), "文化和旅游厅");
  ASSERT_EQ(answer->former_names_size(), 1);
  const auto& former = answer->former_names(0);
  EXPECT_EQ(former.organization(), body.name());
  EXPECT_EQ(former.display_name(), "旅游事业管理局");
  EXPECT_EQ(*clock::ToDay(former.first_date()), kFirst);
  EXPECT_EQ(*clock::ToDay(former.last_date()), kFirst + 9);
  answer = Answer(Asking("ly发"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->former_names_size(), 1) << "in any width, as today's names are";
  EXPECT_EQ(answer->former_names(0).display_name(), "ＬＹ发展委员会");
  answer = Answer(Asking("旅游"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->organizations_size(), 1);
  EXPECT_EQ(answer->former_names_size(), 0) << "the name of today holds it too";
}

TEST_F(Search, AFormerNameThatAMoveDividedIsOneTime) {
  const v1::Organization root = Made("省委");
  const v1::Organization body = Made("信访局");
  Pass(5);
  ASSERT_TRUE(Move(body, root.name()).ok());
  Pass(5);
  ASSERT_TRUE(Renamed(body.name(), "社会工作部").ok());
  const auto answer = Answer(Asking("信访"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->former_names_size(), 1);
  EXPECT_EQ(*clock::ToDay(answer->former_names(0).first_date()), kFirst);
  EXPECT_EQ(*clock::ToDay(answer->former_names(0).last_date()), kFirst + 9);
}

TEST_F(Search, AnErrorOfTheRecordIsNoFormerName) {
  const v1::Organization body = Made("财政亭");
  Pass(10);
  ASSERT_TRUE(Correct(body.name(), "财政厅", kFirst, std::nullopt).ok());
  EXPECT_THAT(Found(Asking("政亭")), IsEmpty());
  EXPECT_THAT(Found(Asking("政厅")), UnorderedElementsAre("财政厅"));
  ASSERT_TRUE(Renamed(body.name(), "财税厅").ok());
  ASSERT_TRUE(Renamed(body.name(), "税务厅").ok()) << "the same day: it was never 财税厅";
  EXPECT_THAT(Found(Asking("财税")), IsEmpty());
  Pass(1);
  ASSERT_TRUE(Correct(body.name(), "审计厅", kFirst + 2, kFirst + 3).ok());
  EXPECT_THAT(Found(Asking("审计")), UnorderedElementsAre("税务厅"))
      << "a time that is known only now";
  EXPECT_THAT(Found(Asking("财政")), UnorderedElementsAre("税务厅"));
}

TEST_F(Search, NeedsTwoCharactersOnceTheyAreAlike) {
  Made("ガス供给站");
  EXPECT_THAT(Found(Asking("ｶﾞｽ")), UnorderedElementsAre("ガス供给站"));
  for (const char* query : {"ｶﾞ", "\u200b\u200b\u200b"}) {
    const auto answer = Answer(Asking(query));
    EXPECT_TRUE(absl::IsInvalidArgument(answer.status())) << answer.status();
    EXPECT_EQ(status::MetadataOf(answer.status(), "fields"), "query");
  }
}

TEST_F(Search, KnowsCharactersBeyondTheBasicPlane) {
  Made("𬇕水村民委员会");
  Made("𬇙水村民委员会");
  Made("𬇕𬇙社区");
  EXPECT_THAT(Found(Asking("𬇕水")), UnorderedElementsAre("𬇕水村民委员会"));
  EXPECT_THAT(Found(Asking("𬇕𬇙")), UnorderedElementsAre("𬇕𬇙社区"));
  EXPECT_THAT(Found(Asking("水村")),
              UnorderedElementsAre("𬇕水村民委员会", "𬇙水村民委员会"));
}

TEST_F(Search, WildcardsOfSqlAreCharactersLikeOthers) {
  Made("百分之5%局");
  Made("百分之50局");
  Made("甲_乙局");
  Made("甲丙乙局");
  EXPECT_THAT(Found(Asking("5%")), UnorderedElementsAre("百分之5%局"));
  EXPECT_THAT(Found(Asking("甲_乙")), UnorderedElementsAre("甲_乙局"));
}

TEST_F(Search, IsNarrowedByKindLevelStateDivisionAndSubtree) {
  v1::ImportDivisionsRequest divisions;
  v1::Division& city = *divisions.add_divisions();
  city.set_name("divisions/3301");
  city.set_display_name("杭州市");
  city.set_level(v1::Division::LEVEL_CITY);
  city.set_parent("divisions/33");
  city.set_vintage(2023);
  divisions.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", divisions).ok());
  const v1::Organization root = Made("浙江法院");
  auto wanted = Wanted("杭州法院", root.name());
  wanted.mutable_organization()->set_kind(v1::Organization::KIND_COURT);
  wanted.mutable_organization()->set_division("divisions/3301");
  wanted.mutable_organization()->set_level(v1::Division::LEVEL_CITY);
  const auto court = Create(wanted);
  ASSERT_TRUE(court.ok()) << court.status();
  Made("法院办公室", court->name());
  ASSERT_TRUE(Abolish(Made("铁路法院", root.name())).ok());
  EXPECT_THAT(Found(Asking("法院")), UnorderedElementsAre("浙江法院", "杭州法院", "法院办公室"));
  for (const char* filter : {"kind = COURT", "division = \"divisions/3301\"", "level = CITY",
                             "kind = COURT AND level = CITY", "kind != GOVERNMENT_DEPARTMENT"}) {
    EXPECT_THAT(Found(Asking("法院", filter)), UnorderedElementsAre("杭州法院")) << filter;
  }
  EXPECT_THAT(Found(Asking("法院", "kind = COURT OR kind = CPPCC")),
              UnorderedElementsAre("杭州法院"));
  EXPECT_THAT(Found(Asking("法院", "kind = CPPCC")), IsEmpty());
  EXPECT_THAT(Found(Asking("法院", "", court->name())),
              UnorderedElementsAre("杭州法院", "法院办公室"));
  EXPECT_THAT(Found(Asking("法院", "kind = COURT", court->name())),
              UnorderedElementsAre("杭州法院"));
  EXPECT_THAT(Found(Asking("法院", "state = ABOLISHED")), IsEmpty());
  v1::SearchOrganizationsRequest ended = Asking("法院", "state = ABOLISHED");
  ended.set_show_ended(true);
  EXPECT_THAT(Found(ended), UnorderedElementsAre("铁路法院"));
  ended.set_filter("");
  EXPECT_THAT(Found(ended), UnorderedElementsAre("浙江法院", "杭州法院", "法院办公室", "铁路法院"));
  v1::UpdateOrganizationRequest update;
  update.mutable_organization()->set_name(court->name());
  update.mutable_organization()->set_kind(v1::Organization::KIND_CPPCC);
  ASSERT_TRUE(Call<v1::Organization>("OrganizationService/UpdateOrganization", update).ok());
  EXPECT_THAT(Found(Asking("法院", "kind = COURT")), IsEmpty());
  EXPECT_THAT(Found(Asking("法院", "kind = CPPCC")), UnorderedElementsAre("杭州法院"));
}

TEST_F(Search, FindsInTheSubtreeAndTheScopeWhereSomethingLiesNow) {
  const v1::Organization root = Made("省委");
  const v1::Organization here = Made("甲市委", root.name());
  const v1::Organization there = Made("乙市委", root.name());
  const v1::Organization office = Made("档案办公室", here.name());
  Made("档案一科", office.name());
  const auto clerk = [](const v1::Organization& of) {
    return test::CallAs("persons/clerk", {test::GrantOf("roles/organ", of.name())});
  };
  EXPECT_THAT(Found(Asking("档案"), clerk(here)), UnorderedElementsAre("档案办公室", "档案一科"));
  EXPECT_THAT(Found(Asking("档案"), clerk(there)), IsEmpty());
  ASSERT_TRUE(Move(Get(office.name()), there.name()).ok());
  EXPECT_THAT(Found(Asking("档案"), clerk(here)), IsEmpty());
  EXPECT_THAT(Found(Asking("档案"), clerk(there)), UnorderedElementsAre("档案办公室", "档案一科"));
  EXPECT_THAT(Found(Asking("档案", "", office.name()), clerk(there)),
              UnorderedElementsAre("档案办公室", "档案一科"));
  EXPECT_TRUE(absl::IsNotFound(Answer(Asking("档案", "", root.name()), clerk(office)).status()))
      << "above what the clerk sees";
  EXPECT_THAT(Found(Asking("档案", "", there.name())),
              UnorderedElementsAre("档案办公室", "档案一科"));
  // A part of the tree of its own, and no longer one.
  ASSERT_TRUE(Move(Get(there.name()), "").ok());
  EXPECT_THAT(Found(Asking("档案", "", there.name())),
              UnorderedElementsAre("档案办公室", "档案一科"));
  EXPECT_THAT(Found(Asking("档案", "", office.name())),
              UnorderedElementsAre("档案办公室", "档案一科"));
  ASSERT_TRUE(Move(Get(there.name()), here.name()).ok());
  EXPECT_THAT(Found(Asking("档案", "", here.name())),
              UnorderedElementsAre("档案办公室", "档案一科"));
}

TEST_F(Search, EachIsOnOnePageWhateverComesMeanwhile) {
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(Made(absl::StrCat("水务站", i)).display_name());
  v1::SearchOrganizationsRequest request = Asking("水务");
  request.set_page_size(2);
  std::map<std::string, int> found;
  for (int page = 0; page < 10 && (page == 0 || !request.page_token().empty()); ++page) {
    const auto answer = Answer(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    for (const auto& organization : answer->organizations()) ++found[organization.display_name()];
    Made(absl::StrCat("水务新站", page));
    request.set_page_token(answer->next_page_token());
  }
  for (const std::string& name : made) EXPECT_EQ(found[name], 1) << name;
  for (const auto& [name, times] : found) EXPECT_EQ(times, 1) << name;
}

TEST_F(Search, WhatAMigrationLeftIsWrittenAnewByTheClock) {
  const v1::Organization body = Made("ＡＢ研究院");
  Pass(1);
  ASSERT_TRUE(Renamed(body.name(), "科学院").ok());
  const auto connection = served_.database().Open();
  for (const char* sql : {"DELETE FROM organization_pieces",
                          "UPDATE organizations SET search_text = '', former_text = ''",
                          "INSERT INTO organization_names_due SELECT id FROM organizations"}) {
    ASSERT_TRUE(connection->Execute(sql).ok()) << sql;
  }
  EXPECT_THAT(Found(Asking("科学")), IsEmpty());
  ASSERT_TRUE(Tick("rewrite-due-names").ok());
  EXPECT_THAT(Found(Asking("科学")), UnorderedElementsAre("科学院"));
  EXPECT_THAT(Found(Asking("ab研")), UnorderedElementsAre("科学院"));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organization_names_due"), "0");
}

TEST_F(Search, ANameMayGrowWhenItIsNormalized) {
  // One character that stands for eighteen.
  std::string name;
  for (int i = 0; i < 120; ++i) name += "ﷺ";
  Made(name);
  EXPECT_THAT(Found(Asking("ﷺﷺ")), UnorderedElementsAre(name));
}

TEST(SearchMigration, KnowsKindAndPlaceOfWhatWasThereAndLeavesFormerNamesToTheClock) {
  const absl::Span<const mysql::Migration> all = Migrations();
  const auto search =
      std::find_if(all.begin(), all.end(), [](const auto& m) { return m.name == "search"; });
  ASSERT_NE(search, all.end());
  const test::TestDatabase database(all.first(static_cast<size_t>(search - all.begin())));
  // A root and what lies two levels below it, which had another name.
  const auto add = [&](char id, const std::string& path, const char* kind, const char* was) {
    database.Run(absl::StrCat(
        "INSERT INTO organizations (id, version, display_name, short_name, kind, level, "
        "party_body_type, contact, state, create_time, update_time, details, path, search_text) "
        "VALUES (REPEAT('",
        std::string(1, id), "', 16), 1, '某院', '', '", kind,
        "', 'LEVEL_CITY', '', '', 'STATE_ACTIVE', NOW(6), NOW(6), '', '", path,
        "', '某院'); INSERT INTO organization_pieces (piece, organization) VALUES ('某院', "
        "REPEAT('",
        std::string(1, id),
        "', 16)); INSERT INTO organization_versions (organization, valid_from, "
        "valid_to, recorded_from, recorded_to, display_name, short_name, kind, level, state, path, "
        "version, party_body_type, contact, details) VALUES (REPEAT('",
        std::string(1, id), "', 16), '2020-01-01', '2021-01-01', '2020-01-01', '9999-12-31', '",
        was, "', '', '', '', '', '', 1, '', '', '')"));
  };
  const std::string a(kPathStep, 'a'), b(kPathStep, 'b'), c(kPathStep, 'c');
  add('a', a, "KIND_GOVERNMENT", "某院");
  add('b', a + b, "KIND_GOVERNMENT", "某院");
  add('c', a + b + c, "KIND_COURT", "旧院");
  ASSERT_TRUE(mysql::Migrate(database.options(), all, {.applied_by = "test"}).ok());
  EXPECT_EQ(database.Value("SELECT GROUP_CONCAT(LEFT(organization, 1), LEFT(area, 1), "
                           "organization_kind ORDER BY organization SEPARATOR ' ') FROM "
                           "organization_pieces"),
            "aaKIND_GOVERNMENT bbKIND_GOVERNMENT cbKIND_COURT");
  EXPECT_EQ(database.Value("SELECT GROUP_CONCAT(organization) FROM organization_names_due"), c);
}

}  // namespace
}  // namespace qinglian::organization
