#include "absl/strings/substitute.h"
#include "common/status/macros.h"
#include "services/ctl/year/year.h"

namespace qinglian::ctl {
namespace {

// Whom the registry's own roles are granted to, and who approves them where that takes a second
// person.
constexpr char kApproverName[] = "金安全";
constexpr char kApproverNumber[] = "DEMO-0020";

absl::StatusOr<std::string> Register(Teller& teller, const std::string& name,
                                     const std::string& staff_number,
                                     const std::string& organization) {
  ASSIGN_OR_RETURN(
      const Told person,
      teller.Do(kOwnName, absl::Substitute("登记人员 $0", staff_number),
                "PersonService.CreatePerson",
                absl::Substitute(R"({"person": {"display_name": "$0", "staff_number": "$1",
                                 "organization": "$2", "party_membership": "PARTY_MEMBERSHIP_MEMBER",
                                 "employment_state": "EMPLOYMENT_STATE_EMPLOYED"}})",
                                 name, staff_number, organization)));
  teller.Introduce(person.name(), staff_number);
  return person.name();
}

absl::StatusOr<Told> GrantRole(Teller& teller, const std::string& person, const Duty& duty) {
  return teller.Do(kOwnName, absl::Substitute("授予角色 $0", duty.role),
                   "RoleBindingService.GrantRole",
                   absl::Substitute(R"({"role_binding": {"subject": "$0", "role": "$1",
                                    "organization": "$2", "reason": "演示岗位职责"}})",
                                    person, duty.role, duty.organization));
}

// The administrator who tells the story is joined by a second one, who approves what he grants.
absl::Status SeatApprover(Teller& teller, Cast& cast) {
  ASSIGN_OR_RETURN(const std::string province, teller.Organization("zj:33:party-committee"));
  ASSIGN_OR_RETURN(cast.approver, Register(teller, kApproverName, kApproverNumber, province));
  return GrantRole(teller, cast.approver, {"roles/administrator", ""}).status();
}

}  // namespace

absl::StatusOr<Seat> TakeSeat(Teller& teller, const Candidate& candidate,
                              const std::string& approver) {
  ASSIGN_OR_RETURN(
      const std::string person,
      Register(teller, candidate.name, candidate.staff_number, candidate.organization));
  ASSIGN_OR_RETURN(
      const Told post,
      teller.Do(kOwnName, absl::Substitute("设立岗位 $0", candidate.title),
                "PostService.CreatePost",
                absl::Substitute(R"({"post": {"organization": "$0", "display_name": "$1",
                                 "rank": "$2", "key_post": true, "head_count": 1}})",
                                 candidate.organization, candidate.title, candidate.rank)));
  ASSIGN_OR_RETURN(const Told assignment,
                   teller.Do(kOwnName, absl::Substitute("任职 $0", candidate.title),
                             "AssignmentService.CreateAssignment",
                             absl::Substitute(R"({"assignment": {"person": "$0", "post": "$1",
                                 "document_number": "演示任〔2025〕1号"}})",
                                              person, post.name())));
  ASSIGN_OR_RETURN(const Told binding, GrantRole(teller, person, candidate.duty));
  if (binding.State() == "STATE_PENDING_APPROVAL") {
    RETURN_IF_ERROR(
        teller.Move(approver, "另一名管理员批准授权", "ApproveRoleBinding", binding).status());
  }
  return Seat{person, post.name(), assignment.name()};
}

