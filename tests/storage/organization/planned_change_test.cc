// Changes of organizations that are planned, fall due, fail and are cancelled.
#include <string>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/planned_change_service.pb.h"
#include "services/organization/planned_change_rules.h"
#include "tests/storage/organization/reforming.h"

namespace qinglian::organization {
namespace {

using v1::PlannedChange;

class Planned : public ReformingTest {
 protected:
  static v1::CreatePlannedChangeRequest Wanted(absl::CivilDay day) {
    v1::CreatePlannedChangeRequest request;
    *request.mutable_planned_change()->mutable_effective_date() = clock::ToDate(day);
    request.set_request_id(test::RequestId());
    return request;
  }
  static v1::CreatePlannedChangeRequest Moving(const v1::Organization& moved,
                                               const std::string& parent, absl::CivilDay day) {
    v1::CreatePlannedChangeRequest request = Wanted(day);
    v1::MoveOrganizationRequest& move = *request.mutable_planned_change()->mutable_move();
    move.set_name(moved.name());
    move.set_parent(parent);
    move.set_reason("机构改革");
    return request;
  }
  absl::StatusOr<PlannedChange> Plan(const v1::CreatePlannedChangeRequest& request) {
    return Call<PlannedChange>("PlannedChangeService/CreatePlannedChange", request);
  }
  PlannedChange Now(const PlannedChange& plan) {
    v1::GetPlannedChangeRequest request;
    request.set_name(plan.name());
    return Call<PlannedChange>("PlannedChangeService/GetPlannedChange", request)
        .value_or(PlannedChange());
  }
  absl::Status Tick() { return ReformingTest::Tick("apply-planned-changes"); }
};

TEST_F(Planned, AChangeTakesEffectOnItsDayAndNotBefore) {
  const v1::Organization here = Made("甲厅");
  const v1::Organization there = Made("乙厅");
  const v1::Organization moved = Made("一处", here.name());
  const auto plan = Plan(Moving(moved, there.name(), kFirst + 10));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->state(), PlannedChange::STATE_PLANNED);
  EXPECT_EQ(plan->organization(), moved.name());
  EXPECT_EQ(Get(moved.name()).etag(), moved.etag()) << "it was only tried";
  Pass(9);
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(Get(moved.name()).parent(), here.name());
  Pass(3);
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(Now(*plan).state(), PlannedChange::STATE_APPLIED);
  EXPECT_EQ(Now(*plan).result(), moved.name());
  EXPECT_EQ(On(kFirst + 9, moved.name())->parent(), here.name());
  EXPECT_EQ(On(kFirst + 10, moved.name())->parent(), there.name())
      << "also where the clock is late";
  EXPECT_EQ(Value("SELECT COUNT(*) FROM journal WHERE method = 'effect/clock/planned-change' AND "
                  "kind LIKE '%.Organization'"),
            "1");
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(Get(moved.name()).etag(), "\"2\"") << "once";
  ExpectWholeHistory();
}

TEST_F(Planned, WhatIsImpossibleTodayIsNotPlanned) {
  const v1::Organization top = Made("甲厅");
  const v1::Organization below = Made("一处", top.name());
  const auto cycle = Plan(Moving(top, below.name(), kFirst + 10));
  EXPECT_EQ(status::MetadataOf(cycle.status(), "guard"), "NO_CYCLE") << cycle.status();
  const auto today = Plan(Moving(below, "", kFirst));
  EXPECT_EQ(status::MetadataOf(today.status(), "guard"), kDayToCome.name);
  EXPECT_TRUE(absl::IsInvalidArgument(Plan(Wanted(kFirst + 10)).status()));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM planned_changes"), "0");
}

TEST_F(Planned, WhatHasBecomeImpossibleFailsAndSaysWhyAndHoldsUpNoOther) {
  const v1::Organization here = Made("甲厅");
  const v1::Organization there = Made("乙厅");
  const v1::Organization moved = Made("一处", here.name());
  const v1::Organization other = Made("二处", here.name());
  const auto plan = Plan(Moving(moved, there.name(), kFirst + 10));
  const auto fine = Plan(Moving(other, "", kFirst + 10));
  ASSERT_TRUE(plan.ok() && fine.ok()) << plan.status() << fine.status();
  ASSERT_TRUE(Merge(there, here.name()).ok());
  Pass(10);
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(Now(*plan).state(), PlannedChange::STATE_FAILED);
  EXPECT_EQ(status::ReasonOf(status::FromProto(Now(*plan).failure())), "RESOURCE_ENDED");
  EXPECT_EQ(Get(moved.name()).etag(), moved.etag());
  EXPECT_EQ(Now(*fine).state(), PlannedChange::STATE_APPLIED);
}

TEST_F(Planned, ACancelledChangeNeverTakesEffect) {
  const v1::Organization here = Made("甲厅");
  v1::CreatePlannedChangeRequest request = Wanted(kFirst + 1);
  request.mutable_planned_change()->mutable_abolish()->set_name(here.name());
  request.mutable_planned_change()->mutable_abolish()->set_reason("机构改革");
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  v1::CancelPlannedChangeRequest cancel;
  cancel.set_name(plan->name());
  cancel.set_etag(plan->etag());
  cancel.set_reason("方案调整");
  cancel.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<PlannedChange>("PlannedChangeService/CancelPlannedChange", cancel).ok());
  Pass(2);
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(Get(here.name()).state(), v1::Organization::STATE_ACTIVE);
  EXPECT_EQ(Now(*plan).state(), PlannedChange::STATE_CANCELLED);
}

