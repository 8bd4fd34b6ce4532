#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "common/status/macros.h"
#include "services/ctl/year/year.h"

namespace qinglian::ctl {
namespace {

absl::StatusOr<std::string> SeatPerson(Teller& teller, const Cast& cast,
                                       const Candidate& candidate) {
  ASSIGN_OR_RETURN(const Seat seat, TakeSeat(teller, candidate, cast.approver));
  return seat.person;
}

absl::Status SeatJury(Teller& teller, const Cast& cast, Jury& jury) {
  ASSIGN_OR_RETURN(jury.committee, teller.Organization("zj:330106:organs-committee"));
  ASSIGN_OR_RETURN(jury.second_unit, teller.Organization("zj:330106:education"));
  ASSIGN_OR_RETURN(const std::string city, teller.Organization("zj:3301:organs-committee"));
  ASSIGN_OR_RETURN(jury.second_chief, SeatPerson(teller, cast,
                                                 {"陈试样",
                                                  "DEMO-0011",
                                                  jury.second_unit,
                                                  "局长",
                                                  "RANK_PRINCIPAL_LEADER",
                                                  {kOrgan, jury.second_unit}}));
  ASSIGN_OR_RETURN(jury.second_clerk, SeatPerson(teller, cast,
                                                 {"褚仿真",
                                                  "DEMO-0012",
                                                  jury.second_unit,
                                                  "党建专员",
                                                  "RANK_STAFF",
                                                  {kOrgan, jury.second_unit}}));
  ASSIGN_OR_RETURN(jury.secretary, SeatPerson(teller, cast,
                                              {"卫拟写",
                                               "DEMO-0013",
                                               jury.committee,
                                               "书记",
                                               "RANK_PRINCIPAL_LEADER",
                                               {kWorkingCommittee, cast.district}}));
  ASSIGN_OR_RETURN(jury.organizer, SeatPerson(teller, cast,
                                              {"蒋虚拟",
                                               "DEMO-0014",
                                               jury.committee,
                                               "组织科科长",
                                               "RANK_OFFICE_HEAD",
                                               {kWorkingCommittee, cast.district}}));
  ASSIGN_OR_RETURN(jury.investigator, SeatPerson(teller, cast,
                                                 {"沈样例",
                                                  "DEMO-0015",
                                                  jury.committee,
                                                  "纪检工委委员",
                                                  "RANK_STAFF",
                                                  {kWorkingCommittee, cast.district}}));
  ASSIGN_OR_RETURN(std::string first, SeatPerson(teller, cast,
                                                 {"韩评例",
                                                  "DEMO-0016",
                                                  city,
                                                  "评审专家（一）",
                                                  "RANK_STAFF",
                                                  {kReviewer, cast.district}}));
  ASSIGN_OR_RETURN(std::string second, SeatPerson(teller, cast,
                                                  {"杨评样",
                                                   "DEMO-0017",
                                                   city,
                                                   "评审专家（二）",
                                                   "RANK_STAFF",
                                                   {kReviewer, cast.district}}));
  ASSIGN_OR_RETURN(std::string third, SeatPerson(teller, cast,
                                                 {"朱评范",
                                                  "DEMO-0018",
                                                  city,
                                                  "评审专家（三）",
                                                  "RANK_STAFF",
                                                  {kReviewer, cast.district}}));
  jury.reviewers = {std::move(first), std::move(second), std::move(third)};
  return absl::OkStatus();
}

absl::StatusOr<Told> OpenProgramme(Teller& teller, const Jury& jury) {
  ASSIGN_OR_RETURN(
      const Told programme,
      teller.Do(jury.organizer, "设立创建项目：清廉机关示范单位",
                "ProgrammeService.CreateProgramme",
                absl::Substitute(
                    R"({"programme": {"organization": "$0", "display_name": "清廉机关示范单位",
                                 "description": "区直机关清廉机关建设示范单位创建。", "cycle_years": 1,
                                 "validity_months": 36, "notice_working_days": 5, "title_number_prefix": "清模",
                                 "veto_conditions": ["VETO_CONDITION_OPEN_SERIOUS_CASE",
                                                     "VETO_CONDITION_OVERDUE_RECTIFICATION"]}})",
                    jury.committee)));
  return teller.Move(jury.organizer, "启动创建项目", "OpenProgramme", programme,
                     R"("reason": "2025年度启动")");
}

