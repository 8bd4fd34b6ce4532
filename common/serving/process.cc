#include "common/serving/process.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/clock/business_clock.h"
#include "common/config/config.h"
#include "common/crypto/crypto.h"
#include "common/journal/checkpoint.h"
#include "common/journal/feed.h"
#include "common/journal/history.h"
#include "common/journal/journal_service.h"
#include "common/journal/metrics.h"
#include "common/journal/refusals.h"
#include "common/journal/search.h"
#include "common/journal/sequencer.h"
#include "common/log/log.h"
#include "common/metrics/exposer.h"
#include "common/metrics/metrics.h"
#include "common/mysql/migrate.h"
#include "common/rpc/hop_flags.h"
#include "common/rpc/hop_metrics.h"
#include "common/rpc/server.h"
#include "common/serving/clock_tasks.h"
#include "common/serving/condition.h"
#include "common/serving/followed.h"
#include "common/status/macros.h"
#include "common/trace/flags.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0",
          "Where calls are taken: a loopback address and port, or unix:PATH; with "
          "--hop_certificate_file any address of this machine.");
ABSL_FLAG(std::vector<std::string>, hop_peers,
          (std::vector<std::string>{"gateway", "organization", "risk", "supervision", "review",
                                    "qlctl"}),
          "With --hop_certificate_file: the processes that may call, by the names in their "
          "certificates.");
ABSL_FLAG(std::string, health_address, "",
          "Where it is also told, unencrypted and to anybody, whether this process serves, and "
          "nothing else: host:port. Empty: nowhere.");
ABSL_FLAG(
    absl::Duration, max_connection_age, absl::InfiniteDuration(),
    "Connections older than this are closed once their calls have ended, so that callers find "
    "new replicas and meet new certificates.");
ABSL_FLAG(std::string, metrics_address, "127.0.0.1:0",
          "Where /metrics is served: a loopback address and port.");
ABSL_FLAG(bool, metrics_beyond_loopback, false,
          "Whether --metrics_address may be one that other machines reach: where the network says "
          "who does.");
ABSL_FLAG(std::string, demonstration_clock, "",
          "A file that says what time it is in a demonstration installation; empty for real time.");
ABSL_FLAG(std::string, checkpoint_dir, "",
          "The folder that the journal's signed checkpoints are written to.");
ABSL_FLAG(std::string, key_file, "",
          "A file of 64 hexadecimal digits: the secret that page tokens, resume tokens and "
          "checkpoints are made with.");
ABSL_FLAG(std::string, identity_key_file, "",
          "A file with a key a line, 64 hexadecimal digits each: what gateways and services prove "
          "to each other who calls with. The first makes tokens, all open them; read anew when it "
          "changes.");
ABSL_FLAG(int, workers, 16, "Threads for calls, each with a database connection.");
ABSL_FLAG(bool, reflection, false, "Whether the server describes its services to tools.");

namespace qinglian::serving {
namespace {

// How often it is tried whether a database is back that was away from the start.
constexpr absl::Duration kDatabasePause = absl::Seconds(1);

absl::StatusOr<std::unique_ptr<clock::BusinessClock>> MakeBusinessClock() {
  const std::string file = absl::GetFlag(FLAGS_demonstration_clock);
  if (file.empty()) return std::make_unique<clock::BusinessClock>(clock::SystemClock::Instance());
  return clock::BusinessClock::Demonstration(clock::SystemClock::Instance(), file);
}

rpc::ServerOptions MakeServerOptions(const mysql::Options& database,
                                     std::shared_ptr<const access::IdentityKeys> identity_keys,
                                     std::shared_ptr<const rpc::Hop> hop) {
  rpc::ServerOptions options;
  options.listen = absl::GetFlag(FLAGS_listen);
  options.hop = std::move(hop);
  options.hop_peers = absl::GetFlag(FLAGS_hop_peers);
  options.health_address = absl::GetFlag(FLAGS_health_address);
  options.max_connection_age = absl::GetFlag(FLAGS_max_connection_age);
  options.reflection = absl::GetFlag(FLAGS_reflection);
  options.pipeline.workers = static_cast<size_t>(absl::GetFlag(FLAGS_workers));
  options.pipeline.database = database;
  options.pipeline.identity_keys = std::move(identity_keys);
  return options;
}

// Whether the database is only away, and may be back.
bool IsAway(const absl::Status& status) {
  const auto error_class = mysql::ErrorClassOf(status);
  return error_class == mysql::ErrorClass::kLost || error_class == mysql::ErrorClass::kUnavailable;
}

// Everything that runs, in the order in which it is made; it ends in the reverse order.
class Process {
 public:
  Process(const Definition& definition, const mysql::Options& database, std::string key,
          const std::shared_ptr<const access::IdentityKeys>& identity_keys,
          std::shared_ptr<const rpc::Hop> hop, std::unique_ptr<clock::BusinessClock> business_clock,
          const trace::ExporterOptions& tracing)
      : definition_(definition),
        database_(database),
        key_(std::move(key)),
        hop_(std::move(hop)),
        business_clock_(std::move(business_clock)),
        registry_(std::make_shared<metrics::Registry>(definition.service, config::Version())),
        traces_(tracing, *registry_),
        hop_metrics_(*registry_, hop_),
        journal_({definition.service, clock::SystemClock::Instance(), *business_clock_,
                  crypto::DeriveKey(key_, "qinglian request hash 1")}),
        tokens_({key_}),
        server_(MakeServerOptions(database, identity_keys, hop_), *registry_),
        condition_(
            {.database = database, .observer = observer(), .clock = clock::SystemClock::Instance()},
            *registry_),
        environment_{server_.pipeline(), journal_,  tokens_,      clock::SystemClock::Instance(),
                     *business_clock_,   database_, identity_keys} {}

