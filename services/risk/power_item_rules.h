// The lifecycle of power items: DRAFT -publish-> PUBLISHED -> SUPERSEDED | WITHDRAWN.
#ifndef QINGLIAN_SERVICES_RISK_POWER_ITEM_RULES_H_
#define QINGLIAN_SERVICES_RISK_POWER_ITEM_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"
#include "qinglian/risk/v1/power_item.pb.h"

namespace qinglian::risk {

inline constexpr lifecycle::Transition<v1::PowerItem> kUpdatePowerItem{
    "update", lifecycle::OneOf(v1::PowerItem::STATE_DRAFT)};
inline constexpr lifecycle::Transition<v1::PowerItem> kDeletePowerItem{
    "delete", lifecycle::OneOf(v1::PowerItem::STATE_DRAFT)};
inline constexpr lifecycle::Transition<v1::PowerItem> kPublishPowerItem{
    "publish", lifecycle::OneOf(v1::PowerItem::STATE_DRAFT), v1::PowerItem::STATE_PUBLISHED};
inline constexpr lifecycle::Transition<v1::PowerItem> kSupersedePowerItem{
    "supersede", lifecycle::OneOf(v1::PowerItem::STATE_PUBLISHED), v1::PowerItem::STATE_SUPERSEDED};
inline constexpr lifecycle::Transition<v1::PowerItem> kWithdrawPowerItem{
    "withdraw", lifecycle::OneOf(v1::PowerItem::STATE_PUBLISHED), v1::PowerItem::STATE_WITHDRAWN};

inline constexpr status::Guard kPostValid{
    "POST_VALID", "the post exists today and is of the organization", "岗位今日有效且属于该单位"};
inline constexpr status::Guard kSupersededPublished{
    "SUPERSEDED_PUBLISHED",
    "the power item it supersedes is published and of the same organization",
    "被更替的权力事项须为同一单位且处于已公布状态"};

// What publishing rests on beside the item.
struct PublishFacts {
  absl::CivilDay today;
  // The post exists and is of the item's organization.
  bool post_valid = false;
  // The item supersedes none, or one of its organization that is published.
  bool superseded_published = false;
};

// Each changes the item, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status Publish(v1::PowerItem& item, const PublishFacts& facts);
absl::Status Supersede(v1::PowerItem& item, absl::CivilDay today);
absl::Status Withdraw(v1::PowerItem& item, const std::string& reason, absl::CivilDay today);

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_POWER_ITEM_RULES_H_
