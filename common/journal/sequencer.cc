#include "common/journal/sequencer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/journal/row.h"
#include "common/log/log.h"
#include "common/mysql/transact.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::journal {
namespace {

// After an error of the database: long enough not to trouble it, short beside a lease.
constexpr absl::Duration kPause = absl::Milliseconds(200);
constexpr absl::Duration kMeasureEvery = absl::Seconds(1);

int64_t LeaseMicros(const SequencerOptions& options) {
  return absl::ToInt64Microseconds(options.lease);
}

// The smallest power of two that is not below `n`: so few different statements are prepared.
size_t RoundUp(size_t n) {
  size_t rounded = 1;
  while (rounded < n) rounded *= 2;
  return rounded;
}

std::string DeleteSql(size_t places) {
  std::string sql = "DELETE FROM journal_pending WHERE journal_id IN (?";
  for (size_t i = 1; i < places; ++i) sql += ",?";
  return sql + ")";
}

// Of a row that begins with head_position, head_hash and incarnation.
Head HeadOf(const mysql::Rows& rows) { return {rows.Uint(0), rows.Bytes(1), rows.Bytes(2)}; }

std::string Hex(const std::string& bytes) { return absl::BytesToHexString(bytes); }

}  // namespace

struct Sequencer::Pending {
  uint64_t id;
  std::string content_hash;
};

Sequencer::Sequencer(Journal& journal, SequencerOptions options)
    : journal_(journal),
      options_(std::move(options)),
      holder_(absl::StrCat(options_.holder, "/", id::Uuid::NewV4().ToString())),
      session_(options_.database, options_.observer) {
  thread_ = std::thread([this] { Run(); });
}

Sequencer::~Sequencer() { Stop(); }

void Sequencer::Stop() {
  stop_ = true;
  journal_.committed().Notify();
  if (thread_.joinable()) thread_.join();
}

void Sequencer::Run() {
  bool failing = false;
  while (!stop_) {
    absl::StatusOr<absl::Duration> wait = Round();
    if (!wait.ok()) {
      ++state_.failures;
      // Once, however long it lasts.
      if (!failing) {
        log::Warning("journal sequencing fails",
                     {{"error", wait.status()}, {"database", mysql::InternalText(wait.status())}});
      }
      session_.Reset();
      wait = kPause;
      failing = true;
    } else if (std::exchange(failing, false)) {
      log::Info("journal sequencing goes on");
    }
    if (*wait > absl::ZeroDuration()) journal_.committed().Wait(*wait);
  }
  Release();
}

absl::StatusOr<absl::Duration> Sequencer::Round() {
  if (!state_.leader) {
    RETURN_IF_ERROR(TryAcquire());
    // Often enough to take over soon after the lease ran out or was given back.
    if (!state_.leader) return std::min(options_.lease / 10, absl::Milliseconds(200));
  }
  const absl::Time begin = absl::Now();
  ASSIGN_OR_RETURN(size_t rows, Batch());
  if (!state_.leader) return absl::ZeroDuration();
  if (rows == 0 && begin - renewed_ > options_.lease / 3) RETURN_IF_ERROR(Renew());
  if (begin - measured_ > kMeasureEvery) RETURN_IF_ERROR(Measure());
  if (rows == 0) return options_.poll;
  // The signal would cut the pause short, so it is slept.
  const absl::Duration rest = begin + options_.interval - absl::Now();
  if (rest > absl::ZeroDuration()) absl::SleepFor(rest);
  return absl::ZeroDuration();
}

absl::Status Sequencer::TryAcquire() {
  ASSIGN_OR_RETURN(mysql::Connection * connection, session_.Acquire());
  ASSIGN_OR_RETURN(
      int64_t won,
      connection->Execute(
          "UPDATE journal_lease SET holder=?, epoch=epoch+1, expires=NOW(6)+INTERVAL ? MICROSECOND "
          "WHERE name='journal' AND expires<NOW(6)",
          {holder_, LeaseMicros(options_)}));
  if (won != 1) return absl::OkStatus();
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection->Query("SELECT head_position, head_hash, incarnation, epoch FROM "
                                     "journal_lease WHERE name='journal' AND holder=?",
                                     {holder_}));
  // Already lost again, to one who found it expired.
  if (!rows.Next()) return absl::OkStatus();
  epoch_ = rows.Int(3);
  state_.leader = true;
  ++state_.epochs_won;
  log::Info("journal lease won", {{"epoch", epoch_}, {"head", rows.Uint(0)}});
  renewed_ = absl::Now();
  Tell(HeadOf(rows));
  return absl::OkStatus();
}

void Sequencer::Tell(Head head) {
  head_ = std::move(head);
  state_.head = head_.position;
  if (options_.on_head) options_.on_head(head_);
}

