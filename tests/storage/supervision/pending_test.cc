#include "qinglian/supervision/v1/pending_action_service.pb.h"
#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PendingTest : public SupervisionTest {
 protected:
  // "AcceptSupervisionCase", and the like, with "!" for what is overdue.
  std::vector<std::string> Waiting(const char* person, const char* organization = "") {
    journal::v1::ListPendingActionsRequest request;
    request.set_organization(organization);
    const auto response = Call<journal::v1::ListPendingActionsResponse>(
        "PendingActionService/ListPendingActions", request, person);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> methods;
    if (!response.ok()) return methods;
    for (const auto& action : response->actions()) {
      methods.push_back(action.method().substr(action.method().rfind('.') + 1) +
                        (action.overdue() ? "!" : ""));
    }
    return methods;
  }
};

TEST_F(PendingTest, EachSeesWhatWaitsForHim) {
  Received();
  EXPECT_THAT(Waiting(kClerk), ElementsAre("AcceptSupervisionCase"));
  EXPECT_THAT(Waiting(kVerifier), IsEmpty());
  SetToday(absl::CivilDay(2025, 3, 18));
  EXPECT_THAT(Waiting(kClerk), ElementsAre("AcceptSupervisionCase!"));
  EXPECT_THAT(Waiting(kClerk, kGroup), ElementsAre("AcceptSupervisionCase!"));
  EXPECT_THAT(Waiting(kClerk, kBureau), IsEmpty());
}

TEST_F(PendingTest, AnItemWaitsForOneAfterAnother) {
  const SupervisionCase the_case = InRectification();
  RectificationItem item = Issued(the_case);
  EXPECT_THAT(Waiting(kHead), ElementsAre("AcknowledgeRectificationItem"));
  EXPECT_THAT(Waiting(kHandler), IsEmpty());
  item = Did("RectificationItemService/AcknowledgeRectificationItem", item,
             v1::AcknowledgeRectificationItemRequest(), kHead);
  EXPECT_THAT(Waiting(kLeader), ElementsAre("SubmitRectificationPlan"));
  item = Did("RectificationItemService/SubmitRectificationPlan", item, Plan(), kDoer);
  EXPECT_THAT(Waiting(kDoer), ElementsAre("StartRectificationItem"));
  item = Did("RectificationItemService/StartRectificationItem", item,
             v1::StartRectificationItemRequest(), kDoer);
  EXPECT_THAT(Waiting(kDoer), ElementsAre("ApplyRectificationCloseout"));
  EXPECT_THAT(Waiting(kHead), ElementsAre("ReviewRectificationItem"));
  EXPECT_THAT(Waiting(kSuperior), IsEmpty()) << "the head reviews first";
  auto ask = Because<v1::RequestRectificationExtensionRequest>("工程量大");
  *ask.mutable_deadline() = clock::ToDate(absl::CivilDay(2025, 12, 1));
  item = Did("RectificationItemService/RequestRectificationExtension", item, ask, kDoer);
  EXPECT_THAT(Waiting(kChief), ElementsAre("ApproveRectificationExtension"));
  EXPECT_THAT(Waiting(kHead), IsEmpty());
  item = Did("RectificationItemService/RefuseRectificationExtension", item,
             Because<v1::RefuseRectificationExtensionRequest>("不同意"), kChief);
  SetToday(absl::CivilDay(2025, 9, 11));
  EXPECT_THAT(Waiting(kDoer), ElementsAre("ApplyRectificationCloseout!"));
  item = Did("RectificationItemService/ReviewRectificationItem", item,
             ReviewAs(RectificationItem::CAPACITY_HEAD), kHead);
  EXPECT_THAT(Waiting(kHead), IsEmpty());
  EXPECT_THAT(Waiting(kSuperior), ElementsAre("ReviewRectificationItem!"));
  item = Did("RectificationItemService/ReviewRectificationItem", item,
             ReviewAs(RectificationItem::CAPACITY_SUPERIOR), kSuperior);
  EXPECT_THAT(Waiting(kSuperior), IsEmpty());
  item = Did("RectificationItemService/ApplyRectificationCloseout", item, Application(), kDoer);
  EXPECT_THAT(Waiting(kChief), ElementsAre("AcceptRectificationItem!"));
  Did("RectificationItemService/AcceptRectificationItem", item,
      Because<v1::AcceptRectificationItemRequest>("整改到位"), kVerifier);
  EXPECT_THAT(Waiting(kHandler), ElementsAre("RequestCaseClosure"));
}

}  // namespace
}  // namespace qinglian::supervision
