#include "common/journal/feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/crypto/crypto.h"
#include "common/id/names.h"
#include "common/journal/reading.h"
#include "common/journal/redaction.h"
#include "common/log/log.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "grpcpp/support/byte_buffer.h"

namespace qinglian::journal {
namespace {

// After an error of the database.
constexpr absl::Duration kPause = absl::Milliseconds(200);
// Batches one watcher gets in a row while others wait for the same threads.
constexpr int kTurn = 16;

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Errors that pass: the watcher waits. Others are his.
bool Passes(const absl::Status& status) {
  return mysql::ErrorClassOf(status).has_value() || absl::IsUnavailable(status) ||
         absl::IsAborted(status) || absl::IsDeadlineExceeded(status);
}

// Bytes that are sent without being copied, kept by what they belong to.
grpc::Slice SliceOf(const std::shared_ptr<const Batch>& batch) {
  using Kept = std::shared_ptr<const Batch>;
  return grpc::Slice(
      const_cast<char*>(batch->fields.data()), batch->fields.size(),
      [](void* kept) { delete static_cast<Kept*>(kept); }, new Kept(batch));
}

grpc::Slice SliceOf(std::string fields) {
  auto* kept = new std::string(std::move(fields));
  return grpc::Slice(
      kept->data(), kept->size(), [](void* text) { delete static_cast<std::string*>(text); }, kept);
}

// Resources of a snapshot, as one message.
struct SnapshotPiece {
  std::string fields;
  int64_t resources = 0;
};

ResourcesByKind ResourcesOf(const SnapshotPage& page, const std::string& kind) {
  ResourcesByKind resources;
  for (const v1::Change& change : page.changes) resources[kind].insert(change.resource());
  return resources;
}

}  // namespace

// One stream. Who is up to date belongs to the tail, under the feed's mutex; who lags belongs to
// the one thread that has taken him from the queue. He changes sides under the mutex.
struct Feed::Watcher {
  enum class Phase { kStarting, kSnapshot, kChanges };

  std::shared_ptr<Stream> stream;
  // The filter refers to it.
  rpc::Subscriber subscriber;
  Filter filter;
  v1::WatchChangesRequest::StartCase start;
  Phase phase = Phase::kStarting;
  std::string incarnation;
  // Everything up to `sent` is covered by what was sent; up to `covered` there is nothing more that
  // the filter wants.
  uint64_t sent = 0;
  // Read by the tail too.
  std::atomic<uint64_t> covered{0};
  // The place in a snapshot.
  size_t source = 0;
  std::string after_id;
  int64_t resources = 0;
  // Resources that were read and not yet taken.
  std::deque<SnapshotPiece> pieces;

  std::atomic<bool> lagging{true};
  std::atomic<int64_t> spoken{0};
  // Since when he takes nothing; zero while he does.
  std::atomic<int64_t> blocked{0};

  // Of the queue.
  bool queued = false;
  bool running = false;
  bool again = false;
};

// Watchers who wait for a thread. Nobody is in it twice, and nobody is served by two. Apart from
// the feed because streams that end call into it.
class Feed::Queue {
 public:
  void Schedule(const std::shared_ptr<Watcher>& watcher) {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (watcher->running) {
      watcher->again = true;
    } else if (!watcher->queued) {
      watcher->queued = true;
      waiting_.push_back(watcher);
      changed_.notify_one();
    }
  }

  // The next; null when there will be none.
  std::shared_ptr<Watcher> Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return nullptr;
    std::shared_ptr<Watcher> watcher = std::move(waiting_.front());
    waiting_.pop_front();
    watcher->queued = false;
    watcher->running = true;
    watcher->again = false;
    return watcher;
  }

  void Done(const std::shared_ptr<Watcher>& watcher) {
    bool again;
    {
      std::lock_guard lock(mutex_);
      watcher->running = false;
      again = watcher->again;
    }
    if (again) Schedule(watcher);
  }

  void Stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    waiting_.clear();
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Watcher>> waiting_;
  bool stopped_ = false;
};

Feed::Feed(Journal& journal, FeedOptions options)
    : journal_(journal),
      options_(std::move(options)),
      sealer_(options_.key, "qinglian journal resume token 1"),
      queue_(std::make_shared<Queue>()),
      tail_session_(options_.database, options_.observer) {
  threads_.emplace_back([this] { Tail(); });
  for (int i = 0; i < options_.lagging_threads; ++i) {
    threads_.emplace_back([this] { ServeLagging(); });
  }
}

