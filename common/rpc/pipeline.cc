#include "common/rpc/pipeline.h"

#include <utility>

#include "common/rpc/codec.h"
#include "common/status/status.h"

namespace qinglian::rpc {
namespace {

std::vector<std::unique_ptr<mysql::Session>> MakeSessions(const PipelineOptions& options,
                                                          size_t count) {
  std::vector<std::unique_ptr<mysql::Session>> sessions;
  for (size_t i = 0; i < count; ++i)
    sessions.push_back(std::make_unique<mysql::Session>(options.database));
  return sessions;
}

}  // namespace

Pipeline::Pipeline(PipelineOptions options)
    : options_(std::move(options)),
      sessions_(MakeSessions(options_, options_.workers)),
      bulk_sessions_(MakeSessions(options_, options_.bulk_threads)),
      lane_({"worker", options_.workers, options_.queue_size, options_.max_queue_wait}),
      bulk_lane_(
          {"bulk", options_.bulk_threads, options_.bulk_queue_size, options_.max_queue_wait}) {}

Pipeline::~Pipeline() { Stop(); }

void Pipeline::Drain() {
  std::vector<std::shared_ptr<PushCore>> open;
  {
    std::lock_guard lock(push_mutex_);
    draining_ = true;
    for (const auto& [key, core] : push_streams_) open.push_back(core);
  }
  for (const auto& core : open) core->Close(status::Error(status::kDraining));
}

void Pipeline::Stop() {
  lane_.Stop();
  bulk_lane_.Stop();
}

bool Pipeline::Register(const std::shared_ptr<PushCore>& core) {
  std::lock_guard lock(push_mutex_);
  if (draining_) return false;
  push_streams_.emplace(core.get(), core);
  return true;
}

void Pipeline::Unregister(const PushCore* core) {
  std::lock_guard lock(push_mutex_);
  push_streams_.erase(core);
}

absl::Status Pipeline::Refused(Lane::Admission admission) const {
  return admission == Lane::Admission::kStopped ? status::Error(status::kDraining) : Overloaded();
}

absl::Status Pipeline::Overloaded() const {
  return status::Unavailable(status::kOverloaded, options_.max_queue_wait);
}

grpc::Status Pipeline::Report(const Method& method, const CallContext& call,
                              const absl::Status& status) {
  return ToGrpc(status);
}

}  // namespace qinglian::rpc
