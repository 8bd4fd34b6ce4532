#include "common/journal/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/clock/fake_clock.h"
#include "common/journal/checkpoint.h"
#include "common/journal/row.h"
#include "common/journal/sequencer.h"
#include "tests/storage/journal/writers.h"

namespace qinglian::test::journal {
namespace {

using qinglian::journal::CheckpointPath;
using qinglian::journal::CheckpointWriter;
using qinglian::journal::Finding;
using qinglian::journal::Head;
using qinglian::journal::ReadCheckpoints;
using qinglian::journal::Sequencer;
using qinglian::journal::Verify;
using qinglian::journal::VerifyOptions;
using qinglian::journal::VerifyReport;
using Kind = Finding::Kind;

const char* const kColumns[] = {"time",           "actor",       "acting_for",    "client",
                                "method",         "request_id",  "ordinal",       "request_hash",
                                "resource",       "version",     "kind",          "operation",
                                "organization",   "after",       "response_type", "response",
                                "changed_fields", "reason",      "cause_service", "cause_position",
                                "trace_id",       "content_hash"};

// A journal of twelve sequenced rows that between them fill every column, and its checkpoints.
class VerifyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "qinglian-verify-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
    connection_ = items_.database().Open();
    Sequence(4);
    Sequence(4);
    Sequence(4);
    ASSERT_EQ(items_.Count("SELECT COUNT(*) FROM journal_position"), 12);
  }

  void TearDown() override { std::filesystem::remove_all(dir_); }

  void Write() {
    TestCall call(items_.options(), "/create");
    CreateItemRequest request;
    request.mutable_item()->set_value(7);
    request.mutable_item()->set_organization("organizations/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11");
    request.set_request_id(NewRequestId());
    auto item =
        items_.Create(call, request, [](auto& transaction) { transaction.set_reason("why"); });
    ASSERT_TRUE(item.ok()) << item.status();
    AddToItemRequest add;
    add.set_name(item->name());
    add.set_amount(1);
    qinglian::journal::EffectFacts effect{.effect = "other/happened", .key = item->name()};
    effect.cause.emplace();
    effect.cause->set_service("other");
    effect.cause->set_position(41);
    ASSERT_TRUE(qinglian::journal::WriteEffect(items_.journal(), call.database(), effect,
                                               [&](auto& transaction) {
                                                 transaction.set_reason("because");
                                                 return Items::AddIn(transaction, add).status();
                                               })
                    .ok());
    BatchAddRequest batch;
    batch.set_request_id(NewRequestId());
    *batch.add_requests() = add;
    ASSERT_TRUE(items_.BatchAdd(call, batch).ok());
    add.set_amount(0);
    ASSERT_TRUE(items_.Add(call, add).ok());
  }

  // Writes four rows, gives them positions and signs a checkpoint.
  void Sequence(int rows) {
    Write();
    CheckpointWriter* writer = Writer();
    qinglian::journal::SequencerOptions options;
    options.database = items_.options();
    options.on_head = [&](const Head& head) { ASSERT_TRUE(writer->OnHead(head).ok()); };
    Sequencer sequencer(items_.journal(), options);
    const uint64_t wanted = head_ += rows;
    ASSERT_TRUE(Eventually([&] { return sequencer.state().head == wanted; }));
    sequencer.Stop();
  }

  CheckpointWriter* Writer() {
    auto writer = CheckpointWriter::Open({.service = "items",
                                          .dir = dir_,
                                          .key = key_,
                                          .clock = clock::SystemClock::Instance(),
                                          .positions = 1});
    EXPECT_TRUE(writer.ok()) << writer.status();
    writer_ = *std::move(writer);
    return writer_.get();
  }

  VerifyReport Check(bool with_checkpoints = true) {
    VerifyOptions options;
    options.service = "items";
    options.checkpoint_key = key_;
    if (with_checkpoints) {
      auto checkpoints = ReadCheckpoints(CheckpointPath(dir_, "items"));
      EXPECT_TRUE(checkpoints.ok());
      options.checkpoints = *std::move(checkpoints);
    }
    auto report = Verify(*connection_, options);
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  }

  void ExpectFinding(Kind kind, uint64_t position, const VerifyReport& report) {
    ASSERT_TRUE(report.finding.has_value());
    EXPECT_EQ(KindName(report.finding->kind), KindName(kind));
    EXPECT_EQ(report.finding->position, position) << report.finding->reason;
  }

  std::optional<std::string> Get(const std::string& table, const std::string& column,
                                 const std::string& where) {
    auto rows =
        connection_->QueryText(absl::StrCat("SELECT HEX(CAST(", column, " AS BINARY)), ", column,
                                            " IS NULL FROM ", table, " WHERE ", where));
    EXPECT_TRUE(rows.ok() && rows->Next()) << rows.status();
    if (rows->Int(1) != 0) return std::nullopt;
    return absl::HexStringToBytes(rows->Bytes(0));
  }