Feed::~Feed() { Stop(); }

void Feed::Stop() {
  if (stop_.exchange(true)) return;
  journal_.sequenced().Notify();
  queue_->Stop();
  for (std::thread& thread : threads_) thread.join();
  std::lock_guard lock(mutex_);
  for (const auto& watcher : watchers_) watcher->stream->Close(status::Error(status::kDraining));
  watchers_.clear();
}

absl::Status Feed::Watch(std::shared_ptr<Stream> stream, rpc::Subscriber subscriber,
                         const v1::WatchChangesRequest& request) {
  auto watcher = std::make_shared<Watcher>();
  watcher->subscriber = std::move(subscriber);
  ASSIGN_OR_RETURN(watcher->filter, Filter::Of(request, watcher->subscriber.scope));
  watcher->start = request.start_case();
  // `snapshot: false` and `now: false` say nothing.
  if ((request.has_snapshot() && !request.snapshot()) || (request.has_now() && !request.now())) {
    watcher->start = v1::WatchChangesRequest::START_NOT_SET;
  }
  if (request.has_resume_token()) {
    ResumeToken token;
    if (!sealer_.Open(request.resume_token(), token) || token.version() != 1 ||
        token.service() != journal_.service() ||
        !crypto::SameBytes(token.filter(), watcher->filter.hash())) {
      return status::Error(status::kResumeTokenInvalid);
    }
    watcher->incarnation = token.incarnation();
    watcher->sent = token.position();
    watcher->covered = token.position();
  }
  watcher->spoken = NowMicros();
  watcher->stream = stream;
  // Before anybody offers him anything: a queue that runs empty unheard would be waited for in
  // vain.
  stream->OnDrained([queue = queue_, watcher] {
    if (watcher->lagging) queue->Schedule(watcher);
  });
  {
    std::lock_guard lock(mutex_);
    if (stop_) return status::Error(status::kDraining);
    watchers_.push_back(watcher);
  }
  queue_->Schedule(watcher);
  return absl::OkStatus();
}

void Feed::Tail() {
  bool failing = false;
  while (!stop_) {
    journal_.sequenced().Wait(options_.poll);
    absl::Status status = Advance();
    if (!status.ok()) {
      ++state_.failures;
      // Once, however long it lasts.
      if (!failing) {
        log::Warning("feed cannot read the journal",
                     {{"error", status}, {"database", mysql::InternalText(status)}});
      }
      tail_session_.Reset();
      absl::SleepFor(kPause);
      failing = true;
    } else if (std::exchange(failing, false)) {
      log::Info("feed reads the journal again");
    }
    Beat();
  }
}

absl::Status Feed::ReadHead(mysql::Connection& connection, Head& head) {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT head_position, incarnation FROM journal_lease WHERE name='journal'"));
  if (!rows.Next()) return status::Error(status::kDatabaseUnavailable);
  head.position = rows.Uint(0);
  head.incarnation = rows.Bytes(1);
  return absl::OkStatus();
}

absl::Status Feed::Advance() {
  ASSIGN_OR_RETURN(mysql::Connection * connection, tail_session_.Acquire());
  Head head;
  RETURN_IF_ERROR(ReadHead(*connection, head));
  uint64_t after;
  bool restart;
  {
    std::lock_guard lock(mutex_);
    after = last_;
    // Without watchers nobody needs what lies between.
    restart = head.incarnation != incarnation_ || head.position < last_ || watchers_.empty();
  }
  state_.head = head.position;
  if (restart) {
    Restart(head);
    return absl::OkStatus();
  }
  while (after < head.position && !stop_) {
    ASSIGN_OR_RETURN(auto batches,
                     ReadBatches(*connection, after, {options_.page, options_.batch_bytes}));
    if (batches.empty()) break;
    after = batches.back()->through;
    Publish(std::move(batches));
  }
  return absl::OkStatus();
}

void Feed::Restart(const Head& head) {
  std::lock_guard lock(mutex_);
  // What the watchers know is not of this database: they come again and are told so.
  const bool another =
      !incarnation_.empty() && (head.incarnation != incarnation_ || head.position < last_);
  if (another) {
    for (const auto& watcher : watchers_) {
      watcher->stream->Close(status::Error(status::kDatabaseUnavailable));
    }
  }
  ring_.clear();
  ring_bytes_ = 0;
  last_ = head.position;
  incarnation_ = head.incarnation;
}

