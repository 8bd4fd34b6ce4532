#include "absl/strings/substitute.h"
#include "common/status/macros.h"
#include "qinglian/supervision/v1/inspection.pb.h"
#include "services/ctl/year/year.h"

namespace qinglian::ctl {
namespace {

absl::StatusOr<Told> Inspect(Teller& teller, const Cast& cast, const RiskStory& risk) {
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 4, 7)));
  ASSIGN_OR_RETURN(
      Told inspection,
      teller.Do(cast.handler, "计划专项督查", "InspectionService.CreateInspection",
                absl::Substitute(R"({"inspection": {"organization": "$0",
                                 "display_name": "专项资金管理专项督查", "kind": "KIND_SPECIAL", "targets": ["$1"],
                                 "leader": "$2", "members": ["$3"],
                                 "checklist": ["规定动作是否完成", "专项资金是否集体研究", "问题是否及时整改"],
                                 "planned_start_date": {"year": 2025, "month": 4, "day": 14},
                                 "planned_end_date": {"year": 2025, "month": 4, "day": 18}}})",
                                 cast.discipline, cast.bureau, cast.handler, cast.inspector)));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 4, 14)));
  ASSIGN_OR_RETURN(inspection,
                   teller.Move(cast.handler, "开展督查", "StartInspection", inspection));
  return teller.Move(cast.inspector, "发现问题，登记为监督事项：两笔资金未集体研究",
                     "RecordInspectionFinding", inspection,
                     absl::Substitute(R"("finding": {"organization": "$0", "checklist_item": 2,
                         "display_name": "两笔专项资金未经集体研究拨付",
                         "description": "抽查二十笔，其中两笔超过五十万元未提交局长办公会。",
                         "category": "caseCategories/bureaucracy-duties", "severity": "SEVERITY_ORDINARY",
                         "risk_points": ["$1"]})",
                                      cast.bureau, risk.point.name()));
}

// The case that the finding opened, by itself.
absl::StatusOr<Told> CaseOf(Teller& teller, const Told& inspection) {
  const auto& found = static_cast<const supervision::v1::Inspection&>(inspection.message());
  return teller.Get(found.findings(0).supervision_case());
}

absl::StatusOr<Told> DecideCase(Teller& teller, const Cast& cast, Told received) {
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 4, 16)));
  ASSIGN_OR_RETURN(Told supervised,
                   teller.Move(cast.secretary, "受理", "AcceptSupervisionCase", received));
  ASSIGN_OR_RETURN(supervised,
                   teller.Move(cast.secretary, "指定承办人", "AssignSupervisionCase", supervised,
                               absl::Substitute(R"("handlers": ["$0"])", cast.inspector)));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 4, 25)));
  ASSIGN_OR_RETURN(supervised,
                   teller.Move(cast.inspector, "提出处理意见", "SubmitCaseOpinion", supervised,
                               R"("opinion": {"content": "情况属实，建议提醒谈话并责令整改。",
                                   "proposed_disposition": "DISPOSITION_FIRST_FORM",
                                   "proposed_severity": "SEVERITY_ORDINARY"})"));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 4, 29)));
  ASSIGN_OR_RETURN(const std::string minutes,
                   teller.Upload(cast.handler, "上传会议纪要", cast.discipline, "会议纪要.txt",
                                 "区纪委常委会会议纪要（演示）\n"));
  return teller.Move(cast.secretary, "集体研究决定：第一种形态，责令整改", "DecideSupervisionCase",
                     supervised,
                     absl::Substitute(R"("decision": {"body": "区纪委常委会",
                         "meeting_date": {"year": 2025, "month": 4, "day": 29}, "members": 7, "members_present": 6,
                         "votes_for": 6, "document_digest": "$0", "disposition": "DISPOSITION_FIRST_FORM",
                         "severity": "SEVERITY_ORDINARY", "rectification_ordered": true})",
                                      minutes));
}

