// The year of the demonstration, told to the running system through the gateway, with assertions at
// every step.
#include "services/ctl/year/year.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/review/v1/application_service.pb.h"
#include "qinglian/review/v1/objection.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/score_sheet_service.pb.h"
#include "qinglian/review/v1/title.pb.h"
#include "qinglian/risk/v1/risk_point.pb.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/ctl/import_commands.h"
#include "tests/support/system.h"

namespace qinglian::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

// One system for all chapters: each stands on the one before.
class Year : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = new test::System({"organization", "risk", "supervision", "review"}, "debug");
    context_ = new Context;
    context_->channel = system_->channel();
    const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
    ASSERT_TRUE(Import(*context_, {"divisions", data + "divisions.csv"}, {}).ok());
    ASSERT_TRUE(Import(*context_, {"organizations", data + "organizations.csv"}, {}).ok());
    teller_ = new Teller(*context_, system_->clock_file(), "year-2025",
                         [](const std::string& staff_number) -> absl::StatusOr<std::string> {
                           return system_->TokenOf(staff_number);
                         });
  }
  static void TearDownTestSuite() {
    delete teller_;
    delete context_;
    delete system_;
  }

  template <class T>
  static const T& As(const Told& told) {
    return static_cast<const T&>(told.message());
  }

  // Calls a method of the review service as `caller`.
  template <class Response, class Request>
  static absl::StatusOr<Response> Ask(const std::string& caller, const std::string& method,
                                      const Request& request) {
    return rpc::Invoke<Request, Response>(*system_->channel(), "/qinglian.review.v1." + method,
                                          request, system_->As(caller));
  }

  static absl::StatusOr<review::v1::ScoreSheet> SheetAs(const std::string& caller,
                                                        const std::string& name) {
    review::v1::GetScoreSheetRequest request;
    request.set_name(name);
    return Ask<review::v1::ScoreSheet>(caller, "ScoreSheetService/GetScoreSheet", request);
  }

  // How many changes the journals of all services hold.
  static std::string Journals() {
    std::string counts;
    for (const char* service : kServices) {
      absl::StrAppend(&counts,
                      system_->database(service).Value(
                          "SELECT COUNT(*) FROM journal WHERE operation <> 'OPERATION_READ'"),
                      " ");
    }
    return counts;
  }

  // Whether what a process shows on /metrics has the line within half a minute.
  static bool Shows(const std::string& process, const std::string& line) {
    for (const absl::Time until = absl::Now() + absl::Seconds(30); absl::Now() < until;) {
      if (absl::StrContains(system_->Metrics(process), line)) return true;
      absl::SleepFor(absl::Milliseconds(200));
    }
    return false;
  }

  static constexpr const char* kServices[] = {"organization", "risk", "supervision", "review"};
  static test::System* system_;
  static Context* context_;
  static Teller* teller_;
  static inline Cast cast_;
  static inline std::optional<RiskStory> risk_;
  static inline std::optional<CaseStory> case_;
  static inline std::optional<ReviewStory> review_;
};

test::System* Year::system_ = nullptr;
Context* Year::context_ = nullptr;
Teller* Year::teller_ = nullptr;

TEST_F(Year, BeginsWithPostsTheirHoldersAndALetterSignedByBoth) {
  const auto cast = TellRegistry(*teller_);
  ASSERT_TRUE(cast.ok()) << cast.status();
  cast_ = *cast;
  EXPECT_EQ(system_->database("organization").Value("SELECT COUNT(*) FROM assignments"), "12");
  EXPECT_EQ(system_->database("organization").Value("SELECT state FROM responsibility_letters"),
            "STATE_IN_FORCE");
}

TEST_F(Year, HasARiskPointApprovedByASecondPersonAfterItWasReturnedOnce) {
  ASSERT_FALSE(cast_.chief.empty()) << "the chapter before failed";
  const auto risk = TellRisk(*teller_, cast_);
  ASSERT_TRUE(risk.ok()) << risk.status();
  risk_ = *risk;
  const auto& point = As<risk::v1::RiskPoint>(risk->point);
  EXPECT_EQ(point.state(), risk::v1::RiskPoint::STATE_ACTIVE);
  EXPECT_EQ(point.approver(), cast_.chief);
  EXPECT_FALSE(point.filing_number().empty());
  // High: again in three months.
  EXPECT_EQ(point.next_review_date().year(), 2025);
  EXPECT_EQ(point.next_review_date().month(), 5);
}

