#include "services/risk/power_item_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::risk {

using v1::PowerItem;

absl::Status Publish(PowerItem& item, const PublishFacts& facts) {
  const auto& transition = kPublishPowerItem;
  RETURN_IF_ERROR(lifecycle::CheckState(item, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(item, transition, kPostValid, facts.post_valid));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(item, transition, kSupersededPublished, facts.superseded_published));
  *item.mutable_publish_date() = clock::ToDate(facts.today);
  item.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Supersede(PowerItem& item, absl::CivilDay today) {
  RETURN_IF_ERROR(lifecycle::CheckState(item, kSupersedePowerItem));
  *item.mutable_end_date() = clock::ToDate(today);
  item.set_state(kSupersedePowerItem.to);
  return absl::OkStatus();
}

absl::Status Withdraw(PowerItem& item, const std::string& reason, absl::CivilDay today) {
  RETURN_IF_ERROR(lifecycle::CheckState(item, kWithdrawPowerItem));
  *item.mutable_end_date() = clock::ToDate(today);
  item.set_end_reason(reason);
  item.set_state(kWithdrawPowerItem.to);
  return absl::OkStatus();
}

}  // namespace qinglian::risk