TEST_F(Planned, EachKindOfChangeCanBePlanned) {
  const v1::Organization root = Made("省政府");
  const v1::Organization merged = Made("旅游局", root.name());
  const v1::Organization split = Made("文化厅", root.name());
  v1::CreatePlannedChangeRequest create = Wanted(kFirst + 5);
  *create.mutable_planned_change()->mutable_create() = ReformingTest::Wanted("新厅", root.name());
  v1::CreatePlannedChangeRequest update = Wanted(kFirst + 5);
  update.mutable_planned_change()->mutable_update()->mutable_organization()->set_name(root.name());
  update.mutable_planned_change()->mutable_update()->mutable_organization()->set_display_name(
      "省人民政府");
  v1::CreatePlannedChangeRequest merge = Wanted(kFirst + 6);
  merge.mutable_planned_change()->mutable_merge()->set_name(merged.name());
  merge.mutable_planned_change()->mutable_merge()->set_into(split.name());
  merge.mutable_planned_change()->mutable_merge()->set_reason("机构改革");
  v1::CreatePlannedChangeRequest divide = Wanted(kFirst + 7);
  v1::SplitOrganizationRequest& parts = *divide.mutable_planned_change()->mutable_split();
  parts.set_name(split.name());
  parts.set_reason("机构改革");
  *parts.add_heirs()->mutable_organization() = ReformingTest::Wanted("甲厅").organization();
  *parts.add_heirs()->mutable_organization() = ReformingTest::Wanted("乙厅").organization();
  std::vector<PlannedChange> plans;
  for (const auto* request : {&create, &update, &merge, &divide}) {
    const auto plan = Plan(*request);
    ASSERT_TRUE(plan.ok()) << plan.status();
    plans.push_back(*plan);
  }
  Pass(10);
  ASSERT_TRUE(Tick().ok());
  for (const PlannedChange& plan : plans) {
    EXPECT_EQ(Now(plan).state(), PlannedChange::STATE_APPLIED) << Now(plan).ShortDebugString();
  }
  EXPECT_EQ(Get(Now(plans[0]).result()).display_name(), "新厅");
  EXPECT_EQ(Get(root.name()).display_name(), "省人民政府");
  EXPECT_EQ(Get(merged.name()).state(), v1::Organization::STATE_MERGED);
  EXPECT_EQ(Get(split.name()).successors_size(), 2);
  ExpectWholeHistory();
}

}  // namespace
}  // namespace qinglian::organization
