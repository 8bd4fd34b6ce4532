#include <thread>

#include "common/record/record.h"
#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

class ItemTest : public SupervisionTest {
 protected:
  static int64_t VersionOf(const SupervisionCase& the_case) {
    return record::VersionOfEtag(the_case.etag()).value_or(0);
  }
};

TEST_F(ItemTest, AnItemIsPutRightRejectedOnceAndClosedOutWithANumber) {
  const SupervisionCase the_case = InRectification();
  RectificationItem item = PendingVerification(the_case);
  EXPECT_EQ(*clock::ToDay(item.deadline()), absl::CivilDay(2025, 9, 10));
  item = Did("RectificationItemService/RejectRectificationItem", item,
             Because<v1::RejectRectificationItemRequest>("培训材料不全"), kVerifier);
  EXPECT_EQ(item.state(), RectificationItem::STATE_IN_PROGRESS);
  item = Did("RectificationItemService/ApplyRectificationCloseout", Reviewed(item), Application(),
             kDoer);
  item = Did("RectificationItemService/AcceptRectificationItem", item,
             Because<v1::AcceptRectificationItemRequest>("整改到位"), kVerifier);
  EXPECT_EQ(item.state(), RectificationItem::STATE_CLOSED_OUT);
  EXPECT_EQ(item.closeout_number(), "销〔2025〕1号");
  EXPECT_EQ(item.closeouts(0).verdict(), RectificationItem::VERDICT_REFUSED);
  EXPECT_EQ(ClosedOut(the_case).closeout_number(), "销〔2025〕2号");
  SetToday(absl::CivilDay(2026, 1, 5));
  EXPECT_EQ(ClosedOut(InRectification()).closeout_number(), "销〔2026〕1号");
}

TEST_F(ItemTest, EveryStepOfAnItemGivesItsCaseANewVersionAlsoWhereTwoItemsRace) {
  const SupervisionCase the_case = InRectification();
  const RectificationItem one = Issued(the_case), two = Issued(the_case);
  const SupervisionCase read = Reread(the_case);
  EXPECT_EQ(VersionOf(read), VersionOf(the_case) + 2);
  const auto acknowledge = [&](const RectificationItem& item) {
    const auto result = Step("RectificationItemService/AcknowledgeRectificationItem", item,
                             v1::AcknowledgeRectificationItemRequest(), kHead);
    EXPECT_TRUE(result.ok()) << result.status();
  };
  std::thread racer([&] { acknowledge(one); });
  acknowledge(two);
  racer.join();
  EXPECT_EQ(VersionOf(Reread(the_case)), VersionOf(read) + 2);
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM journal WHERE kind = "
                                     "'qinglian.supervision.v1.SupervisionCase' AND method LIKE "
                                     "'%AcknowledgeRectificationItem'"),
            "2");
  // Who decides on the case by what he read before is told that one of its items has moved.
  v1::RequestCaseClosureRequest closure;
  closure.set_summary("整改完成");
  const auto stale = Step("SupervisionCaseService/RequestCaseClosure", read, closure, kHandler);
  EXPECT_TRUE(status::Is(stale.status(), status::kEtagStale)) << stale.status();
}

TEST_F(ItemTest, ARepeatedStepIsAnsweredWithTheItemAndLeavesItsCaseAlone) {
  const SupervisionCase the_case = InRectification();
  const RectificationItem item = Issued(the_case);
  v1::AcknowledgeRectificationItemRequest request;
  request.set_name(item.name());
  request.set_etag(item.etag());
  request.set_request_id(test::RequestId());
  const auto step = [&] {
    return Call<RectificationItem>("RectificationItemService/AcknowledgeRectificationItem", request,
                                   kHead);
  };
  const auto first = step();
  const SupervisionCase after = Reread(the_case);
  const auto again = step();
  ASSERT_TRUE(first.ok() && again.ok()) << first.status() << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Reread(the_case).etag(), after.etag());
}

