#include "common/rpc/hop_metrics.h"

#include <limits>
#include <optional>
#include <utility>

namespace qinglian::rpc {
namespace {

constexpr metrics::GaugeDefinition kExpiry{
    "rpc_hop_certificate_expiry_timestamp_seconds",
    "When the certificate that this process shows to others of the house runs out, or that of its "
    "authority; +Inf where it shows none."};

constexpr double kNever = std::numeric_limits<double>::infinity();

double Seconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

}  // namespace

HopMetrics::HopMetrics(metrics::Registry& registry, std::shared_ptr<const Hop> hop)
    : hop_(std::move(hop)),
      expiry_(registry.Declare(kExpiry).With()),
      hook_(registry.BeforeCollect([this] { Fill(); })) {
  expiry_.Set(kNever);
}

void HopMetrics::Fill() {
  if (hop_ == nullptr) return;
  const absl::StatusOr<absl::Time> expiry = hop_->Expiry();
  // What cannot be read is not taken up either: the process goes on with what it had.
  if (expiry.ok()) expiry_.Set(Seconds(*expiry));
}

HopPeerMetrics::HopPeerMetrics(metrics::Registry& registry, std::shared_ptr<const Hop> hop,
                               std::string peer, const metrics::GaugeDefinition& definition)
    : hop_(std::move(hop)),
      peer_(std::move(peer)),
      expiry_(registry.Declare(definition).With()),
      hook_(registry.BeforeCollect([this] { Fill(); })) {
  expiry_.Set(kNever);
}

void HopPeerMetrics::Fill() {
  if (hop_ == nullptr) return;
  const std::optional<absl::Time> expiry = hop_->ExpiryOfPeer(peer_);
  if (expiry.has_value()) expiry_.Set(Seconds(*expiry));
}

}  // namespace qinglian::rpc
