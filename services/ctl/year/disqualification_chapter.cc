#include "absl/strings/substitute.h"
#include "common/status/macros.h"
#include "services/ctl/year/year.h"

namespace qinglian::ctl {
namespace {

// A serious case about the second unit, from its registration to the decision that confirms it.
absl::StatusOr<Told> ConfirmCase(Teller& teller, const Cast& cast, const ReviewStory& review) {
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 21)));
  ASSIGN_OR_RETURN(Told supervised,
                   teller.Do(cast.handler, "登记监督事项：第二家单位违规发放津补贴",
                             "SupervisionCaseService.CreateSupervisionCase",
                             absl::Substitute(R"({"supervision_case": {"organization": "$0",
                                 "subject_organization": "$1", "source": "SOURCE_AUDIT",
                                 "display_name": "违规发放津贴补贴", "description": "审计平台移送：以培训名义违规发放补贴。",
                                 "category": "caseCategories/eight-rules-allowances", "severity": "SEVERITY_SERIOUS"}})",
                                              cast.discipline, review.jury.second_unit)));
  ASSIGN_OR_RETURN(supervised,
                   teller.Move(cast.secretary, "受理", "AcceptSupervisionCase", supervised));
  ASSIGN_OR_RETURN(supervised,
                   teller.Move(cast.secretary, "指定承办人", "AssignSupervisionCase", supervised,
                               absl::Substitute(R"("handlers": ["$0"])", cast.inspector)));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 24)));
  ASSIGN_OR_RETURN(
      supervised,
      teller.Move(cast.inspector, "提出处理意见", "SubmitCaseOpinion", supervised,
                  R"("opinion": {"content": "情况属实，性质严重，建议给予党纪轻处分并责令清退。",
                                   "proposed_disposition": "DISPOSITION_SECOND_FORM",
                                   "proposed_severity": "SEVERITY_SERIOUS"})"));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 10, 28)));
  ASSIGN_OR_RETURN(const std::string minutes,
                   teller.Upload(cast.handler, "上传会议纪要", cast.discipline,
                                 "会议纪要（二）.txt", "区纪委常委会会议纪要（演示）之二\n"));
  return teller.Move(cast.secretary, "集体研究决定：查实，第二种形态，责令整改",
                     "DecideSupervisionCase", supervised,
                     absl::Substitute(R"("decision": {"body": "区纪委常委会",
                         "meeting_date": {"year": 2025, "month": 10, "day": 28}, "members": 7, "members_present": 7,
                         "votes_for": 7, "document_digest": "$0", "disposition": "DISPOSITION_SECOND_FORM",
                         "severity": "SEVERITY_SERIOUS", "rectification_ordered": true})",
                                      minutes));
}

// What has to be put right by the end of the year, and is not: it is overdue when real time
// resumes.
absl::StatusOr<Told> LeaveItemOpen(Teller& teller, const Cast& cast, const ReviewStory& review,
                                   const Told& supervised) {
  const Jury& jury = review.jury;
  ASSIGN_OR_RETURN(
      Told item,
      teller.Do(cast.deputy_secretary, "下达整改事项：年底前清退", "CreateRectificationItem",
                absl::Substitute(R"({"rectification_item": {"supervision_case": "$0",
                                            "organization": "$1", "display_name": "清退违规发放的津贴补贴",
                                            "requirement": "全额清退，修订津补贴管理办法。",
                                            "deadline": {"year": 2025, "month": 12, "day": 31}}})",
                                 supervised.name(), jury.second_unit)));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 11, 3)));
  return teller.Move(jury.second_chief, "主要负责人签字认领", "AcknowledgeRectificationItem", item);
}

}  // namespace

absl::StatusOr<Disqualification> TellDisqualification(Teller& teller, const Cast& cast,
                                                      ReviewStory& review) {
  teller.Chapter("六、否决：评选期间查实严重问题，第二家单位自动取消资格");
  ASSIGN_OR_RETURN(const Told supervised, ConfirmCase(teller, cast, review));
  ASSIGN_OR_RETURN(review.second, teller.Await("第二家单位的申报因该监督事项被取消资格",
                                               review.second.name(), [](const Told& application) {
                                                 return application.State() == "STATE_DISQUALIFIED";
                                               }));
  ASSIGN_OR_RETURN(const Told item, LeaveItemOpen(teller, cast, review, supervised));
  RETURN_IF_ERROR(teller.On(absl::CivilDay(2025, 11, 10)));
  ASSIGN_OR_RETURN(review.round, teller.Move(review.jury.organizer, "本轮评选归档",
                                             "ArchiveReviewRound", review.round));
  return Disqualification{supervised, item};
}

}  // namespace qinglian::ctl