  // What the server calls ends after it, on the way out of a failed start too.
  ~Process() {
    condition_.Stop();
    server_.Drain();
  }

  // False where it was told to end before it served.
  absl::StatusOr<bool> Start() {
    RETURN_IF_ERROR(StartTelling());
    ASSIGN_OR_RETURN(const bool usable, AwaitDatabase());
    if (!usable) return false;
    RETURN_IF_ERROR(StartServing());
    return true;
  }

  void RunToEnd() {
    server_.WaitForSignal();
    log::Info("draining");
    {
      std::lock_guard lock(ready_mutex_);
      draining_ = true;
    }
    server_.Drain();
    condition_.Stop();
    followed_->Stop();
    feed_->Stop();
    clock_tasks_->Stop();
    RecordLastRefusals();
    sequencer_->Stop();
    log::Info("ended");
  }

 private:
  // What every session of the process tells of its troubles.
  mysql::Observer* observer() { return server_.pipeline().database_observer(); }

  // From the first moment on, so that who waits for its database is seen to.
  absl::Status StartTelling() {
    ASSIGN_OR_RETURN(exposer_,
                     metrics::Exposer::Start(absl::GetFlag(FLAGS_metrics_address), registry_,
                                             absl::GetFlag(FLAGS_metrics_beyond_loopback)));
    return server_.StartHealth();
  }

  // Waits for a database that is away, and then checks its schema. What is wrong with either is for
  // an operator to put right, and an error. False where a signal came first.
  absl::StatusOr<bool> AwaitDatabase() {
    mysql::Session session(database_, observer());
    while (true) {
      const absl::Status status = CheckSchema(session);
      if (!IsAway(status)) return status.ok() ? absl::StatusOr<bool>(true) : status;
      condition_.Report(Obstacle::kDatabase, status);
      if (server_.WaitForSignal(kDatabasePause)) return false;
    }
  }

  absl::Status CheckSchema(mysql::Session& session) {
    ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
    return mysql::CheckSchema(*connection, definition_.migrations);
  }

  absl::Status StartServing() {
    ASSIGN_OR_RETURN(application_, definition_.build(environment_));
    server_.pipeline().set_refusal_observer(&refusals_);
    RETURN_IF_ERROR(CheckTables());
    RETURN_IF_ERROR(StartSequencer());
    StartFeed();
    for (rpc::Service* service : application_->services()) server_.Add(service);
    ASSIGN_OR_RETURN(followed_, Followed::Make(definition_.service, environment_, *registry_, hop_,
                                               application_->projections()));
    if (followed_->feed_service() != nullptr) server_.Add(followed_->feed_service());
    RETURN_IF_ERROR(server_.Start());
    journal_metrics_ =
        std::make_unique<journal::JournalMetrics>(*registry_, journal_, *sequencer_, *feed_);
    application_->DeclareMetrics(*registry_);
    clock_tasks_ = std::make_unique<ClockTasks>(Tasks(), database_, observer(), *registry_);
    condition_.Start([this](bool fit) { Become(&fit_, fit); });
    followed_->Start([this] { Become(&informed_, true); });
    log::Info("serving", {{"port", server_.port()}, {"metrics_port", exposer_->port()}});
    return absl::OkStatus();
  }

  absl::Status CheckTables() {
    mysql::Session session(database_, observer());
    ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
    return application_->CheckSchema(*connection);
  }

