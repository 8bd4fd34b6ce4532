// Newer editions of the divisions: the plan that is shown, what it does, and what stays readable.
#include <map>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/division_edition_service.pb.h"
#include "services/organization/division_edition_store.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using Change = v1::DivisionEditionChange;
using Edition = v1::DivisionEdition;

class Editions : public ReformingTest {
 protected:
  // Hangzhou with three districts, of the edition of 2023.
  Editions() {
    v1::ImportDivisionsRequest request;
    request.set_request_id(test::RequestId());
    for (const auto& [code, name] : std::vector<std::pair<std::string, std::string>>{
             {"3301", "杭州市"}, {"330102", "上城区"}, {"330104", "江干区"}, {"330105", "拱墅区"}})
      *request.add_divisions() = DivisionOf(code, name, 2023);
    EXPECT_TRUE(Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", request).ok());
  }

  static v1::Division DivisionOf(const std::string& code, const std::string& name, int vintage) {
    v1::Division division;
    division.set_name("divisions/" + code);
    division.set_display_name(name);
    const std::map<size_t, std::pair<v1::Division::Level, size_t>> levels = {
        {2, {v1::Division::LEVEL_PROVINCE, 0}},
        {4, {v1::Division::LEVEL_CITY, 2}},
        {6, {v1::Division::LEVEL_COUNTY, 4}},
        {9, {v1::Division::LEVEL_TOWNSHIP, 6}}};
    const auto& [level, above] = levels.at(code.size());
    division.set_level(level);
    if (above > 0) division.set_parent("divisions/" + code.substr(0, above));
    division.set_vintage(vintage);
    return division;
  }

  absl::StatusOr<Edition> Open(int vintage, const std::string& division) {
    v1::CreateDivisionEditionRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_division_edition()->set_vintage(vintage);
    request.mutable_division_edition()->set_division(division);
    return Call<Edition>("DivisionEditionService/CreateDivisionEdition", request);
  }
  struct Row {
    std::string code, name;
    std::vector<std::string> former = {};
  };
  absl::StatusOr<Edition> Add(const Edition& edition, const std::vector<Row>& rows) {
    v1::AddDivisionEditionRowsRequest request;
    request.set_name(edition.name());
    request.set_request_id(test::RequestId());
    for (const Row& row : rows) {
      auto& added = *request.add_rows();
      *added.mutable_division() = DivisionOf(row.code, row.name, edition.vintage());
      for (const std::string& code : row.former) added.add_former_codes(code);
    }
    return Call<Edition>("DivisionEditionService/AddDivisionEditionRows", request);
  }
  template <class Request>
  absl::StatusOr<Edition> Step(const std::string& method, const Edition& edition) {
    Request request;
    request.set_name(edition.name());
    request.set_etag(edition.etag());
    request.set_request_id(test::RequestId());
    if constexpr (requires { request.set_reason(""); }) request.set_reason("有误");
    return Call<Edition>("DivisionEditionService/" + method, request);
  }
  absl::StatusOr<Edition> Plan(const Edition& edition) {
    return Step<v1::PlanDivisionEditionRequest>("PlanDivisionEdition", edition);
  }
  absl::StatusOr<Edition> Apply(const Edition& edition) {
    return Step<v1::ApplyDivisionEditionRequest>("ApplyDivisionEdition", edition);
  }
  // What a plan changes: the kinds of each code, page after page.
  std::map<std::string, std::string> Changes(const Edition& edition,
                                             Change::Kind kind = Change::KIND_UNSPECIFIED) {
    v1::ListDivisionEditionChangesRequest request;
    request.set_name(edition.name());
    request.set_kind(kind);
    request.set_page_size(2);
    std::map<std::string, std::string> changes;
    do {
      const auto page = Call<v1::ListDivisionEditionChangesResponse>(
          "DivisionEditionService/ListDivisionEditionChanges", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const Change& change : page->division_edition_changes()) {
        std::string kinds;
        for (const int one : change.kinds())
          absl::StrAppend(&kinds, kinds.empty() ? "" : " ",
                          Change::Kind_Name(static_cast<Change::Kind>(one)).substr(5));
        changes[change.after().name().substr(10)] = kinds;
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return changes;
  }
  v1::Division Division(const std::string& code, int vintage = 0) {
    v1::GetDivisionRequest request;
    request.set_name("divisions/" + code);
    request.set_vintage(vintage);
    return Call<v1::Division>("DivisionService/GetDivision", request).value_or(v1::Division());
  }
  // The edition of 2025: 上城 takes 江干 in, 拱墅 is renamed and gets another code, 临平 is new.
  Edition Planned() {
    const auto edition = Open(2025, "divisions/3301");
    EXPECT_TRUE(edition.ok()) << edition.status();
    const auto filled = Add(*edition, {{"3301", "杭州市"},
                                       {"330102", "上城新区", {"330104"}},
                                       {"330113", "临平区"},
                                       {"330106", "拱墅区", {"330105"}}});
    EXPECT_TRUE(filled.ok()) << filled.status();
    const auto planned = Plan(*filled);
    EXPECT_TRUE(planned.ok()) << planned.status();
    return planned.value_or(Edition());
  }
};

TEST_F(Editions, APlanSaysWhatIsAddedRenamedMovedMergedAndRetiredBeforeAnythingChanges) {
  auto wanted = Wanted("江干区财政局");
  wanted.mutable_organization()->set_division("divisions/330104");
  ASSERT_TRUE(Create(wanted).ok());
  const Edition planned = Planned();
  EXPECT_THAT(Changes(planned),
              UnorderedElementsAre(Pair("330102", "RENAMED"), Pair("330104", "MERGED"),
                                   Pair("330105", "MOVED"), Pair("330106", "ADDED"),
                                   Pair("330113", "ADDED")));
  EXPECT_THAT(Changes(planned, Change::KIND_MERGED), ElementsAre(Pair("330104", "MERGED")));
  EXPECT_EQ(planned.counts().added(), 2);
  EXPECT_EQ(planned.counts().renamed(), 1);
  EXPECT_EQ(planned.counts().moved(), 1);
  EXPECT_EQ(planned.counts().merged(), 1);
  EXPECT_EQ(planned.counts().retired(), 0);
  EXPECT_EQ(planned.counts().unchanged(), 1);
  EXPECT_EQ(planned.counts().organizations(), 1);
  EXPECT_EQ(Division("330102").display_name(), "上城区") << "only planned";
  EXPECT_EQ(Value("SELECT COUNT(*) FROM divisions"), "5");
}

TEST_F(Editions, AnAppliedEditionIsTheLatestAndOlderOnesStayReadable) {
  const auto applied = Apply(Planned());
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->state(), Edition::STATE_APPLIED);
  EXPECT_EQ(applied->applied_count(), 5);
  EXPECT_EQ(Division("330102").display_name(), "上城新区");
  EXPECT_EQ(Division("330102", 2023).display_name(), "上城区");
  EXPECT_EQ(Division("330102", 2024).display_name(), "上城区");
  EXPECT_EQ(Division("330104").state(), v1::Division::STATE_MERGED);
  EXPECT_THAT(Division("330104").successors(), ElementsAre("divisions/330102"));
  EXPECT_EQ(Division("330104", 2023).state(), v1::Division::STATE_ACTIVE);
  EXPECT_THAT(Division("330105").successors(), ElementsAre("divisions/330106"));
  EXPECT_TRUE(Division("330113", 2023).name().empty()) << "there was none";
  const auto list = [&](int vintage, bool ended) {
    v1::ListDivisionsRequest request;
    request.set_filter("parent = \"divisions/3301\"");
    request.set_vintage(vintage);
    request.set_show_ended(ended);
    std::vector<std::string> codes;
    const auto page = Call<v1::ListDivisionsResponse>("DivisionService/ListDivisions", request);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const auto& division : page->divisions()) codes.push_back(division.name().substr(10));
    return codes;
  };
  EXPECT_THAT(list(0, false), ElementsAre("330102", "330106", "330113"));
  EXPECT_THAT(list(2023, false), ElementsAre("330102", "330104", "330105"));
  EXPECT_THAT(list(0, true), ElementsAre("330102", "330104", "330105", "330106", "330113"));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM journal WHERE kind LIKE '%.Division' AND "
                  "method LIKE '%ApplyDivisionEdition'"),
            "5");
}

