// Whom a case is about, and who is recused from it, see nothing of it: by no method, and not as a
// number either; and nobody acts on a case that he is being recused from.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "common/access/principal.h"
#include "common/journal/batch.h"
#include "common/journal/history.h"
#include "common/journal/search.h"
#include "qinglian/supervision/v1/pending_action_service.pb.h"
#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class AudienceTest : public SupervisionTest {
 protected:
  absl::StatusOr<SupervisionCase> Recuse(const SupervisionCase& the_case, const char* person,
                                         const char* by) {
    auto request = Because<v1::RecuseFromSupervisionCaseRequest>("近亲属");
    request.set_person(person);
    return Step("SupervisionCaseService/RecuseFromSupervisionCase", the_case, request, by);
  }

  // The names that a list shows to a person.
  std::set<std::string> Cases(const char* person, const std::string& filter = "") {
    v1::ListSupervisionCasesRequest request;
    request.set_filter(filter);
    const auto page = Call<v1::ListSupervisionCasesResponse>(
        "SupervisionCaseService/ListSupervisionCases", request, person);
    EXPECT_TRUE(page.ok()) << page.status();
    std::set<std::string> names;
    if (page.ok())
      for (const SupervisionCase& one : page->supervision_cases()) names.insert(one.name());
    return names;
  }
  std::set<std::string> Items(const char* person, const std::string& filter = "") {
    v1::ListRectificationItemsRequest request;
    request.set_filter(filter);
    const auto page = Call<v1::ListRectificationItemsResponse>(
        "RectificationItemService/ListRectificationItems", request, person);
    EXPECT_TRUE(page.ok()) << page.status();
    std::set<std::string> names;
    if (page.ok())
      for (const RectificationItem& one : page->rectification_items()) names.insert(one.name());
    return names;
  }

  // What the frame's own methods answer from, as this person who may do everything.
  class Watcher {
   public:
    Watcher(AudienceTest& test, const char* person)
        : connection_(test.served_.database().Open()), identity_(Identity(person)) {}

    absl::Status History(const std::string& name) {
      journal::v1::ListHistoryRequest request;
      request.set_name(name);
      return journal::History("key").List(*connection_, scope_, request).status();
    }
    int Entries(const std::string& name) {
      journal::v1::SearchJournalRequest request;
      request.set_resource(name);
      const auto found = journal::Search("key").Find(*connection_, scope_, request);
      EXPECT_TRUE(found.ok()) << found.status();
      return found.ok() ? found->changes_size() : -1;
    }
    // What of these would be told in a feed.
    std::set<std::string> Told(const journal::ResourcesByKind& resources) {
      const auto filter = journal::Filter::Of({}, scope_);
      EXPECT_TRUE(filter.ok() && filter->checks()) << filter.status();
      const auto seen = journal::SeenBy(*connection_, *filter, resources);
      EXPECT_TRUE(seen.ok()) << seen.status();
      return seen.value_or(std::set<std::string>());
    }

   private:
    static access::v1::Identity Identity(const char* person) {
      access::v1::Identity identity;
      identity.set_actor(person);
      *identity.add_grants() = test::GrantOf("roles/service");
      return identity;
    }

    const std::unique_ptr<mysql::Connection> connection_;
    const access::v1::Identity identity_;
    const access::Principal principal_{identity_};
    const access::Scope scope_{
        principal_, access::PermissionCatalogue::Linked().Find("supervision.cases.read"), false};
  };

  // That a person sees nothing of a case and its item, and another everything.
  void ExpectHiddenFrom(const char* person, const SupervisionCase& the_case,
                        const RectificationItem& item) {
    v1::GetSupervisionCaseRequest get_case;
    get_case.set_name(the_case.name());
    EXPECT_THAT(
        Call<SupervisionCase>("SupervisionCaseService/GetSupervisionCase", get_case, person),
        IsHidden());
    v1::GetRectificationItemRequest get_item;
    get_item.set_name(item.name());
    EXPECT_THAT(
        Call<RectificationItem>("RectificationItemService/GetRectificationItem", get_item, person),
        IsHidden());
    EXPECT_THAT(Cases(person), IsEmpty());
    EXPECT_THAT(Cases(person, "state = IN_RECTIFICATION"), IsEmpty());
    EXPECT_THAT(Items(person), IsEmpty());
    EXPECT_THAT(Items(person, absl::StrCat("supervision_case = \"", the_case.name(), "\"")),
                IsEmpty());
    const auto pending = Call<journal::v1::ListPendingActionsResponse>(
        "PendingActionService/ListPendingActions", journal::v1::ListPendingActionsRequest(),
        person);
    ASSERT_TRUE(pending.ok()) << pending.status();
    EXPECT_THAT(pending->actions(), IsEmpty());
    EXPECT_THAT(Step("RectificationItemService/AcknowledgeRectificationItem", item,
                     v1::AcknowledgeRectificationItemRequest(), person),
                IsHidden());
    Watcher watcher(*this, person);
    EXPECT_TRUE(absl::IsNotFound(watcher.History(the_case.name())));
    EXPECT_TRUE(absl::IsNotFound(watcher.History(item.name())));
    EXPECT_EQ(watcher.Entries(the_case.name()), 0);
    EXPECT_EQ(watcher.Entries(item.name()), 0);
    EXPECT_THAT(watcher.Told(Both(the_case, item)), IsEmpty());
  }
  void ExpectSeenBy(const char* person, const SupervisionCase& the_case,
                    const RectificationItem& item) {
    EXPECT_THAT(Cases(person), SizeIs(1));
    EXPECT_THAT(Items(person), SizeIs(1));
    Watcher watcher(*this, person);
    EXPECT_TRUE(watcher.History(the_case.name()).ok());
    EXPECT_GT(watcher.Entries(item.name()), 0);
    EXPECT_THAT(watcher.Told(Both(the_case, item)), SizeIs(2));
  }
  static journal::ResourcesByKind Both(const SupervisionCase& the_case,
                                       const RectificationItem& item) {
    return {{SupervisionCase::descriptor()->full_name(), {the_case.name()}},
            {RectificationItem::descriptor()->full_name(), {item.name()}}};
  }
};

