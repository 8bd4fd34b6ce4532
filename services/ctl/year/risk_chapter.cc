#include "absl/strings/substitute.h"
#include "common/status/macros.h"
#include "services/ctl/year/year.h"

namespace qinglian::ctl {
namespace {

absl::StatusOr<Told> ListPower(Teller& teller, const Cast& cast) {
  ASSIGN_OR_RETURN(
      const Told power,
      teller.Do(cast.office_head, "起草权力事项：专项资金审核", "PowerItemService.CreatePowerItem",
                absl::Substitute(R"({"power_item": {"organization": "$0", "post": "$1",
                                 "display_name": "专项资金审核", "legal_basis": "《预算法实施条例》第三十八条",
                                 "steps": [{"display_name": "受理申请"}, {"display_name": "审核材料"},
                                           {"display_name": "集体研究"}, {"display_name": "拨付"}],
                                 "limits": ["不得单人审核", "不得与申请单位人员私下接触"],
                                 "remedy": "可向区财政局办公室申请复核"}})",
                                 cast.bureau, cast.clerk_post)));
  return teller.Move(cast.chief, "公布权力事项", "PublishPowerItem", power);
}

absl::StatusOr<Told> DraftPoint(Teller& teller, const Cast& cast, const Told& power) {
  ASSIGN_OR_RETURN(
      const Told point,
      teller.Do(cast.clerk, "排查并登记廉政风险点", "RiskPointService.CreateRiskPoint",
                absl::Substitute(
                    R"({"risk_point": {"organization": "$0", "power_item": "$1", "step": 2,
                                 "display_name": "专项资金审核把关不严", "category": "CATEGORY_BUSINESS_PROCESS",
                                 "description": "审核材料环节一人经办，可能放宽条件、优亲厚友。",
                                 "responsible_leader": "$2", "responsible_office": "$3",
                                 "responsible_person": "$4"}})",
                    cast.bureau, power.name(), cast.deputy, cast.bureau_office, cast.clerk)));
  RETURN_IF_ERROR(
      teller
          .Do(cast.clerk, "评估：可能性四、影响四", "RiskAssessmentService.CreateRiskAssessment",
              absl::Substitute(
                  R"({"risk_assessment": {"risk_point": "$0", "likelihood": 4, "impact": 4,
                                "rationale": "资金量大，自由裁量空间较大。"}})",
                  point.name()))
          .status());
  return point;
}

absl::StatusOr<Told> ProposeControl(Teller& teller, const Cast& cast, const Told& point) {
  return teller.Do(
      cast.clerk, "提出防控措施：双人审核、集体研究", "ControlService.CreateControl",
      absl::Substitute(R"({"control": {"risk_point": "$0", "display_name": "双人审核与集体研究",
                       "description": "审核由两人分别签署意见，五十万元以上提交局长办公会研究。",
                       "timing": "TIMING_DURING", "type": "TYPE_SEPARATION_OF_DUTIES", "owner": "$1",
                       "due_date": {"year": 2025, "month": 3, "day": 31}, "check_interval_months": 3}})",
                       point.name(), cast.deputy));
}

}  // namespace

absl::StatusOr<RiskStory> TellRisk(Teller& teller, const Cast& cast) {
  teller.Chapter("二、风险：权力事项、风险点与防控");
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 2, 17)));
  ASSIGN_OR_RETURN(const Told power, ListPower(teller, cast));
  ASSIGN_OR_RETURN(Told point, DraftPoint(teller, cast, power));
  ASSIGN_OR_RETURN(const Told control, ProposeControl(teller, cast, point));
  // Its parts have given the point a new version.
  ASSIGN_OR_RETURN(point, teller.Get(point.name()));
  ASSIGN_OR_RETURN(point, teller.Move(cast.clerk, "提交审核", "SubmitRiskPoint", point));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 2, 20)));
  ASSIGN_OR_RETURN(point, teller.Move(cast.chief, "退回：责任处室不够明确", "ReturnRiskPoint",
                                      point, R"("reason": "请写明由业务科室承担日常核查")"));
  ASSIGN_OR_RETURN(
      point,
      teller.Do(cast.clerk, "修改后再报", "UpdateRiskPoint",
                absl::Substitute(R"({"risk_point": {"name": "$0", "responsible_office": "$1"},
                                        "update_mask": "responsibleOffice"})",
                                 point.name(), cast.bureau_business)));
  ASSIGN_OR_RETURN(point, teller.Move(cast.clerk, "再次提交审核", "SubmitRiskPoint", point));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 2, 24)));
  ASSIGN_OR_RETURN(point,
                   teller.Move(cast.chief, "由局长批准（高风险）", "ApproveRiskPoint", point));
  return RiskStory{point, control};
}

absl::StatusOr<Told> TellLoop(Teller& teller, const RiskStory& risk, const CaseStory& story) {
  teller.Chapter("四、闭环：案件确认后，风险点自动进入复评");
  const std::string approved = risk.point.etag();
  return teller.Await("风险点因监督事项到期复评", risk.point.name(),
                      [&](const Told& point) { return point.etag() != approved; });
}

}  // namespace qinglian::ctl
