#include "common/projection/follower.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/id/uuid.h"
#include "common/log/log.h"
#include "common/mysql/transact.h"
#include "common/projection/faults.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/trace/span.h"

namespace qinglian::projection {
namespace {

using journal::v1::WatchChangesRequest;
using journal::v1::WatchChangesResponse;

// The longest a transaction may take.
constexpr absl::Duration kTransaction = absl::Seconds(60);
// Resources of one transaction of a sweep.
constexpr int kSweep = 200;

// The time of the followed service up to which a batch tells everything.
std::optional<absl::Time> AsOf(const WatchChangesResponse& batch) {
  const google::protobuf::Timestamp& time = batch.changes().empty() || batch.has_snapshot()
                                                ? batch.time()
                                                : batch.changes(batch.changes_size() - 1).time();
  const absl::StatusOr<absl::Time> as_of = clock::ToTime(time);
  if (!as_of.ok() || *as_of == absl::UnixEpoch()) return std::nullopt;
  return *as_of;
}

// The span of applying changes, which comes from those in which they were journalled. Those of a
// snapshot are of long ago, and none of anybody's trace.
trace::Span FollowTraces(const std::vector<const journal::v1::Change*>& changes) {
  if (!trace::Enabled()) return {};
  std::vector<trace::Context> causes;
  for (const journal::v1::Change* change : changes) {
    if (change->position() == 0) continue;
    causes.push_back(
        trace::JournalSpan(change->origin().trace_id(), change->origin().request_id()));
  }
  return trace::Follow("apply changes", causes);
}

}  // namespace

Follower::Follower(journal::Journal& journal, Projection& projection, FollowerOptions options)
    : journal_(journal),
      projection_(projection),
      options_(std::move(options)),
      ledger_(projection.feed()),
      holder_(absl::StrCat(journal.service(), " ", id::Uuid::NewV4().ToString())),
      session_(options_.database, options_.observer) {}

Follower::~Follower() { Stop(); }

void Follower::Start(std::function<void()> on_ready) {
  on_ready_ = std::move(on_ready);
  thread_ = std::thread([this] { Run(); });
}

void Follower::Stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    if (stream_ != nullptr) stream_->Cancel();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Follower::Reconnect() {
  {
    std::lock_guard lock(mutex_);
    reconnect_ = true;
    if (stream_ != nullptr) stream_->Cancel();
  }
  wake_.notify_all();
}

std::optional<absl::Duration> Follower::Lag() const {
  const int64_t as_of = state_.as_of_micros;
  if (as_of == 0) return std::nullopt;
  return std::max(journal_.system_clock().Now() - absl::FromUnixMicros(as_of),
                  absl::ZeroDuration());
}

bool Follower::Wait(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, absl::ToChronoMicroseconds(duration),
                 [this] { return stop_ || reconnect_; });
  reconnect_ = false;
  return !stop_;
}

bool Follower::Pause(int failures) {
  thread_local std::minstd_rand random(std::random_device{}());
  const absl::Duration pause = std::min(
      options_.first_pause * (int64_t{1} << std::min(failures - 1, 20)), options_.longest_pause);
  return Wait(pause * std::uniform_real_distribution<double>(0.5, 1.0)(random));
}

void Follower::NoteError(const absl::Status& status) {
  ++state_.failures;
  log::Warning("feed not followed",
               {{"feed", feed()}, {"error", status}, {"database", mysql::InternalText(status)}});
  std::lock_guard lock(mutex_);
  error_ = DescribeError(status);
}

void Follower::Run() {
  int failures = 0;
  bool go_on = true;
  while (go_on) {
    const uint64_t before = state_.position;
    const uint64_t changes = state_.changes;
    const absl::Status status = FollowOnce();
    state_.connected = false;
    state_.snapshot = false;
    if (state_.position != before || state_.changes != changes) failures = 0;
    if (state_.standby) {
      go_on = Wait(options_.standby_poll);
    } else if (status.ok()) {
      go_on = Wait(options_.first_pause);
    } else {
      NoteError(status);
      go_on = Pause(++failures);
    }
  }
}