void Feed::Publish(std::vector<std::shared_ptr<const Batch>> batches) {
  std::lock_guard lock(mutex_);
  for (const auto& batch : batches) {
    ring_.push_back(batch);
    ring_bytes_ += batch->fields.size();
    while (ring_bytes_ > options_.ring_bytes && ring_.size() > 1) {
      ring_bytes_ -= ring_.front()->fields.size();
      ring_.pop_front();
    }
    last_ = batch->through;
    Shared shared;
    for (const auto& watcher : watchers_) {
      if (watcher->lagging || Deliver(*watcher, batch, &shared)) continue;
      watcher->lagging = true;
      queue_->Schedule(watcher);
    }
  }
}

void Feed::Beat() {
  const int64_t now = NowMicros();
  const int64_t slow = absl::ToInt64Microseconds(options_.slow);
  std::lock_guard lock(mutex_);
  std::erase_if(watchers_, [](const auto& watcher) { return watcher->stream->cancelled(); });
  int64_t lagging = 0;
  for (const auto& watcher : watchers_) {
    const int64_t blocked = watcher->blocked;
    if (blocked != 0 && now - blocked > slow) {
      ++state_.slow_cut;
      watcher->stream->Close(status::Error(status::kSlowConsumer));
    } else if (watcher->lagging) {
      const bool behind = !watcher->filter.checks() || watcher->covered < last_;
      lagging += behind;
      if (blocked == 0 && (behind || HeartbeatDue(*watcher))) queue_->Schedule(watcher);
    } else if (HeartbeatDue(*watcher)) {
      Heartbeat(*watcher);
    }
  }
  state_.watchers = static_cast<int64_t>(watchers_.size());
  state_.lagging = lagging;
}

bool Feed::HeartbeatDue(const Watcher& watcher) const {
  return NowMicros() - watcher.spoken >= absl::ToInt64Microseconds(options_.heartbeat);
}

void Feed::Heartbeat(Watcher& watcher) {
  v1::WatchChangesResponse header;
  header.set_after(watcher.sent);
  header.set_through(watcher.covered);
  if (Send(watcher, std::move(header), nullptr)) ++state_.heartbeats;
}

absl::Status Feed::Serve(const std::shared_ptr<Watcher>& watcher, mysql::Session& session) {
  // The house itself, which follows in its own process, is nobody.
  const auto& follower = watcher->subscriber.identified;
  if (watcher->phase == Watcher::Phase::kStarting && follower != nullptr) {
    const absl::Status recorded = RecordWatching(
        journal_, session, follower->caller,
        absl::StrCat("/qinglian.", journal_.service(), ".v1.JournalService/WatchChanges"),
        watcher->filter.ProtectedKinds());
    if (!recorded.ok()) {
      watcher->stream->Close(recorded);
      return absl::OkStatus();
    }
  }
  ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
  if (watcher->phase != Watcher::Phase::kChanges) RETURN_IF_ERROR(Step(*watcher, *connection));
  if (watcher->phase != Watcher::Phase::kChanges) return absl::OkStatus();
  return watcher->filter.checks() ? CatchUpChecked(watcher, *connection)
                                  : CatchUp(watcher, *connection);
}

void Feed::ServeLagging() {
  mysql::Session session(options_.database, options_.observer);
  while (std::shared_ptr<Watcher> watcher = queue_->Take()) {
    absl::Status status;
    if (watcher->lagging && !watcher->stream->cancelled()) status = Serve(watcher, session);
    queue_->Done(watcher);
    if (status.ok()) continue;
    if (!Passes(status)) {
      watcher->stream->Close(status);
      continue;
    }
    // The tail says so in the log.
    ++state_.failures;
    session.Reset();
    absl::SleepFor(kPause);
  }
}

absl::Status Feed::Step(Watcher& watcher, mysql::Connection& connection) {
  if (watcher.phase == Watcher::Phase::kStarting) RETURN_IF_ERROR(Begin(watcher, connection));
  if (watcher.phase == Watcher::Phase::kSnapshot) return SendSnapshot(watcher, connection);
  return absl::OkStatus();
}