TEST_F(ItemTest, NobodyVerifiesHisOwnOrHisOrganizationsWork) {
  const RectificationItem item = PendingVerification(InRectification());
  const auto accept = [&](const char* caller) {
    return Step("RectificationItemService/AcceptRectificationItem", item,
                Because<v1::AcceptRectificationItemRequest>("整改到位"), caller);
  };
  EXPECT_THAT(accept(kDoer), RefusedBy(kVerifierNotDoer));
  EXPECT_THAT(accept(kHead), RefusedBy(kVerifierNotDoer));
  EXPECT_THAT(accept(kNeighbour), RefusedBy(kVerifierOutside)) << "of an office below";
  EXPECT_THAT(accept(kPostless), RefusedBy(kVerifierOutside)) << "who holds no post";
  EXPECT_THAT(accept("clients/platform"), RefusedBy(kVerifierOutside));
  EXPECT_TRUE(accept(kVerifier).ok());
}

TEST_F(ItemTest, ADelegateActsByThePostOfWhomHeActsForAndIsBarredByWhatBarsEither) {
  const SupervisionCase the_case = InRectification();
  const auto acknowledge = [&](const std::string& caller) {
    return Step("RectificationItemService/AcknowledgeRectificationItem", Issued(the_case),
                v1::AcknowledgeRectificationItemRequest(), caller);
  };
  EXPECT_THAT(acknowledge(kNeighbour), RefusedBy(kHeadAcknowledges));
  EXPECT_THAT(acknowledge(test::ActingFor(kHead, kNeighbour)), RefusedBy(kHeadAcknowledges));
  const auto acknowledged = acknowledge(test::ActingFor(kNeighbour, kHead));
  ASSERT_TRUE(acknowledged.ok()) << acknowledged.status();
  EXPECT_EQ(acknowledged->acknowledger(), kNeighbour);
  const RectificationItem item = PendingVerification(InRectification());
  const auto accept = [&](const std::string& caller) {
    return Step("RectificationItemService/AcceptRectificationItem", item,
                Because<v1::AcceptRectificationItemRequest>("整改到位"), caller);
  };
  EXPECT_THAT(accept(test::ActingFor(kVerifier, kDoer)), RefusedBy(kVerifierNotDoer));
  EXPECT_THAT(accept(test::ActingFor(kDoer, kVerifier)), RefusedBy(kVerifierNotDoer));
  EXPECT_THAT(accept(test::ActingFor(kNeighbour, kVerifier)), RefusedBy(kVerifierOutside))
      << "of an office below";
  EXPECT_TRUE(accept(test::ActingFor(kPostless, kVerifier)).ok());
}

TEST_F(ItemTest, WhoLeftTheOrganizationTheDayBeforeStillHadHisPart) {
  const RectificationItem item = PendingVerification(InRectification());
  served_.database().Run(
      "UPDATE known_assignments SET organization = "
      "UNHEX('0000000000007000800000000000000E')");
  EXPECT_THAT(Step("RectificationItemService/AcceptRectificationItem", item,
                   Because<v1::AcceptRectificationItemRequest>("整改到位"), kDoer),
              RefusedBy(kVerifierNotDoer));
}

TEST_F(ItemTest, OnlyTheIssuersSideIssuesAndOnlyTheHeadAcknowledges) {
  const SupervisionCase the_case = InRectification();
  EXPECT_THAT(Call<RectificationItem>("RectificationItemService/CreateRectificationItem",
                                      WantedItem(the_case), kVerifier),
              RefusedBy(kIssuerSide));
  auto unknown = WantedItem(the_case);
  unknown.mutable_rectification_item()->set_organization(kNowhere);
  EXPECT_THAT(
      Call<RectificationItem>("RectificationItemService/CreateRectificationItem", unknown, kClerk),
      RefusedBy(kOrganizationKnown));
  EXPECT_THAT(Call<RectificationItem>("RectificationItemService/CreateRectificationItem",
                                      WantedItem(Received()), kClerk),
              RefusedBy(kCaseInRectification));
  EXPECT_THAT(Step("RectificationItemService/AcknowledgeRectificationItem", Issued(the_case),
                   v1::AcknowledgeRectificationItemRequest(), kLeader),
              RefusedBy(kHeadAcknowledges));
}

