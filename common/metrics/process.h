// What Prometheus wants to know of any process, from /proc.
#ifndef QINGLIAN_COMMON_METRICS_PROCESS_H_
#define QINGLIAN_COMMON_METRICS_PROCESS_H_

#include <prometheus/metric_family.h>

#include <vector>

namespace qinglian::metrics {

// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
// process_threads and process_start_time_seconds, as they are now. What /proc does not tell is 0.
std::vector<::prometheus::MetricFamily> CollectProcess();

}  // namespace qinglian::metrics

#endif  // QINGLIAN_COMMON_METRICS_PROCESS_H_