absl::Status Feed::Begin(Watcher& watcher, mysql::Connection& connection) {
  Head head;
  RETURN_IF_ERROR(ReadHead(connection, head));
  switch (watcher.start) {
    case v1::WatchChangesRequest::kResumeToken:
      // A position that was never reached here is as much of another database.
      if (watcher.incarnation != head.incarnation || watcher.sent > head.position) {
        return status::Error(status::kResumeTokenIncarnation);
      }
      break;
    case v1::WatchChangesRequest::kSnapshot:
    case v1::WatchChangesRequest::kNow:
      // For a snapshot the position is noted before anything is read, so that nothing falls
      // between.
      watcher.sent = head.position;
      watcher.covered = head.position;
      break;
    case v1::WatchChangesRequest::START_NOT_SET:
      break;
  }
  watcher.incarnation = head.incarnation;
  watcher.phase = watcher.start == v1::WatchChangesRequest::kSnapshot ? Watcher::Phase::kSnapshot
                                                                      : Watcher::Phase::kChanges;
  // At once, so that the watcher knows that it is heard, and where "now" was even if the stream
  // breaks before a change.
  if (watcher.phase == Watcher::Phase::kChanges) Heartbeat(watcher);
  return absl::OkStatus();
}

absl::Status Feed::ReadSnapshot(Watcher& watcher, mysql::Connection& connection) {
  const SnapshotSource& source = options_.sources[watcher.source];
  SnapshotPage page;
  if (watcher.filter.HasKind(source.kind)) {
    ASSIGN_OR_RETURN(page, source.read(connection, watcher.after_id, options_.page));
  }
  std::set<std::string> seen;
  if (watcher.filter.Checks(source.kind)) {
    ASSIGN_OR_RETURN(seen, SeenBy(connection, watcher.filter, ResourcesOf(page, source.kind)));
  }
  std::vector<v1::Change*> told;
  for (v1::Change& change : page.changes) {
    if (watcher.filter.Checks(source.kind) && seen.count(change.resource()) == 0) continue;
    auto organization = id::ParseName("organizations", change.organization());
    if (watcher.filter.Has(change.kind(), organization.ok() ? organization->Bytes() : ""))
      told.push_back(&change);
  }
  RETURN_IF_ERROR(Redact(connection, watcher.filter.scope(), told));
  SnapshotPiece piece;
  for (const v1::Change* change : told) {
    AppendField(*change, piece.fields);
    ++piece.resources;
    if (piece.fields.size() < options_.batch_bytes) continue;
    watcher.pieces.push_back(std::exchange(piece, {}));
  }
  if (piece.resources > 0) watcher.pieces.push_back(std::move(piece));
  watcher.after_id = page.last_id;
  if (page.last_id.empty()) ++watcher.source;
  return absl::OkStatus();
}