absl::StatusOr<size_t> Sequencer::Batch() {
  // Most rounds find nothing, and this finds out without a transaction.
  {
    ASSIGN_OR_RETURN(mysql::Connection * connection, session_.Acquire());
    ASSIGN_OR_RETURN(mysql::Rows any,
                     connection->Query("SELECT journal_id FROM journal_pending LIMIT 1"));
    if (!any.Next()) return 0;
  }
  size_t sequenced = 0;
  bool fenced = false;
  Head head;
  absl::Status status = mysql::Transact(
      session_, {.deadline = absl::Now() + absl::Seconds(20)},
      [&](mysql::Connection& connection) -> absl::Status {
        sequenced = 0;
        ASSIGN_OR_RETURN(
            mysql::Rows lease,
            connection.Query(
                "SELECT head_position, head_hash, incarnation FROM "
                "journal_lease WHERE name='journal' AND holder=? AND epoch=? FOR UPDATE",
                {holder_, epoch_}));
        fenced = !lease.Next();
        if (fenced) return absl::OkStatus();
        head = HeadOf(lease);
        ASSIGN_OR_RETURN(mysql::Rows rows,
                         connection.Query("SELECT journal_id, content_hash FROM journal_pending "
                                          "ORDER BY journal_id LIMIT ?",
                                          {options_.batch}));
        std::vector<Pending> batch;
        while (rows.Next()) batch.push_back({rows.Uint(0), rows.Bytes(1)});
        if (batch.empty()) return absl::OkStatus();
        sequenced = batch.size();
        return Assign(connection, batch, head);
      });
  RETURN_IF_ERROR(status);
  if (fenced) {
    Lose();
    return 0;
  }
  if (sequenced > 0) {
    renewed_ = absl::Now();
    ++state_.batches;
    journal_.sequenced().Notify();
    Tell(std::move(head));
  }
  return sequenced;
}

absl::Status Sequencer::Assign(mysql::Connection& connection, const std::vector<Pending>& batch,
                               Head& head) {
  // Numbers and hexadecimal digits only: no values of anybody's.
  std::string insert = "INSERT INTO journal_position (position, journal_id, hash) VALUES ";
  std::vector<mysql::Param> ids;
  for (const Pending& row : batch) {
    head.hash = ChainHash(head.hash, ++head.position, row.content_hash);
    absl::StrAppend(&insert, ids.empty() ? "(" : ",(", head.position, ",", row.id, ",0x",
                    Hex(head.hash), ")");
    ids.push_back(row.id);
  }
  RETURN_IF_ERROR(connection.Run(insert));
  // The last id fills up the places of the statement.
  ids.resize(RoundUp(batch.size()), mysql::Param(batch.back().id));
  // By id, never by range: a row may have been committed in between.
  ASSIGN_OR_RETURN(int64_t deleted, connection.Execute(DeleteSql(ids.size()), ids));
  if (deleted != static_cast<int64_t>(batch.size())) {
    return status::Error(status::kConflict);
  }
  return connection
      .Execute(
          "UPDATE journal_lease SET head_position=?, head_hash=?, "
          "expires=NOW(6)+INTERVAL ? MICROSECOND WHERE name='journal'",
          {head.position, head.hash, LeaseMicros(options_)})
      .status();
}

absl::Status Sequencer::Renew() {
  ASSIGN_OR_RETURN(mysql::Connection * connection, session_.Acquire());
  ASSIGN_OR_RETURN(
      int64_t renewed,
      connection->Execute("UPDATE journal_lease SET expires=NOW(6)+INTERVAL ? MICROSECOND "
                          "WHERE name='journal' AND holder=? AND epoch=?",
                          {LeaseMicros(options_), holder_, epoch_}));
  if (renewed != 1) {
    Lose();
    return absl::OkStatus();
  }
  renewed_ = absl::Now();
  // What is told again and again makes time pass for those who write checkpoints.
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection->Query(
          "SELECT head_position, head_hash, incarnation FROM journal_lease WHERE name='journal'"));
  if (rows.Next()) Tell(HeadOf(rows));
  return absl::OkStatus();
}

absl::Status Sequencer::Measure() {
  ASSIGN_OR_RETURN(mysql::Connection * connection, session_.Acquire());
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection->Query("SELECT COUNT(*), MIN(journal_id) FROM journal_pending"));
  rows.Next();
  state_.pending = rows.Int(0);
  absl::Duration lag;
  if (!rows.IsNull(1)) {
    ASSIGN_OR_RETURN(mysql::Rows oldest,
                     connection->Query("SELECT time FROM journal WHERE id=?", {rows.Uint(1)}));
    if (oldest.Next()) lag = journal_.system_clock().Now() - oldest.Time(0);
  }
  state_.lag_micros = absl::ToInt64Microseconds(std::max(lag, absl::ZeroDuration()));
  measured_ = absl::Now();
  return absl::OkStatus();
}

void Sequencer::Release() {
  if (!state_.leader) return;
  Lose();
  auto connection = session_.Acquire();
  if (!connection.ok()) return;
  // Where it fails, the lease runs out by itself.
  (void)(*connection)
      ->Execute(
          "UPDATE journal_lease SET expires='2000-01-01 00:00:00' "
          "WHERE name='journal' AND holder=? AND epoch=?",
          {holder_, epoch_});
}

void Sequencer::Lose() {
  log::Info("journal lease given up", {{"epoch", epoch_}});
  state_.leader = false;
  state_.pending = 0;
  state_.lag_micros = 0;
}

}  // namespace qinglian::journal