TEST_F(ItemTest, WhoHasToPutItRightIsNotOfTheIssuersSideAlsoBelowIt) {
  handling_ = kRoot;
  const SupervisionCase the_case = InRectification();
  EXPECT_THAT(Call<RectificationItem>("RectificationItemService/CreateRectificationItem",
                                      WantedItem(the_case), kLeader),
              RefusedBy(kIssuerSide));
  RectificationItem item = InProgress(the_case);
  auto ask = Because<v1::RequestRectificationExtensionRequest>("设备采购延迟");
  *ask.mutable_deadline() = clock::ToDate(absl::CivilDay(2025, 12, 31));
  item = Did("RectificationItemService/RequestRectificationExtension", item, ask, kDoer);
  EXPECT_THAT(Step("RectificationItemService/ApproveRectificationExtension", item,
                   Because<v1::ApproveRectificationExtensionRequest>("同意"), kNeighbour),
              RefusedBy(kIssuerSide));
  EXPECT_THAT(Step("RectificationItemService/ExcuseRectificationItem", item,
                   Because<v1::ExcuseRectificationItemRequest>("无须整改"), kNeighbour),
              RefusedBy(kIssuerSide));
  EXPECT_TRUE(Step("RectificationItemService/ApproveRectificationExtension", item,
                   Because<v1::ApproveRectificationExtensionRequest>("同意"), kChief)
                  .ok());
}

TEST_F(ItemTest, APlanNamesPeopleAtWorkAndAnOfficeOfTheOrganization) {
  const RectificationItem planned = Planned(InRectification());
  const auto plan = [&](void (*change)(v1::SubmitRectificationPlanRequest&), const char* caller) {
    v1::SubmitRectificationPlanRequest request = Plan();
    change(request);
    return Step("RectificationItemService/SubmitRectificationPlan", planned, request, caller);
  };
  using Request = v1::SubmitRectificationPlanRequest;
  EXPECT_THAT(plan([](Request&) {}, kVerifier), RefusedBy(kOrganizationSide));
  EXPECT_THAT(plan([](Request& r) { r.set_responsible_person(kRetired); }, kDoer),
              RefusedBy(kResponsibleAtWork));
  EXPECT_THAT(plan([](Request& r) { r.set_responsible_office(kOther); }, kDoer),
              RefusedBy(kOfficeKnown));
  EXPECT_TRUE(plan([](Request& r) { r.clear_measures(); }, kDoer).status().code() ==
              absl::StatusCode::kInvalidArgument);
}

TEST_F(ItemTest, AnExtensionIsGrantedByTheIssuersSideBeforeTheDeadline) {
  RectificationItem item = InProgress(InRectification());
  auto ask = Because<v1::RequestRectificationExtensionRequest>("设备采购延迟");
  *ask.mutable_deadline() = clock::ToDate(absl::CivilDay(2025, 12, 31));
  item = Did("RectificationItemService/RequestRectificationExtension", item, ask, kDoer);
  EXPECT_TRUE(item.extension_pending());
  const auto approve = [&](const char* caller) {
    return Step("RectificationItemService/ApproveRectificationExtension", item,
                Because<v1::ApproveRectificationExtensionRequest>("同意"), caller);
  };
  EXPECT_THAT(approve(kDoer), RefusedBy(kFourEyes));
  EXPECT_THAT(approve(kHead), RefusedBy(kIssuerSide));
  SetToday(absl::CivilDay(2025, 9, 11));
  EXPECT_THAT(approve(kChief), RefusedBy(kBeforeDue));
  SetToday(absl::CivilDay(2025, 9, 10));
  const auto approved = approve(kChief);
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(*clock::ToDay(approved->deadline()), absl::CivilDay(2025, 12, 31));
  EXPECT_EQ(approved->extension_count(), 1);
}