TEST_F(Editions, NothingNewWorksForADivisionThatIsNoMoreAndWhatDoesStays) {
  auto wanted = Wanted("江干区财政局");
  wanted.mutable_organization()->set_division("divisions/330104");
  const auto old = Create(wanted);
  ASSERT_TRUE(old.ok());
  ASSERT_TRUE(Apply(Planned()).ok());
  wanted.set_request_id(test::RequestId());
  const absl::Status refused = Create(wanted).status();
  EXPECT_EQ(status::ReasonOf(refused), "RESOURCE_ENDED") << refused;
  EXPECT_EQ(status::MetadataOf(refused, "successors"), "divisions/330102");
  EXPECT_TRUE(Renamed(old->name(), "原江干区财政局").ok()) << "its division did not change";
}

TEST_F(Editions, WhatAnEditionLacksIsRetired) {
  const auto edition = Open(2024, "divisions/3301");
  const auto filled = Add(*edition, {{"3301", "杭州市"}, {"330102", "上城区"}});
  const auto planned = Plan(*filled);
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_THAT(Changes(*planned),
              UnorderedElementsAre(Pair("330104", "RETIRED"), Pair("330105", "RETIRED")));
  ASSERT_TRUE(Apply(*planned).ok());
  EXPECT_EQ(Division("330105").state(), v1::Division::STATE_RETIRED);
  EXPECT_EQ(Division("33").state(), v1::Division::STATE_ACTIVE) << "beyond the edition";
  const auto again = Open(2025, "divisions/3301");
  const auto refilled =
      Add(*again, {{"3301", "杭州市"}, {"330102", "上城区"}, {"330105", "拱墅区"}});
  const auto revived = Plan(*refilled);
  EXPECT_THAT(Changes(*revived), ElementsAre(Pair("330105", "ADDED")));
  ASSERT_TRUE(Apply(*revived).ok());
  EXPECT_EQ(Division("330105").state(), v1::Division::STATE_ACTIVE);
  EXPECT_EQ(Division("330105", 2024).state(), v1::Division::STATE_RETIRED);
}

