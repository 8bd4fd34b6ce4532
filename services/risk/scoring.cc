#include "services/risk/scoring.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/protobuf/util/json_util.h"

namespace qinglian::risk {
namespace {

using v1::Grade;
using v1::ScoringModel;

constexpr int kSteps = 5;

constexpr std::string_view kDefaultModel = R"({
  "version": "default-1",
  "rows": [
    {"grades": ["GRADE_LOW",    "GRADE_LOW",    "GRADE_LOW",    "GRADE_LOW",    "GRADE_MEDIUM"]},
    {"grades": ["GRADE_LOW",    "GRADE_LOW",    "GRADE_MEDIUM", "GRADE_MEDIUM", "GRADE_MEDIUM"]},
    {"grades": ["GRADE_LOW",    "GRADE_MEDIUM", "GRADE_MEDIUM", "GRADE_MEDIUM", "GRADE_HIGH"]},
    {"grades": ["GRADE_LOW",    "GRADE_MEDIUM", "GRADE_MEDIUM", "GRADE_HIGH",   "GRADE_HIGH"]},
    {"grades": ["GRADE_MEDIUM", "GRADE_MEDIUM", "GRADE_HIGH",   "GRADE_HIGH",   "GRADE_HIGH"]}
  ],
  "gradeRules": [
    {"grade": "GRADE_LOW",    "reviewIntervalMonths": 12, "approverRank": "APPROVER_RANK_OFFICE_HEAD"},
    {"grade": "GRADE_MEDIUM", "reviewIntervalMonths": 6,  "approverRank": "APPROVER_RANK_LEADER_IN_CHARGE"},
    {"grade": "GRADE_HIGH",   "reviewIntervalMonths": 3,  "approverRank": "APPROVER_RANK_PRINCIPAL_LEADER"}
  ]
})";

absl::Status Invalid(std::string detail) {
  return status::Error(status::kConfigInvalid, {{"detail", "scoring model: " + std::move(detail)}});
}

bool IsGrade(int grade) { return grade >= v1::GRADE_LOW && grade <= v1::GRADE_HIGH; }

absl::Status CheckMatrix(const ScoringModel& model) {
  if (model.rows_size() != kSteps) return Invalid("there must be five rows");
  for (int l = 0; l < kSteps; ++l) {
    if (model.rows(l).grades_size() != kSteps) {
      return Invalid(absl::StrCat("row ", l + 1, " must have five grades"));
    }
    for (int i = 0; i < kSteps; ++i) {
      const Grade grade = model.rows(l).grades(i);
      if (!IsGrade(grade)) return Invalid(absl::StrCat("row ", l + 1, " has an unknown grade"));
      if ((l > 0 && grade < model.rows(l - 1).grades(i)) ||
          (i > 0 && grade < model.rows(l).grades(i - 1))) {
        return Invalid(absl::StrCat("likelihood ", l + 1, " with impact ", i + 1,
                                    " is graded lower than a smaller one"));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRule(const ScoringModel::GradeRule& rule) {
  if (!IsGrade(rule.grade())) return Invalid("a rule has an unknown grade");
  if (rule.review_interval_months() < 1 || rule.review_interval_months() > 60) {
    return Invalid("a review interval must be 1 to 60 months");
  }
  if (!ScoringModel::ApproverRank_IsValid(rule.approver_rank()) ||
      rule.approver_rank() == ScoringModel::APPROVER_RANK_UNSPECIFIED) {
    return Invalid("a rule has an unknown approver rank");
  }
  return absl::OkStatus();
}

// Ranks are numbered from the highest.
bool IsNoStricter(const ScoringModel::GradeRule& lower, const ScoringModel::GradeRule& higher) {
  return lower.review_interval_months() >= higher.review_interval_months() &&
         lower.approver_rank() >= higher.approver_rank();
}

absl::Status CheckRules(const ScoringModel& model) {
  std::set<Grade> seen;
  for (const auto& rule : model.grade_rules()) {
    RETURN_IF_ERROR(CheckRule(rule));
    if (!seen.insert(rule.grade()).second) return Invalid("a grade has two rules");
  }
  if (seen.size() != 3) return Invalid("each of the three grades must have a rule");
  for (const auto& lower : model.grade_rules()) {
    for (const auto& higher : model.grade_rules()) {
      if (lower.grade() < higher.grade() && !IsNoStricter(lower, higher)) {
        return Invalid("a higher grade must not have a longer interval or a lower rank");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Scoring> Scoring::Make(ScoringModel model) {
  if (model.version().empty() || model.version().size() > 40) {
    return Invalid("the version must have 1 to 40 characters");
  }
  RETURN_IF_ERROR(CheckMatrix(model));
  RETURN_IF_ERROR(CheckRules(model));
  return Scoring(std::move(model));
}

absl::StatusOr<Scoring> Scoring::Parse(std::string_view json) {
  ScoringModel model;
  const auto parsed = google::protobuf::util::JsonStringToMessage(std::string(json), &model);
  if (!parsed.ok()) return Invalid(std::string(parsed.message()));
  return Make(std::move(model));
}

Scoring Scoring::Default() { return *Parse(kDefaultModel); }

Grade Scoring::GradeOf(int likelihood, int impact) const {
  return model_.rows(likelihood - 1).grades(impact - 1);
}

const ScoringModel::GradeRule& Scoring::RuleOf(Grade grade) const {
  for (const auto& rule : model_.grade_rules()) {
    if (rule.grade() == grade) return rule;
  }
  // Make() found a rule for each grade; what has no grade yet is treated as strictly as can be.
  return RuleOf(v1::GRADE_HIGH);
}

}  // namespace qinglian::risk