absl::StatusOr<Told> PlanItem(Teller& teller, const Cast& cast, const Told& supervised) {
  ASSIGN_OR_RETURN(Told item,
                   teller.Do(cast.deputy_secretary, "下达整改事项", "CreateRectificationItem",
                             absl::Substitute(R"({"rectification_item": {"supervision_case": "$0",
                                 "organization": "$1", "display_name": "补齐集体研究程序",
                                 "requirement": "修订审核办法，补齐集体研究程序，举一反三开展自查。",
                                 "deadline": {"year": 2025, "month": 6, "day": 30}}})",
                                              supervised.name(), cast.bureau)));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 5, 6)));
  ASSIGN_OR_RETURN(
      item, teller.Move(cast.chief, "主要负责人签字认领", "AcknowledgeRectificationItem", item));
  ASSIGN_OR_RETURN(item,
                   teller.Move(cast.chief, "报送整改方案", "SubmitRectificationPlan", item,
                               absl::Substitute(R"("measures": [{"content": "修订专项资金审核办法",
                                         "evidence_form": "印发文件"}], "responsible_leader": "$0",
                                         "responsible_office": "$1", "responsible_person": "$2",
                                         "plan_date": {"year": 2025, "month": 6, "day": 20})",
                                                cast.deputy, cast.bureau_office, cast.clerk)));
  ASSIGN_OR_RETURN(item, teller.Move(cast.deputy, "开始整改", "StartRectificationItem", item));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 6, 16)));
  ASSIGN_OR_RETURN(item, teller.Move(cast.deputy, "申请延期", "RequestRectificationExtension", item,
                                     R"("reason": "办法需征求各镇街意见",
                                        "deadline": {"year": 2025, "month": 7, "day": 31})"));
  return teller.Move(cast.deputy_secretary, "同意延期", "ApproveRectificationExtension", item,
                     R"("reason": "理由成立")");
}

// By the head of the bureau and by the leader above, before the close-out is applied for.
absl::StatusOr<Told> ReviewItem(Teller& teller, const Cast& cast, const Told& item) {
  ASSIGN_OR_RETURN(
      const Told reviewed,
      teller.Move(cast.chief, "本单位主要负责人审核", "ReviewRectificationItem", item,
                  R"("capacity": "CAPACITY_HEAD", "opinion": "办法已修订，同意申请销号")"));
  return teller.Move(cast.district_leader, "上级分管领导审核", "ReviewRectificationItem", reviewed,
                     R"("capacity": "CAPACITY_SUPERIOR", "opinion": "同意")");
}

absl::StatusOr<Told> CloseItem(Teller& teller, const Cast& cast, Told item) {
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 7, 21)));
  ASSIGN_OR_RETURN(
      const std::string draft,
      teller.Upload(cast.clerk, "上传整改证据", cast.bureau, "审核办法（征求意见稿）.txt",
                    "西湖区财政局专项资金审核办法（征求意见稿）\n"));
  const auto evidence = [](const std::string& digest) {
    return absl::Substitute(
        R"("summary": "办法已修订", "evidence": [{"measure": 1, "evidence_digests": ["$0"]}])",
        digest);
  };
  ASSIGN_OR_RETURN(item, ReviewItem(teller, cast, item));
  ASSIGN_OR_RETURN(item, teller.Move(cast.deputy, "申请销号", "ApplyRectificationCloseout", item,
                                     evidence(draft)));
  ASSIGN_OR_RETURN(
      item, teller.Move(cast.handler, "核查不通过：征求意见稿不是印发文件",
                        "RejectRectificationItem", item, R"("reason": "请提供正式印发的文件")"));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 7, 28)));
  ASSIGN_OR_RETURN(const std::string final_text,
                   teller.Upload(cast.clerk, "上传正式印发文件", cast.bureau, "审核办法.txt",
                                 "西湖区财政局专项资金审核办法\n"));
  ASSIGN_OR_RETURN(item, ReviewItem(teller, cast, item));
  ASSIGN_OR_RETURN(item, teller.Move(cast.deputy, "再次申请销号", "ApplyRectificationCloseout",
                                     item, evidence(final_text)));
  return teller.Move(cast.handler, "核查通过，销号", "AcceptRectificationItem", item,
                     R"("reason": "证据充分")");
}

}  // namespace

absl::StatusOr<CaseStory> TellCase(Teller& teller, const Cast& cast, const RiskStory& risk) {
  teller.Chapter("三、监督：督查、案件与整改");
  ASSIGN_OR_RETURN(const Told inspection, Inspect(teller, cast, risk));
  ASSIGN_OR_RETURN(Told supervised, CaseOf(teller, inspection));
  ASSIGN_OR_RETURN(supervised, DecideCase(teller, cast, supervised));
  ASSIGN_OR_RETURN(Told item, PlanItem(teller, cast, supervised));
  ASSIGN_OR_RETURN(item, CloseItem(teller, cast, item));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 8, 4)));
  ASSIGN_OR_RETURN(supervised, teller.Get(supervised.name()));
  ASSIGN_OR_RETURN(supervised, teller.Move(cast.inspector, "申请结案", "RequestCaseClosure",
                                           supervised, R"("summary": "整改到位，程序完备")"));
  ASSIGN_OR_RETURN(supervised, teller.Move(cast.secretary, "批准结案", "CloseSupervisionCase",
                                           supervised, R"("reason": "同意结案")"));
  return CaseStory{inspection, supervised, item};
}

}  // namespace qinglian::ctl