TEST_F(Year, ClosesACaseOnlyAfterItsItemWasVerifiedByAnother) {
  ASSERT_TRUE(risk_.has_value()) << "the chapter before failed";
  const auto story = TellCase(*teller_, cast_, *risk_);
  ASSERT_TRUE(story.ok()) << story.status();
  case_ = *story;
  EXPECT_EQ(As<supervision::v1::SupervisionCase>(story->supervision_case).state(),
            supervision::v1::SupervisionCase::STATE_CLOSED);
  EXPECT_EQ(As<supervision::v1::RectificationItem>(story->item).state(),
            supervision::v1::RectificationItem::STATE_CLOSED_OUT);
}

TEST_F(Year, MakesTheRiskPointDueForReviewByItself) {
  ASSERT_TRUE(case_.has_value()) << "the chapter before failed";
  const auto point = TellLoop(*teller_, *risk_, *case_);
  ASSERT_TRUE(point.ok()) << point.status();
  EXPECT_EQ(As<risk::v1::RiskPoint>(*point).review_trigger(),
            risk::v1::RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
  EXPECT_EQ(system_->database("risk").Value(
                "SELECT COUNT(*) FROM journal WHERE cause_service = 'supervision' AND "
                "resource LIKE 'riskPoints/%'"),
            "1");
}

TEST_F(Year, HasTwoUnitsApplyWithAPlanOnFileAndTheirDocumentsChecked) {
  ASSERT_FALSE(cast_.chief.empty()) << "the first chapter failed";
  const auto story = TellApplications(*teller_, cast_);
  ASSERT_TRUE(story.ok()) << story.status();
  review_ = *story;
  for (const Told* told : {&story->first, &story->second}) {
    const auto& application = As<review::v1::Application>(*told);
    EXPECT_EQ(application.state(), review::v1::Application::STATE_ACCEPTED);
    EXPECT_EQ(application.self_assessments_size(), 3);
    EXPECT_FALSE(application.action_plan().empty());
    EXPECT_NE(application.examiner(), application.submitter());
  }
}

TEST_F(Year, LetsNoReviewerSeeTheMarksOfAnotherBeforeTheyAreLocked) {
  ASSERT_TRUE(review_.has_value()) << "the chapter before failed";
  const absl::Status told = TellScores(*teller_, *review_);
  ASSERT_TRUE(told.ok()) << told;
  ASSERT_EQ(review_->score_sheets.size(), 6u);
  const std::string& of_the_first = review_->score_sheets[0];
  EXPECT_TRUE(SheetAs(review_->jury.reviewers[0], of_the_first).ok());
  EXPECT_TRUE(absl::IsNotFound(SheetAs(review_->jury.reviewers[1], of_the_first).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(SheetAs(review_->jury.organizer, of_the_first).status()))
      << "scores are not for who organizes";
  const auto listed = Ask<review::v1::ListScoreSheetsResponse>(
      review_->jury.reviewers[1], "ScoreSheetService/ListScoreSheets",
      review::v1::ListScoreSheetsRequest());
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->score_sheets_size(), 2);
  for (const auto& sheet : listed->score_sheets())
    EXPECT_EQ(sheet.reviewer(), review_->jury.reviewers[1]);
  journal::v1::ListHistoryRequest request;
  request.set_name(of_the_first);
  const std::string auditor = absl::StrCat(
      "persons/", system_->database("organization")
                      .Value(absl::StrCat("SELECT LOWER(CONCAT_WS('-', SUBSTR(HEX(id), 1, 8), "
                                          "SUBSTR(HEX(id), 9, 4), SUBSTR(HEX(id), 13, 4), "
                                          "SUBSTR(HEX(id), 17, 4), SUBSTR(HEX(id), 21))) FROM "
                                          "persons WHERE staff_number = '",
                                          kAuditorNumber, "'")));
  const auto history =
      Ask<journal::v1::ListHistoryResponse>(auditor, "JournalService/ListHistory", request);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->changes_size(), 2);
  for (const auto& change : history->changes()) {
    review::v1::ScoreSheet told;
    ASSERT_TRUE(change.after().UnpackTo(&told));
    EXPECT_EQ(told.marks_size(), 0) << "the history tells the marks";
  }
}

