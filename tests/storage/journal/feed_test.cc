#include "common/journal/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/id/names.h"
#include "common/journal/checkpoint.h"
#include "common/journal/history.h"
#include "common/journal/sequencer.h"
#include "common/status/status.h"
#include "tests/storage/journal/follower.h"
#include "tests/storage/journal/writers.h"

namespace qinglian::test::journal {
namespace {

using qinglian::journal::Feed;
using qinglian::journal::FeedOptions;
using qinglian::journal::History;
using qinglian::journal::Sequencer;
using qinglian::journal::SequencerOptions;
using qinglian::journal::SnapshotPage;
using Responses = Follower::Responses;

constexpr char kKind[] = "qinglian.test.journal.Item";
constexpr char kOrganization[] = "organizations/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11";

// The items as they are.
absl::StatusOr<SnapshotPage> ReadItems(mysql::Connection& connection, std::string_view after_id,
                                       int limit) {
  SnapshotPage page;
  auto rows = connection.Query(
      "SELECT id, version, value FROM items WHERE id>? ORDER BY id LIMIT ?", {after_id, limit});
  if (!rows.ok()) return rows.status();
  while (rows->Next()) {
    Item item;
    item.set_name(id::FormatName("items", *id::Uuid::FromBytes(rows->Bytes(0))));
    item.set_value(rows->Int(2));
    v1::Change change;
    change.set_resource(item.name());
    change.set_version(rows->Int(1));
    change.set_kind(kKind);
    change.set_operation(v1::Change::OPERATION_SNAPSHOT);
    change.mutable_after()->PackFrom(item);
    page.changes.push_back(std::move(change));
    page.last_id = rows->Bytes(0);
  }
  return page;
}

// A service with items, a sequencer and a feed.
class FeedTest : public ::testing::Test {
 protected:
  FeedOptions Options() {
    FeedOptions options{.database = items_.options(), .key = std::string(32, 'k')};
    options.sources = {{kKind, ReadItems}};
    options.heartbeat = absl::Milliseconds(200);
    return options;
  }

  void Start(FeedOptions options) {
    SequencerOptions sequencing;
    sequencing.database = items_.options();
    sequencer_ = std::make_unique<Sequencer>(items_.journal(), sequencing);
    feed_ = std::make_unique<Feed>(items_.journal(), std::move(options));
  }
  void Start() { Start(Options()); }

  Item Create(const std::string& organization = "") {
    TestCall call(items_.options(), "/create");
    CreateItemRequest request;
    request.mutable_item()->set_organization(organization);
    request.set_request_id(NewRequestId());
    auto item = items_.Create(call, request);
    EXPECT_TRUE(item.ok()) << item.status();
    return *item;
  }

  void Add(const Item& item, int64_t amount) {
    TestCall call(items_.options(), "/add");
    AddToItemRequest request;
    request.set_name(item.name());
    request.set_amount(amount);
    EXPECT_TRUE(items_.Add(call, request).ok());
  }

  // How far the journal is ordered.
  uint64_t Head() {
    auto connection = items_.database().Open();
    auto rows = connection->Query("SELECT head_position FROM journal_lease");
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() && rows->Next() ? rows->Uint(0) : 0;
  }

  static v1::WatchChangesRequest Now() {
    v1::WatchChangesRequest request;
    request.set_now(true);
    return request;
  }
  static v1::WatchChangesRequest From(const std::string& token) {
    v1::WatchChangesRequest request;
    request.set_resume_token(token);
    return request;
  }

