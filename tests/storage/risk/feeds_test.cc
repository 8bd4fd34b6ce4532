// What the feed of supervision does here: open cases and items hold a point, a confirmed case
// raises it (L-1).
#include "common/clock/date.h"
#include "common/journal/write.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/post.pb.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/risk/projections/registry_projection.h"
#include "services/risk/projections/supervision_projection.h"
#include "tests/storage/risk/fixture.h"
#include "tests/support/journal_server.h"

namespace qinglian::risk {
namespace {

using supervision::v1::RectificationItem;
using supervision::v1::SupervisionCase;
using v1::RiskPoint;

class RiskFeeds : public RiskTest {
 protected:
  // Deals with a change as the frame does: the tables, then each effect in a write of its own.
  template <class Resource>
  void Follow(const Resource& after, projection::Projection& projection) {
    journal::v1::Change change;
    change.set_position(++position_);
    change.set_resource(after.name());
    change.set_version(static_cast<int64_t>(position_));
    change.set_kind(Resource::descriptor()->full_name());
    change.mutable_after()->PackFrom(after);
    mysql::Session session(service_.database().options());
    ASSERT_TRUE(projection.Apply(**session.Acquire(), change).ok());
    for (const projection::Effect& effect : projection.Effects(change)) {
      journal::v1::Cause cause;
      cause.set_service(projection.feed());
      cause.set_position(position_);
      journal::EffectFacts facts;
      facts.effect = effect.name;
      facts.key = effect.key;
      facts.cause = cause;
      const absl::Status done =
          journal::WriteEffect(service_.journal(), session, facts, effect.run);
      ASSERT_TRUE(done.ok()) << done;
    }
  }
  template <class Resource>
  void Follow(const Resource& after) {
    Follow(after, projection_);
  }

  SupervisionCase CaseOn(const std::string& point) {
    SupervisionCase result;
    result.set_name(NewName("cases"));
    result.set_state(SupervisionCase::STATE_RECEIVED);
    result.set_severity(SupervisionCase::SEVERITY_ORDINARY);
    result.add_risk_points(point);
    return result;
  }