absl::StatusOr<Told> FreezeRubric(Teller& teller, const Jury& jury, const Told& programme) {
  ASSIGN_OR_RETURN(
      const Told rubric,
      teller.Do(
          jury.organizer, "制定考核细则", "RubricService.CreateRubric",
          absl::Substitute(R"({"rubric": {"programme": "$0", "display_name": "2025年度考核细则",
                                 "full_centipoints": 10000, "indicators": [
                                   {"code": "1", "display_name": "责任落实", "centipoints": 4000,
                                    "scoring_method": "SCORING_METHOD_EXPERT", "evidence_required": true},
                                   {"code": "2", "display_name": "风险防控", "centipoints": 3500,
                                    "scoring_method": "SCORING_METHOD_EXPERT", "evidence_required": true},
                                   {"code": "3", "display_name": "廉洁文化", "centipoints": 2500,
                                    "scoring_method": "SCORING_METHOD_EXPERT"}]}})",
                           programme.name())));
  return teller.Move(jury.organizer, "冻结考核细则", "FreezeRubric", rubric);
}

absl::Status FilePlan(Teller& teller, const Jury& jury, const Told& programme,
                      const std::string& unit, const std::string& clerk, const std::string& chief) {
  ASSIGN_OR_RETURN(
      Told plan,
      teller.Do(clerk, "起草创建方案", "ActionPlanService.CreateActionPlan",
                absl::Substitute(
                    R"({"action_plan": {"organization": "$0", "programme": "$1", "year": 2025,
                                 "display_name": "2025年度清廉机关创建方案", "goals": "建成清廉机关示范单位。",
                                 "measures": [{"content": "每季度开展一次警示教育", "responsible_person": "$2"}]}})",
                    unit, programme.name(), chief)));
  ASSIGN_OR_RETURN(plan, teller.Move(clerk, "创建方案报备", "FileActionPlan", plan));
  return teller
      .Move(jury.organizer, "创建方案认可", "AcceptActionPlan", plan,
            R"("comment": "措施具体，同意备案")")
      .status();
}

absl::StatusOr<Told> OpenRound(Teller& teller, const Jury& jury, const Told& programme,
                               const Told& rubric) {
  ASSIGN_OR_RETURN(
      Told round,
      teller.Do(jury.organizer, "筹备评选轮次", "ReviewRoundService.CreateReviewRound",
                absl::Substitute(
                    R"({"review_round": {"programme": "$0", "year": 2025, "rubric": "$1",
                                 "display_name": "2025年度清廉机关示范单位评选",
                                 "submission_start_date": {"year": 2025, "month": 9, "day": 8},
                                 "submission_end_date": {"year": 2025, "month": 9, "day": 19},
                                 "quota_groups": [{"code": "county", "display_name": "区级单位",
                                                   "levels": ["LEVEL_COUNTY"], "cap": 2}],
                                 "panel": ["$2"], "quorum": 3, "extremes_dropped": 1, "extremes_from_sheets": 3,
                                 "site_visit_required": true}})",
                    programme.name(), rubric.name(), absl::StrJoin(jury.reviewers, "\", \""))));
  for (const std::string& reviewer : jury.reviewers) {
    ASSIGN_OR_RETURN(
        round, teller.Move(reviewer, "评委申报：无利益冲突", "DeclareReviewRoundConflicts", round));
  }
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 8)));
  return teller.Move(jury.organizer, "开放申报", "OpenReviewRound", round);
}

// A unit that applies, and who acts for it.
struct Applicant {
  std::string unit, clerk, chief;
};

// `claims`: what it claims for each of the three indicators, in hundredths of a point.
absl::StatusOr<Told> Apply(Teller& teller, const Applicant& applicant, const Told& round,
                           const std::string& file_name, const std::vector<int>& claims) {
  ASSIGN_OR_RETURN(const std::string proof,
                   teller.Upload(applicant.clerk, "上传佐证材料", applicant.unit, file_name,
                                 absl::StrCat(file_name, "（演示材料）\n")));
  std::vector<std::string> entries;
  for (size_t i = 0; i < claims.size(); ++i) {
    entries.push_back(absl::Substitute(
        R"({"indicator": "$0", "centipoints": $1, "grounds": "制度健全，落实到位。",
                                           "evidence_digests": ["$2"]})",
        i + 1, claims[i], proof));
  }
  ASSIGN_OR_RETURN(
      const Told application,
      teller.Do(applicant.clerk, "填写申报与自评", "ApplicationService.CreateApplication",
                absl::Substitute(R"({"application": {"review_round": "$0", "organization": "$1",
                                 "statement": "本单位全年无新增违纪违法问题，申报清廉机关示范单位。",
                                 "self_assessments": [$2]}})",
                                 round.name(), applicant.unit, absl::StrJoin(entries, ", "))));
  return teller.Move(applicant.chief, "主要负责人审签并提交", "SubmitApplication", application);
}

