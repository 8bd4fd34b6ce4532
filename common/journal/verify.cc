#include "common/journal/verify.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/id/uuid.h"
#include "common/journal/checkpoint.h"
#include "common/journal/row.h"
#include "common/status/macros.h"

namespace qinglian::journal {
namespace {

using Kind = Finding::Kind;

constexpr int kPage = 500;

// A checkpoint that the chain must meet.
struct Expected {
  v1::Checkpoint checkpoint;
  bool signed_well = false;
};

// Goes through a journal once; stops at the first finding.
class Verifier {
 public:
  Verifier(mysql::Connection& connection, const VerifyOptions& options)
      : connection_(connection), options_(options) {}

  absl::StatusOr<VerifyReport> Run() {
    Expect();
    RETURN_IF_ERROR(Lease());
    if (report_.ok()) RETURN_IF_ERROR(Chain());
    if (report_.ok()) RETURN_IF_ERROR(Pending());
    if (report_.ok()) RETURN_IF_ERROR(Unsequenced());
    return std::move(report_);
  }

 private:
  // Sorts the checkpoints by position. What an earlier incarnation signed beyond the point where
  // the next one began was lost in a restore.
  void Expect() {
    // Of each incarnation, the first position signed later in the file than where we are.
    std::map<std::string, uint64_t> begun;
    const auto& all = options_.checkpoints;
    for (auto it = all.rbegin(); it != all.rend(); ++it) {
      const bool signed_well =
          it->service() == options_.service &&
          crypto::SameBytes(it->signature(), SignatureOf(*it, options_.checkpoint_key));
      const bool superseded = std::any_of(begun.begin(), begun.end(), [&](const auto& later) {
        return later.first != it->incarnation() && later.second < it->position();
      });
      if (superseded) {
        ++report_.checkpoints_superseded;
        continue;
      }
      if (signed_well) begun.insert_or_assign(it->incarnation(), it->position());
      expected_.emplace(it->position(), Expected{*it, signed_well});
    }
  }

  void Find(Kind kind, uint64_t position, uint64_t journal_id, std::string reason) {
    if (report_.ok()) report_.finding = Finding{kind, position, journal_id, std::move(reason)};
  }

  absl::Status Lease() {
    ASSIGN_OR_RETURN(mysql::Rows rows, connection_.Query("SELECT head_position, head_hash, "
                                                         "incarnation FROM journal_lease "
                                                         "WHERE name='journal'"));
    if (!rows.Next()) {
      Find(Kind::kHead, 0, 0, "the row of the lease is missing");
      return absl::OkStatus();
    }
    report_.head = rows.Uint(0);
    head_hash_ = rows.Bytes(1);
    auto incarnation = id::Uuid::FromBytes(rows.Bytes(2));
    report_.incarnation = incarnation.ok() ? incarnation->ToString() : "";
    return absl::OkStatus();
  }

  absl::Status Chain() {
    hash_ = GenesisHash();
    const std::string sql = absl::StrCat(
        "SELECT p.position, p.journal_id, p.hash, ", kRowColumns,
        " FROM journal_position p LEFT JOIN journal j ON j.id=p.journal_id WHERE p.position>? "
        "ORDER BY p.position LIMIT ",
        kPage);
    CheckCheckpoints(0);
    for (size_t size = kPage; size == kPage && report_.ok();) {
      ASSIGN_OR_RETURN(mysql::Rows rows, connection_.Query(sql, {report_.verified}));
      size = rows.size();
      while (report_.ok() && rows.Next()) CheckPosition(rows);
      if (options_.progress) options_.progress(report_.verified, report_.head);
    }
    if (report_.ok()) CheckEnd();
    return absl::OkStatus();
  }

  void CheckPosition(const mysql::Rows& rows) {
    const uint64_t position = report_.verified + 1;
    const uint64_t journal_id = rows.Uint(1);
    if (rows.Uint(0) != position) return Find(Kind::kGap, position, 0, "the position is missing");
    if (rows.IsNull(3)) {
      return Find(Kind::kRowMissing, position, journal_id, "the row of the journal is missing");
    }
    const Row row = ReadRow(rows, 3);
    const std::string content = ContentHash(row);
    if (content != row.content_hash) {
      return Find(Kind::kContent, position, journal_id, "the row is not what was written");
    }
    hash_ = ChainHash(hash_, position, content);
    if (hash_ != rows.Bytes(2)) {
      return Find(Kind::kChain, position, journal_id, "the row is not the one sequenced here");
    }
    report_.verified = position;
    CheckCheckpoints(position);
  }

