// When the mark of the hop runs out, as a metric of each process that has one.
#ifndef QINGLIAN_COMMON_RPC_HOP_METRICS_H_
#define QINGLIAN_COMMON_RPC_HOP_METRICS_H_

#include <memory>
#include <string>

#include "common/metrics/metrics.h"
#include "common/rpc/hop.h"

namespace qinglian::rpc {

class HopMetrics {
 public:
  // Declares rpc_hop_certificate_expiry_timestamp_seconds, of what lies in the files at each
  // scrape; +Inf without a hop, for then nothing runs out. `registry` must outlive this.
  HopMetrics(metrics::Registry& registry, std::shared_ptr<const Hop> hop);

 private:
  void Fill();

  const std::shared_ptr<const Hop> hop_;
  metrics::Gauge& expiry_;
  const metrics::Registry::Hook hook_;
};

// The same of a peer that serves no such metric itself, by what it shows: `definition` without
// labels. +Inf before it showed anything.
class HopPeerMetrics {
 public:
  HopPeerMetrics(metrics::Registry& registry, std::shared_ptr<const Hop> hop, std::string peer,
                 const metrics::GaugeDefinition& definition);

 private:
  void Fill();

  const std::shared_ptr<const Hop> hop_;
  const std::string peer_;
  metrics::Gauge& expiry_;
  const metrics::Registry::Hook hook_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_HOP_METRICS_H_
