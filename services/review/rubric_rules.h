// The lifecycle of rubrics, and what their trees must be.
#ifndef QINGLIAN_SERVICES_REVIEW_RUBRIC_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_RUBRIC_RULES_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "qinglian/review/v1/rubric.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using RubricTransition = lifecycle::Transition<v1::Rubric>;

inline constexpr RubricTransition kUpdateRubric{"update",
                                                lifecycle::OneOf(v1::Rubric::STATE_DRAFT)};
inline constexpr RubricTransition kDeleteRubric{"delete",
                                                lifecycle::OneOf(v1::Rubric::STATE_DRAFT)};
inline constexpr RubricTransition kFreezeRubric{"freeze", lifecycle::OneOf(v1::Rubric::STATE_DRAFT),
                                                v1::Rubric::STATE_FROZEN};

inline constexpr status::Guard kTreeWhole{
    "TREE_WHOLE", "codes are unique, and every parent stands before its children",
    "指标编码须唯一，上级指标须列在下级指标之前"};
inline constexpr status::Guard kWeightsSum{
    "WEIGHTS_SUM",
    "the parts of each indicator weigh what it weighs, and the top what the rubric weighs",
    "各级指标分值之和须与上级指标及总分一致"};
inline constexpr status::Guard kMethodsGiven{
    "METHODS_GIVEN",
    "what has no parts has a scoring method, what has parts has none, and only vetoes weigh "
    "nothing",
    "末级指标须有评分方式，上级指标不得有，且仅否决指标不计分值"};

// The indicators without parts, in the order of the rubric.
std::vector<const v1::Rubric::Indicator*> LeavesOf(const v1::Rubric& rubric);
// Whether `code` is that of an indicator without parts.
bool IsLeaf(const v1::Rubric& rubric, std::string_view code);

// Each changes the rubric, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status Freeze(v1::Rubric& rubric, const Step& step);
absl::Status CheckDelete(const v1::Rubric& rubric, bool referred_to, const Step& step);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_RUBRIC_RULES_H_
