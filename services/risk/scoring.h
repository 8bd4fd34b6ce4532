// The scoring model at work: likelihood and impact to a grade, a grade to what follows from it.
#ifndef QINGLIAN_SERVICES_RISK_SCORING_H_
#define QINGLIAN_SERVICES_RISK_SCORING_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "qinglian/risk/v1/scoring_model.pb.h"

namespace qinglian::risk {

// A scoring model that was found sound. Immutable, so thread-safe.
class Scoring {
 public:
  // CONFIG_INVALID (INVALID_ARGUMENT) where `model` breaks a rule of its proto: a version, five
  // rows of five grades, none lower than that of a smaller likelihood or impact, and one rule for
  // each of the three grades, with an interval and a rank; a higher grade never has a longer
  // interval or a lower rank.
  static absl::StatusOr<Scoring> Make(v1::ScoringModel model);

  // From JSON in the form of v1::ScoringModel; an unknown field is an error, CONFIG_INVALID.
  static absl::StatusOr<Scoring> Parse(std::string_view json);

  // What an installation has that configures none: high at 15 of 25, medium at 5, reviewed after 3,
  // 6 and 12 months, approved by the principal leader, the leader in charge and the head of an
  // office.
  static Scoring Default();

  // Which model gave a grade.
  const std::string& version() const { return model_.version(); }

  // Both from 1 to 5.
  v1::Grade GradeOf(int likelihood, int impact) const;

  // What follows from LOW, MEDIUM or HIGH.
  int ReviewIntervalMonths(v1::Grade grade) const { return RuleOf(grade).review_interval_months(); }
  v1::ScoringModel::ApproverRank ApproverRank(v1::Grade grade) const {
    return RuleOf(grade).approver_rank();
  }

 private:
  explicit Scoring(v1::ScoringModel model) : model_(std::move(model)) {}
  const v1::ScoringModel::GradeRule& RuleOf(v1::Grade grade) const;

  v1::ScoringModel model_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_SCORING_H_