TEST_F(Editions, APlanThatCannotBeIsRefusedWithTheReason) {
  struct Bad {
    int vintage;
    std::vector<Row> rows;
    std::string guard;
  };
  const std::vector<Bad> all = {
      {2025, {{"330102", "上城区"}}, "COMPLETE"},
      {2025, {{"3301", "杭州市"}, {"330102001", "清波街道"}}, "PARENTS_KNOWN"},
      {2025, {{"3301", "杭州市", {"330199"}}}, "HEIRS_KNOWN"},
      {2025,
       {{"3301", "杭州市"}, {"330102", "上城区", {"330104"}}, {"330104", "江干区"}},
       "HEIRS_KNOWN"},
      {2022, {{"3301", "杭州市"}, {"330102", "上城区"}}, "NOT_OLDER"}};
  for (const Bad& bad : all) {
    const auto edition = Open(bad.vintage, "divisions/3301");
    const auto filled = Add(*edition, bad.rows);
    ASSERT_TRUE(filled.ok()) << filled.status();
    EXPECT_EQ(status::MetadataOf(Plan(*filled).status(), "guard"), bad.guard);
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM division_edition_changes"), "0");
  const auto edition = Open(2025, "divisions/3301");
  EXPECT_EQ(status::MetadataOf(Plan(*edition).status(), "guard"), "COMPLETE");
  EXPECT_TRUE(absl::IsInvalidArgument(Add(*edition, {{"3302", "宁波市"}}).status()))
      << "beyond the edition's division";
  EXPECT_TRUE(absl::IsInvalidArgument(Add(*edition, {{"3301", "杭州市", {"3301"}}}).status()));
}

TEST_F(Editions, APlanIsAppliedOnlyWhereNothingOfItHasChangedSince) {
  const Edition planned = Planned();
  v1::ImportDivisionsRequest request;
  request.set_request_id(test::RequestId());
  *request.add_divisions() = DivisionOf("330104", "江干新区", 2024);
  ASSERT_TRUE(Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", request).ok());
  EXPECT_EQ(status::MetadataOf(Apply(planned).status(), "guard"), "PLAN_STANDS");
  const auto cancelled = Step<v1::CancelDivisionEditionRequest>("CancelDivisionEdition", planned);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(status::ReasonOf(Apply(*cancelled).status()), "TRANSITION_NOT_ALLOWED");
  EXPECT_EQ(Division("330102").display_name(), "上城区");
}

TEST_F(Editions, AnOlderEditionIsNotImportedOverANewerOne) {
  v1::ImportDivisionsRequest request;
  request.set_request_id(test::RequestId());
  *request.add_divisions() = DivisionOf("330104", "老名字", 2020);
  const auto refused =
      Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", request);
  EXPECT_EQ(status::MetadataOf(refused.status(), "guard"), "NOT_OLDER");
}

TEST_F(Editions, ALongPlanIsFinishedByTheClock) {
  const auto edition = Open(2025, "divisions/3301");
  std::vector<Row> rows = {{"3301", "杭州市"}, {"330102", "上城区"}};
  for (int i = 0; i < 900; ++i) rows.push_back({absl::StrCat("330102", 100 + i), "示例街道"});
  for (int i = 0; i < 900; ++i) rows.push_back({absl::StrCat("330104", 100 + i), "示例街道"});
  for (int i = 0; i < 300; ++i) rows.push_back({absl::StrCat("330105", 100 + i), "示例街道"});
  rows.push_back({"330104", "江干区"});
  rows.push_back({"330105", "拱墅区"});
  const auto filled = Add(*edition, rows);
  ASSERT_TRUE(filled.ok()) << filled.status();
  const auto planned = Plan(*filled);
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_EQ(planned->counts().added(), 2100);
  const auto applying = Apply(*planned);
  ASSERT_TRUE(applying.ok()) << applying.status();
  EXPECT_EQ(applying->state(), Edition::STATE_APPLYING);
  EXPECT_EQ(status::MetadataOf(Open(2026, "").status(), "guard"), "NONE_APPLYING");
  ASSERT_TRUE(Tick("apply-division-editions").ok());
  v1::GetDivisionEditionRequest request;
  request.set_name(edition->name());
  const auto done = Call<Edition>("DivisionEditionService/GetDivisionEdition", request);
  EXPECT_EQ(done->state(), Edition::STATE_APPLIED);
  EXPECT_EQ(done->applied_count(), 2100);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM divisions WHERE level = 'LEVEL_TOWNSHIP'"), "2100");
  EXPECT_EQ(Value("SELECT COUNT(*) FROM division_versions WHERE level = 'LEVEL_TOWNSHIP'"), "2100");
}

}  // namespace
}  // namespace qinglian::organization
