#include "common/rpc/telemetry.h"

namespace qinglian::rpc {
namespace {

using absl::StatusCode;

constexpr metrics::CounterDefinition kRequests{"rpc_server_requests_total",
                                               "Calls answered; streams are counted when they end.",
                                               {"service", "method", "code"}};
constexpr metrics::HistogramDefinition kHandling{
    "rpc_server_handling_seconds",
    "Time from a call's arrival to its answer, the queue included; push streams are not counted.",
    {"service", "method"}};
constexpr metrics::GaugeDefinition kInFlight{"rpc_server_in_flight",
                                             "Calls and streams under way."};
constexpr metrics::GaugeDefinition kPushStreams{"rpc_server_push_streams",
                                                "Push streams that are open."};
constexpr metrics::GaugeDefinition kDepth{
    "rpc_server_queue_depth", "Calls that wait for a thread of the lane.", {"lane"}};
constexpr metrics::HistogramDefinition kWait{
    "rpc_server_queue_wait_seconds", "How long calls waited for a thread of the lane.", {"lane"}};
constexpr metrics::CounterDefinition kShed{
    "rpc_server_shed_total",
    "Calls that were not run: the queue was full, or too slow, or nobody waited any more.",
    {"lane", "cause"}};
constexpr metrics::CounterDefinition kRetries{
    "database_transaction_retries_total",
    "Transactions run again after a conflict, by the database's error number.",
    {"number"}};
constexpr metrics::CounterDefinition kErrors{
    "database_errors_total", "Statements that failed.", {"class"}};
constexpr metrics::CounterDefinition kReconnects{"database_reconnects_total",
                                                 "Connections opened in place of one that broke."};
constexpr metrics::CounterDefinition kWaited{
    "database_waited_seconds_total",
    "Time spent in opening connections and in pauses before a retry."};
constexpr metrics::CounterDefinition kResolved{
    "database_commits_resolved_total",
    "COMMITs whose answer was lost, by what became of them.",
    {"outcome"}};

constexpr StatusCode kCodes[] = {StatusCode::kOk,
                                 StatusCode::kCancelled,
                                 StatusCode::kInvalidArgument,
                                 StatusCode::kNotFound,
                                 StatusCode::kDeadlineExceeded,
                                 StatusCode::kAlreadyExists,
                                 StatusCode::kAborted,
                                 StatusCode::kPermissionDenied,
                                 StatusCode::kFailedPrecondition,
                                 StatusCode::kOutOfRange,
                                 StatusCode::kUnauthenticated,
                                 StatusCode::kResourceExhausted,
                                 StatusCode::kUnimplemented,
                                 StatusCode::kInternal,
                                 StatusCode::kUnavailable};

// The numbers that are retried, and one for whatever a newer server has.
constexpr int kRetriedNumbers[] = {1020, 1205, 1213};

metrics::Values ErrorClasses() {
  metrics::Values values;
  for (const mysql::ErrorClass error_class : mysql::kErrorClasses) {
    values.emplace_back(mysql::ErrorClassName(error_class));
  }
  return values;
}

std::string CodeName(StatusCode code) { return absl::StatusCodeToString(code); }

// "RiskPointService" and "GetRiskPoint" of "/qinglian.risk.v1.RiskPointService/GetRiskPoint".
std::pair<std::string, std::string> Split(const std::string& path) {
  const size_t slash = path.rfind('/');
  const size_t dot = path.rfind('.', slash);
  return {path.substr(dot + 1, slash - dot - 1), path.substr(slash + 1)};
}

}  // namespace

Telemetry::Telemetry(metrics::Registry& registry)
    : registry_(registry),
      in_flight_(registry.Declare(kInFlight).With()),
      push_streams_(registry.Declare(kPushStreams).With()),
      retries_(registry.Declare(kRetries, metrics::Product({{"1020", "1205", "1213", "other"}}))),
      errors_(registry.Declare(kErrors, metrics::Product({ErrorClasses()}))),
      reconnects_(registry.Declare(kReconnects).With()),
      waited_(registry.Declare(kWaited).With()),
      resolved_(
          registry.Declare(kResolved, metrics::Product({{"committed", "absent", "unknown"}}))) {
  const metrics::Values lanes = {"unary", "bulk"};
  auto& depth = registry.Declare(kDepth, metrics::Product({lanes}));
  auto& wait = registry.Declare(kWait, metrics::Product({lanes}));
  auto& shed = registry.Declare(kShed, metrics::Product({lanes, {"full", "slow", "abandoned"}}));
  for (const std::string& lane : lanes) {
    LaneSeries& series = lane == "unary" ? unary_ : bulk_;
    series = {&depth.With({lane}), &wait.With({lane}), &shed.With({lane, "full"}),
              &shed.With({lane, "slow"}), &shed.With({lane, "abandoned"})};
  }
}

std::vector<MethodSeries> Telemetry::DeclareMethods(const std::vector<std::string>& paths) {
  std::vector<metrics::Values> of_methods;
  std::vector<metrics::Values> of_codes;
  for (const std::string& path : paths) {
    const auto [service, method] = Split(path);
    of_methods.push_back({service, method});
    for (const StatusCode code : kCodes) of_codes.push_back({service, method, CodeName(code)});
  }
  auto& requests = registry_.Declare(kRequests, of_codes);
  auto& handling = registry_.Declare(kHandling, of_methods);
  std::vector<MethodSeries> all;
  for (const metrics::Values& names : of_methods) {
    MethodSeries series;
    series.answered.fill(&requests.With({names[0], names[1], CodeName(StatusCode::kInternal)}));
    for (const StatusCode code : kCodes) {
      series.answered[static_cast<size_t>(code)] =
          &requests.With({names[0], names[1], CodeName(code)});
    }
    series.seconds = &handling.With({names[0], names[1]});
    all.push_back(series);
  }
  return all;
}

void Telemetry::Retried(int number) {
  for (const int known : kRetriedNumbers) {
    if (number == known) return retries_.With({std::to_string(number)}).Increment();
  }
  retries_.With({"other"}).Increment();
}

void Telemetry::Failed(mysql::ErrorClass error_class) {
  errors_.With({mysql::ErrorClassName(error_class)}).Increment();
}

void Telemetry::Reconnected() { reconnects_.Increment(); }

void Telemetry::Waited(absl::Duration duration) {
  waited_.Increment(absl::ToDoubleSeconds(duration));
}

void Telemetry::CommitResolved(std::string_view outcome) { resolved_.With({outcome}).Increment(); }

}  // namespace qinglian::rpc