  void Set(const std::string& table, const std::string& column, const std::string& where,
           const std::optional<std::string>& value) {
    auto done = connection_->Execute(
        absl::StrCat("UPDATE ", table, " SET ", column, "=? WHERE ", where), {value});
    ASSERT_TRUE(done.ok()) << column << " " << mysql::InternalText(done.status());
    ASSERT_EQ(*done, 1);
  }

  std::string IdAt(int position) {
    return items_.database().Value(
        absl::StrCat("SELECT journal_id FROM journal_position WHERE position=", position));
  }

  Items items_;
  std::string dir_;
  const std::string key_ = std::string(32, 'k');
  std::unique_ptr<CheckpointWriter> writer_;
  std::unique_ptr<mysql::Connection> connection_;
  uint64_t head_ = 0;
};

TEST_F(VerifyTest, AnUntouchedJournalVerifiesAndMeetsItsCheckpoints) {
  VerifyReport report = Check();
  EXPECT_TRUE(report.ok()) << report.finding->reason;
  EXPECT_EQ(report.verified, 12u);
  EXPECT_EQ(report.checkpoints_matched, 4u);
  EXPECT_EQ(report.pending, 0u);
  Write();
  report = Check();
  EXPECT_TRUE(report.ok()) << report.finding->reason;
  EXPECT_EQ(report.pending, 4u);
}

// A full disk takes the beginning of a line.
TEST_F(VerifyTest, ACheckpointForWhichThereIsNoRoomLeavesNothingBehind) {
  const std::string path = CheckpointPath(dir_, "items");
  CheckpointWriter* writer = Writer();
  const auto before = std::filesystem::file_size(path);
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto on_excess = signal(SIGXFSZ, SIG_IGN);
  const rlimit little{.rlim_cur = before + 10, .rlim_max = old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
  const Head next{.position = head_ + 1,
                  .hash = std::string(32, 'h'),
                  .incarnation = items_.database().Value("SELECT incarnation FROM journal_lease")};
  const absl::Status written = writer->OnHead(next);
  setrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, on_excess);
  EXPECT_EQ(written.code(), absl::StatusCode::kInternal) << written;
  EXPECT_EQ(std::filesystem::file_size(path), before);
  EXPECT_TRUE(writer->OnHead(next).ok());
  EXPECT_TRUE(ReadCheckpoints(path).ok());
}

// What a changed value can look like, byte by byte where bytes are free.
std::vector<std::optional<std::string>> Changes(const std::string& column,
                                                const std::optional<std::string>& value) {
  if (!value.has_value()) {
    return {column == "organization" ? std::string(16, '\0') : std::string("0")};
  }
  const bool number = column == "ordinal" || column == "version" || column == "cause_position";
  if (number) return {std::to_string(std::stoll(*value) + 1)};
  if (column == "time") {
    std::string later = *value;
    later.back() = later.back() == '9' ? '0' : later.back() + 1;
    std::string other_year = *value;
    other_year[3] = other_year[3] == '9' ? '0' : other_year[3] + 1;
    return {later, other_year};
  }
  std::vector<std::optional<std::string>> changes;
  for (size_t i = 0; i < value->size(); ++i) {
    changes.push_back(value);
    (*changes.back())[i] ^= 1;
  }
  const bool fixed = column == "request_id" || column == "request_hash" ||
                     column == "organization" || column == "content_hash";
  // trace_id fills its column: a space more would be cut off again, which changes nothing.
  if (!fixed && column != "trace_id") changes.push_back(*value + " ");
  if (column == "response" || column == "response_type" || column == "organization" ||
      column == "cause_service") {
    changes.push_back(std::nullopt);
  }
  return changes;
}