TEST_F(AudienceTest, WhomACaseIsAboutSeesNothingOfItByAnyMethod) {
  const SupervisionCase the_case = InRectification();
  const RectificationItem item = Issued(the_case);
  ASSERT_NE(the_case.subject_person(), "");
  ExpectSeenBy(kInspector, the_case, item);
  ExpectHiddenFrom(the_case.subject_person().c_str(), the_case, item);
}

TEST_F(AudienceTest, WhoIsRecusedSeesNothingOfItFromThenOn) {
  const SupervisionCase the_case = InRectification();
  const RectificationItem item = Issued(the_case);
  ExpectSeenBy(kInspector, the_case, item);
  const auto recused = Recuse(Reread(the_case), kInspector, kChief);
  ASSERT_TRUE(recused.ok()) << recused.status();
  ExpectHiddenFrom(kInspector, the_case, item);
  ExpectSeenBy(kVerifier, the_case, item);
}

TEST_F(AudienceTest, OfADecisionAndTheRecusalOfWhoDecidesExactlyOneHappens) {
  for (int round = 0; round < 10; ++round) {
    const SupervisionCase pending = PendingDecision();
    absl::StatusOr<SupervisionCase> recused = absl::UnknownError("");
    std::thread other([&] { recused = Recuse(pending, kChief, kSuperior); });
    const auto decided =
        Step("SupervisionCaseService/DecideSupervisionCase", pending, Decision(), kChief);
    other.join();
    EXPECT_NE(decided.ok(), recused.ok()) << decided.status() << " " << recused.status();
    // Afterwards as before: who is recused decides nothing, who has decided is not recused.
    const SupervisionCase now = decided.ok() ? *decided : *recused;
    if (recused.ok()) {
      EXPECT_THAT(Step("SupervisionCaseService/DecideSupervisionCase", now, Decision(), kChief),
                  IsHidden());
    } else {
      EXPECT_FALSE(Recuse(now, kChief, kSuperior).ok());
    }
  }
}

}  // namespace
}  // namespace qinglian::supervision
