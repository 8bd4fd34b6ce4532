// The life of an edition of the divisions: OPEN, PLANNED, APPLYING, APPLIED, and CANCELLED.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/lifecycle/transition.h"
#include "qinglian/organization/v1/division_edition_service.pb.h"
#include "services/organization/division_rules.h"

namespace qinglian::organization {

using EditionTransition = lifecycle::Transition<v1::DivisionEdition>;

inline constexpr EditionTransition kOpenEdition{
    "create", lifecycle::OneOf(v1::DivisionEdition::STATE_UNSPECIFIED),
    v1::DivisionEdition::STATE_OPEN};
inline constexpr EditionTransition kAddRows{"add rows to",
                                            lifecycle::OneOf(v1::DivisionEdition::STATE_OPEN)};
inline constexpr EditionTransition kPlanEdition{
    "plan", lifecycle::OneOf(v1::DivisionEdition::STATE_OPEN), v1::DivisionEdition::STATE_PLANNED};
inline constexpr EditionTransition kApplyEdition{
    "apply", lifecycle::OneOf(v1::DivisionEdition::STATE_PLANNED),
    v1::DivisionEdition::STATE_APPLYING};
inline constexpr EditionTransition kFinishEdition{
    "finish", lifecycle::OneOf(v1::DivisionEdition::STATE_APPLYING),
    v1::DivisionEdition::STATE_APPLIED};
inline constexpr EditionTransition kCancelEdition{
    "cancel", lifecycle::OneOf(v1::DivisionEdition::STATE_OPEN, v1::DivisionEdition::STATE_PLANNED),
    v1::DivisionEdition::STATE_CANCELLED};

inline constexpr status::Guard kNoneApplying{"NONE_APPLYING", "no other edition is being applied",
                                             "另有区划版本正在生效"};
inline constexpr status::Guard kParentsKnown{
    "PARENTS_KNOWN", "the parent of every row is a row, or there and not replaced by this edition",
    "每个区划的上级须在本版本中，或为现有且保留的区划"};
inline constexpr status::Guard kComplete{
    "COMPLETE", "the edition has rows, and the division itself is among them",
    "版本须包含数据，且包含所覆盖的区划本身"};
inline constexpr status::Guard kHeirsKnown{
    "HEIRS_KNOWN", "former codes are codes of divisions that exist, and of no row",
    "原代码须为现有区划，且不得出现在本版本中"};
inline constexpr status::Guard kFewChanges{
    "FEW_CHANGES", "a plan changes at most 50,000 divisions; a first edition is imported",
    "一个版本的变更不得超过五万个区划，首次导入请使用区划导入"};
inline constexpr status::Guard kPlanStands{"PLAN_STANDS",
                                           "no division of the plan has changed since it was made",
                                           "制定计划后相关区划未再变动"};

// The most changes that one plan may have.
inline constexpr int64_t kMaxPlanned = 50'000;

// Checks rows: as CheckDivision, within the edition's own division, of its vintage, and each former
// code the code of another division. INVALID_ARGUMENT with every fault.
absl::Status CheckRows(const v1::DivisionEdition& edition,
                       const v1::AddDivisionEditionRowsRequest& request);

// What becomes of a division. `before` null: there was none; `after`: as it will be, its state
// included. `recoded`: its one heir has another code and nothing but it.
std::vector<v1::DivisionEditionChange::Kind> KindsOf(const v1::Division* before,
                                                     const v1::Division& after, bool recoded);

// Adds a change to what a plan comes to.
void Count(const v1::DivisionEditionChange& change, v1::DivisionEdition::Counts& counts);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_RULES_H_