absl::Status Follower::FollowOnce() {
  ASSIGN_OR_RETURN(const bool mine, TakeTurn());
  state_.standby = !mine;
  if (!mine) return absl::OkStatus();
  absl::Status status = ReadStream();
  if (absl::IsCancelled(status)) return absl::OkStatus();
  if (!status::Is(status, status::kResumeTokenInvalid) &&
      !status::Is(status, status::kResumeTokenIncarnation)) {
    return status;
  }
  log::Warning("feed begins anew", {{"feed", feed()}, {"error", status}});
  return InTurn([](mysql::Connection&, Progress& progress) {
    progress.token.clear();
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> Follower::TakeTurn() {
  Progress progress;
  RETURN_IF_ERROR(mysql::Transact(session_, {.deadline = absl::Now() + kTransaction},
                                  [&](mysql::Connection& connection) -> absl::Status {
                                    RETURN_IF_ERROR(ledger_.Create(connection));
                                    ASSIGN_OR_RETURN(progress, ledger_.Read(connection, true));
                                    RETURN_IF_ERROR(CountQuarantined(connection));
                                    if (progress.holder != holder_) {
                                      if (took_turn_ && progress.silent < options_.silence)
                                        return absl::OkStatus();
                                      progress.holder = holder_;
                                      ++progress.epoch;
                                    }
                                    return ledger_.Save(connection, progress);
                                  }));
  turn_ = progress.holder == holder_;
  took_turn_ = true;
  epoch_ = progress.epoch;
  generation_ = progress.generation;
  token_ = progress.token;
  ShowProgress(progress);
  return turn_;
}

void Follower::ShowProgress(const Progress& progress) {
  state_.position = progress.position;
  if (progress.as_of.has_value()) state_.as_of_micros = absl::ToUnixMicros(*progress.as_of);
  if (progress.complete_generation == 0 || state_.ready.exchange(true)) return;
  if (on_ready_) on_ready_();
}

void Follower::NoteConnected() {
  ++state_.reconnects;
  std::lock_guard lock(mutex_);
  error_.clear();
}

absl::Status Follower::BeginSnapshot() {
  RETURN_IF_ERROR(InTurn([&](mysql::Connection& connection, Progress& progress) {
    ++progress.generation;
    progress.position = 0;
    return ledger_.SupersedeHeld(connection);
  }));
  ++state_.snapshots;
  log::Info("feed takes a snapshot", {{"feed", feed()}, {"generation", generation_}});
  return absl::OkStatus();
}

absl::Status Follower::ReadStream() {
  WatchChangesRequest request;
  for (std::string& kind : projection_.kinds()) request.add_kinds(std::move(kind));
  if (token_.empty()) {
    request.set_snapshot(true);
  } else {
    request.set_resume_token(token_);
  }
  rpc::CallOptions call;
  call.caller = absl::StrCat("services/", journal_.service());
  call.client = journal_.service();
  call.identity_keys = options_.identity_keys;
  call.grants.emplace_back().set_role("roles/service");
  call.timeout = absl::InfiniteDuration();
  // Each time anew, so that the longest pause is ours and not the channel's.
  Stream stream(rpc::Connect(options_.address,
                             {.hop = options_.hop, .peer = options_.peer, .own_connections = true}),
                absl::StrCat("/qinglian.", feed(), ".v1.JournalService/WatchChanges"), request,
                call);
  {
    std::lock_guard lock(mutex_);
    if (stop_ || reconnect_) return absl::OkStatus();
    stream_ = &stream;
  }
  absl::Status status;
  Batch batch;
  while (turn_ && status.ok() && stream.Read(&batch)) {
    if (!state_.connected.exchange(true)) {
      NoteConnected();
      // Only now, so that vain attempts leave no trace.
      if (request.has_snapshot()) status = BeginSnapshot();
      if (!status.ok() || !turn_) break;
    }
    state_.snapshot = batch.has_snapshot();
    status = DealWith(batch);
  }
  {
    std::lock_guard lock(mutex_);
    stream_ = nullptr;
  }
  if (!status.ok() || !turn_) {
    stream.Cancel();
    return status;
  }
  return stream.Finish();
}

absl::Status Follower::DealWith(const Batch& batch) {
  for (const Piece& piece : Split(batch)) {
    if (piece.completes_snapshot) RETURN_IF_ERROR(SweepVanished());
    RETURN_IF_ERROR(DealWith(piece));
    if (!turn_) break;
  }
  return absl::OkStatus();
}

// Changes without effects stay together. The last piece keeps the token; where it also ends a
// snapshot it has no changes, for what the snapshot did not tell of goes before it.
std::vector<Follower::Piece> Follower::Split(const Batch& batch) {
  std::vector<Piece> pieces;
  bool open = false;
  for (const Change& change : batch.changes()) {
    std::vector<Effect> effects = projection_.Effects(change);
    if (!open || !effects.empty()) pieces.emplace_back();
    open = effects.empty();
    pieces.back().changes.push_back(&change);
    pieces.back().effects = std::move(effects);
  }
  const bool complete = batch.has_snapshot() && batch.snapshot().complete();
  if (pieces.empty() || complete) pieces.emplace_back();
  Piece& last = pieces.back();
  last.as_of = AsOf(batch);
  last.completes_snapshot = complete;
  if (!batch.has_snapshot() || complete) {
    last.token = batch.resume_token();
    last.through = batch.through();
  }
  return pieces;
}

absl::Status Follower::DealWith(const Piece& piece) {
  for (int failures = 1, tries = 1;; ++failures) {
    const absl::Status status = TryPiece(piece);
    if (status.ok()) return status;
    if (!Passes(status)) {
      if (piece.changes.empty()) return status;
      if (piece.changes.size() > 1) {
        // Only one of them may be at fault: each alone, then what is kept of the batch.
        for (const Change* change : piece.changes) {
          Piece single;
          single.changes.push_back(change);
          RETURN_IF_ERROR(DealWith(single));
          if (!turn_) return absl::OkStatus();
        }
        Piece rest = piece;
        rest.changes.clear();
        return DealWith(rest);
      }
      if (tries >= options_.tries) return Quarantine(piece, status, tries);
      ++tries;
    }
    NoteError(status);
    if (!Pause(failures)) return status::Error(status::kCancelled);
  }
}

absl::Status Follower::TryPiece(const Piece& piece) {
  trace::Span span = FollowTraces(piece.changes);
  span.Set(trace::Attribute::kFeed, feed());
  span.Set(trace::Attribute::kChanges, static_cast<int64_t>(piece.changes.size()));
  span.Set(trace::Attribute::kEffects, static_cast<int64_t>(piece.effects.size()));
  const trace::Scope scope(span);
  const absl::Status status = ApplyPiece(piece);
  span.End(status);
  return status;
}

absl::Status Follower::ApplyPiece(const Piece& piece) {
  Progress kept;
  RETURN_IF_ERROR(InTurn([&](mysql::Connection& connection, Progress& progress) -> absl::Status {
    if (piece.changes.empty()) {
      RETURN_IF_ERROR(CountQuarantined(connection));
    } else {
      ASSIGN_OR_RETURN(const auto held, ledger_.Held(connection));
      if (!held.empty() || state_.quarantined != 0) {
        RETURN_IF_ERROR(CountQuarantined(connection));
      }
      const Change& first = *piece.changes.front();
      const bool effects = !piece.effects.empty() && !held.contains(first.resource()) &&
                           (first.position() == 0 || first.position() > progress.position);
      RETURN_IF_ERROR(Apply(connection, piece.changes, held, progress));
      if (effects) RETURN_IF_ERROR(RunEffects(connection, first, piece.effects));
    }
    if (!piece.token.empty()) progress.token = piece.token;
    if (piece.through.has_value()) progress.position = *piece.through;
    if (piece.as_of.has_value()) progress.as_of = piece.as_of;
    if (piece.completes_snapshot) progress.complete_generation = progress.generation;
    kept = progress;
    return absl::OkStatus();
  }));
  if (!turn_) return absl::OkStatus();
  if (!piece.effects.empty()) journal_.Wake();
  state_.changes += piece.changes.size();
  ShowProgress(kept);
  return absl::OkStatus();
}

absl::Status Follower::Quarantine(const Piece& piece, const absl::Status& error, int tries) {
  const Change& change = *piece.changes.front();
  log::Error("change put into quarantine", {{"feed", feed()},
                                            {"resource", change.resource()},
                                            {"version", change.version()},
                                            {"error", error},
                                            {"database", mysql::InternalText(error)}});
  Piece rest = piece;
  rest.changes.clear();
  rest.effects.clear();
  for (int failures = 1;; ++failures) {
    const absl::Status status = InTurn([&](mysql::Connection& connection, Progress& progress) {
      progress.position = std::max(progress.position, change.position());
      return ledger_.Hold(connection, change, progress.generation, DescribeError(error), tries);
    });
    if (status.ok()) return turn_ ? DealWith(rest) : absl::OkStatus();
    NoteError(status);
    if (!Pause(failures)) return status::Error(status::kCancelled);
  }
}

absl::Status Follower::SweepVanished() {
  for (size_t found = kSweep; found == kSweep && turn_;) {
    RETURN_IF_ERROR(InTurn([&](mysql::Connection& connection, Progress& progress) -> absl::Status {
      ASSIGN_OR_RETURN(const auto vanished,
                       ledger_.Vanished(connection, progress.generation, kSweep));
      found = vanished.size();
      for (const auto& [kind, resource] : vanished) {
        RETURN_IF_ERROR(projection_.Remove(connection, kind, resource));
        RETURN_IF_ERROR(ledger_.MarkVanished(connection, resource));
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status Follower::InTurn(absl::FunctionRef<absl::Status(mysql::Connection&, Progress&)> work) {
  bool mine = false;
  Progress progress;
  RETURN_IF_ERROR(mysql::Transact(session_, {.deadline = absl::Now() + kTransaction},
                                  [&](mysql::Connection& connection) -> absl::Status {
                                    ASSIGN_OR_RETURN(progress, ledger_.Read(connection, true));
                                    mine = progress.holder == holder_ && progress.epoch == epoch_;
                                    if (!mine) return absl::OkStatus();
                                    RETURN_IF_ERROR(work(connection, progress));
                                    return ledger_.Save(connection, progress);
                                  }));
  turn_ = mine;
  if (mine) {
    generation_ = progress.generation;
    token_ = progress.token;
  }
  return absl::OkStatus();
}

absl::Status Follower::Apply(mysql::Connection& connection,
                             const std::vector<const Change*>& changes,
                             const absl::flat_hash_set<std::string>& held, Progress& progress) {
  ASSIGN_OR_RETURN(KnownResources known, ledger_.ReadKnown(connection, changes));
  for (const Change* change : changes) {
    // What an interrupted batch had already dealt with.
    if (change->position() != 0 && change->position() <= progress.position) continue;
    progress.position = std::max(progress.position, change->position());
    if (held.contains(change->resource())) {
      RETURN_IF_ERROR(ledger_.Hold(connection, *change, progress.generation,
                                   "An earlier change of this resource waits.", 0));
      continue;
    }
    Known& one = known[change->resource()];
    if (one.generation == progress.generation && change->version() <= one.version) continue;
    RETURN_IF_ERROR(projection_.Apply(connection, *change));
    one = {change->version(), progress.generation, change->kind(), true};
  }
  return ledger_.SaveKnown(connection, known);
}

absl::Status Follower::RunEffects(mysql::Connection& connection, const Change& change,
                                  const std::vector<Effect>& effects) {
  for (const Effect& effect : effects) {
    journal::EffectFacts facts{.effect = effect.name,
                               .key = effect.key,
                               .deadline = absl::Now() + kTransaction,
                               .trace_id = change.origin().trace_id()};
    if (change.position() != 0) {
      facts.cause.emplace();
      facts.cause->set_service(feed());
      facts.cause->set_position(change.position());
    }
    RETURN_IF_ERROR(journal::RunEffect(journal_, connection, facts, effect.run));
    ++state_.effects;
  }
  return absl::OkStatus();
}

absl::Status Follower::CountQuarantined(mysql::Connection& connection) {
  ASSIGN_OR_RETURN(const int64_t count, ledger_.CountHeld(connection));
  state_.quarantined = count;
  return absl::OkStatus();
}

}  // namespace qinglian::projection
