// What the rules of all resources of this service have in common.
#ifndef QINGLIAN_SERVICES_SUPERVISION_STEP_H_
#define QINGLIAN_SERVICES_SUPERVISION_STEP_H_

#include <algorithm>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/clock/date.h"
#include "common/lifecycle/actor.h"
#include "common/status/status.h"

namespace qinglian::supervision {

inline constexpr status::Guard kFourEyes{"FOUR_EYES",
                                         "who decides neither submitted, requested nor handled it",
                                         "决定人不得是提交人、申请人或承办人"};
inline constexpr status::Guard kEvidenceStored{
    "EVIDENCE_STORED", "every digest is that of an evidence file that was uploaded",
    "所引用的材料须已上传"};
inline constexpr status::Guard kCategoryInUse{
    "CATEGORY_IN_USE", "the category exists and is not retired", "问题类别须存在且未停用"};

// Who takes a step, and when by business time.
struct Step {
  lifecycle::Actor actor;
  absl::Time business_now;

  absl::CivilDay today() const { return clock::DayOf(business_now); }
};

// Whether `range` holds `value`.
template <typename Range>
bool Holds(const Range& range, std::string_view value) {
  return std::any_of(range.begin(), range.end(),
                     [value](std::string_view item) { return item == value; });
}

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_STEP_H_