  std::vector<ClockTask> Tasks() {
    std::vector<ClockTask> tasks = application_->clock_tasks();
    tasks.push_back({"record-refusals", journal::kRefusalsInterval,
                     [this](mysql::Session& session) { return refusals_.Flush(session); }});
    return tasks;
  }

  void RecordLastRefusals() {
    mysql::Session session(database_, observer());
    const absl::Status status = refusals_.Flush(session);
    if (!status.ok()) log::Error("refused attempts not recorded", {{"error", status}});
  }

  // Ready is who has a first snapshot of all that is followed, and nothing in the way.
  void Become(bool* part, bool holds) {
    std::lock_guard lock(ready_mutex_);
    *part = holds;
    const bool ready = informed_ && fit_ && !draining_;
    if (ready == std::exchange(ready_, ready)) return;
    server_.SetReady(ready);
    if (ready) log::Info("ready");
  }

  absl::Status StartSequencer() {
    ASSIGN_OR_RETURN(checkpoints_,
                     journal::CheckpointWriter::Open({.service = definition_.service,
                                                      .dir = absl::GetFlag(FLAGS_checkpoint_dir),
                                                      .key = key_,
                                                      .clock = clock::SystemClock::Instance()}));
    journal::SequencerOptions options{
        .database = database_, .observer = observer(), .holder = definition_.service};
    options.on_head = [this](const journal::Head& head) {
      condition_.Report(Obstacle::kCheckpoints, checkpoints_->OnHead(head));
    };
    sequencer_ = std::make_unique<journal::Sequencer>(journal_, std::move(options));
    return absl::OkStatus();
  }

  void StartFeed() {
    feed_ = std::make_unique<journal::Feed>(
        journal_, journal::FeedOptions{.database = database_,
                                       .observer = observer(),
                                       .key = key_,
                                       .sources = application_->snapshots()});
    history_ = std::make_unique<journal::History>(key_);
    search_ = std::make_unique<journal::Search>(key_);
    journal_service_ = std::make_unique<rpc::Service>(
        server_.pipeline(), absl::StrCat("qinglian.", definition_.service, ".v1.JournalService"));
    journal::AddJournalMethods(*journal_service_, journal_, *feed_, *history_, *search_);
    server_.Add(journal_service_.get());
  }

  const Definition& definition_;
  const mysql::Options database_;
  const std::string key_;
  const std::shared_ptr<const rpc::Hop> hop_;
  const std::unique_ptr<clock::BusinessClock> business_clock_;
  const std::shared_ptr<metrics::Registry> registry_;
  const trace::Exporter traces_;
  const rpc::HopMetrics hop_metrics_;
  journal::Journal journal_;
  journal::Refusals refusals_{journal_};
  const paging::TokenCodec tokens_;
  std::mutex ready_mutex_;
  bool informed_ = false;
  bool fit_ = false;
  bool ready_ = false;
  bool draining_ = false;
  rpc::Server server_;
  Condition condition_;
  const Environment environment_;
  std::unique_ptr<Application> application_;
  std::unique_ptr<journal::CheckpointWriter> checkpoints_;
  std::unique_ptr<journal::Sequencer> sequencer_;
  std::unique_ptr<journal::Feed> feed_;
  std::unique_ptr<journal::History> history_;
  std::unique_ptr<journal::Search> search_;
  std::unique_ptr<rpc::Service> journal_service_;
  std::unique_ptr<journal::JournalMetrics> journal_metrics_;
  std::unique_ptr<metrics::Exposer> exposer_;
  std::unique_ptr<ClockTasks> clock_tasks_;
  std::unique_ptr<Followed> followed_;
};

}  // namespace

absl::Status Serve(const Definition& definition, const mysql::Options& database) {
  ASSIGN_OR_RETURN(std::string key, journal::LoadKey(absl::GetFlag(FLAGS_key_file)));
  ASSIGN_OR_RETURN(const std::shared_ptr<const access::IdentityKeys> identity_keys,
                   access::IdentityKeys::Load(absl::GetFlag(FLAGS_identity_key_file)));
  ASSIGN_OR_RETURN(std::shared_ptr<const rpc::Hop> hop, rpc::HopFromFlags(definition.service));
  ASSIGN_OR_RETURN(std::unique_ptr<clock::BusinessClock> business_clock, MakeBusinessClock());
  ASSIGN_OR_RETURN(
      const trace::ExporterOptions tracing,
      trace::ExporterOptionsFromFlags(definition.service, std::string(config::Version())));
  Process process(definition, database, std::move(key), identity_keys, std::move(hop),
                  std::move(business_clock), tracing);
  ASSIGN_OR_RETURN(const bool serves, process.Start());
  if (serves) process.RunToEnd();
  return absl::OkStatus();
}

}  // namespace qinglian::serving