  void CheckCheckpoints(uint64_t position) {
    const auto [begin, end] = expected_.equal_range(position);
    for (auto it = begin; it != end; ++it) {
      if (!it->second.signed_well) {
        return Find(Kind::kCheckpointSignature, position, 0,
                    "a checkpoint at this position is not signed with this key");
      }
      if (it->second.checkpoint.hash() != hash_) {
        return Find(Kind::kCheckpoint, position, 0,
                    absl::StrCat("the journal was rewritten somewhere in positions ", matched_ + 1,
                                 " to ", position));
      }
      matched_ = position;
      ++report_.checkpoints_matched;
    }
  }

  void CheckEnd() {
    const uint64_t end = report_.verified;
    if (auto beyond = expected_.upper_bound(end); beyond != expected_.end()) {
      if (!beyond->second.signed_well) {
        return Find(Kind::kCheckpointSignature, beyond->first, 0,
                    "a checkpoint at this position is not signed with this key");
      }
      return Find(Kind::kCutOff, end + 1, 0,
                  absl::StrCat("the journal was cut off: a checkpoint covers position ",
                               expected_.rbegin()->first));
    }
    if (report_.head != end || head_hash_ != hash_) {
      return Find(Kind::kHead, end + 1, 0,
                  absl::StrCat("the lease says that position ", report_.head, " is the last"));
    }
    if (!options_.checkpoints.empty() &&
        options_.checkpoints.back().incarnation() != report_.incarnation) {
      Find(Kind::kIncarnation, 0, 0, "the last checkpoint is of another incarnation");
    }
  }

  absl::Status Pending() {
    const std::string sql = absl::StrCat(
        "SELECT w.journal_id, w.content_hash, p.position, ", kRowColumns,
        " FROM journal_pending w LEFT JOIN journal_position p ON p.journal_id=w.journal_id "
        "LEFT JOIN journal j ON j.id=w.journal_id WHERE w.journal_id>? ORDER BY w.journal_id "
        "LIMIT ",
        kPage);
    uint64_t last = 0;
    for (size_t size = kPage; size == kPage && report_.ok();) {
      ASSIGN_OR_RETURN(mysql::Rows rows, connection_.Query(sql, {last}));
      size = rows.size();
      while (report_.ok() && rows.Next()) {
        last = rows.Uint(0);
        ++report_.pending;
        if (!rows.IsNull(2)) {
          Find(Kind::kPending, rows.Uint(2), last, "the row is pending and has a position");
        } else if (rows.IsNull(3)) {
          Find(Kind::kPending, 0, last, "the row of a pending entry is missing");
        } else if (const Row row = ReadRow(rows, 3); ContentHash(row) != row.content_hash) {
          Find(Kind::kContent, 0, last, "the row is not what was written");
        } else if (row.content_hash != rows.Bytes(1)) {
          Find(Kind::kPending, 0, last, "the pending entry is not of this row");
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status Unsequenced() {
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection_.Query("SELECT j.id FROM journal j "
                          "LEFT JOIN journal_position p ON p.journal_id=j.id "
                          "LEFT JOIN journal_pending w ON w.journal_id=j.id "
                          "WHERE p.position IS NULL AND w.journal_id IS NULL ORDER BY j.id "
                          "LIMIT 1"));
    if (rows.Next()) {
      Find(Kind::kUnsequenced, 0, rows.Uint(0),
           "the row has no position and does not wait for one");
    }
    return absl::OkStatus();
  }

  mysql::Connection& connection_;
  const VerifyOptions& options_;
  std::multimap<uint64_t, Expected> expected_;
  std::string hash_;
  std::string head_hash_;
  // The position of the last checkpoint that the chain met.
  uint64_t matched_ = 0;
  VerifyReport report_;
};

}  // namespace

std::string KindName(Kind kind) {
  switch (kind) {
    case Kind::kGap:
      return "gap";
    case Kind::kRowMissing:
      return "row_missing";
    case Kind::kContent:
      return "content";
    case Kind::kChain:
      return "chain";
    case Kind::kCheckpoint:
      return "checkpoint";
    case Kind::kCheckpointSignature:
      return "checkpoint_signature";
    case Kind::kCutOff:
      return "cut_off";
    case Kind::kHead:
      return "head";
    case Kind::kIncarnation:
      return "incarnation";
    case Kind::kUnsequenced:
      return "unsequenced";
    case Kind::kPending:
      return "pending";
  }
  return "unknown";
}

absl::StatusOr<VerifyReport> Verify(mysql::Connection& connection, const VerifyOptions& options) {
  RETURN_IF_ERROR(connection.Run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
  RETURN_IF_ERROR(connection.Run("START TRANSACTION WITH CONSISTENT SNAPSHOT"));
  absl::StatusOr<VerifyReport> report = Verifier(connection, options).Run();
  absl::Status end = connection.Run("ROLLBACK");
  if (report.ok() && !end.ok()) return end;
  return report;
}

}  // namespace qinglian::journal