  uint64_t position_ = 0;
  SupervisionProjection projection_;
};

TEST_F(RiskFeeds, AConfirmedCaseRaisesItsPointAndMakesItDueOnce) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  Follow(supervision_case);
  EXPECT_EQ(GetPoint(point.name()).etag(), point.etag()) << "a case that is only registered";
  supervision_case.set_confirmed(true);
  supervision_case.set_state(SupervisionCase::STATE_IN_RECTIFICATION);
  Follow(supervision_case);
  const RiskPoint raised = GetPoint(point.name());
  EXPECT_EQ(raised.inherent_grade(), v1::GRADE_MEDIUM);
  EXPECT_EQ(raised.residual_grade(), v1::GRADE_MEDIUM);
  EXPECT_TRUE(clock::Compare(raised.review_due_date(), clock::ToDate(absl::CivilDay(2025, 3, 3))) ==
              0);
  EXPECT_EQ(raised.review_trigger(), RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
  EXPECT_EQ(raised.review_cause(), supervision_case.name());
  supervision_case.set_state(SupervisionCase::STATE_CLOSED);
  Follow(supervision_case);
  EXPECT_EQ(GetPoint(point.name()).etag(), raised.etag()) << "the same case raises once";
}

TEST_F(RiskFeeds, WhichCaseItWasIsShownToThoseWhoAreShownCases) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  const auto shown = [&](const char* role, const std::string& organization) {
    const rpc::CallOptions caller =
        test::CallAs(NewName("persons"), {test::GrantOf(role, organization)});
    v1::GetRiskPointRequest get;
    get.set_name(point.name());
    const auto got =
        service_.Call<RiskPoint>("/qinglian.risk.v1.RiskPointService/GetRiskPoint", get, caller);
    EXPECT_TRUE(got.ok()) << got.status();
    const auto page = service_.Call<v1::ListRiskPointsResponse>(
        "/qinglian.risk.v1.RiskPointService/ListRiskPoints", v1::ListRiskPointsRequest(), caller);
    EXPECT_TRUE(page.ok() && page->risk_points_size() == 1) << page.status();
    if (!got.ok() || !page.ok() || page->risk_points_size() != 1) return std::string("?");
    EXPECT_EQ(got->review_cause(), page->risk_points(0).review_cause());
    EXPECT_EQ(got->review_trigger(), RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
    return got->review_cause();
  };
  EXPECT_EQ(shown("roles/organ", organ_), "");
  EXPECT_EQ(shown("roles/partyBody", ""), "");
  EXPECT_EQ(shown("roles/dispatchedGroup", organ_), supervision_case.name());
}

TEST_F(RiskFeeds, TheFeedAndAHistoryNameTheCaseToTheSameAlone) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  const RiskPoint last = ActivePoint(1, 1);
  test::JournalServer journal("risk", service_.journal(), service_.database().options(),
                              service_.app().snapshots());
  // How often the case is named, and that its name changed is told, of those told of the point.
  const auto named = [&](const auto& told) {
    std::pair<int, int> counts;
    for (const journal::v1::Change& change : told.changes()) {
      if (change.resource() != point.name()) continue;
      counts.first += change.SerializeAsString().find(supervision_case.name()) != std::string::npos;
      for (const std::string& field : change.changed_fields())
        counts.second += field == "review_cause";
    }
    return counts;
  };
  const auto as = [](const char* role, const std::string& organization) {
    return test::CallAs(NewName("persons"), {test::GrantOf(role, organization)});
  };
  const rpc::CallOptions auditor = as("roles/auditor", organ_);
  EXPECT_EQ(named(journal.Told(last.name(), auditor)), std::pair(1, 1));
  EXPECT_EQ(named(journal.Snapshot(auditor)), std::pair(1, 0));
  EXPECT_EQ(named(*journal.History(point.name(), auditor)), std::pair(1, 1));
  for (const std::string& organization : {std::string(), organ_}) {
    const rpc::CallOptions platform = as("roles/platform", organization);
    const auto told = journal.Told(last.name(), platform);
    EXPECT_EQ(named(told), std::pair(0, 0));
    EXPECT_EQ(named(journal.Snapshot(platform)), std::pair(0, 0));
    EXPECT_THAT(told.SerializeAsString(), testing::HasSubstr(point.name()));
  }
}

TEST_F(RiskFeeds, TheJournalSaysWhichChangeOfSupervisionRaisedThePoint) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  EXPECT_EQ(service_.database().Value("SELECT CONCAT(actor, ' ', method, ' ', cause_service, ' ', "
                                      "cause_position) FROM journal ORDER BY id DESC LIMIT 1"),
            "services/test effect/supervision/case-confirmed supervision 1");
}

TEST_F(RiskFeeds, ASeriousCaseRaisesToHighAndTheReviewIsForTheHigherRank) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  supervision_case.set_severity(SupervisionCase::SEVERITY_SERIOUS);
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  EXPECT_EQ(GetPoint(point.name()).inherent_grade(), v1::GRADE_HIGH);
  const v1::RiskAssessment draft = DraftAssessment(point.name(), 2, 3);
  EXPECT_EQ(draft.review_trigger(), RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
  const auto submitted = SubmitAssessment(draft);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(GuardOf(ApproveAssessment(*submitted, in_charge_).status()), "RANK_SUFFICES");
  ASSERT_TRUE(ApproveAssessment(*submitted, principal_).ok());
  EXPECT_EQ(GetPoint(point.name()).review_trigger(), RiskPoint::REVIEW_TRIGGER_PERIODIC);
}

TEST_F(RiskFeeds, ACaseThatIsReopenedAndFoundSeriousRaisesItsPointOnceMore) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  EXPECT_EQ(GetPoint(point.name()).inherent_grade(), v1::GRADE_MEDIUM);
  supervision_case.set_confirmed(false);
  Follow(supervision_case);
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  EXPECT_EQ(GetPoint(point.name()).inherent_grade(), v1::GRADE_MEDIUM) << "as grave as before";
  supervision_case.set_severity(SupervisionCase::SEVERITY_SERIOUS);
  Follow(supervision_case);
  EXPECT_EQ(GetPoint(point.name()).inherent_grade(), v1::GRADE_HIGH);
}

