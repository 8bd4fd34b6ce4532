// The tree of organizations: what holds of moves, also when they race.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/clock/date.h"
#include "common/status/status.h"
#include "tests/storage/organization/registry.h"

namespace qinglian::organization {
namespace {

using Tree = RegistryTest;

TEST_F(Tree, AMoveTakesTheWholeSubtreeAlongInOneChange) {
  const v1::Organization root = Made("省委");
  const v1::Organization other = Made("省政府");
  const v1::Organization moved = Made("财政厅", root.name());
  const v1::Organization below = Made("财政厅办公室", moved.name());
  ASSERT_TRUE(Move(moved, other.name()).ok());

  v1::ListOrganizationsRequest request;
  request.set_subtree(other.name());
  const auto listed =
      Call<v1::ListOrganizationsResponse>("OrganizationService/ListOrganizations", request);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->organizations_size(), 3);
  EXPECT_EQ(Get(below.name()).etag(), below.etag());
  EXPECT_EQ(
      served_.database().Value("SELECT COUNT(*) FROM journal WHERE changed_fields LIKE '%parent%'"),
      "1");
}

TEST_F(Tree, TheSuperiorsOfAnOrganizationAreThoseOfTheDayAndOfWhoAsks) {
  const v1::Organization root = Made("省委");
  const v1::Organization other = Made("省政府");
  const v1::Organization middle = Made("财政厅", root.name());
  const v1::Organization leaf = Made("财政厅办公室", middle.name());
  served_.business_clock().Advance(absl::Hours(24));
  ASSERT_TRUE(Move(middle, other.name()).ok());
  v1::GetOrganizationAncestorsRequest request;
  request.set_name(leaf.name());
  const auto names = [&](const rpc::CallOptions& caller) {
    std::vector<std::string> found;
    const auto answer = served_.Call<v1::GetOrganizationAncestorsResponse>(
        "/qinglian.organization.v1.OrganizationService/GetOrganizationAncestors", request, caller);
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return found;
    for (const auto& organization : answer->ancestors())
      found.push_back(organization.display_name());
    return found;
  };
  const rpc::CallOptions anybody = test::CallAs("clients/test");
  EXPECT_EQ(names(anybody), (std::vector<std::string>{"省政府", "财政厅"}));
  EXPECT_EQ(names(test::CallAs("persons/clerk", {test::GrantOf("roles/organ", middle.name())})),
            (std::vector<std::string>{"财政厅"}));
  *request.mutable_as_of_date() = clock::ToDate(absl::CivilDay(2025, 3, 10));
  EXPECT_EQ(names(anybody), (std::vector<std::string>{"省委", "财政厅"}));
  request.clear_as_of_date();
  request.set_name(other.name());
  EXPECT_TRUE(names(anybody).empty());
  EXPECT_TRUE(absl::IsNotFound(
      served_
          .Call<v1::GetOrganizationAncestorsResponse>(
              "/qinglian.organization.v1.OrganizationService/GetOrganizationAncestors", request,
              test::CallAs("persons/clerk", {test::GrantOf("roles/organ", middle.name())}))
          .status()));
}

TEST_F(Tree, AMoveUnderItselfIsRefusedAsACycle) {
  const v1::Organization top = Made("省委");
  const v1::Organization below = Made("办公厅", top.name());
  const auto moved = Move(top, below.name());
  EXPECT_TRUE(absl::IsFailedPrecondition(moved.status()));
  EXPECT_EQ(status::MetadataOf(moved.status(), "guard"), "NO_CYCLE");
  EXPECT_EQ(Get(top.name()).etag(), top.etag());
}

TEST_F(Tree, ADepthOfSeventeenIsRefused) {
  std::string parent;
  for (int i = 0; i < 16; ++i) parent = Made(absl::StrCat("第", i, "级"), parent).name();
  const auto created = Create(Wanted("第十七级", parent));
  EXPECT_EQ(status::MetadataOf(created.status(), "guard"), "DEPTH");
}

TEST_F(Tree, OfTwoMovesThatTogetherMakeACycleOneIsRefused) {
  for (int round = 0; round < 5; ++round) {
    const v1::Organization a = Made("甲厅");
    const v1::Organization b = Made("乙厅");
    absl::Status first, second;
    std::thread one([&] { first = Move(a, b.name()).status(); });
    std::thread two([&] { second = Move(b, a.name()).status(); });
    one.join();
    two.join();
    EXPECT_NE(first.ok(), second.ok()) << first << " / " << second;
  }
}

TEST_F(Tree, EveryPathIsTheParentsPathAndTheOwnIdAfterAStormOfMoves) {
  const v1::Organization root = Made("浙江省");
  std::vector<v1::Organization> bodies;
  for (int i = 0; i < 12; ++i) bodies.push_back(Made(absl::StrCat("单位", i), root.name()));
  std::vector<std::thread> movers;
  for (int t = 0; t < 8; ++t) {
    movers.emplace_back([&, t] {
      for (int i = 0; i < 15; ++i) {
        const v1::Organization& moved = bodies[(t * 5 + i * 7) % bodies.size()];
        const v1::Organization& under = bodies[(t * 3 + i * 11) % bodies.size()];
        Move(Get(moved.name()), under.name()).IgnoreError();
      }
    });
  }
  for (std::thread& mover : movers) mover.join();
  EXPECT_EQ(served_.database().Value(
                "SELECT COUNT(*) FROM organizations c JOIN organizations p ON p.id = c.parent "
                "WHERE c.path <> CONCAT(p.path, c.id)"),
            "0");
  EXPECT_EQ(served_.database().Value(
                "SELECT COUNT(*) FROM organizations WHERE parent IS NULL AND path <> id"),
            "0");
  EXPECT_EQ(served_.database().Value(
                "SELECT COUNT(*) FROM organization_versions v JOIN organizations o ON "
                "o.id = v.organization WHERE v.recorded_to > '9000-01-01' AND v.valid_to > "
                "'9000-01-01' AND (v.path <> o.path OR NOT v.parent <=> o.parent)"),
            "0");
}

TEST_F(Tree, AStaleEtagIsAborted) {
  const v1::Organization root = Made("省委");
  const v1::Organization body = Made("财政厅");
  ASSERT_TRUE(Move(body, root.name()).ok());
  const auto again = Move(body, "");
  EXPECT_TRUE(absl::IsAborted(again.status())) << again.status();
  EXPECT_EQ(status::ReasonOf(again.status()), "ETAG_STALE");
}

TEST_F(Tree, OfTwoClientsRacingOnOneMoveOneWins) {
  const v1::Organization a = Made("甲厅");
  const v1::Organization b = Made("乙厅");
  const v1::Organization body = Made("处室");
  std::atomic<int> won{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(
        [&, i] { won += Move(body, i % 2 == 0 ? a.name() : b.name()).ok() ? 1 : 0; });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(won.load(), 1);
}

TEST_F(Tree, ABatchGivesEachMoveAVerdictAndIsAnsweredAgainTheSame) {
  const v1::Organization root = Made("省委");
  const v1::Organization good = Made("财政厅");
  const v1::Organization bad = Made("教育厅");
  v1::BatchTransitionOrganizationsRequest request;
  request.set_request_id(test::RequestId());
  for (const auto& [name, etag] :
       {std::pair{good.name(), good.etag()}, std::pair{bad.name(), std::string("\"9\"")}}) {
    v1::MoveOrganizationRequest& move = *request.add_transitions()->mutable_move();
    move.set_name(name);
    move.set_etag(etag);
    move.set_parent(root.name());
    move.set_reason("机构改革");
  }
  const std::string method = "OrganizationService/BatchTransitionOrganizations";
  const auto first = Call<v1::BatchTransitionOrganizationsResponse>(method, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->verdicts(0).status().code(), 0);
  EXPECT_EQ(first->verdicts(1).status().code(), static_cast<int>(absl::StatusCode::kAborted));
  const auto second = Call<v1::BatchTransitionOrganizationsResponse>(method, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
}

TEST_F(Tree, ANameKeepsTheNamesItHadAsVersions) {
  const v1::Organization body = Made("财政厅");
  served_.business_clock().Advance(absl::Hours(24 * 30));
  v1::UpdateOrganizationRequest request;
  request.mutable_organization()->set_name(body.name());
  request.mutable_organization()->set_display_name("财政和税务厅");
  ASSERT_TRUE(Call<v1::Organization>("OrganizationService/UpdateOrganization", request).ok());
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM organization_versions"), "3");
  EXPECT_EQ(served_.database().Value(
                "SELECT display_name FROM organization_versions WHERE valid_to = '2025-04-09'"),
            "财政厅");
}

}  // namespace
}  // namespace qinglian::organization
