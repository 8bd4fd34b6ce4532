#include "services/risk/scoring.h"

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace qinglian::risk {
namespace {

using v1::ScoringModel;

ScoringModel Sound() {
  ScoringModel model;
  model.set_version("test-1");
  for (int l = 0; l < 5; ++l) {
    auto* row = model.add_rows();
    for (int i = 0; i < 5; ++i) {
      row->add_grades(l + i < 3 ? v1::GRADE_LOW : l + i < 6 ? v1::GRADE_MEDIUM : v1::GRADE_HIGH);
    }
  }
  for (int grade = 1; grade <= 3; ++grade) {
    auto* rule = model.add_grade_rules();
    rule->set_grade(static_cast<v1::Grade>(grade));
    rule->set_review_interval_months(24 / grade);
    rule->set_approver_rank(static_cast<ScoringModel::ApproverRank>(4 - grade));
  }
  return model;
}

TEST(Scoring, TheDefaultModelGradesByTheProductOfLikelihoodAndImpact) {
  const Scoring scoring = Scoring::Default();
  for (int likelihood = 1; likelihood <= 5; ++likelihood) {
    for (int impact = 1; impact <= 5; ++impact) {
      const int score = likelihood * impact;
      const v1::Grade want = score >= 15  ? v1::GRADE_HIGH
                             : score >= 5 ? v1::GRADE_MEDIUM
                                          : v1::GRADE_LOW;
      EXPECT_EQ(scoring.GradeOf(likelihood, impact), want) << likelihood << " x " << impact;
    }
  }
}

TEST(Scoring, TheDefaultModelReviewsHigherGradesMoreOftenAndAtAHigherRank) {
  const Scoring scoring = Scoring::Default();
  EXPECT_EQ(scoring.ReviewIntervalMonths(v1::GRADE_HIGH), 3);
  EXPECT_EQ(scoring.ReviewIntervalMonths(v1::GRADE_MEDIUM), 6);
  EXPECT_EQ(scoring.ReviewIntervalMonths(v1::GRADE_LOW), 12);
  EXPECT_EQ(scoring.ApproverRank(v1::GRADE_HIGH), ScoringModel::APPROVER_RANK_PRINCIPAL_LEADER);
  EXPECT_EQ(scoring.ApproverRank(v1::GRADE_MEDIUM), ScoringModel::APPROVER_RANK_LEADER_IN_CHARGE);
  EXPECT_EQ(scoring.ApproverRank(v1::GRADE_LOW), ScoringModel::APPROVER_RANK_OFFICE_HEAD);
}

TEST(Scoring, AnUngradedPointIsTreatedAsHigh) {
  EXPECT_EQ(Scoring::Default().ReviewIntervalMonths(v1::GRADE_UNSPECIFIED), 3);
}

TEST(Scoring, AModelFromJsonReplacesTheDefault) {
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(Sound(), &json).ok());
  const auto scoring = Scoring::Parse(json);
  ASSERT_TRUE(scoring.ok()) << scoring.status();
  EXPECT_EQ(scoring->version(), "test-1");
  EXPECT_EQ(scoring->GradeOf(3, 1), v1::GRADE_LOW);
  EXPECT_EQ(scoring->ReviewIntervalMonths(v1::GRADE_MEDIUM), 12);
}

TEST(Scoring, AModelThatBreaksARuleIsRefused) {
  struct Row {
    const char* what;
    void (*spoil)(ScoringModel&);
  };
  const Row rows[] = {
      {"no version", [](ScoringModel& m) { m.clear_version(); }},
      {"four rows", [](ScoringModel& m) { m.mutable_rows()->RemoveLast(); }},
      {"four grades", [](ScoringModel& m) { m.mutable_rows(2)->mutable_grades()->RemoveLast(); }},
      {"a grade not said",
       [](ScoringModel& m) { m.mutable_rows(0)->set_grades(0, v1::GRADE_UNSPECIFIED); }},
      {"more impact, lower grade",
       [](ScoringModel& m) { m.mutable_rows(4)->set_grades(4, v1::GRADE_LOW); }},
      {"more likely, lower grade",
       [](ScoringModel& m) { m.mutable_rows(0)->set_grades(4, v1::GRADE_HIGH); }},
      {"a grade without a rule", [](ScoringModel& m) { m.mutable_grade_rules()->RemoveLast(); }},
      {"a grade with two rules",
       [](ScoringModel& m) { m.mutable_grade_rules(0)->set_grade(v1::GRADE_HIGH); }},
      {"no interval",
       [](ScoringModel& m) { m.mutable_grade_rules(0)->clear_review_interval_months(); }},
      {"no rank", [](ScoringModel& m) { m.mutable_grade_rules(0)->clear_approver_rank(); }},
      {"high reviewed less often",
       [](ScoringModel& m) { m.mutable_grade_rules(2)->set_review_interval_months(36); }},
      {"high approved lower",
       [](ScoringModel& m) {
         m.mutable_grade_rules(2)->set_approver_rank(ScoringModel::APPROVER_RANK_OFFICE_HEAD);
       }},
  };
  for (const Row& row : rows) {
    ScoringModel model = Sound();
    row.spoil(model);
    EXPECT_TRUE(status::Is(Scoring::Make(model).status(), status::kConfigInvalid)) << row.what;
  }
  EXPECT_TRUE(Scoring::Make(Sound()).ok());
}

TEST(Scoring, AnUnknownFieldInTheFileIsRefused) {
  EXPECT_TRUE(status::Is(Scoring::Parse(R"({"versoin": "1"})").status(), status::kConfigInvalid));
}

}  // namespace
}  // namespace qinglian::risk