TEST_F(RiskFeeds, ACaseThatTouchesWhatIsNotInForceOrNotHereDoesNothing) {
  const RiskPoint draft = DraftPoint();
  SupervisionCase supervision_case = CaseOn(draft.name());
  supervision_case.add_risk_points(NewName("riskPoints"));
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  EXPECT_EQ(GetPoint(draft.name()).etag(), draft.etag());
}

TEST_F(RiskFeeds, APointIsNotRetiredWhileACaseOrARectificationItemIsOpen) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  Follow(supervision_case);
  EXPECT_EQ(GuardOf(Retire(point, office_head_).status()), "NO_OPEN_CASE");
  RectificationItem item;
  item.set_name(NewName("rectificationItems"));
  item.set_supervision_case(supervision_case.name());
  item.set_state(RectificationItem::STATE_ISSUED);
  Follow(item);
  supervision_case.set_state(SupervisionCase::STATE_CLOSED);
  Follow(supervision_case);
  EXPECT_EQ(GuardOf(Retire(point, office_head_).status()), "NO_OPEN_RECTIFICATION");
  item.set_state(RectificationItem::STATE_CLOSED_OUT);
  Follow(item);
  const auto retired = Retire(point, office_head_);
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_FALSE(retired->has_review_due_date());
}

TEST_F(RiskFeeds, ACaseThatNoLongerNamesThePointDoesNotHoldIt) {
  const RiskPoint point = ActivePoint(1, 1);
  SupervisionCase supervision_case = CaseOn(point.name());
  Follow(supervision_case);
  supervision_case.clear_risk_points();
  Follow(supervision_case);
  EXPECT_TRUE(Retire(point, office_head_).ok());
}

TEST_F(RiskFeeds, WhatSupervisionNoLongerHasHoldsNothing) {
  const RiskPoint point = ActivePoint(1, 1);
  const SupervisionCase supervision_case = CaseOn(point.name());
  Follow(supervision_case);
  const auto connection = service_.database().Open();
  ASSERT_TRUE(
      projection_
          .Remove(*connection, SupervisionCase::descriptor()->full_name(), supervision_case.name())
          .ok());
  EXPECT_TRUE(Retire(point, office_head_).ok());
}

TEST_F(RiskFeeds, AnAbolishedPostSuspendsItsPointsAndMakesThoseOnItsPowerItemsDue) {
  const RiskPoint on_power_item = ActivePoint(1, 1);
  v1::CreateRiskPointRequest create;
  *create.mutable_risk_point() = DraftPoint();
  create.mutable_risk_point()->clear_name();
  create.mutable_risk_point()->clear_power_item();
  create.mutable_risk_point()->clear_step();
  create.mutable_risk_point()->set_post(post_);
  const auto draft = Call<RiskPoint>("RiskPointService/CreateRiskPoint", create, author_);
  ASSERT_TRUE(draft.ok()) << draft.status();
  DraftAssessment(draft->name(), 1, 1);
  PlannedControl(draft->name());
  const auto on_post = Approve(Submit(*draft, author_).value_or(RiskPoint()), principal_);
  ASSERT_TRUE(on_post.ok()) << on_post.status();

  organization::v1::Post post;
  post.set_name(post_);
  post.set_organization(organ_);
  post.set_rank(organization::v1::Post::RANK_STAFF);
  post.set_state(organization::v1::Post::STATE_ABOLISHED);
  RegistryProjection registry;
  Follow(post, registry);
  const RiskPoint suspended = GetPoint(on_post->name());
  EXPECT_EQ(suspended.state(), RiskPoint::STATE_SUSPENDED);
  EXPECT_EQ(suspended.review_cause(), post_);
  const RiskPoint due = GetPoint(on_power_item.name());
  EXPECT_EQ(due.state(), RiskPoint::STATE_ACTIVE);
  EXPECT_EQ(due.review_trigger(), RiskPoint::REVIEW_TRIGGER_POST_CHANGED);
}

}  // namespace
}  // namespace qinglian::risk