namespace {

absl::Status SeatBureau(Teller& teller, Cast& cast) {
  ASSIGN_OR_RETURN(const Seat chief, TakeSeat(teller,
                                              {"张示例",
                                               "DEMO-0001",
                                               cast.bureau,
                                               "局长",
                                               "RANK_PRINCIPAL_LEADER",
                                               {kOrgan, cast.bureau}},
                                              cast.approver));
  ASSIGN_OR_RETURN(const Seat deputy, TakeSeat(teller,
                                               {"李示范",
                                                "DEMO-0002",
                                                cast.bureau,
                                                "副局长",
                                                "RANK_LEADER_IN_CHARGE",
                                                {kOrgan, cast.bureau}},
                                               cast.approver));
  ASSIGN_OR_RETURN(const Seat head, TakeSeat(teller,
                                             {"王样本",
                                              "DEMO-0003",
                                              cast.bureau_office,
                                              "办公室主任",
                                              "RANK_OFFICE_HEAD",
                                              {kOrgan, cast.bureau}},
                                             cast.approver));
  ASSIGN_OR_RETURN(const Seat clerk, TakeSeat(teller,
                                              {"赵演示",
                                               "DEMO-0004",
                                               cast.bureau,
                                               "专项资金审核岗",
                                               "RANK_STAFF",
                                               {kOrgan, cast.bureau}},
                                              cast.approver));
  cast.chief = chief.person;
  cast.chief_post = chief.post;
  cast.chief_assignment = chief.assignment;
  cast.office_head_post = head.post;
  cast.deputy = deputy.person;
  cast.office_head = head.person;
  cast.clerk = clerk.person;
  cast.clerk_post = clerk.post;
  return absl::OkStatus();
}

absl::Status SeatGovernment(Teller& teller, Cast& cast) {
  ASSIGN_OR_RETURN(const std::string government, teller.Organization("zj:330106:government"));
  ASSIGN_OR_RETURN(const Seat leader, TakeSeat(teller,
                                               {"秦设想",
                                                "DEMO-0019",
                                                government,
                                                "副区长",
                                                "RANK_LEADER_IN_CHARGE",
                                                {kOrgan, government}},
                                               cast.approver));
  cast.district_leader = leader.person;
  return absl::OkStatus();
}

absl::Status SeatCommission(Teller& teller, Cast& cast) {
  ASSIGN_OR_RETURN(const Seat secretary, TakeSeat(teller,
                                                  {"钱虚构",
                                                   "DEMO-0005",
                                                   cast.discipline,
                                                   "书记",
                                                   "RANK_PRINCIPAL_LEADER",
                                                   {kDispatchedGroup, cast.district}},
                                                  cast.approver));
  ASSIGN_OR_RETURN(const Seat deputy, TakeSeat(teller,
                                               {"孙假设",
                                                "DEMO-0006",
                                                cast.discipline,
                                                "副书记",
                                                "RANK_LEADER_IN_CHARGE",
                                                {kDispatchedGroup, cast.district}},
                                               cast.approver));
  ASSIGN_OR_RETURN(const Seat handler, TakeSeat(teller,
                                                {"周例子",
                                                 "DEMO-0007",
                                                 cast.discipline,
                                                 "监督检查室主任",
                                                 "RANK_OFFICE_HEAD",
                                                 {kDispatchedGroup, cast.district}},
                                                cast.approver));
  ASSIGN_OR_RETURN(const Seat inspector, TakeSeat(teller,
                                                  {"吴模拟",
                                                   "DEMO-0008",
                                                   cast.discipline,
                                                   "监督检查员",
                                                   "RANK_STAFF",
                                                   {kDispatchedGroup, cast.district}},
                                                  cast.approver));
  cast.secretary = secretary.person;
  cast.deputy_secretary = deputy.person;
  cast.handler = handler.person;
  cast.inspector = inspector.person;
  return absl::OkStatus();
}

// Who looks at everything and changes nothing.
absl::Status SeatAuditor(Teller& teller, const Cast& cast) {
  return TakeSeat(teller,
                  {"审样品",
                   kAuditorNumber,
                   cast.discipline,
                   "审计专员",
                   "RANK_STAFF",
                   {"roles/auditor", ""}},
                  cast.approver)
      .status();
}

// From the root of the tree, whose own leader has nobody above him to sign with, to the level
// below.
absl::Status SignLetter(Teller& teller, const Cast& cast) {
  ASSIGN_OR_RETURN(const std::string province, teller.Organization("zj:33:party-committee"));
  ASSIGN_OR_RETURN(const std::string city, teller.Organization("zj:3301:party-committee"));
  ASSIGN_OR_RETURN(const Seat issuer, TakeSeat(teller,
                                               {"郑范例",
                                                "DEMO-0009",
                                                province,
                                                "主要负责人",
                                                "RANK_PRINCIPAL_LEADER",
                                                {kOrgan, province}},
                                               cast.approver));
  ASSIGN_OR_RETURN(
      const Seat signatory,
      TakeSeat(teller,
               {"冯举例", "DEMO-0010", city, "主要负责人", "RANK_PRINCIPAL_LEADER", {kOrgan, city}},
               cast.approver));
  const std::string digest(64, 'a');
  ASSIGN_OR_RETURN(Told letter,
                   teller.Do(issuer.person, "起草党风廉政建设目标责任书",
                             "ResponsibilityLetterService.CreateResponsibilityLetter",
                             absl::Substitute(R"({"responsibility_letter": {"issuer_post": "$0",
                                              "signatory_post": "$1", "year": 2025,
                                              "title": "2025年度党风廉政建设目标责任书", "document_digest": "$2",
                                              "items": [{"content": "落实一岗双责，每半年研究一次廉政风险",
                                                         "evidence_form": "会议纪要"}]}})",
                                              issuer.post, signatory.post, digest)));
  ASSIGN_OR_RETURN(letter,
                   teller.Move(issuer.person, "签发责任书", "IssueResponsibilityLetter", letter));
  const std::string signed_digest = absl::Substitute(R"("document_digest": "$0")", digest);
  ASSIGN_OR_RETURN(letter, teller.Move(signatory.person, "下级签字", "SignResponsibilityLetter",
                                       letter, signed_digest));
  return teller
      .Move(issuer.person, "上级会签，责任书生效", "CountersignResponsibilityLetter", letter,
            signed_digest)
      .status();
}