TEST_F(VerifyTest, AnyByteChangedInAnyColumnOfAnyRowIsFoundAtThatRow) {
  int tried = 0;
  for (int position = 1; position <= 12; ++position) {
    const std::string where = absl::StrCat("id=", IdAt(position));
    for (const char* column : kColumns) {
      const auto value = Get("journal", column, where);
      auto changes = Changes(column, value);
      // Every byte of four rows, which between them fill all columns; one of each column elsewhere.
      if (position > 4) changes.resize(std::min<size_t>(changes.size(), 1));
      for (const auto& changed : changes) {
        Set("journal", column, where, changed);
        VerifyReport report = Check(false);
        ASSERT_FALSE(report.ok()) << column << " of " << position;
        EXPECT_EQ(report.finding->position, static_cast<uint64_t>(position)) << column;
        EXPECT_EQ(std::to_string(report.finding->journal_id), IdAt(position)) << column;
        Set("journal", column, where, value);
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 1000);
  EXPECT_TRUE(Check().ok());
}

TEST_F(VerifyTest, AChangedPlaceIsFound) {
  auto& db = items_.database();
  const std::string hash = *Get("journal_position", "hash", "position=5");
  std::string changed = hash;
  changed[7] ^= 1;
  Set("journal_position", "hash", "position=5", changed);
  ExpectFinding(Kind::kChain, 5, Check());
  Set("journal_position", "hash", "position=5", hash);
  db.Run("UPDATE journal_position SET position=99 WHERE position=6");
  ExpectFinding(Kind::kGap, 6, Check());
  db.Run("UPDATE journal_position SET position=6 WHERE position=99");
  db.Run(absl::StrCat("UPDATE journal SET id=9999 WHERE id=", IdAt(7)));
  ExpectFinding(Kind::kRowMissing, 7, Check());
  db.Run(absl::StrCat("UPDATE journal SET id=", IdAt(7), " WHERE id=9999"));
  db.Run("UPDATE journal_lease SET head_position=11");
  ExpectFinding(Kind::kHead, 13, Check());
  db.Run("UPDATE journal_lease SET head_position=12");
  EXPECT_TRUE(Check().ok());
}

TEST_F(VerifyTest, RemovedRowsAreFound) {
  items_.database().Run(absl::StrCat("DELETE FROM journal WHERE id=", IdAt(6)));
  ExpectFinding(Kind::kRowMissing, 6, Check());
  items_.database().Run("DELETE FROM journal_position WHERE position=6");
  ExpectFinding(Kind::kGap, 6, Check());
  // Closing the gap does not help.
  for (int p = 7; p <= 12; ++p) {
    items_.database().Run(
        absl::StrCat("UPDATE journal_position SET position=", p - 1, " WHERE position=", p));
  }
  ExpectFinding(Kind::kChain, 6, Check());
}

TEST_F(VerifyTest, SwappedRowsAreFound) {
  const std::string a = IdAt(3), b = IdAt(4);
  items_.database().Run("UPDATE journal_position SET journal_id=9999 WHERE position=3");
  items_.database().Run(
      absl::StrCat("UPDATE journal_position SET journal_id=", a, " WHERE position=4"));
  items_.database().Run(
      absl::StrCat("UPDATE journal_position SET journal_id=", b, " WHERE position=3"));
  ExpectFinding(Kind::kChain, 3, Check());
}

TEST_F(VerifyTest, ATailCutOffNeatlyIsFoundByTheCheckpointOnly) {
  const std::string hash = absl::BytesToHexString(*Get("journal_position", "hash", "position=9"));
  items_.database().Run(absl::StrCat(
      "DELETE FROM journal WHERE id IN (SELECT journal_id FROM journal_position WHERE position>9);"
      "DELETE FROM journal_position WHERE position>9;"
      "UPDATE journal_lease SET head_position=9, head_hash=0x",
      hash));
  EXPECT_TRUE(Check(false).ok());
  ExpectFinding(Kind::kCutOff, 10, Check());
}

TEST_F(VerifyTest, AJournalRewrittenWithAllItsHashesIsFoundByTheCheckpointOnly) {
  auto rows = connection_->Query(absl::StrCat(
      "SELECT p.position, ", qinglian::journal::kRowColumns,
      " FROM journal_position p JOIN journal j ON j.id=p.journal_id ORDER BY p.position"));
  ASSERT_TRUE(rows.ok());
  std::string hash = qinglian::journal::GenesisHash();
  while (rows->Next()) {
    auto row = qinglian::journal::ReadRow(*rows, 1);
    if (rows->Int(0) == 6) row.actor = "persons/somebody-else";
    row.content_hash = qinglian::journal::ContentHash(row);
    hash = qinglian::journal::ChainHash(hash, rows->Uint(0), row.content_hash);
    ASSERT_TRUE(connection_
                    ->Execute("UPDATE journal SET actor=?, content_hash=? WHERE id=?",
                              {row.actor, row.content_hash, row.id})
                    .ok());
    ASSERT_TRUE(
        connection_
            ->Execute("UPDATE journal_position SET hash=? WHERE position=?", {hash, rows->Uint(0)})
            .ok());
  }
  ASSERT_TRUE(connection_->Execute("UPDATE journal_lease SET head_hash=?", {hash}).ok());
  EXPECT_TRUE(Check(false).ok());
  ExpectFinding(Kind::kCheckpoint, 8, Check());
}

TEST_F(VerifyTest, ARowThatWasSmuggledInIsFound) {
  items_.database().Run(
      "INSERT INTO journal (time, actor, acting_for, client, method, request_id, ordinal, "
      "request_hash, resource, version, kind, operation, after, changed_fields, reason, trace_id, "
      "content_hash) SELECT time, 'persons/forged', acting_for, client, method, request_id, "
      "ordinal, request_hash, resource, version, kind, operation, after, changed_fields, reason, "
      "trace_id, content_hash FROM journal ORDER BY id LIMIT 1");
  VerifyReport report = Check();
  ExpectFinding(Kind::kUnsequenced, 0, report);
  EXPECT_EQ(std::to_string(report.finding->journal_id),
            items_.database().Value("SELECT MAX(id) FROM journal"));
}

TEST_F(VerifyTest, WhatWaitsForAPositionIsVerifiedToo) {
  Write();
  const std::string id = items_.database().Value("SELECT MIN(journal_id) FROM journal_pending");
  const std::string where = absl::StrCat("id=", id);
  const auto actor = Get("journal", "actor", where);
  Set("journal", "actor", where, "x");
  VerifyReport report = Check();
  ExpectFinding(Kind::kContent, 0, report);
  EXPECT_EQ(std::to_string(report.finding->journal_id), id);
  Set("journal", "actor", where, actor);
  items_.database().Run(absl::StrCat("DELETE FROM journal WHERE id=", id));
  ExpectFinding(Kind::kPending, 0, Check());
}

TEST_F(VerifyTest, ACheckpointSignedWithAnotherKeyIsFound) {
  const std::string path = CheckpointPath(dir_, "items");
  auto checkpoints = ReadCheckpoints(path);
  ASSERT_TRUE(checkpoints.ok());
  VerifyOptions options{.service = "items", .checkpoints = *checkpoints, .checkpoint_key = key_};
  options.checkpoint_key[0] ^= 1;
  ExpectFinding(Kind::kCheckpointSignature, 0, *Verify(*connection_, options));
  options.checkpoint_key = key_;
  (*options.checkpoints[1].mutable_hash())[0] ^= 1;
  ExpectFinding(Kind::kCheckpointSignature, 4, *Verify(*connection_, options));
}

TEST_F(VerifyTest, ARestoredDatabaseVerifiesOnceItsIncarnationIsRenewedAndSigned) {
  // Back to position 8, as from a backup.
  const std::string hash = absl::BytesToHexString(*Get("journal_position", "hash", "position=8"));
  items_.database().Run(absl::StrCat(
      "DELETE FROM journal WHERE id IN (SELECT journal_id FROM journal_position WHERE position>8);"
      "DELETE FROM journal_position WHERE position>8;"
      "UPDATE journal_lease SET head_position=8, head_hash=0x",
      hash));
  ASSERT_TRUE(qinglian::journal::RenewIncarnation(*connection_).ok());
  ExpectFinding(Kind::kCutOff, 9, Check());
  head_ = 8;
  Sequence(4);
  VerifyReport report = Check();
  EXPECT_TRUE(report.ok()) << report.finding->reason;
  EXPECT_EQ(report.checkpoints_superseded, 1u);
  ASSERT_TRUE(qinglian::journal::RenewIncarnation(*connection_).ok());
  ExpectFinding(Kind::kIncarnation, 0, Check());
}

TEST(CheckpointWriter, WritesWhenEnoughPositionsOrEnoughTimeHavePassed) {
  std::string dir =
      (std::filesystem::temp_directory_path() / "qinglian-checkpoint-XXXXXX").string();
  ASSERT_NE(mkdtemp(dir.data()), nullptr);
  clock::FakeClock clock(absl::FromUnixSeconds(1'760'000'000));
  const auto open = [&] {
    return *CheckpointWriter::Open(
        {.service = "items", .dir = dir, .key = std::string(32, 'k'), .clock = clock});
  };
  Head head{.position = 0, .hash = std::string(32, 'h'), .incarnation = std::string(16, 'i')};
  auto writer = open();
  const auto lines = [&] { return ReadCheckpoints(CheckpointPath(dir, "items"))->size(); };
  const auto tell = [&](uint64_t position) {
    head.position = position;
    ASSERT_TRUE(writer->OnHead(head).ok());
  };
  tell(0);
  EXPECT_EQ(lines(), 1u);
  tell(999);
  EXPECT_EQ(lines(), 1u);
  tell(1000);
  EXPECT_EQ(lines(), 2u);
  clock.Advance(absl::Seconds(60));
  tell(1000);
  EXPECT_EQ(lines(), 2u);
  tell(1001);
  EXPECT_EQ(lines(), 3u);
  // A crash in the middle of a line, and a new process.
  std::ofstream(CheckpointPath(dir, "items"), std::ios::app) << "{\"service\":\"it";
  writer = open();
  EXPECT_EQ(writer->last(), 1001u);
  tell(2001);
  EXPECT_EQ(lines(), 4u);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace qinglian::test::journal