  Items items_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<Feed> feed_;
};

TEST_F(FeedTest, AFollowerOfManyWritersGetsEveryChangeOnceAndInOrder) {
  Start();
  Follower follower;
  follower.Watch(*feed_, {});
  Writers writers(items_, 16, 40);
  absl::SleepFor(absl::Seconds(4));
  const int64_t committed = writers.Stop();
  ASSERT_TRUE(follower.WaitForChanges(committed));
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(follower.changes().size(), static_cast<size_t>(committed));
  ExpectJoined(follower.responses());
  ExpectInOrder(follower.changes());
  EXPECT_EQ(follower.responses().front().after(), 0u);
}

TEST_F(FeedTest, TheSameWhileSequencersOfOtherProcessesAreKilled) {
  feed_ = std::make_unique<Feed>(items_.journal(), Options());
  Follower follower;
  follower.Watch(*feed_, {});
  Writers writers(items_, 16, 40);
  for (int round = 0; round < 3; ++round) {
    const size_t before = follower.changes().size();
    SequencerProcess process(items_.options());
    ASSERT_TRUE(follower.WaitForChanges(before + 100));
    process.Kill();
  }
  SequencerProcess last(items_.options());
  const int64_t committed = writers.Stop();
  ASSERT_TRUE(follower.WaitForChanges(committed));
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(follower.changes().size(), static_cast<size_t>(committed));
  ExpectJoined(follower.responses());
  ExpectInOrder(follower.changes());
}

TEST_F(FeedTest, OneWhoHangsUpAgainAndAgainMissesNothingAndGetsNothingTwice) {
  Start();
  Writers writers(items_, 8, 20);
  Responses responses;
  std::string token;
  for (int round = 0; round < 10; ++round) {
    Follower follower;
    follower.Watch(*feed_, token.empty() ? v1::WatchChangesRequest() : From(token));
    ASSERT_TRUE(follower.WaitForChanges(50));
    follower.HangUp();
    for (auto& response : follower.responses()) responses.push_back(std::move(response));
    token = responses.back().resume_token();
  }
  const int64_t committed = writers.Stop();
  Follower follower;
  follower.Watch(*feed_, From(token));
  ASSERT_TRUE(follower.WaitForChanges(committed - CountChanges(responses)));
  for (auto& response : follower.responses()) responses.push_back(std::move(response));
  ExpectJoined(responses);
  std::vector<v1::Change> changes;
  for (const auto& response : responses) {
    changes.insert(changes.end(), response.changes().begin(), response.changes().end());
  }
  EXPECT_EQ(changes.size(), static_cast<size_t>(committed));
  ExpectInOrder(changes);
}

TEST_F(FeedTest, OneWhoReadsMoreSlowlyThanChangesArriveStillGetsThemAll) {
  FeedOptions options = Options();
  options.batch_bytes = 4 << 10;
  options.ring_bytes = 16 << 10;
  options.page = 50;
  Start(options);
  Follower slow(8 << 10), quick;
  slow.Watch(*feed_, {});
  quick.Watch(*feed_, {});
  Writers writers(items_, 8, 20);
  for (int i = 0; i < 10; ++i) {
    slow.Pause();
    absl::SleepFor(absl::Milliseconds(200));
    slow.Resume();
    absl::SleepFor(absl::Milliseconds(10));
  }
  const int64_t committed = writers.Stop();
  for (Follower* follower : {&slow, &quick}) {
    ASSERT_TRUE(follower->WaitForChanges(committed));
    EXPECT_EQ(follower->changes().size(), static_cast<size_t>(committed));
    ExpectJoined(follower->responses());
    ExpectInOrder(follower->changes());
  }
}

TEST_F(FeedTest, OneWhoTakesNothingIsCutAndMayResume) {
  FeedOptions options = Options();
  options.slow = absl::Milliseconds(500);
  options.batch_bytes = 1 << 10;
  Start(options);
  Follower stuck(1 << 10), other;
  stuck.Watch(*feed_, {});
  other.Watch(*feed_, {});
  const Item item = Create();
  ASSERT_TRUE(stuck.WaitForChanges(1));
  const std::string token = stuck.last_token();
  stuck.Pause();
  for (int i = 0; i < 20; ++i) Add(item, 1);
  ASSERT_TRUE(Eventually([&] { return feed_->state().slow_cut == 1; }));
  stuck.Resume();
  EXPECT_TRUE(status::Is(stuck.End(), status::kSlowConsumer)) << stuck.End();
  ASSERT_TRUE(other.WaitForChanges(21));
  Follower again;
  again.Watch(*feed_, From(stuck.last_token()));
  ASSERT_TRUE(again.WaitForChanges(21 - stuck.changes().size()));
}

TEST_F(FeedTest, ASnapshotAndTheChangesSinceGiveTheStateAsItIs) {
  FeedOptions options = Options();
  options.page = 7;
  options.batch_bytes = 1 << 10;
  Start(options);
  Writers writers(items_, 8, 100);
  absl::SleepFor(absl::Milliseconds(300));
  Follower follower;
  v1::WatchChangesRequest request;
  request.set_snapshot(true);
  follower.Watch(*feed_, request);
  absl::SleepFor(absl::Milliseconds(500));
  const int64_t committed = writers.Stop();
  ASSERT_TRUE(follower.WaitUntil([&](const Responses& responses) {
    return !responses.empty() && responses.back().through() >= static_cast<uint64_t>(committed);
  }));
  ExpectJoined(follower.responses());
  std::map<std::string, std::pair<int64_t, int64_t>> state;
  bool complete = false;
  for (const auto& response : follower.responses()) {
    EXPECT_EQ(response.has_snapshot(), !complete);
    if (response.has_snapshot()) complete = response.snapshot().complete();
    for (const v1::Change& change : response.changes()) {
      Item item;
      ASSERT_TRUE(change.after().UnpackTo(&item));
      auto& known = state[change.resource()];
      if (change.version() > known.first) known = {change.version(), item.value()};
    }
  }
  EXPECT_TRUE(complete);
  auto connection = items_.database().Open();
  std::string after;
  size_t count = 0;
  for (;;) {
    auto page = ReadItems(*connection, after, 1000);
    ASSERT_TRUE(page.ok());
    for (const v1::Change& change : page->changes) {
      Item item;
      ASSERT_TRUE(change.after().UnpackTo(&item));
      EXPECT_EQ(state[change.resource()], std::make_pair(change.version(), item.value()));
      ++count;
    }
    if (page->last_id.empty()) break;
    after = page->last_id;
  }
  EXPECT_EQ(state.size(), count);
  EXPECT_EQ(count, 100u);
}

TEST_F(FeedTest, OneWhoReadAheadOfTheTailGetsNothingTwiceWhenItCatchesUp) {
  FeedOptions options = Options();
  options.poll = absl::Hours(1);
  options.page = 4;
  options.batch_bytes = 1;
  // Of another process, so that the tail looks only when it is told to.
  SequencerProcess sequencer(items_.options());
  feed_ = std::make_unique<Feed>(items_.journal(), options);
  for (int i = 0; i < 5; ++i) Create();
  ASSERT_TRUE(Eventually([&] {
    items_.journal().sequenced().Notify();
    return feed_->state().head == 5u;
  }));
  for (int i = 0; i < 6; ++i) Create();
  ASSERT_TRUE(Eventually([&] { return Head() == 11u; }));
  Follower follower;
  follower.Watch(*feed_, {});
  // Two pages, the second one beyond where the tail is.
  ASSERT_TRUE(follower.WaitForChanges(8));
  items_.journal().sequenced().Notify();
  ASSERT_TRUE(follower.WaitForChanges(11));
  ExpectJoined(follower.responses());
  ExpectInOrder(follower.changes());
}

TEST_F(FeedTest, AnEmptySnapshotIsCompleteAtOnce) {
  Start();
  Follower follower;
  v1::WatchChangesRequest request;
  request.set_snapshot(true);
  follower.Watch(*feed_, request);
  ASSERT_TRUE(follower.WaitUntil([](const Responses& responses) {
    return !responses.empty() && responses.back().snapshot().complete();
  }));
  Create();
  ASSERT_TRUE(follower.WaitForChanges(1));
}

TEST_F(FeedTest, AFilteredFollowerGetsHisChangesAndTheRangesOfTheOthers) {
  Start();
  Follower kinds, organizations, nothing;
  v1::WatchChangesRequest request;
  request.add_kinds(kKind);
  kinds.Watch(*feed_, request);
  request.add_organizations(kOrganization);
  organizations.Watch(*feed_, request);
  request.Clear();
  request.add_kinds("qinglian.test.journal.Other");
  nothing.Watch(*feed_, request);
  for (int i = 0; i < 5; ++i) Create(i % 2 == 0 ? kOrganization : "");
  ASSERT_TRUE(kinds.WaitForChanges(5));
  for (Follower* follower : {&organizations, &nothing}) {
    ASSERT_TRUE(follower->WaitUntil([](const Responses& responses) {
      return !responses.empty() && responses.back().through() == 5;
    }));
    ExpectJoined(follower->responses());
  }
  EXPECT_EQ(organizations.changes().size(), 3u);
  EXPECT_EQ(organizations.changes()[0].organization(), kOrganization);
  EXPECT_EQ(nothing.changes().size(), 0u);
}

TEST_F(FeedTest, ReceiptsAreCoveredButNotDelivered) {
  Start();
  Follower follower;
  follower.Watch(*feed_, {});
  const Item item = Create();
  Add(item, 0);
  Add(item, 1);
  ASSERT_TRUE(follower.WaitForChanges(2));
  EXPECT_EQ(follower.changes()[1].position(), 3u);
  ExpectJoined(follower.responses());
}

TEST_F(FeedTest, AChangeTellsWhoWhatAndWhy) {
  Start();
  Follower follower;
  follower.Watch(*feed_, {});
  TestCall call(items_.options(), "/qinglian.test.ItemService/CreateItem");
  CreateItemRequest request;
  request.mutable_item()->set_organization(kOrganization);
  request.set_request_id(NewRequestId());
  auto item = items_.Create(call, request, [](auto&) {});
  ASSERT_TRUE(item.ok());
  ASSERT_TRUE(follower.WaitForChanges(1));
  const v1::Change change = follower.changes()[0];
  EXPECT_EQ(change.position(), 1u);
  EXPECT_EQ(change.resource(), item->name());
  EXPECT_EQ(change.version(), 1);
  EXPECT_EQ(change.kind(), kKind);
  EXPECT_EQ(change.operation(), v1::Change::OPERATION_CREATED);
  EXPECT_EQ(change.organization(), kOrganization);
  EXPECT_EQ(change.origin().actor(), call.caller().actor);
  EXPECT_EQ(change.origin().client(), "test");
  EXPECT_EQ(change.origin().method(), call.method());
  EXPECT_EQ(change.origin().request_id(), request.request_id());
  EXPECT_EQ(change.origin().trace_id(), call.trace_id());
  Item after;
  ASSERT_TRUE(change.after().UnpackTo(&after));
  EXPECT_EQ(after.SerializeAsString(), item->SerializeAsString());
}

TEST_F(FeedTest, AQuietStreamHasAHeartbeatThatOneCanResumeFrom) {
  Start();
  Create();
  ASSERT_TRUE(Eventually([&] { return sequencer_->state().head == 1; }));
  Follower follower;
  follower.Watch(*feed_, Now());
  ASSERT_TRUE(follower.WaitUntil([](const Responses& responses) { return responses.size() >= 2; }));
  EXPECT_EQ(follower.changes().size(), 0u);
  ExpectJoined(follower.responses());
  EXPECT_EQ(follower.responses().back().through(), 1u);
  Create();
  ASSERT_TRUE(follower.WaitForChanges(1));
  Follower again;
  again.Watch(*feed_, From(follower.responses().front().resume_token()));
  ASSERT_TRUE(again.WaitForChanges(1));
  EXPECT_EQ(again.changes()[0].position(), 2u);
}

TEST_F(FeedTest, AWatcherFromNowOrFromATokenHearsAtOnceWhereThatIs) {
  FeedOptions options = Options();
  options.heartbeat = absl::InfiniteDuration();
  feed_ = std::make_unique<Feed>(items_.journal(), options);
  Follower follower;
  const auto anything = [](const Responses& responses) { return !responses.empty(); };
  follower.Watch(*feed_, Now());
  ASSERT_TRUE(follower.WaitUntil(anything));
  EXPECT_EQ(follower.changes().size(), 0u);
  EXPECT_FALSE(follower.last_token().empty());
  Follower again;
  again.Watch(*feed_, From(follower.last_token()));
  ASSERT_TRUE(again.WaitUntil(anything));
  EXPECT_EQ(again.responses().front().through(), follower.responses().front().through());
}

TEST_F(FeedTest, TokensOfAnotherFilterServiceOrKeyAreRefused) {
  Start();
  Follower follower;
  follower.Watch(*feed_, Now());
  ASSERT_TRUE(follower.WaitUntil([](const Responses& responses) { return !responses.empty(); }));
  const std::string token = follower.last_token();
  {
    Follower other;
    v1::WatchChangesRequest request = From(token);
    request.add_kinds(kKind);
    other.Watch(*feed_, request);
    EXPECT_TRUE(status::Is(other.End(), status::kResumeTokenInvalid));
  }
  qinglian::journal::Journal journal({.service = "another",
                                      .system_clock = clock::SystemClock::Instance(),
                                      .business_clock = clock::SystemClock::Instance()});
  Feed another(journal, Options());
  FeedOptions options = Options();
  options.key = std::string(32, 'x');
  qinglian::journal::Journal same(items_.journal().options());
  Feed rekeyed(same, options);
  for (Feed* feed : {&another, &rekeyed}) {
    Follower other;
    other.Watch(*feed, From(token));
    EXPECT_TRUE(status::Is(other.End(), status::kResumeTokenInvalid));
  }
}

TEST_F(FeedTest, AfterARestoreStreamsEndAndTheirTokensAreRefused) {
  Start();
  Follower follower;
  follower.Watch(*feed_, {});
  Create();
  ASSERT_TRUE(follower.WaitForChanges(1));
  auto connection = items_.database().Open();
  ASSERT_TRUE(qinglian::journal::RenewIncarnation(*connection).ok());
  EXPECT_EQ(follower.End().code(), absl::StatusCode::kUnavailable);
  Follower again;
  again.Watch(*feed_, From(follower.last_token()));
  EXPECT_TRUE(status::Is(again.End(), status::kResumeTokenIncarnation)) << again.End();
}

TEST_F(FeedTest, ATokenFromBeyondTheEndIsRefused) {
  Start();
  std::string token;
  {
    Follower follower;
    follower.Watch(*feed_, {});
    Create();
    ASSERT_TRUE(follower.WaitForChanges(1));
    token = follower.last_token();
  }
  feed_->Stop();
  sequencer_->Stop();
  // As in a backup that was restored without saying so.
  items_.database().Run("UPDATE journal_lease SET head_position=0");
  qinglian::journal::Journal same(items_.journal().options());
  Feed feed(same, Options());
  Follower again;
  again.Watch(feed, From(token));
  EXPECT_TRUE(status::Is(again.End(), status::kResumeTokenIncarnation)) << again.End();
}

TEST_F(FeedTest, StoppingEndsStreamsSoThatTheyResumeElsewhere) {
  Start();
  Follower follower;
  follower.Watch(*feed_, Now());
  ASSERT_TRUE(follower.WaitUntil([](const Responses& responses) { return !responses.empty(); }));
  feed_->Stop();
  EXPECT_TRUE(status::Is(follower.End(), status::kDraining));
  Follower late;
  late.Watch(*feed_, Now());
  EXPECT_TRUE(status::Is(late.End(), status::kDraining));
}

TEST_F(FeedTest, StreamsOutliveALostDatabaseConnection) {
  Start();
  Follower follower;
  follower.Watch(*feed_, {});
  Create();
  ASSERT_TRUE(follower.WaitForChanges(1));
  auto connection = items_.database().Open();
  auto ids = connection->Query(
      "SELECT id FROM information_schema.processlist WHERE db=DATABASE() AND id<>CONNECTION_ID()");
  ASSERT_TRUE(ids.ok());
  while (ids->Next()) (void)connection->Run(absl::StrCat("KILL ", ids->Int(0)));
  Create();
  ASSERT_TRUE(follower.WaitForChanges(2));
  ExpectJoined(follower.responses());
}

TEST_F(FeedTest, TheHistoryOfAResourceIsListedNewestFirstInPages) {
  Start();
  const Item item = Create();
  for (int i = 0; i < 5; ++i) Add(item, 1);
  Create();
  auto connection = items_.database().Open();
  const History history(std::string(32, 'k'));
  v1::ListHistoryRequest request;
  request.set_name(item.name());
  request.set_page_size(4);
  auto first = history.List(*connection, access::Scope(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->changes_size(), 4);
  EXPECT_EQ(first->changes(0).version(), 6);
  EXPECT_EQ(first->changes(3).version(), 3);
  // What happens in between moves nothing.
  Add(item, 1);
  request.set_page_token(first->next_page_token());
  auto second = history.List(*connection, access::Scope(), request);
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->changes_size(), 2);
  EXPECT_EQ(second->changes(0).version(), 2);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_name("items/0192f0c1-7d6e-7a10-8a51-000000000000");
  EXPECT_TRUE(status::Is(history.List(*connection, access::Scope(), request).status(),
                         status::kPageTokenInvalid));
  request.clear_page_token();
  EXPECT_EQ(history.List(*connection, access::Scope(), request).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace qinglian::test::journal