// What the posts of the bureau answer for, and one line that is given up again.
absl::Status KeepResponsibilities(Teller& teller, const Cast& cast) {
  RETURN_IF_ERROR(
      teller
          .Do(cast.chief, "责任清单：主要负责人为第一责任人",
              "ResponsibilityService.CreateResponsibility",
              absl::Substitute(R"({"responsibility": {"organization": "$0", "post": "$1",
                               "kind": "KIND_FIRST_RESPONSIBLE", "bearing": "BEARING_INDIVIDUAL",
                               "content": "对本单位清廉建设负总责", "basis": "演示责任制规定"}})",
                               cast.bureau, cast.chief_post))
          .status());
  ASSIGN_OR_RETURN(
      const Told line,
      teller.Do(cast.chief, "责任清单：专项检查", "ResponsibilityService.CreateResponsibility",
                absl::Substitute(R"({"responsibility": {"organization": "$0", "post": "$1",
                                 "leader_post": "$1", "office": "$2", "kind": "KIND_DIRECT",
                                 "bearing": "BEARING_COLLECTIVE", "content": "每季度检查一次专项资金"}})",
                                 cast.bureau, cast.chief_post, cast.bureau_office)));
  return teller
      .Move(cast.chief, "职责调整，终止该项责任", "EndResponsibility", line,
            R"("reason": "职责调整")")
      .status();
}

// The ledgers of terms and of talks, and who oversees the bureau.
absl::Status KeepLedgers(Teller& teller, const Cast& cast) {
  ASSIGN_OR_RETURN(
      const Told term,
      teller.Do(kOwnName, "换届台账：登记本届任期", "TermOfOfficeService.CreateTermOfOffice",
                absl::Substitute(R"({"term_of_office": {"organization": "$0", "session_number": 4,
                                 "start_date": {"year": 2020, "month": 6, "day": 1},
                                 "due_date": {"year": 2025, "month": 5, "day": 31},
                                 "document_number": "演示组〔2020〕6号"}})",
                                 cast.bureau)));
  ASSIGN_OR_RETURN(const Told extended,
                   teller.Move(kOwnName, "经批准延期换届", "ExtendTermOfOffice", term,
                               R"("due_date": {"year": 2025, "month": 12, "day": 31},
                     "document_number": "演示组〔2025〕2号", "reason": "机构改革期间延期")"));
  ASSIGN_OR_RETURN(
      const Told talk,
      teller.Do(kOwnName, "任职谈话台账：安排谈话", "AppointmentTalkService.CreateAppointmentTalk",
                absl::Substitute(R"({"appointment_talk": {"assignment": "$0"}})",
                                 cast.chief_assignment)));
  RETURN_IF_ERROR(teller
                      .Move(kOwnName, "纪委书记与新任局长谈话", "HoldAppointmentTalk", talk,
                            absl::Substitute(R"("talker": "$0", "record_digest": "$1")",
                                             cast.secretary, std::string(64, 'c')))
                      .status());
  return teller
      .Do(kOwnName, "区纪委监委监督区财政局", "OversightLinkService.CreateOversightLink",
          absl::Substitute(R"({"oversight_link": {"kind": "KIND_DISPATCHED", "overseer": "$0",
                           "overseen": "$1", "document_number": "演示纪〔2025〕1号"}})",
                           cast.discipline, cast.bureau))
      .status();
}

