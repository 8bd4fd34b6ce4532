// Who acts and who is barred from acting at the same moment, again and again: never both.
#include <gmock/gmock.h>

#include <functional>
#include <iostream>
#include <utility>

#include "services/supervision/rectification_item_rules.h"
#include "tests/storage/supervision/supervision.h"
#include "tests/support/rounds.h"

namespace qinglian::supervision {
namespace {

class RaceTest : public SupervisionTest {
 protected:
  // Takes a step with what `read` answers, again for as long as another was quicker: the decision
  // is to be the rules', not the etag's.
  template <class Resource, class Request>
  absl::StatusOr<Resource> Persist(const std::string& method, Resource resource,
                                   const Request& request, const std::string& caller,
                                   const std::function<Resource()>& read) {
    for (;;) {
      const auto result = Step(method, resource, request, caller);
      if (!status::Is(result.status(), status::kEtagStale)) return result;
      resource = read();
    }
  }

  absl::StatusOr<SupervisionCase> Decide(const SupervisionCase& pending,
                                         const v1::DecideSupervisionCaseRequest& decision,
                                         const std::string& caller) {
    return Persist<SupervisionCase>("SupervisionCaseService/DecideSupervisionCase", pending,
                                    decision, caller, [&] { return Reread(pending); });
  }
  absl::StatusOr<SupervisionCase> Recuse(const SupervisionCase& the_case,
                                         const std::string& person) {
    auto request = Because<v1::RecuseFromSupervisionCaseRequest>("近亲属");
    request.set_person(person);
    return Persist<SupervisionCase>("SupervisionCaseService/RecuseFromSupervisionCase", the_case,
                                    request, kSuperior, [&] { return Reread(the_case); });
  }

  RectificationItem Reread(const RectificationItem& item) {
    v1::GetRectificationItemRequest request;
    request.set_name(item.name());
    return Call<RectificationItem>("RectificationItemService/GetRectificationItem", request,
                                   kInspector)
        .value_or(RectificationItem());
  }
  using SupervisionTest::Reread;
  absl::StatusOr<RectificationItem> Review(const RectificationItem& item,
                                           RectificationItem::Capacity capacity,
                                           const std::string& caller) {
    return Persist<RectificationItem>("RectificationItemService/ReviewRectificationItem", item,
                                      ReviewAs(capacity), caller, [&] { return Reread(item); });
  }
};

TEST_F(RaceTest, OfADecisionAndTheRecusalOfWhoDecidesExactlyOneHappens) {
  // By himself, or by a deputy: then the recusal of either bars it.
  const std::string deputy = test::ActingFor(kInspector, kChief);
  const std::pair<std::string, std::string> kDeciderAndRecused[] = {
      {kChief, kChief}, {deputy, kChief}, {deputy, kInspector}};
  int decisions = 0;
  const int rounds = test::Rounds(30);
  for (int round = 0; round < rounds; ++round) {
    const auto& [decider, person] = kDeciderAndRecused[round % 3];
    const SupervisionCase pending = PendingDecision();
    const v1::DecideSupervisionCaseRequest decision = Decision();
    absl::StatusOr<SupervisionCase> decided, recused;
    test::AtOnce([&] { decided = Decide(pending, decision, decider); },
                 [&] { recused = Recuse(pending, person); });
    ASSERT_NE(decided.ok(), recused.ok()) << decided.status() << " " << recused.status();
    decisions += decided.ok();
    // Afterwards as before: who is recused decides nothing, who has decided is not recused.
    if (recused.ok()) {
      EXPECT_THAT(Decide(*recused, decision, decider), IsHidden());
    } else {
      EXPECT_FALSE(Recuse(*decided, person).ok());
    }
  }
  std::cout << decisions << " of " << rounds << " were decided\n";
}

TEST_F(RaceTest, WhoReviewsForAnotherAndForHimselfAtOnceReviewsOnce) {
  const SupervisionCase the_case = InRectification();
  const std::string deputy = test::ActingFor(kSuperior, kHead);
  int for_another = 0;
  const int rounds = test::Rounds(20);
  for (int round = 0; round < rounds; ++round) {
    const RectificationItem item = InProgress(the_case);
    absl::StatusOr<RectificationItem> as_head, as_superior;
    test::AtOnce(
        [&] { as_head = Review(item, RectificationItem::CAPACITY_HEAD, deputy); },
        [&] { as_superior = Review(item, RectificationItem::CAPACITY_SUPERIOR, kSuperior); });
    ASSERT_NE(as_head.ok(), as_superior.ok()) << as_head.status() << " " << as_superior.status();
    for_another += as_head.ok();
    EXPECT_THAT(as_head.ok() ? as_superior : as_head, RefusedBy(kReviewersDiffer));
    EXPECT_EQ(Reread(item).reviews_size(), 1);
  }
  std::cout << "for another in " << for_another << " of " << rounds << "\n";
}

// That the test above would see two reviews where they are by two.
TEST_F(RaceTest, TwoWhoReviewAtOnceBothDo) {
  const RectificationItem item = InProgress(InRectification());
  const std::string deputy = test::ActingFor(kLeader, kHead);
  absl::StatusOr<RectificationItem> as_head, as_superior;
  test::AtOnce(
      [&] { as_head = Review(item, RectificationItem::CAPACITY_HEAD, deputy); },
      [&] { as_superior = Review(item, RectificationItem::CAPACITY_SUPERIOR, kSuperior); });
  EXPECT_TRUE(as_head.ok()) << as_head.status();
  EXPECT_TRUE(as_superior.ok()) << as_superior.status();
  EXPECT_EQ(Reread(item).reviews_size(), 2);
}

}  // namespace
}  // namespace qinglian::supervision
