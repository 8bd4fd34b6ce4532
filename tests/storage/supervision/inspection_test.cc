#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

class InspectionTest : public SupervisionTest {
 protected:
  v1::CreateInspectionRequest Wanted() {
    v1::CreateInspectionRequest request;
    request.set_request_id(test::RequestId());
    Inspection& wanted = *request.mutable_inspection();
    wanted.set_organization(kGroup);
    wanted.set_display_name("2025年政府采购专项检查");
    wanted.set_kind(Inspection::KIND_SPECIAL);
    wanted.add_targets(kBureau);
    wanted.set_leader(kInspector);
    wanted.add_members(kHandler);
    wanted.add_checklist("采购公示是否规范");
    *wanted.mutable_planned_start_date() = clock::ToDate(absl::CivilDay(2025, 3, 10));
    *wanted.mutable_planned_end_date() = clock::ToDate(absl::CivilDay(2025, 3, 14));
    return request;
  }
  Inspection Made(const v1::CreateInspectionRequest& request) {
    const auto created = Call<Inspection>("InspectionService/CreateInspection", request, kClerk);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(Inspection());
  }
  absl::StatusOr<Inspection> Start(const Inspection& inspection, const char* caller = kInspector) {
    return Step("InspectionService/StartInspection", inspection, v1::StartInspectionRequest(),
                caller);
  }
  v1::RecordInspectionFindingRequest Found() {
    v1::RecordInspectionFindingRequest request;
    Inspection::Finding& finding = *request.mutable_finding();
    finding.set_organization(kOffice);
    finding.set_person(kColleague);
    finding.set_checklist_item(1);
    finding.set_display_name("三个采购项目未公示");
    finding.set_description("抽查发现三个项目未在规定期限内公示。");
    finding.set_category("caseCategories/bureaucracy-duties");
    finding.set_severity(SupervisionCase::SEVERITY_ORDINARY);
    finding.add_risk_points(kRiskPoint);
    finding.add_evidence_digests(Evidence("现场照片"));
    return request;
  }
};

TEST_F(InspectionTest, AFindingOpensACaseInTheSameStep) {
  Inspection inspection = *Start(Made(Wanted()));
  inspection = Did("InspectionService/RecordInspectionFinding", inspection, Found(), kHandler);
  ASSERT_EQ(inspection.findings_size(), 1);
  v1::GetSupervisionCaseRequest request;
  request.set_name(inspection.findings(0).supervision_case());
  const auto opened =
      Call<SupervisionCase>("SupervisionCaseService/GetSupervisionCase", request, kClerk);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->state(), SupervisionCase::STATE_RECEIVED);
  EXPECT_EQ(opened->source(), SupervisionCase::SOURCE_INSPECTION_FINDING);
  EXPECT_EQ(opened->source_resource(), inspection.name());
  EXPECT_EQ(opened->subject_organization(), kOffice);
  EXPECT_THAT(opened->risk_points(), testing::ElementsAre(kRiskPoint));
  auto spot = Found();
  spot.mutable_finding()->set_corrected_on_spot(true);
  inspection = Did("InspectionService/RecordInspectionFinding", inspection, spot, kHandler);
  EXPECT_EQ(inspection.findings(1).supervision_case(), "");
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM supervision_cases"), "1");
  v1::ConcludeInspectionRequest conclude;
  conclude.set_conclusion("总体规范，个别项目未公示。");
  EXPECT_THAT(Step("InspectionService/ConcludeInspection", inspection, conclude, kHandler),
              RefusedBy(kActorLeadsTeam));
  inspection = Did("InspectionService/ConcludeInspection", inspection, conclude, kInspector);
  EXPECT_EQ(inspection.state(), Inspection::STATE_CONCLUDED);
}

TEST_F(InspectionTest, ThatItShowedTheNameOfACaseIsOnRecord) {
  Inspection inspection = *Start(Made(Wanted()));
  v1::GetInspectionRequest get;
  get.set_name(inspection.name());
  const auto readings = [&] {
    return served_.database().Value(
        "SELECT COUNT(*) FROM journal WHERE operation = 'OPERATION_READ' AND kind = "
        "'qinglian.supervision.v1.Inspection' AND organization IS NOT NULL AND resource = '" +
        inspection.name() + "'");
  };
  ASSERT_TRUE(Call<Inspection>("InspectionService/GetInspection", get, kChief).ok());
  EXPECT_EQ(readings(), "0") << "there is nothing confidential in it yet";
  inspection = Did("InspectionService/RecordInspectionFinding", inspection, Found(), kHandler);
  ASSERT_TRUE(Call<Inspection>("InspectionService/GetInspection", get, kChief).ok());
  EXPECT_EQ(readings(), "1");
  ASSERT_TRUE(Call<v1::ListInspectionsResponse>("InspectionService/ListInspections",
                                                v1::ListInspectionsRequest(), kChief)
                  .ok());
  EXPECT_EQ(readings(), "2") << "a page tells which of it";
}

TEST_F(InspectionTest, AFindingThatIsRefusedOpensNoCase) {
  const Inspection inspection = *Start(Made(Wanted()));
  auto elsewhere = Found();
  elsewhere.mutable_finding()->set_organization(kOther);
  EXPECT_THAT(Step("InspectionService/RecordInspectionFinding", inspection, elsewhere, kHandler),
              RefusedBy(kFoundInScope));
  auto about_nobody = Found();
  about_nobody.mutable_finding()->set_person("persons/00000000-0000-7000-8000-0000000000ff");
  EXPECT_TRUE(status::Is(
      Step("InspectionService/RecordInspectionFinding", inspection, about_nobody, kHandler)
          .status(),
      status::kReferenceNotFound));
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM supervision_cases"), "0");
}

TEST_F(InspectionTest, TheTeamIsAtWorkAndNotOfTheTarget) {
  auto request = Wanted();
  request.mutable_inspection()->set_members(0, kDoer);
  EXPECT_THAT(Start(Made(request)), RefusedBy(kTeamNotOfTarget));
  request = Wanted();
  request.mutable_inspection()->set_kind(Inspection::KIND_SELF_CHECK);
  request.mutable_inspection()->set_members(0, kDoer);
  EXPECT_TRUE(Start(Made(request)).ok());
  request = Wanted();
  request.mutable_inspection()->set_members(0, kRetired);
  EXPECT_THAT(Start(Made(request)), RefusedBy(kTeamAtWork));
  request = Wanted();
  request.mutable_inspection()->add_targets(kNowhere);
  EXPECT_THAT(Start(Made(request)), RefusedBy(kTargetsKnown));
  EXPECT_THAT(Start(Made(Wanted()), kClerk), RefusedBy(kActorOnTeam));
}

}  // namespace
}  // namespace qinglian::supervision