TEST_F(Year, RanksByTheTrimmedMeanAndHasTheCandidatesApprovedByASecondPerson) {
  ASSERT_TRUE(review_.has_value()) << "the chapter before failed";
  const absl::Status told = TellRanking(*teller_, *review_);
  ASSERT_TRUE(told.ok()) << told;
  // 9500, 9300, 8800: the middle one; 8900, 8800, 8400.
  const auto& first = As<review::v1::Application>(review_->first);
  const auto& second = As<review::v1::Application>(review_->second);
  for (const auto* application : {&first, &second}) {
    EXPECT_EQ(application->site_visits_size(), 1) << "visited before the scores were locked";
  }
  EXPECT_EQ(first.score_centipoints(), 9300);
  EXPECT_EQ(first.placing(), 1);
  EXPECT_EQ(second.score_centipoints(), 8800);
  EXPECT_EQ(second.placing(), 2);
  EXPECT_EQ(second.state(), review::v1::Application::STATE_ON_NOTICE);
  const auto& round = As<review::v1::ReviewRound>(review_->round);
  EXPECT_EQ(round.approver(), review_->jury.secretary);
  EXPECT_NE(round.approver(), round.proposer());
  // Posted on Thursday 9 October; Saturday the 11th is a make-up workday.
  EXPECT_EQ(round.notice_end_date().month(), 10);
  EXPECT_EQ(round.notice_end_date().day(), 15);
  EXPECT_TRUE(SheetAs(review_->jury.reviewers[1], review_->score_sheets[0]).ok())
      << "locked sheets are open";
  review::v1::ExplainApplicationScoreRequest request;
  request.set_name(first.name());
  const auto explained = Ask<review::v1::ExplainApplicationScoreResponse>(
      review_->jury.organizer, "ApplicationService/ExplainApplicationScore", request);
  ASSERT_TRUE(explained.ok()) << explained.status();
  EXPECT_TRUE(explained->agrees());
  EXPECT_EQ(explained->score().sheets_counted(), 1);
}

TEST_F(Year, ConfersATitleWithNumberAndValidityAfterAnObjectionThatWasNotSustained) {
  ASSERT_TRUE(review_.has_value()) << "the chapter before failed";
  const auto naming = TellNaming(*teller_, *review_);
  ASSERT_TRUE(naming.ok()) << naming.status();
  const auto& objection = As<review::v1::Objection>(naming->objection);
  EXPECT_EQ(objection.state(), review::v1::Objection::STATE_CLOSED);
  EXPECT_NE(objection.decider(), objection.investigator());
  EXPECT_EQ(As<review::v1::Application>(review_->first).state(),
            review::v1::Application::STATE_CONFERRED);
  const auto& title = As<review::v1::Title>(naming->title);
  EXPECT_EQ(title.state(), review::v1::Title::STATE_ACTIVE);
  EXPECT_EQ(title.organization(), cast_.bureau);
  EXPECT_EQ(title.title_number(), "清模〔2025〕1号");
  EXPECT_EQ(title.expire_date().year(), 2028);
  EXPECT_EQ(title.expire_date().month(), 10);
  EXPECT_EQ(title.expire_date().day(), 19);
}

TEST_F(Year, DisqualifiesTheSecondUnitByItselfForASeriousCase) {
  ASSERT_TRUE(review_.has_value()) << "the chapter before failed";
  const auto story = TellDisqualification(*teller_, cast_, *review_);
  ASSERT_TRUE(story.ok()) << story.status();
  const auto& application = As<review::v1::Application>(review_->second);
  EXPECT_EQ(application.state(), review::v1::Application::STATE_DISQUALIFIED);
  EXPECT_EQ(application.end_cause(), story->supervision_case.name());
  EXPECT_EQ(application.disqualification_reason(),
            review::v1::Application::DISQUALIFICATION_REASON_SERIOUS_CASE);
  EXPECT_EQ(As<review::v1::ReviewRound>(review_->round).state(),
            review::v1::ReviewRound::STATE_ARCHIVED);
  const test::TestDatabase& database = system_->database("review");
  EXPECT_EQ(
      database.Value(
          "SELECT resource FROM journal WHERE cause_service = 'supervision' AND resource <> ''"),
      application.name());
  EXPECT_EQ(database.Value("SELECT COUNT(*) FROM titles"), "1");
}

TEST_F(Year, LeavesAnItemAndAReviewOverdueWhenRealTimeResumes) {
  ASSERT_TRUE(review_.has_value()) << "the chapter before failed";
  ASSERT_TRUE(teller_->Resume().ok());
  EXPECT_EQ(system_->database("supervision")
                .Value("SELECT COUNT(*) FROM rectification_items WHERE state = "
                       "'STATE_ACKNOWLEDGED' AND deadline < "
                       "CURRENT_DATE"),
            "1");
  // What a service counts once a minute it also counts when it starts.
  system_->Stop("risk", SIGTERM);
  system_->Start("risk");
  EXPECT_TRUE(Shows("risk", "risk_reviews_overdue{division=\"3301\",grade=\"high\"} 1"));
}

TEST_F(Year, ToldAgainChangesNothing) {
  ASSERT_TRUE(review_.has_value()) << "a chapter before failed";
  const std::string before = Journals();
  Teller again(*context_, system_->clock_file(), "year-2025",
               [](const std::string& staff_number) -> absl::StatusOr<std::string> {
                 return system_->TokenOf(staff_number);
               });
  const absl::Status told = TellYear(again);
  EXPECT_TRUE(told.ok()) << told;
  EXPECT_EQ(Journals(), before);
}