absl::StatusOr<Told> CheckDocuments(Teller& teller, const Jury& jury, const Told& application) {
  return teller.Move(jury.organizer, "材料审核通过，受理", "AcceptApplication", application,
                     R"("examination": "材料齐全，与佐证一致")");
}

absl::StatusOr<Told> Visit(Teller& teller, const Jury& jury, const Told& application) {
  return teller.Move(jury.organizer, "现场核查，两人到场", "RecordSiteVisit", application,
                     absl::Substitute(R"("visit_date": {"year": 2025, "month": 9, "day": 23},
                          "kind": "KIND_ON_SITE", "visitors": ["$0", "$1"],
                          "summary": "查阅台账，走访科室，所报情况属实。")",
                                      jury.organizer, jury.reviewers.front()));
}

// A mark for each indicator, the others' marks unseen.
absl::StatusOr<Told> Score(Teller& teller, const std::string& reviewer,
                           const std::string& application, const std::vector<int>& marks) {
  std::vector<std::string> entries;
  for (size_t i = 0; i < marks.size(); ++i) {
    entries.push_back(
        absl::Substitute(R"({"indicator": "$0", "centipoints": $1})", i + 1, marks[i]));
  }
  ASSIGN_OR_RETURN(const Told sheet,
                   teller.Do(reviewer, "评委独立评分", "ScoreSheetService.CreateScoreSheet",
                             absl::Substitute(R"({"score_sheet": {"application": "$0",
                                                   "marks": [$1]}})",
                                              application, absl::StrJoin(entries, ", "))));
  return teller.Move(reviewer, "提交评分表", "SubmitScoreSheet", sheet);
}

// The objection comes from the second unit, and is investigated by somebody who neither scored nor
// works there.
absl::StatusOr<Told> Object(Teller& teller, const Jury& jury, const Told& application) {
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 13)));
  ASSIGN_OR_RETURN(
      Told objection,
      teller.Do(jury.second_clerk, "公示期内实名提出异议", "ObjectionService.FileObjection",
                absl::Substitute(R"({"objection": {"application": "$0", "objector": "$1",
                                 "display_name": "警示教育次数与自评不符", "grounds": "第三季度未见开展警示教育的通报。"}})",
                                 application.name(), jury.second_clerk)));
  ASSIGN_OR_RETURN(objection, teller.Move(jury.organizer, "受理异议", "AdmitObjection", objection));
  ASSIGN_OR_RETURN(objection,
                   teller.Move(jury.organizer, "指定调查人", "InvestigateObjection", objection,
                               absl::Substitute(R"("investigator": "$0")", jury.investigator)));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 15)));
  ASSIGN_OR_RETURN(
      objection,
      teller.Move(jury.investigator, "报告调查结果", "ReportObjectionFindings", objection,
                  R"("findings": "查阅会议记录和影像，第三季度警示教育于九月十二日开展。")"));
  ASSIGN_OR_RETURN(objection, teller.Move(jury.secretary, "异议不成立", "RejectObjection",
                                          objection, R"("reason": "事实清楚，异议不成立")"));
  return teller.Move(jury.organizer, "告知异议人，办结", "CloseObjection", objection);
}

}  // namespace

absl::StatusOr<ReviewStory> TellApplications(Teller& teller, const Cast& cast) {
  teller.Chapter("五、评选：创建、申报、评审、公示与授牌");
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 8, 18)));
  Jury jury;
  RETURN_IF_ERROR(SeatJury(teller, cast, jury));
  const Applicant first{cast.bureau, cast.office_head, cast.chief};
  const Applicant second{jury.second_unit, jury.second_clerk, jury.second_chief};
  ASSIGN_OR_RETURN(const Told programme, OpenProgramme(teller, jury));
  ASSIGN_OR_RETURN(const Told rubric, FreezeRubric(teller, jury, programme));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 8, 25)));
  for (const Applicant& applicant : {first, second}) {
    RETURN_IF_ERROR(
        FilePlan(teller, jury, programme, applicant.unit, applicant.clerk, applicant.chief));
  }
  ASSIGN_OR_RETURN(Told round, OpenRound(teller, jury, programme, rubric));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 15)));
  ASSIGN_OR_RETURN(Told one,
                   Apply(teller, first, round, "清廉机关建设台账.txt", {3900, 3400, 2400}));
  ASSIGN_OR_RETURN(Told other,
                   Apply(teller, second, round, "清廉学校建设台账.txt", {3800, 3300, 2300}));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 17)));
  ASSIGN_OR_RETURN(one, CheckDocuments(teller, jury, one));
  ASSIGN_OR_RETURN(other, CheckDocuments(teller, jury, other));
  return ReviewStory{jury, round, one, other, {}};
}

