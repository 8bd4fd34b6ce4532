#include "common/projection/ledger.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::projection {
namespace {

using journal::v1::Change;
using journal::v1::QuarantinedChange;

constexpr size_t kMaxText = 1000;
constexpr char kQuarantined[] = "STATE_QUARANTINED";

// Lists in statements have one of these lengths, so that few are prepared.
constexpr size_t kChunks[] = {64, 8, 1};

size_t ChunkOf(size_t left) {
  return *std::find_if(std::begin(kChunks), std::end(kChunks),
                       [left](size_t chunk) { return chunk <= left; });
}

std::string Repeat(std::string_view part, size_t times) {
  return absl::StrJoin(std::vector<std::string>(times, std::string(part)), ", ");
}

// Not more than a column takes, nor half a character.
std::string_view Cut(std::string_view text) {
  if (text.size() <= kMaxText) return text;
  size_t end = kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

constexpr char kQuarantineColumns[] =
    "SELECT feed, resource, version, position, kind, error, tries, state, reason, actor, "
    "create_time, update_time FROM projection_quarantine ";

QuarantinedChange ReadQuarantined(const mysql::Rows& rows) {
  QuarantinedChange change;
  change.set_feed(rows.Bytes(0));
  change.set_resource(rows.Bytes(1));
  change.set_version(rows.Int(2));
  change.set_position(rows.Uint(3));
  change.set_kind(rows.Bytes(4));
  change.set_error(rows.Bytes(5));
  change.set_tries(static_cast<int32_t>(rows.Int(6)));
  QuarantinedChange::State state = QuarantinedChange::STATE_UNSPECIFIED;
  QuarantinedChange::State_Parse(rows.Bytes(7), &state);
  change.set_state(state);
  change.set_reason(rows.Bytes(8));
  change.set_actor(rows.Bytes(9));
  *change.mutable_create_time() = clock::ToTimestamp(rows.Time(10));
  *change.mutable_update_time() = clock::ToTimestamp(rows.Time(11));
  return change;
}

}  // namespace

absl::Status Ledger::Create(mysql::Connection& connection) const {
  return connection
      .Execute(
          "INSERT INTO projections (feed, token, position, generation, complete_generation, "
          "holder, epoch, as_of, update_time) VALUES (?, '', 0, 0, 0, '', 0, NULL, "
          "UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE feed = VALUES(feed)",
          {feed_})
      .status();
}

absl::StatusOr<Progress> Ledger::Read(mysql::Connection& connection, bool lock) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT token, position, generation, complete_generation, "
                                    "holder, epoch, as_of, update_time, "
                                    "TIMESTAMPDIFF(MICROSECOND, update_time, UTC_TIMESTAMP(6)) "
                                    "FROM projections WHERE feed = ?",
                                    lock ? " FOR UPDATE" : ""),
                       {feed_}));
  if (!rows.Next()) return status::NotFound("qinglian/Feed", feed_);
  Progress progress;
  progress.token = rows.Bytes(0);
  progress.position = rows.Uint(1);
  progress.generation = rows.Int(2);
  progress.complete_generation = rows.Int(3);
  progress.holder = rows.Bytes(4);
  progress.epoch = rows.Int(5);
  if (!rows.IsNull(6)) progress.as_of = rows.Time(6);
  progress.update_time = rows.Time(7);
  progress.silent = absl::Microseconds(rows.Int(8));
  return progress;
}

absl::Status Ledger::Save(mysql::Connection& connection, const Progress& progress) const {
  return connection
      .Execute(
          "UPDATE projections SET token = ?, position = ?, generation = ?, "
          "complete_generation = ?, holder = ?, epoch = ?, as_of = ?, "
          "update_time = UTC_TIMESTAMP(6) WHERE feed = ?",
          {progress.token, progress.position, progress.generation, progress.complete_generation,
           progress.holder, progress.epoch, progress.as_of, feed_})
      .status();
}