// The names of all persons that the story has registered.
std::vector<std::string> NamesOfTheStory(const test::System& system) {
  const std::string names =
      system.database("organization")
          .Value("SELECT GROUP_CONCAT(display_name SEPARATOR '\n') FROM persons");
  return absl::StrSplit(names, '\n', absl::SkipEmpty());
}

TEST_F(Year, LeavesNoPersonsNameInAnyLogOrMetric) {
  const std::vector<std::string> names = NamesOfTheStory(*system_);
  ASSERT_GE(names.size(), 10u);
  for (const char* process : {"organization", "risk", "supervision", "review", "gateway"}) {
    const std::string log = system_->Log(process);
    const std::string metrics = system_->Metrics(process);
    EXPECT_THAT(log,
                HasSubstr(process == std::string("gateway") ? "serving" : "\"event\":\"call\""))
        << process;
    EXPECT_THAT(metrics, HasSubstr("# HELP")) << process;
    for (const std::string& name : names) {
      EXPECT_THAT(log, Not(HasSubstr(name))) << process;
      EXPECT_THAT(metrics, Not(HasSubstr(name))) << process;
    }
  }
}

TEST_F(Year, LeavesNoPersonsNameInAnyOtherServiceNorInAnEventOfAnythingElse) {
  for (const std::string& name : NamesOfTheStory(*system_)) {
    EXPECT_EQ(
        system_->database("organization")
            .Value(absl::StrCat(
                "SELECT COUNT(*) FROM journal WHERE kind <> 'qinglian.organization.v1.Person' AND "
                "(LOCATE(CAST('",
                name, "' AS BINARY), after) > 0 OR LOCATE('", name,
                "', reason) > 0 OR LOCATE(CAST('", name, "' AS BINARY), response) > 0)")),
        "0")
        << name;
  }
  std::ofstream(system_->folder() + "/names")
      << absl::StrJoin(NamesOfTheStory(*system_), "\n") << "\n";
  // Everything that they keep: feeds, projections, quarantine, their own journals.
  for (const char* service : {"risk", "supervision", "review"}) {
    const mysql::Options& database = system_->database(service).options();
    const std::string dump = absl::StrCat(system_->folder(), "/", service, ".dump");
    ASSERT_EQ(std::system(absl::StrCat("mariadb-dump --no-defaults --socket=", database.unix_socket,
                                       " --user=", database.user, " ", database.schema, " >", dump)
                              .c_str()),
              0);
    EXPECT_EQ(std::system(absl::StrCat("grep -qa 'INSERT INTO `journal`' ", dump).c_str()), 0)
        << service;
    EXPECT_NE(
        std::system(absl::StrCat("grep -aoF -f ", system_->folder(), "/names ", dump).c_str()), 0)
        << service;
  }
}

TEST_F(Year, NamesNoPersonInAnError) {
  const std::string name = NamesOfTheStory(*system_).front();
  const std::string person =
      absl::StrCat(R"("display_name": ")", name, R"(", "organization": ")", cast_.bureau, "\"");
  const std::string long_name =
      absl::StrCat(R"("display_name": ")", name, std::string(500, 'x'), "\"");
  const std::pair<const char*, std::string> refused[] = {
      {"PersonService.CreatePerson",
       absl::StrCat("{\"person\": {", person, R"(, "staff_number": "DEMO-0001"}})")},
      {"PersonService.CreatePerson", absl::StrCat("{\"person\": {", long_name, "}}")},
      {"PersonService.ListPersons",
       absl::StrCat(R"({"filter": "display_name = )", name, R"( AND nobody"})")},
      {"PersonService.GetPerson", absl::StrCat(R"({"name": "persons/)", name, "\"}")},
      {"InspectionService.CreateInspection",
       absl::StrCat(R"({"inspection": {"leader": ")", name, "\"}}")},
  };
  for (const auto& [method, json] : refused) {
    const auto answer = teller_->Do("clients/flow", "一次错误的请求", method, json);
    EXPECT_FALSE(answer.ok()) << method << json;
    EXPECT_THAT(answer.status().ToString(), Not(HasSubstr(name))) << method;
    EXPECT_THAT(answer.status().ToString(), Not(HasSubstr(absl::CEscape(name)))) << method;
    EXPECT_THAT(answer.status().ToString(), Not(HasSubstr(absl::CHexEscape(name)))) << method;
  }
}

}  // namespace
}  // namespace qinglian::ctl
