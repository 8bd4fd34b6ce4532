#include "tests/storage/risk/fixture.h"

#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/status.h"
#include "migrations/risk_migrations.h"

namespace qinglian::risk {
namespace {

// What a step of the preparation made; nothing goes on without it.
template <class T>
T Made(absl::StatusOr<T> result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : T();
}

std::string IdOf(const std::string& name) {
  return id::ParseName(id::CollectionOf(name), name)->Bytes();
}

void Execute(const test::TestDatabase& database, std::string_view sql,
             std::initializer_list<mysql::Param> params) {
  const auto connection = database.Open();
  const auto done = connection->Execute(sql, params);
  ASSERT_TRUE(done.ok()) << done.status() << mysql::InternalText(done.status());
}

}  // namespace

RiskTest::RiskTest()
    : service_(Migrations(), clock::StartOf(absl::CivilDay(2025, 3, 3)) + absl::Hours(10)) {
  AddOrganization(organ_, "");
  AddOrganization(office_, organ_);
  AddOrganization(elsewhere_, "");
  AddPost(post_, organ_, "RANK_STAFF");
  const std::pair<std::string, std::string_view> leaders[] = {{principal_, "RANK_PRINCIPAL_LEADER"},
                                                              {in_charge_, "RANK_LEADER_IN_CHARGE"},
                                                              {office_head_, "RANK_OFFICE_HEAD"}};
  for (const auto& [person, rank] : leaders) {
    const std::string post = NewName("posts");
    AddPost(post, organ_, rank);
    AddPerson(person, organ_);
    Assign(person, post, organ_, rank);
  }
  AddPerson(author_, organ_);
  AddPerson(owner_, organ_);
}

std::string RiskTest::NewName(std::string_view collection) {
  return id::FormatName(collection, id::Uuid::NewV4());
}

void RiskTest::AddOrganization(const std::string& name, const std::string& parent) {
  const std::string path = (parent.empty() ? "" : IdOf(parent)) + IdOf(name);
  Execute(service_.database(),
          "INSERT INTO known_organizations (id, version, parent, path, kind, state, display_name, "
          "division, level) VALUES (?, 1, ?, ?, 'KIND_GOVERNMENT_DEPARTMENT', 'STATE_ACTIVE', "
          "'organ', '330106', 'LEVEL_COUNTY')",
          {IdOf(name), parent.empty() ? mysql::Param(nullptr) : mysql::Param(path.substr(0, 16)),
           path});
}

void RiskTest::AddPost(const std::string& name, const std::string& organization,
                       std::string_view rank) {
  Execute(service_.database(),
          "INSERT INTO known_posts (id, version, organization, `rank`, key_post, state) VALUES (?, "
          "1, ?, ?, FALSE, 'STATE_ACTIVE')",
          {IdOf(name), IdOf(organization), rank});
}

void RiskTest::AddPerson(const std::string& name, const std::string& organization) {
  Execute(service_.database(),
          "INSERT INTO known_persons (id, version, organization, employment_state) VALUES (?, 1, "
          "?, 'EMPLOYMENT_STATE_EMPLOYED')",
          {IdOf(name), IdOf(organization)});
}

void RiskTest::Assign(const std::string& person, const std::string& post,
                      const std::string& organization, std::string_view rank) {
  Execute(service_.database(),
          "INSERT INTO known_assignments (id, version, person, post, organization, `rank`, "
          "start_date, state) VALUES (?, 1, ?, ?, ?, ?, '2024-01-01', 'STATE_CURRENT')",
          {IdOf(NewName("assignments")), IdOf(person), IdOf(post), IdOf(organization), rank});
}

v1::PowerItem RiskTest::DraftPowerItem(const std::string& supersedes) {
  v1::CreatePowerItemRequest request;
  v1::PowerItem& item = *request.mutable_power_item();
  item.set_organization(organ_);
  item.set_post(post_);
  item.set_display_name("政府采购项目审批");
  item.set_legal_basis("政府采购法第二十六条");
  item.add_steps()->set_display_name("编制招标文件");
  item.add_steps()->set_display_name("组织评审");
  item.set_supersedes(supersedes);
  return Made(Call<v1::PowerItem>("PowerItemService/CreatePowerItem", request, author_));
}

v1::PowerItem RiskTest::PublishedPowerItem(const std::string& supersedes) {
  const v1::PowerItem item = DraftPowerItem(supersedes);
  v1::PublishPowerItemRequest request;
  request.set_name(item.name());
  request.set_etag(item.etag());
  return Made(Call<v1::PowerItem>("PowerItemService/PublishPowerItem", request, office_head_));
}

v1::RiskPoint RiskTest::DraftPoint(const std::string& supersedes) {
  v1::CreateRiskPointRequest request;
  v1::RiskPoint& point = *request.mutable_risk_point();
  point.set_organization(organ_);
  point.set_power_item(PublishedPowerItem().name());
  point.set_step(1);
  point.set_display_name("招标文件设置倾向性条款");
  point.set_category(v1::RiskPoint::CATEGORY_BUSINESS_PROCESS);
  point.set_description("编制招标文件时为特定供应商设置条件。");
  point.set_responsible_leader(in_charge_);
  point.set_responsible_office(office_);
  point.set_responsible_person(owner_);
  point.set_supersedes(supersedes);
  return Made(Call<v1::RiskPoint>("RiskPointService/CreateRiskPoint", request, author_));
}

v1::RiskAssessment RiskTest::DraftAssessment(const std::string& point, int likelihood, int impact) {
  v1::CreateRiskAssessmentRequest request;
  v1::RiskAssessment& assessment = *request.mutable_risk_assessment();
  assessment.set_risk_point(point);
  assessment.set_likelihood(likelihood);
  assessment.set_impact(impact);
  assessment.set_rationale("近两年同类项目投诉较多。");
  return Made(
      Call<v1::RiskAssessment>("RiskAssessmentService/CreateRiskAssessment", request, author_));
}

v1::Control RiskTest::PlannedControl(const std::string& point) {
  v1::CreateControlRequest request;
  v1::Control& control = *request.mutable_control();
  control.set_risk_point(point);
  control.set_display_name("招标文件双人复核");
  control.set_description("由非编制人员逐条复核并签字。");
  control.set_timing(v1::Control::TIMING_BEFORE);
  control.set_type(v1::Control::TYPE_PROCEDURE);
  control.set_owner(owner_);
  control.set_check_interval_months(3);
  return Made(Call<v1::Control>("ControlService/CreateControl", request, author_));
}

v1::Control RiskTest::ActiveControl(const std::string& point) {
  return Made(ActivateControl(Made(StartControl(PlannedControl(point))), office_head_));
}

v1::RiskPoint RiskTest::PendingPoint(int likelihood, int impact, const std::string& supersedes) {
  const v1::RiskPoint point = DraftPoint(supersedes);
  DraftAssessment(point.name(), likelihood, impact);
  PlannedControl(point.name());
  return Made(Submit(point, author_));
}

v1::RiskPoint RiskTest::PointDraftedTogether() {
  const v1::RiskPoint point = DraftPoint();
  DraftAssessment(point.name(), 1, 1);
  PlannedControl(point.name());
  v1::UpdateRiskPointRequest edit;
  edit.mutable_risk_point()->set_name(point.name());
  edit.mutable_risk_point()->set_description("评标专家的抽取不经随机。");
  v1::UpdateRiskAssessmentRequest mark;
  mark.mutable_risk_assessment()->set_name(OpenAssessment(point.name()).name());
  mark.mutable_risk_assessment()->set_rationale("近三年未发生。");
  for (const auto& [editor, marker] :
       {std::pair(principal_, in_charge_), std::pair(office_head_, office_head_)}) {
    Made(Call<v1::RiskPoint>("RiskPointService/UpdateRiskPoint", edit, editor));
    Made(Call<v1::RiskAssessment>("RiskAssessmentService/UpdateRiskAssessment", mark, marker));
  }
  return Made(Submit(point, author_));
}

v1::RiskPoint RiskTest::ActivePoint(int likelihood, int impact, const std::string& supersedes) {
  return Made(Approve(PendingPoint(likelihood, impact, supersedes), principal_));
}

absl::StatusOr<v1::RiskPoint> RiskTest::Submit(const v1::RiskPoint& point,
                                               const std::string& caller) {
  v1::SubmitRiskPointRequest request;
  request.set_name(point.name());
  request.set_etag(GetPoint(point.name()).etag());
  return Call<v1::RiskPoint>("RiskPointService/SubmitRiskPoint", request, caller);
}

absl::StatusOr<v1::RiskPoint> RiskTest::Approve(const v1::RiskPoint& point,
                                                const std::string& caller) {
  v1::ApproveRiskPointRequest request;
  request.set_name(point.name());
  request.set_etag(point.etag());
  return Call<v1::RiskPoint>("RiskPointService/ApproveRiskPoint", request, caller);
}

absl::StatusOr<v1::RiskPoint> RiskTest::Return(const v1::RiskPoint& point,
                                               const std::string& caller) {
  v1::ReturnRiskPointRequest request;
  request.set_name(point.name());
  request.set_etag(point.etag());
  request.set_reason("措施不具体");
  return Call<v1::RiskPoint>("RiskPointService/ReturnRiskPoint", request, caller);
}

absl::StatusOr<v1::RiskPoint> RiskTest::Retire(const v1::RiskPoint& point,
                                               const std::string& caller) {
  v1::RetireRiskPointRequest request;
  request.set_name(point.name());
  request.set_etag(point.etag());
  request.set_reason("该审批权限已取消");
  return Call<v1::RiskPoint>("RiskPointService/RetireRiskPoint", request, caller);
}

absl::StatusOr<v1::RiskAssessment> RiskTest::SubmitAssessment(
    const v1::RiskAssessment& assessment) {
  v1::SubmitRiskAssessmentRequest request;
  request.set_name(assessment.name());
  request.set_etag(assessment.etag());
  return Call<v1::RiskAssessment>("RiskAssessmentService/SubmitRiskAssessment", request, author_);
}

absl::StatusOr<v1::RiskAssessment> RiskTest::ApproveAssessment(const v1::RiskAssessment& assessment,
                                                               const std::string& caller) {
  v1::ApproveRiskAssessmentRequest request;
  request.set_name(assessment.name());
  request.set_etag(assessment.etag());
  return Call<v1::RiskAssessment>("RiskAssessmentService/ApproveRiskAssessment", request, caller);
}

absl::StatusOr<v1::Control> RiskTest::StartControl(const v1::Control& control) {
  v1::StartControlRequest request;
  request.set_name(control.name());
  request.set_etag(control.etag());
  return Call<v1::Control>("ControlService/StartControl", request, owner_);
}

absl::StatusOr<v1::Control> RiskTest::ActivateControl(const v1::Control& control,
                                                      const std::string& caller) {
  v1::ActivateControlRequest request;
  request.set_name(control.name());
  request.set_etag(control.etag());
  v1::Control::Evidence& evidence = *request.add_evidence();
  evidence.set_display_name("复核记录");
  evidence.set_digest(std::string(64, 'a'));
  return Call<v1::Control>("ControlService/ActivateControl", request, caller);
}

absl::StatusOr<v1::Control> RiskTest::RetireControl(const v1::Control& control) {
  v1::RetireControlRequest request;
  request.set_name(control.name());
  request.set_etag(control.etag());
  request.set_reason("已由系统自动校验替代");
  return Call<v1::Control>("ControlService/RetireControl", request, author_);
}

v1::RiskPoint RiskTest::GetPoint(const std::string& name) {
  v1::GetRiskPointRequest request;
  request.set_name(name);
  return Made(Call<v1::RiskPoint>("RiskPointService/GetRiskPoint", request, author_));
}

v1::RiskAssessment RiskTest::GetAssessment(const std::string& name) {
  v1::GetRiskAssessmentRequest request;
  request.set_name(name);
  return Made(
      Call<v1::RiskAssessment>("RiskAssessmentService/GetRiskAssessment", request, author_));
}

v1::RiskAssessment RiskTest::OpenAssessment(const std::string& point) {
  v1::ListRiskAssessmentsRequest request;
  request.set_filter("risk_point = \"" + point +
                     "\" AND (state = DRAFT OR state = SUBMITTED OR state = RETURNED)");
  const auto page = Made(Call<v1::ListRiskAssessmentsResponse>(
      "RiskAssessmentService/ListRiskAssessments", request, author_));
  EXPECT_EQ(page.risk_assessments_size(), 1);
  return page.risk_assessments_size() == 1 ? page.risk_assessments(0) : v1::RiskAssessment();
}

std::string GuardOf(const absl::Status& status) {
  const std::string guard = status::MetadataOf(status, "guard");
  return guard.empty() ? status.ToString() : guard;
}

}  // namespace qinglian::risk
