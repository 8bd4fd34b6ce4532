#include "common/rpc/pipeline.h"

#include <utility>

#include "common/log/log.h"
#include "common/rpc/call_context.h"
#include "common/rpc/codec.h"
#include "common/rpc/telemetry.h"
#include "common/status/status.h"

namespace qinglian::rpc {
namespace {

std::vector<std::unique_ptr<mysql::Session>> MakeSessions(const PipelineOptions& options,
                                                          size_t count, mysql::Observer* observer) {
  std::vector<std::unique_ptr<mysql::Session>> sessions;
  for (size_t i = 0; i < count; ++i) {
    sessions.push_back(std::make_unique<mysql::Session>(options.database, observer));
  }
  return sessions;
}

// What a batch refuses stands in its verdicts.
bool WasRefused(const Method& method, const CallContext& call, const absl::Status& status) {
  if (call.identified() == nullptr) return false;
  return absl::IsPermissionDenied(status) ||
         (call.refused() && (!status.ok() || method.rule.by_item()));
}

bool StaysHere(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

}  // namespace

Pipeline::Pipeline(PipelineOptions options, metrics::Registry& registry)
    : options_(std::move(options)),
      telemetry_(std::make_unique<Telemetry>(registry)),
      sessions_(MakeSessions(options_, options_.workers, telemetry_.get())),
      reserved_sessions_(MakeSessions(options_, options_.reserved_threads, telemetry_.get())),
      bulk_sessions_(MakeSessions(options_, options_.bulk_threads, telemetry_.get())),
      lane_({"worker", options_.workers, options_.queue_size, options_.max_queue_wait}),
      reserved_lane_(
          {"reserved", options_.reserved_threads, options_.queue_size, options_.max_queue_wait}),
      bulk_lane_(
          {"bulk", options_.bulk_threads, options_.bulk_queue_size, options_.max_queue_wait}),
      depth_hook_(registry.BeforeCollect([this] {
        telemetry_->unary().depth->Set(static_cast<double>(lane_.depth() + reserved_lane_.depth()));
        telemetry_->bulk().depth->Set(static_cast<double>(bulk_lane_.depth()));
      })) {}

Pipeline::~Pipeline() { Stop(); }

void Pipeline::Declare(const std::vector<Method*>& methods) {
  std::vector<std::string> paths;
  for (const Method* method : methods) paths.push_back(method->path);
  method_series_ = telemetry_->DeclareMethods(paths);
  for (size_t i = 0; i < methods.size(); ++i) methods[i]->series = &method_series_[i];
}

mysql::Observer* Pipeline::database_observer() { return telemetry_.get(); }

void Pipeline::Drain(absl::Time deadline) {
  std::vector<std::shared_ptr<PushCore>> open;
  {
    std::lock_guard lock(push_mutex_);
    draining_ = true;
    for (const auto& [key, core] : push_streams_) open.push_back(core);
  }
  for (const auto& core : open) core->Close(status::Error(status::kDraining));
  open.clear();
  while (open_calls_ > 0 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(2));
}

void Pipeline::Stop() {
  lane_.Stop();
  reserved_lane_.Stop();
  bulk_lane_.Stop();
}

bool Pipeline::Register(const std::shared_ptr<PushCore>& core) {
  {
    std::lock_guard lock(push_mutex_);
    if (draining_) return false;
    push_streams_.emplace(core.get(), core);
  }
  telemetry_->push_streams().Increment();
  return true;
}

void Pipeline::Unregister(const PushCore* core) {
  std::shared_ptr<PushCore> held;
  {
    std::lock_guard lock(push_mutex_);
    const auto found = push_streams_.find(core);
    if (found == push_streams_.end()) return;
    held = std::move(found->second);
    push_streams_.erase(found);
  }
  telemetry_->push_streams().Decrement();
}

absl::Status Pipeline::Refused(Lane::Admission admission, const LaneSeries& series) const {
  if (admission == Lane::Admission::kStopped) return status::Error(status::kDraining);
  (admission == Lane::Admission::kFull ? series.shed_full : series.shed_slow)->Increment();
  return Overloaded();
}

absl::Status Pipeline::Dropped(Job::Drop why, const absl::Status& gone,
                               const LaneSeries& series) const {
  if (why == Job::Drop::kWaitedTooLong) {
    series.shed_slow->Increment();
    return Overloaded();
  }
  series.shed_abandoned->Increment();
  return gone;
}

absl::Status Pipeline::Overloaded() const {
  return status::Unavailable(status::kOverloaded, options_.max_queue_wait);
}

bool Pipeline::Enter() {
  telemetry_->in_flight().Increment();
  ++open_calls_;
  if (!draining_) return true;
  --open_calls_;
  return false;
}

grpc::Status Pipeline::Report(const Method& method, CallContext& call, const absl::Status& status) {
  const absl::Duration taken = call.age();
  call.EndTrace(status.code());
  telemetry_->in_flight().Decrement();
  method.series->answered[static_cast<size_t>(status.code())]->Increment();
  if (!method.push) method.series->seconds->Observe(absl::ToDoubleSeconds(taken));
  if (log::Enabled(log::Severity::kDebug)) {
    log::Debug("call", {{"method", method.path},
                        {"code", absl::StatusCodeToString(status.code())},
                        {"seconds", taken},
                        {"trace_id", call.trace_id()}});
  }
  if (refusals_ != nullptr && WasRefused(method, call, status))
    refusals_->Refused(call.caller(), method.path, status);
  if (!StaysHere(status.code())) return ToGrpc(status);
  std::string id;
  const absl::Status told = status::Internal(status, &id);
  log::Error("call failed", {{"id", id},
                             {"method", method.path},
                             {"trace_id", call.trace_id()},
                             {"cause", status},
                             {"database", mysql::InternalText(status)}});
  return ToGrpc(told);
}

}  // namespace qinglian::rpc
