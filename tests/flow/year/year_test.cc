// The year of the demonstration, told to the running system through the gateway, with assertions at every step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/risk/v1/risk_point.pb.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/ctl/import_commands.h"
#include "services/ctl/year/year.h"
#include "tests/support/system.h"

namespace qinglian::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

// One system for all chapters: each stands on the one before.
class Year : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = new test::System({"organization", "risk", "supervision"});
    context_ = new Context;
    context_->channel = system_->channel();
    context_->caller = "clients/flow";
    const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
    ASSERT_TRUE(Import(*context_, {"divisions", data + "divisions.csv"}, false).ok());
    ASSERT_TRUE(Import(*context_, {"organizations", data + "organizations.csv"}, false).ok());
    teller_ = new Teller(*context_, system_->clock_file(), "year-2025");
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

  static test::System* system_;
  static Context* context_;
  static Teller* teller_;
  static inline Cast cast_;
  static inline std::optional<RiskStory> risk_;
  static inline std::optional<CaseStory> case_;
};

test::System* Year::system_ = nullptr;
Context* Year::context_ = nullptr;
Teller* Year::teller_ = nullptr;

TEST_F(Year, BeginsWithPostsTheirHoldersAndALetterSignedByBoth) {
  const auto cast = TellRegistry(*teller_);
  ASSERT_TRUE(cast.ok()) << cast.status();
  cast_ = *cast;
  EXPECT_EQ(system_->database("organization").Value("SELECT COUNT(*) FROM assignments"), "10");
  EXPECT_EQ(system_->database("organization").Value("SELECT state FROM responsibility_letters"), "STATE_IN_FORCE");
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
  EXPECT_EQ(As<risk::v1::RiskPoint>(*point).review_trigger(), risk::v1::RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
  EXPECT_EQ(system_->database("risk").Value("SELECT COUNT(*) FROM journal WHERE cause_service = 'supervision' AND "
                                            "resource LIKE 'riskPoints/%'"),
            "1");
}

TEST_F(Year, LeavesNoPersonsNameInAnyLog) {
  for (const char* process : {"organization", "risk", "supervision", "gateway"}) {
    const std::string log = system_->Log(process);
    for (const char* name : {"张示例", "李示范", "王样本", "赵演示", "钱虚构", "孙假设", "周例子", "吴模拟"}) {
      EXPECT_THAT(log, Not(HasSubstr(name))) << process;
      EXPECT_THAT(system_->Metrics(process), Not(HasSubstr(name))) << process;
    }
  }
}

}  // namespace
}  // namespace qinglian::ctl