// A newer edition of the divisions, looked at and put aside.
absl::Status LookAtAnEdition(Teller& teller) {
  ASSIGN_OR_RETURN(
      Told edition,
      teller.Do(kOwnName, "区划新版：登记", "DivisionEditionService.CreateDivisionEdition",
                R"({"division_edition": {"vintage": 2025, "division": "divisions/330106"}})"));
  ASSIGN_OR_RETURN(edition, teller.Do(kOwnName, "区划新版：导入",
                                      "DivisionEditionService.AddDivisionEditionRows",
                                      absl::Substitute(R"({"name": "$0", "rows": [{"division": {
                                          "name": "divisions/330106", "display_name": "西湖区",
                                          "level": "LEVEL_COUNTY", "parent": "divisions/3301",
                                          "vintage": 2025}}]})",
                                                       edition.name())));
  ASSIGN_OR_RETURN(edition, teller.Move(kOwnName, "区划新版：比较，列出变更计划",
                                        "PlanDivisionEdition", edition));
  return teller
      .Move(kOwnName, "数据不全，取消该版", "CancelDivisionEdition", edition,
            R"("reason": "数据不全")")
      .status();
}

// A move of an office that is decided already, for a day after the story.
absl::Status PlanMove(Teller& teller, const Cast& cast) {
  return teller
      .Do(kOwnName, "计划变更：办公地址自 2027 年起调整",
          "PlannedChangeService.CreatePlannedChange",
          absl::Substitute(
              R"({"planned_change": {"effective_date": {"year": 2027, "month": 1, "day": 1},
                                     "update": {"organization": {"name": "$0", "contact": "演示新址"},
                                                "update_mask": "contact", "reason": "办公地址调整"}}})",
              cast.bureau_office))
      .status();
}

}  // namespace

absl::StatusOr<Cast> TellRegistry(Teller& teller) {
  teller.Chapter("一、责任：岗位、任职与责任书");
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 1, 8)));
  Cast cast;
  ASSIGN_OR_RETURN(cast.bureau, teller.Organization("zj:330106:finance"));
  ASSIGN_OR_RETURN(cast.bureau_office, teller.Organization("zj:330106:finance:office"));
  ASSIGN_OR_RETURN(cast.bureau_business, teller.Organization("zj:330106:finance:business"));
  ASSIGN_OR_RETURN(cast.discipline, teller.Organization("zj:330106:discipline"));
  ASSIGN_OR_RETURN(cast.discipline_office, teller.Organization("zj:330106:discipline:office"));
  ASSIGN_OR_RETURN(cast.district, teller.Organization("zj:330106:party-committee"));
  RETURN_IF_ERROR(SeatApprover(teller, cast));
  RETURN_IF_ERROR(SeatBureau(teller, cast));
  RETURN_IF_ERROR(SeatGovernment(teller, cast));
  RETURN_IF_ERROR(SeatCommission(teller, cast));
  RETURN_IF_ERROR(SeatAuditor(teller, cast));
  RETURN_IF_ERROR(SignLetter(teller, cast));
  RETURN_IF_ERROR(KeepResponsibilities(teller, cast));
  RETURN_IF_ERROR(KeepLedgers(teller, cast));
  RETURN_IF_ERROR(LookAtAnEdition(teller));
  RETURN_IF_ERROR(PlanMove(teller, cast));
  return cast;
}

}  // namespace qinglian::ctl
