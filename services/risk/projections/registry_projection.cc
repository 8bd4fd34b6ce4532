#include "services/risk/projections/registry_projection.h"

#include <string>
#include <utility>

#include "common/status/macros.h"
#include "qinglian/organization/v1/post.pb.h"
#include "services/risk/risk_point_rules.h"

namespace qinglian::risk {
namespace {

using organization::v1::Post;
using v1::RiskPoint;

// Stable for ever: the ids of the effect's requests are made from it.
constexpr char kPostAbolished[] = "organization/post-abolished";
constexpr char kReason[] = "post abolished";

absl::Status LosePost(journal::Transaction& tx, const RiskPointStore& points,
                      const std::string& post) {
  tx.set_reason(kReason);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, points.InForceOn(tx.connection(), post));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const RiskPoint before, points.Lock(tx, name));
    RiskPoint after = before;
    if (!MarkDue(after, RiskPoint::REVIEW_TRIGGER_POST_CHANGED, post, tx.today())) continue;
    if (after.post() == post && kSuspendRiskPoint.Leaves(after.state())) {
      RETURN_IF_ERROR(Suspend(after, kReason));
    }
    RETURN_IF_ERROR(points.Update(tx, before, std::move(after)).status());
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<projection::Effect> RegistryProjection::Effects(const journal::v1::Change& change) {
  Post post;
  if (change.kind() != Post::descriptor()->full_name() || !change.after().UnpackTo(&post) ||
      post.state() != Post::STATE_ABOLISHED) {
    return {};
  }
  return {{.name = kPostAbolished,
           .key = post.name(),
           .run = [this, name = post.name()](journal::Transaction& tx) {
             return LosePost(tx, points_, name);
           }}};
}

}  // namespace qinglian::risk