TEST_F(ItemTest, TheCloseoutIsAppliedForOnceTheHeadAndALeaderAboveHaveReviewedIt) {
  RectificationItem item = InProgress(InRectification());
  const auto review = [&](RectificationItem::Capacity capacity, const char* caller) {
    return Step("RectificationItemService/ReviewRectificationItem", item, ReviewAs(capacity),
                caller);
  };
  const auto apply = [&] {
    return Step("RectificationItemService/ApplyRectificationCloseout", item, Application(), kDoer);
  };
  EXPECT_THAT(review(RectificationItem::CAPACITY_HEAD, kLeader), RefusedBy(kReviewerLeads));
  EXPECT_THAT(review(RectificationItem::CAPACITY_HEAD, kSuperior), RefusedBy(kReviewerLeads));
  EXPECT_THAT(review(RectificationItem::CAPACITY_SUPERIOR, kHead), RefusedBy(kReviewerLeads));
  EXPECT_THAT(review(RectificationItem::CAPACITY_SUPERIOR, kChief), RefusedBy(kReviewerLeads))
      << "who leads an organization beside";
  EXPECT_EQ(review(RectificationItem::CAPACITY_UNSPECIFIED, kHead).status().code(),
            absl::StatusCode::kInvalidArgument);
  item = *review(RectificationItem::CAPACITY_HEAD, kHead);
  EXPECT_THAT(review(RectificationItem::CAPACITY_HEAD, kHead), RefusedBy(kNotReviewedYet));
  EXPECT_THAT(apply(), RefusedBy(kReviewedTwice));
  item = *review(RectificationItem::CAPACITY_SUPERIOR, kSuperior);
  item = *apply();
  EXPECT_EQ(item.closeouts(0).reviews_size(), 2);
  item = Did("RectificationItemService/RejectRectificationItem", item,
             Because<v1::RejectRectificationItemRequest>("培训材料不全"), kVerifier);
  EXPECT_THAT(apply(), RefusedBy(kReviewedTwice)) << "what was rejected is reviewed anew";
}

TEST_F(ItemTest, EachMeasureIsProvedByEvidenceThatIsStored) {
  const RectificationItem item = Reviewed(InProgress(InRectification()));
  const auto apply = [&](void (*change)(v1::ApplyRectificationCloseoutRequest&)) {
    v1::ApplyRectificationCloseoutRequest request = Application();
    change(request);
    return Step("RectificationItemService/ApplyRectificationCloseout", item, request, kDoer);
  };
  using Request = v1::ApplyRectificationCloseoutRequest;
  EXPECT_THAT(apply([](Request& r) { r.mutable_evidence()->RemoveLast(); }),
              RefusedBy(kEvidenceOfEachMeasure));
  EXPECT_THAT(apply([](Request& r) {
                r.mutable_evidence(0)->set_evidence_digests(0, std::string(64, 'f'));
              }),
              RefusedBy(kEvidenceStored));
}

TEST_F(ItemTest, ARelapseReopensTheItemUnlessItsCaseIsClosed) {
  const SupervisionCase the_case = InRectification();
  RectificationItem item = ClosedOut(the_case);
  item = Did("RectificationItemService/ReopenRectificationItem", item,
             Because<v1::ReopenRectificationItemRequest>("复查发现反弹"), kVerifier);
  EXPECT_EQ(item.cycle(), 2);
  item = Did("RectificationItemService/StartRectificationItem", item,
             v1::StartRectificationItemRequest(), kDoer);
  EXPECT_EQ(item.state(), RectificationItem::STATE_IN_PROGRESS);
}

}  // namespace
}  // namespace qinglian::supervision