absl::StatusOr<KnownResources> Ledger::ReadKnown(mysql::Connection& connection,
                                                 const std::vector<const Change*>& changes) const {
  KnownResources known;
  for (size_t done = 0; done < changes.size();) {
    const size_t chunk = ChunkOf(changes.size() - done);
    std::vector<mysql::Param> params = {feed_};
    for (size_t i = 0; i < chunk; ++i) params.emplace_back(changes[done + i]->resource());
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query(absl::StrCat("SELECT resource, version, generation, kind "
                                      "FROM projection_resources WHERE feed = ? AND resource IN (",
                                      Repeat("?", chunk), ")"),
                         params));
    while (rows.Next()) known[rows.Bytes(0)] = {rows.Int(1), rows.Int(2), rows.Bytes(3)};
    done += chunk;
  }
  return known;
}

absl::Status Ledger::SaveKnown(mysql::Connection& connection, const KnownResources& known) const {
  std::vector<const KnownResources::value_type*> changed;
  for (const auto& entry : known) {
    if (entry.second.changed) changed.push_back(&entry);
  }
  // In one order, so that nobody waits in a circle.
  std::sort(changed.begin(), changed.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  for (size_t done = 0; done < changed.size();) {
    const size_t chunk = ChunkOf(changed.size() - done);
    std::vector<mysql::Param> params;
    for (size_t i = 0; i < chunk; ++i) {
      const auto& [resource, one] = *changed[done + i];
      params.insert(params.end(), {feed_, resource, one.kind, one.version, one.generation});
    }
    RETURN_IF_ERROR(
        connection
            .Execute(absl::StrCat("INSERT INTO projection_resources (feed, resource, kind, "
                                  "version, generation, present) VALUES ",
                                  Repeat("(?, ?, ?, ?, ?, TRUE)", chunk),
                                  " ON DUPLICATE KEY UPDATE kind = VALUES(kind), "
                                  "version = VALUES(version), generation = VALUES(generation), "
                                  "present = TRUE"),
                     params)
            .status());
    done += chunk;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> Ledger::Vanished(
    mysql::Connection& connection, int64_t generation, int limit) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT kind, resource FROM projection_resources WHERE feed = ? "
                       "AND present = TRUE AND generation < ? LIMIT ?",
                       {feed_, generation, limit}));
  std::vector<std::pair<std::string, std::string>> vanished;
  while (rows.Next()) vanished.emplace_back(rows.Bytes(0), rows.Bytes(1));
  return vanished;
}

absl::Status Ledger::MarkVanished(mysql::Connection& connection, std::string_view resource) const {
  return connection
      .Execute("UPDATE projection_resources SET present = FALSE WHERE feed = ? AND resource = ?",
               {feed_, resource})
      .status();
}

absl::StatusOr<absl::flat_hash_set<std::string>> Ledger::Held(mysql::Connection& connection) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT DISTINCT resource FROM projection_quarantine "
                                    "WHERE feed = ? AND state = ?",
                                    {feed_, kQuarantined}));
  absl::flat_hash_set<std::string> held;
  while (rows.Next()) held.insert(rows.Bytes(0));
  return held;
}

absl::StatusOr<int64_t> Ledger::CountHeld(mysql::Connection& connection) const {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query("SELECT COUNT(*) FROM projection_quarantine "
                                                      "WHERE feed = ? AND state = ?",
                                                      {feed_, kQuarantined}));
  return rows.Next() ? rows.Int(0) : 0;
}

absl::Status Ledger::Hold(mysql::Connection& connection, const Change& change, int64_t generation,
                          std::string_view error, int tries) const {
  // What an operator gave up stays so when a snapshot tells it again; what was only superseded does
  // not. Assignments take effect from left to right.
  RETURN_IF_ERROR(
      connection
          .Execute("INSERT INTO projection_quarantine (feed, resource, version, position, kind, "
                   "image, error, tries, state, reason, actor, create_time, update_time) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', UTC_TIMESTAMP(6), "
                   "UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE "
                   "image = IF(state = 'STATE_SKIPPED', image, VALUES(image)), "
                   "error = VALUES(error), tries = VALUES(tries), "
                   "update_time = VALUES(update_time), "
                   "state = IF(state = 'STATE_SKIPPED', state, VALUES(state))",
                   {feed_, change.resource(), change.version(), change.position(), change.kind(),
                    change.SerializeAsString(), Cut(error), tries, kQuarantined})
          .status());
  return connection
      .Execute(
          "INSERT INTO projection_resources (feed, resource, kind, version, generation, "
          "present) VALUES (?, ?, ?, 0, ?, TRUE) ON DUPLICATE KEY UPDATE "
          "version = IF(generation < VALUES(generation), 0, version), "
          "generation = VALUES(generation), present = TRUE",
          {feed_, change.resource(), change.kind(), generation})
      .status();
}

