#include "common/journal/sequencer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/journal/row.h"
#include "tests/storage/journal/writers.h"

namespace qinglian::test::journal {
namespace {

using qinglian::journal::ChainHash;
using qinglian::journal::GenesisHash;
using qinglian::journal::Sequencer;
using qinglian::journal::SequencerOptions;

SequencerOptions OptionsFor(const Items& items) {
  SequencerOptions options;
  options.database = items.options();
  options.holder = "test";
  return options;
}

bool Drained(const Items& items) {
  return items.Count("SELECT COUNT(*) FROM journal_pending") == 0;
}

// Every committed row has one place, places are dense and chained, and each resource's versions
// rise.
void ExpectSequenced(const Items& items, int64_t committed) {
  auto connection = items.database().Open();
  auto rows = connection->Query(
      "SELECT p.position, p.hash, j.content_hash, j.resource, j.version FROM journal_position p "
      "JOIN journal j ON j.id=p.journal_id ORDER BY p.position");
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::map<std::string, int64_t> versions;
  std::string hash = GenesisHash();
  uint64_t position = 0;
  while (rows->Next()) {
    ++position;
    ASSERT_EQ(rows->Uint(0), position);
    hash = ChainHash(hash, position, rows->Bytes(2));
    ASSERT_EQ(rows->Bytes(1), hash) << position;
    ASSERT_EQ(rows->Int(4), ++versions[rows->Bytes(3)]) << position;
  }
  EXPECT_EQ(position, static_cast<uint64_t>(committed));
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal"), committed);
  EXPECT_EQ(items.Count("SELECT head_position FROM journal_lease"), committed);
}

TEST(Sequencer, EveryCommittedRowOfManyWritersGetsOnePlaceInOrder) {
  Items items;
  Sequencer sequencer(items.journal(), OptionsFor(items));
  Writers writers(items, 16, 40);
  absl::SleepFor(absl::Seconds(4));
  const int64_t committed = writers.Stop();
  ASSERT_TRUE(Eventually([&] { return Drained(items); }));
  sequencer.Stop();
  ExpectSequenced(items, committed);
  EXPECT_GT(committed, 100);
  EXPECT_EQ(sequencer.state().failures, 0u);
}

TEST(Sequencer, KilledLeadersLoseNothingAndAnotherTakesOver) {
  Items items;
  Writers writers(items, 16, 40);
  for (int round = 0; round < 3; ++round) {
    const int64_t epoch = items.Count("SELECT epoch FROM journal_lease");
    SequencerProcess process(items.options());
    ASSERT_TRUE(Eventually([&] { return items.Count("SELECT epoch FROM journal_lease") > epoch; }));
    const int64_t head = items.Count("SELECT head_position FROM journal_lease");
    ASSERT_TRUE(Eventually(
        [&] { return items.Count("SELECT head_position FROM journal_lease") > head + 50; }));
    process.Kill();
  }
  Sequencer sequencer(items.journal(), OptionsFor(items));
  ASSERT_TRUE(Eventually([&] { return sequencer.state().leader.load(); }));
  const int64_t committed = writers.Stop();
  ASSERT_TRUE(Eventually([&] { return Drained(items); }));
  sequencer.Stop();
  ExpectSequenced(items, committed);
  EXPECT_GE(items.Count("SELECT epoch FROM journal_lease"), 4);
}

TEST(Sequencer, AnIdleLeaderKeepsItsLease) {
  Items items;
  Sequencer first(items.journal(), OptionsFor(items));
  ASSERT_TRUE(Eventually([&] { return first.state().leader.load(); }));
  qinglian::journal::Journal other(items.journal().options());
  Sequencer second(other, OptionsFor(items));
  // Several leases pass.
  absl::SleepFor(absl::Seconds(3));
  EXPECT_TRUE(first.state().leader);
  EXPECT_FALSE(second.state().leader);
  EXPECT_EQ(items.Count("SELECT epoch FROM journal_lease"), 1);
}

TEST(Sequencer, AStoppedLeaderHandsOverAtOnce) {
  Items items;
  SequencerOptions options = OptionsFor(items);
  // Far longer than the test: only handing over can let the second one lead.
  options.lease = absl::Hours(1);
  Sequencer first(items.journal(), options);
  ASSERT_TRUE(Eventually([&] { return first.state().leader.load(); }));
  qinglian::journal::Journal other(items.journal().options());
  Sequencer second(other, options);
  first.Stop();
  EXPECT_TRUE(Eventually([&] { return second.state().leader.load(); }));
}

TEST(Sequencer, ALeaderThatLostItsLeaseIsFenced) {
  Items items;
  Sequencer sequencer(items.journal(), OptionsFor(items));
  ASSERT_TRUE(Eventually([&] { return sequencer.state().leader.load(); }));
  // As if another had taken over while this one was paused.
  items.database().Run(
      "UPDATE journal_lease SET holder='another', epoch=epoch+1, expires=NOW(6)+INTERVAL 1 HOUR");
  TestCall call(items.options(), "/create");
  ASSERT_TRUE(items.CreateOne(call, 1).ok());
  ASSERT_TRUE(Eventually([&] { return !sequencer.state().leader.load(); }));
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal_position"), 0);
  EXPECT_FALSE(Drained(items));
  items.database().Run("UPDATE journal_lease SET expires='2000-01-01 00:00:00'");
  ASSERT_TRUE(Eventually([&] { return Drained(items); }));
  sequencer.Stop();
  ExpectSequenced(items, 1);
}

TEST(Sequencer, ItGoesOnAfterItsConnectionWasKilled) {
  Items items;
  Sequencer sequencer(items.journal(), OptionsFor(items));
  ASSERT_TRUE(Eventually([&] { return sequencer.state().leader.load(); }));
  auto connection = items.database().Open();
  auto ids = connection->Query(
      "SELECT id FROM information_schema.processlist WHERE db=DATABASE() AND id<>CONNECTION_ID()");
  ASSERT_TRUE(ids.ok());
  while (ids->Next()) (void)connection->Run(absl::StrCat("KILL ", ids->Int(0)));
  TestCall call(items.options(), "/create");
  ASSERT_TRUE(items.CreateOne(call, 1).ok());
  ASSERT_TRUE(Eventually([&] { return Drained(items); }));
  sequencer.Stop();
  ExpectSequenced(items, 1);
}

TEST(Sequencer, PendingRowsAndTheirAgeAreMeasured) {
  Items items;
  TestCall call(items.options(), "/create");
  ASSERT_TRUE(items.CreateOne(call, 1).ok());
  ASSERT_TRUE(items.CreateOne(call, 1).ok());
  std::atomic<uint64_t> seen{0};
  SequencerOptions options = OptionsFor(items);
  options.on_head = [&](const qinglian::journal::Head& head) { seen = head.position; };
  Sequencer sequencer(items.journal(), options);
  ASSERT_TRUE(Eventually([&] { return sequencer.state().head == 2; }));
  ASSERT_TRUE(Eventually([&] { return seen == 2; }));
  EXPECT_EQ(sequencer.state().epochs_won, 1u);
}

}  // namespace
}  // namespace qinglian::test::journal
