#include "common/serving/followed.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::serving {
namespace {

absl::StatusOr<std::string> AddressOf(const std::string& feed, const rpc::Hop* hop) {
  const std::string name = absl::StrCat(feed, "_address");
  const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  std::string address = flag == nullptr ? "" : flag->TryGet<std::string>().value_or("");
  if (!address.empty()) {
    RETURN_IF_ERROR(rpc::CheckTarget(name, address, hop));
    return address;
  }
  return status::Error(
      status::kConfigInvalid,
      {{"detail", absl::StrCat("--", name, " must say where the ", feed, " service is called")}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Followed>> Followed::Make(
    const std::string& service, const Environment& environment, metrics::Registry& registry,
    const std::shared_ptr<const rpc::Hop>& hop,
    std::vector<std::unique_ptr<projection::Projection>> projections) {
  std::unique_ptr<Followed> followed(new Followed(std::move(projections)));
  if (followed->projections_.empty()) return followed;
  for (const auto& projection : followed->projections_) {
    projection::FollowerOptions options;
    ASSIGN_OR_RETURN(options.address, AddressOf(projection->feed(), hop.get()));
    options.hop = hop;
    options.peer = projection->feed();
    options.database = environment.database;
    options.observer = environment.pipeline.database_observer();
    options.identity_keys = environment.identity_keys;
    followed->followers_.push_back(std::make_unique<projection::Follower>(
        environment.journal, *projection, std::move(options)));
  }
  followed->metrics_ =
      std::make_unique<projection::ProjectionMetrics>(registry, followed->followers_);
  followed->feed_service_ = std::make_unique<rpc::Service>(
      environment.pipeline, absl::StrCat("qinglian.", service, ".v1.FeedService"));
  projection::AddFeedMethods(*followed->feed_service_, environment.journal, environment.tokens,
                             followed->followers_);
  return followed;
}

Followed::~Followed() { Stop(); }

void Followed::Start(std::function<void()> on_ready) {
  on_ready_ = std::move(on_ready);
  if (followers_.empty()) on_ready_();
  for (const auto& follower : followers_) follower->Start([this] { OneIsReady(); });
}

void Followed::OneIsReady() {
  {
    std::lock_guard lock(mutex_);
    if (++ready_ != followers_.size()) return;
  }
  on_ready_();
}

void Followed::Stop() {
  for (const auto& follower : followers_) follower->Stop();
}

}  // namespace qinglian::serving