absl::Status TellScores(Teller& teller, ReviewStory& story) {
  const Jury& jury = story.jury;
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 22)));
  ASSIGN_OR_RETURN(story.round, teller.Move(jury.organizer, "申报截止",
                                            "CloseReviewRoundSubmissions", story.round));
  ASSIGN_OR_RETURN(story.round, teller.Move(jury.organizer, "开始评审",
                                            "StartReviewRoundEvaluation", story.round));
  for (Told* application : {&story.first, &story.second}) {
    ASSIGN_OR_RETURN(*application, teller.Move(jury.organizer, "提交评委评审",
                                               "StartApplicationEvaluation", *application));
  }
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 23)));
  for (Told* application : {&story.first, &story.second}) {
    ASSIGN_OR_RETURN(*application, Visit(teller, jury, *application));
  }
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 24)));
  const std::vector<std::vector<int>> first_marks = {
      {3800, 3300, 2400}, {3700, 3300, 2300}, {3500, 3000, 2300}};
  const std::vector<std::vector<int>> second_marks = {
      {3500, 3200, 2200}, {3600, 3100, 2100}, {3400, 3000, 2000}};
  for (size_t i = 0; i < jury.reviewers.size(); ++i) {
    ASSIGN_OR_RETURN(const Told one,
                     Score(teller, jury.reviewers[i], story.first.name(), first_marks[i]));
    ASSIGN_OR_RETURN(const Told other,
                     Score(teller, jury.reviewers[i], story.second.name(), second_marks[i]));
    story.score_sheets.push_back(one.name());
    story.score_sheets.push_back(other.name());
  }
  return absl::OkStatus();
}

absl::Status TellRanking(Teller& teller, ReviewStory& story) {
  const Jury& jury = story.jury;
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 26)));
  for (Told* application : {&story.first, &story.second}) {
    ASSIGN_OR_RETURN(*application,
                     teller.Move(jury.organizer, "锁定评分：去掉最高分和最低分后取平均",
                                 "LockApplicationScores", *application));
  }
  ASSIGN_OR_RETURN(story.round, teller.Move(jury.organizer, "评分锁定，分组排名",
                                            "LockReviewRoundScores", story.round));
  for (Told* application : {&story.first, &story.second}) {
    ASSIGN_OR_RETURN(const Told ranked, teller.Get(application->name()));
    ASSIGN_OR_RETURN(*application,
                     teller.Move(jury.organizer, "入围", "ShortlistApplication", ranked));
  }
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 9, 29)));
  ASSIGN_OR_RETURN(story.round, teller.Move(jury.organizer, "提出候选名单",
                                            "ProposeReviewRoundCandidates", story.round));
  ASSIGN_OR_RETURN(story.round, teller.Move(jury.secretary, "候选名单由另一人审定",
                                            "ApproveReviewRoundCandidates", story.round));
  // The notice runs over the make-up workday of 11 October.
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 9)));
  ASSIGN_OR_RETURN(story.round, teller.Move(jury.organizer, "发布公示（五个工作日）",
                                            "PublishReviewRoundNotice", story.round));
  for (Told* application : {&story.first, &story.second}) {
    ASSIGN_OR_RETURN(*application, teller.Get(application->name()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Naming> TellNaming(Teller& teller, ReviewStory& story) {
  const Jury& jury = story.jury;
  ASSIGN_OR_RETURN(Told objection, Object(teller, jury, story.first));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 16)));
  const auto over = [](const Told& round) { return round.State() != "STATE_ON_NOTICE"; };
  // The clock of the service does it too, within a minute: whoever comes first.
  ASSIGN_OR_RETURN(story.round, teller.MoveUnless(over, jury.organizer, "公示期满",
                                                  "EndReviewRoundNotice", story.round));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 17)));
  ASSIGN_OR_RETURN(story.round,
                   teller.Move(jury.secretary, "会议决定命名名单", "DecideReviewRound", story.round,
                               R"("reason": "区直机关工委会议研究决定")"));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 20)));
  ASSIGN_OR_RETURN(story.first,
                   teller.Move(jury.secretary, "决定授予", "ConferApplication", story.first));
  ASSIGN_OR_RETURN(Told title,
                   teller.Do(jury.secretary, "授予称号，编号发证", "TitleService.ConferTitle",
                             absl::Substitute(R"({"title": {"application": "$0",
                                             "document_number": "区直工委〔2025〕12号"}})",
                                              story.first.name())));
  return Naming{objection, title};
}

}  // namespace qinglian::ctl