absl::StatusOr<std::optional<Change>> Ledger::FirstHeld(mysql::Connection& connection,
                                                        std::string_view resource) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT image FROM projection_quarantine WHERE feed = ? "
                                    "AND state = ? AND resource = ? ORDER BY version LIMIT 1",
                                    {feed_, kQuarantined, resource}));
  if (!rows.Next()) return std::nullopt;
  Change change;
  if (!change.ParseFromString(rows.Bytes(0))) {
    return status::Error(status::kRequestInvalid,
                         {{"detail", "a change in quarantine cannot be read"}});
  }
  return change;
}

absl::Status Ledger::NoteFailure(mysql::Connection& connection, std::string_view resource,
                                 int64_t version, std::string_view error,
                                 std::string_view actor) const {
  return connection
      .Execute(
          "UPDATE projection_quarantine SET tries = tries + 1, error = ?, actor = ?, "
          "update_time = UTC_TIMESTAMP(6) "
          "WHERE feed = ? AND resource = ? AND version = ? AND state = ?",
          {Cut(error), actor, feed_, resource, version, kQuarantined})
      .status();
}

absl::Status Ledger::Release(mysql::Connection& connection, std::string_view resource,
                             int64_t version, QuarantinedChange::State state,
                             std::string_view reason, std::string_view actor) const {
  return connection
      .Execute(
          "UPDATE projection_quarantine SET state = ?, reason = ?, actor = ?, image = '', "
          "update_time = UTC_TIMESTAMP(6) WHERE feed = ? AND resource = ? AND version = ?",
          {QuarantinedChange::State_Name(state), Cut(reason), actor, feed_, resource, version})
      .status();
}

absl::Status Ledger::SupersedeHeld(mysql::Connection& connection) const {
  return connection
      .Execute(
          "UPDATE projection_quarantine SET state = 'STATE_SUPERSEDED', image = '', "
          "update_time = UTC_TIMESTAMP(6) WHERE feed = ? AND state = ?",
          {feed_, kQuarantined})
      .status();
}

absl::StatusOr<QuarantinedChange> Ledger::Get(mysql::Connection& connection,
                                              std::string_view resource, int64_t version) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query(absl::StrCat(kQuarantineColumns,
                                                 "WHERE feed = ? "
                                                 "AND resource = ? AND version = ?"),
                                    {feed_, resource, version}));
  if (!rows.Next()) return status::NotFound("qinglian/QuarantinedChange", resource);
  return ReadQuarantined(rows);
}

absl::StatusOr<std::vector<QuarantinedChange>> ListQuarantine(mysql::Connection& connection,
                                                              const QuarantineQuestion& question) {
  std::string sql =
      absl::StrCat(kQuarantineColumns,
                   "WHERE state = ? AND (feed > ? OR (feed = ? AND (resource > ? OR (resource = ? "
                   "AND version > ?))))");
  std::vector<mysql::Param> params = {QuarantinedChange::State_Name(question.state),
                                      question.after_feed,
                                      question.after_feed,
                                      question.after_resource,
                                      question.after_resource,
                                      question.after_version};
  if (!question.feed.empty()) {
    sql += " AND feed = ?";
    params.emplace_back(question.feed);
  }
  if (!question.resource.empty()) {
    sql += " AND resource = ?";
    params.emplace_back(question.resource);
  }
  sql += " ORDER BY feed, resource, version LIMIT ?";
  params.emplace_back(question.limit);
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  std::vector<QuarantinedChange> changes;
  while (rows.Next()) changes.push_back(ReadQuarantined(rows));
  return changes;
}

}  // namespace qinglian::projection