absl::Status Feed::SendSnapshot(Watcher& watcher, mysql::Connection& connection) {
  while (!stop_ && !watcher.stream->cancelled()) {
    v1::WatchChangesResponse header;
    header.set_after(watcher.sent);
    header.set_through(watcher.sent);
    if (!watcher.pieces.empty()) {
      const SnapshotPiece& piece = watcher.pieces.front();
      header.mutable_snapshot()->set_sent(watcher.resources + piece.resources);
      const grpc::Slice fields(piece.fields);
      if (!Send(watcher, std::move(header), &fields)) return absl::OkStatus();
      watcher.resources += piece.resources;
      watcher.pieces.pop_front();
    } else if (watcher.source < options_.sources.size()) {
      RETURN_IF_ERROR(ReadSnapshot(watcher, connection));
    } else {
      header.mutable_snapshot()->set_sent(watcher.resources);
      header.mutable_snapshot()->set_complete(true);
      if (Send(watcher, std::move(header), nullptr)) watcher.phase = Watcher::Phase::kChanges;
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::Status Feed::CatchUp(const std::shared_ptr<Watcher>& watcher, mysql::Connection& connection) {
  for (int turn = 0; turn < kTurn && !stop_; ++turn) {
    if (Join(watcher) != Joining::kTooFarBehind) return absl::OkStatus();
    ASSIGN_OR_RETURN(auto batches, ReadBatches(connection, watcher->covered,
                                               {options_.page, options_.batch_bytes}));
    // At the end, while the tail has not begun or has gone on: it sends him here again.
    if (batches.empty()) return absl::OkStatus();
    for (const auto& batch : batches) {
      if (!Deliver(*watcher, batch, nullptr)) return absl::OkStatus();
    }
  }
  queue_->Schedule(watcher);
  return absl::OkStatus();
}

absl::Status Feed::CatchUpChecked(const std::shared_ptr<Watcher>& watcher,
                                  mysql::Connection& connection) {
  {
    std::lock_guard lock(mutex_);
    if (!incarnation_.empty() && watcher->incarnation != incarnation_) {
      watcher->stream->Close(status::Error(status::kDatabaseUnavailable));
      return absl::OkStatus();
    }
  }
  for (int turn = 0; turn < kTurn && !stop_; ++turn) {
    const uint64_t after = watcher->covered;
    ASSIGN_OR_RETURN(auto batches,
                     ReadBatches(connection, after, {options_.page, options_.batch_bytes, true}));
    if (batches.empty()) {
      if (HeartbeatDue(*watcher)) Heartbeat(*watcher);
      return absl::OkStatus();
    }
    for (const auto& batch : batches) {
      ASSIGN_OR_RETURN(const std::set<std::string> seen,
                       SeenBy(connection, watcher->filter, *batch, watcher->covered));
      ASSIGN_OR_RETURN(const auto redacted,
                       Redacted(connection, watcher->filter, *batch, watcher->covered, seen));
      const grpc::Slice fields =
          SliceOf(FieldsOf(*batch, watcher->filter, watcher->covered, seen, redacted));
      if (!DeliverFields(*watcher, *batch, fields)) return absl::OkStatus();
    }
  }
  queue_->Schedule(watcher);
  return absl::OkStatus();
}

Feed::Joining Feed::Join(const std::shared_ptr<Watcher>& watcher) {
  std::lock_guard lock(mutex_);
  if (!incarnation_.empty() && watcher->incarnation != incarnation_) {
    // The database was restored after he began and before the tail first looked, so that Restart
    // could not tell him; or the tail is about to find out.
    watcher->stream->Close(status::Error(status::kDatabaseUnavailable));
    return Joining::kBlocked;
  }
  const uint64_t begin = ring_.empty() ? last_ : ring_.front()->after;
  if (incarnation_.empty() || watcher->covered < begin) return Joining::kTooFarBehind;
  for (const auto& batch : ring_) {
    if (!Deliver(*watcher, batch, nullptr)) return Joining::kBlocked;
  }
  watcher->lagging = false;
  return Joining::kJoined;
}

bool Feed::Deliver(Watcher& watcher, const std::shared_ptr<const Batch>& batch, Shared* shared) {
  // Who reads for himself can be ahead of the tail when he joins it.
  if (batch->through <= watcher.covered) return true;
  grpc::Slice fields;
  // Only who has had exactly what lies before can share.
  const bool whole = watcher.covered <= batch->after;
  if (whole && watcher.filter.everything()) {
    fields = SliceOf(batch);
  } else if (shared != nullptr && whole) {
    auto [it, made] = shared->try_emplace(watcher.filter.hash());
    if (made) it->second = SliceOf(FieldsOf(*batch, watcher.filter, batch->after));
    fields = it->second;
  } else {
    fields = SliceOf(FieldsOf(*batch, watcher.filter, watcher.covered));
  }
  return DeliverFields(watcher, *batch, fields);
}

bool Feed::DeliverFields(Watcher& watcher, const Batch& batch, const grpc::Slice& fields) {
  if (fields.size() == 0 && !HeartbeatDue(watcher)) {
    watcher.covered = batch.through;
    return true;
  }
  v1::WatchChangesResponse header;
  header.set_after(watcher.sent);
  header.set_through(batch.through);
  return Send(watcher, std::move(header), &fields);
}

bool Feed::Send(Watcher& watcher, v1::WatchChangesResponse header, const grpc::Slice* fields) {
  const bool within_snapshot = header.has_snapshot() && !header.snapshot().complete();
  if (!within_snapshot) header.set_resume_token(Token(watcher, header.through()));
  *header.mutable_time() = clock::ToTimestamp(journal_.system_clock().Now());
  // Fields of a message may stand in any order, so what is shared need not be copied.
  grpc::Slice slices[2] = {grpc::Slice(header.SerializeAsString())};
  if (fields != nullptr) slices[1] = *fields;
  const bool both = fields != nullptr && fields->size() > 0;
  if (!watcher.stream->Offer(std::make_shared<grpc::ByteBuffer>(slices, both ? 2 : 1))) {
    int64_t never = 0;
    watcher.blocked.compare_exchange_strong(never, NowMicros());
    return false;
  }
  watcher.sent = header.through();
  watcher.covered = header.through();
  watcher.spoken = NowMicros();
  watcher.blocked = 0;
  ++state_.batches_sent;
  return true;
}

std::string Feed::Token(const Watcher& watcher, uint64_t position) const {
  ResumeToken token;
  token.set_version(1);
  token.set_service(journal_.service());
  token.set_incarnation(watcher.incarnation);
  token.set_position(position);
  token.set_filter(watcher.filter.hash());
  return sealer_.Seal(token);
}

}  // namespace qinglian::journal
