// A projection against a real feed over a real socket and real databases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/journal/checkpoint.h"
#include "common/projection/feed_methods.h"
#include "common/projection/follower.h"
#include "common/projection/metrics.h"
#include "common/rpc/channel.h"
#include "common/status/status.h"
#include "qinglian/risk/v1/feed_service.pb.h"
#include "tests/storage/journal/writers.h"
#include "tests/storage/projection/item_projection.h"
#include "tests/storage/projection/upstream.h"
#include "tests/support/identity.h"

extern char** environ;

namespace qinglian::test::projection {
namespace {

using journal::Eventually;
using qinglian::journal::v1::FeedStatus;
using qinglian::journal::v1::QuarantinedChange;
using qinglian::projection::Follower;
using qinglian::projection::Followers;
using ::testing::HasSubstr;

// A follower in a process of its own.
class FollowerProcess {
 public:
  FollowerProcess(const std::string& address, const mysql::Options& database) {
    std::string program = QINGLIAN_FOLLOWER_PROCESS, where = address;
    std::string socket = database.unix_socket, user = database.user, schema = database.schema;
    char* arguments[] = {program.data(), where.data(),  socket.data(),
                         user.data(),    schema.data(), nullptr};
    if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments, environ) != 0)
      std::abort();
  }
  ~FollowerProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

class ProjectionTest : public ::testing::Test {
 protected:
  ProjectionTest() { upstream_.Start(); }

  bool EndsEqual() {
    return Eventually([this] { return downstream_.Contents() == upstream_.Contents(); });
  }

  // What of the resource waits in quarantine.
  std::vector<QuarantinedChange> Waiting() {
    auto connection = downstream_.database().Open();
    return *qinglian::projection::ListQuarantine(*connection, {});
  }

  Upstream upstream_;
  Downstream downstream_;
};

TEST_F(ProjectionTest, AnEmptyOneFillsItselfFromASnapshotWhileWritesGoOnAndEndsEqual) {
  upstream_.Create(150);
  journal::Writers writers(upstream_.items(), 4, 50);
  auto follower = downstream_.Follow(upstream_.address());
  ASSERT_TRUE(Eventually([&] { return follower->state().ready.load(); }));
  ASSERT_TRUE(Eventually([&] { return follower->state().position > 300; }));
  writers.Stop();

  EXPECT_TRUE(EndsEqual());
  EXPECT_EQ(follower->state().snapshots, 1u);
  EXPECT_EQ(follower->state().quarantined, 0);
}

TEST_F(ProjectionTest, KilledAtAnyPointAndRestartedItAppliesEachChangeOnceAndEachEffectOnce) {
  const std::vector<std::string> names = upstream_.Create(10);
  // What comes with the first snapshot is state, and has no effects.
  auto first = downstream_.Follow(upstream_.address());
  ASSERT_TRUE(Eventually([&] { return first->state().ready.load(); }));
  first.reset();
  std::atomic<bool> done{false};
  std::thread writer([&] {
    std::minstd_rand random(11);
    for (int i = 0; i < 300; ++i) upstream_.Add(names[random() % names.size()], 1);
    done = true;
  });
  std::minstd_rand random(12);
  for (int i = 0; i < 12 || !done; ++i) {
    const std::string turn = downstream_.database().Value("SELECT epoch FROM projections");
    FollowerProcess process(upstream_.address(), downstream_.options());
    EXPECT_TRUE(Eventually(
        [&] { return downstream_.database().Value("SELECT epoch FROM projections") != turn; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 100));
  }
  writer.join();
  FollowerProcess process(upstream_.address(), downstream_.options());

  EXPECT_TRUE(EndsEqual());
  // One mark for each seventh value that an item has had, once.
  const int64_t wanted = upstream_.items().Count("SELECT SUM(value DIV 7) FROM items");
  ASSERT_GT(wanted, 0);
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM marks"), wanted);
  EXPECT_EQ(downstream_.Count("SELECT COUNT(DISTINCT mark) FROM marks"), wanted);
  // Version by version: what came with a snapshot was applied with it, everything later once.
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM known_items WHERE applied > version"), 0);
}

TEST_F(ProjectionTest, VainAttemptsToConnectBeginNoSnapshot) {
  upstream_.Create(1);
  upstream_.Stop();
  auto follower = downstream_.Follow(upstream_.address());
  ASSERT_TRUE(Eventually([&] { return follower->state().failures > 2; }));
  EXPECT_FALSE(follower->state().ready);
  EXPECT_EQ(downstream_.Count("SELECT generation FROM projections"), 0);
  upstream_.Start();
  EXPECT_TRUE(EndsEqual());
  EXPECT_EQ(downstream_.Count("SELECT generation FROM projections"), 1);
}

TEST_F(ProjectionTest, OneThatResumesTakesNoOtherSnapshot) {
  const std::string item = upstream_.Create(1).front();
  auto follower = downstream_.Follow(upstream_.address());
  ASSERT_TRUE(EndsEqual());
  ASSERT_TRUE(Eventually([&] { return follower->state().ready.load(); }));
  follower.reset();
  upstream_.Add(item, 3);
  follower = downstream_.Follow(upstream_.address());
  EXPECT_TRUE(EndsEqual());
  EXPECT_TRUE(follower->state().ready);
  EXPECT_EQ(follower->state().snapshots, 0u);
}

TEST_F(ProjectionTest, EffectsArriveWhenTheFollowedServiceReturns) {
  const std::string item = upstream_.Create(1).front();
  auto follower = downstream_.Follow(upstream_.address());
  ASSERT_TRUE(Eventually([&] { return follower->state().ready.load(); }));
  upstream_.Stop();
  ASSERT_TRUE(Eventually([&] { return !follower->state().connected; }));
  upstream_.Add(item, 7);
  upstream_.Start();

  ASSERT_TRUE(EndsEqual());
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM marks"), 1);
  // By itself, with its cause, as an ordinary write.
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM journal WHERE method = 'effect/items/seventh' "
                              "AND actor = 'services/risk' AND cause_service = 'organization' "
                              "AND cause_position = 2"),
            1);
}

TEST_F(ProjectionTest, APoisonChangeIsQuarantinedAndHoldsBackOnlyItsOwnResource) {
  const std::vector<std::string> items = upstream_.Create(3);
  auto follower = downstream_.Follow(upstream_.address());
  ASSERT_TRUE(EndsEqual());
  downstream_.projection().poison = 13;
  upstream_.Add(items[0], 13);
  upstream_.Add(items[0], 1);
  upstream_.Add(items[1], 5);
  upstream_.Add(items[2], 6);
  ASSERT_TRUE(Eventually([&] { return follower->state().position == 7; }));

  // The others went on; the two of the first wait, in order; the first of them was tried five times
  // alone, and it may have been tried together with others before.
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM known_items WHERE value IN (5, 6)"), 2);
  ASSERT_TRUE(Eventually([&] { return follower->state().quarantined == 2; }));
  const auto waiting = Waiting();
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(waiting[0].resource(), items[0]);
  EXPECT_EQ(waiting[0].version(), 2);
  EXPECT_EQ(waiting[0].tries(), 5);
  EXPECT_THAT(waiting[0].error(), HasSubstr("GUARD_NOT_MET"));
  EXPECT_EQ(waiting[1].version(), 3);
  EXPECT_EQ(waiting[1].tries(), 0);
  EXPECT_GE(downstream_.projection().poisoned, 5);
}

TEST_F(ProjectionTest, WhatWaitsIsAppliedInOrderWhenItIsTriedAgain) {
  const std::string item = upstream_.Create(1).front();
  auto follower = downstream_.Follow(upstream_.address());
  ASSERT_TRUE(EndsEqual());
  downstream_.projection().poison = 13;
  upstream_.Add(item, 13);
  upstream_.Add(item, 1);
  ASSERT_TRUE(Eventually([&] { return follower->state().quarantined == 2; }));

  mysql::Session session(downstream_.options());
  auto failed = follower->Retry(session, item, "persons/1", absl::InfiniteFuture());
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->applied_count(), 0);
  EXPECT_EQ(failed->failed().version(), 2);
  EXPECT_EQ(failed->failed().tries(), 6);
  EXPECT_EQ(failed->failed().actor(), "persons/1");

  downstream_.projection().poison = 0;
  auto applied = follower->Retry(session, item, "persons/1", absl::InfiniteFuture());
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->applied_count(), 2);
  EXPECT_FALSE(applied->has_failed());
  EXPECT_EQ(downstream_.Contents(), upstream_.Contents());
  // 14 is a seventh value.
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM marks"), 1);
  EXPECT_EQ(follower->state().quarantined, 0);
  EXPECT_TRUE(absl::IsNotFound(
      follower->Retry(session, item, "persons/1", absl::InfiniteFuture()).status()));
  // No image is kept longer than it is needed.
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM projection_quarantine WHERE image <> ''"), 0);
  upstream_.Add(item, 2);
  EXPECT_TRUE(EndsEqual());
}

TEST_F(ProjectionTest, OthersTakeOverWhenWhoFollowsFallsSilentAndTheyNeverWriteTogether) {
  const std::string item = upstream_.Create(1).front();
  auto options = FollowerOptionsOf(upstream_.address(), downstream_.options());
  options.silence = absl::Milliseconds(500);
  Follower elder(downstream_.journal(), downstream_.projection(), options);
  elder.Start();
  ASSERT_TRUE(EndsEqual());
  Follower younger(downstream_.journal(), downstream_.projection(), options);
  younger.Start();
  ASSERT_TRUE(Eventually([&] { return elder.state().standby.load(); }));
  for (int i = 0; i < 20; ++i) upstream_.Add(item, 7);
  ASSERT_TRUE(EndsEqual());
  EXPECT_FALSE(younger.state().standby);

  younger.Stop();
  for (int i = 0; i < 20; ++i) upstream_.Add(item, 7);
  ASSERT_TRUE(EndsEqual());
  EXPECT_FALSE(elder.state().standby);
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM marks"), 40);
}

TEST_F(ProjectionTest, ARestoredDatabaseLeadsToANewSnapshotThatAlsoTakesBackWhatWas) {
  const std::vector<std::string> items = upstream_.Create(2);
  auto follower = downstream_.Follow(upstream_.address());
  upstream_.Add(items[0], 3);
  ASSERT_TRUE(EndsEqual());

  // The backup knows neither the addition nor the second item.
  upstream_.Stop();
  upstream_.items().database().Run(absl::StrCat(
      "UPDATE items SET version = 1, value = 0; DELETE FROM items WHERE id = UNHEX(REPLACE('",
      items[1].substr(6), "', '-', ''))"));
  ASSERT_TRUE(qinglian::journal::RenewIncarnation(*upstream_.items().database().Open()).ok());
  upstream_.Start();

  EXPECT_TRUE(EndsEqual());
  ASSERT_TRUE(Eventually([&] { return follower->state().snapshots == 2; }));
  EXPECT_TRUE(follower->state().ready);
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM known_items"), 1);
}

// The methods of FeedService over a socket.
class FeedServiceTest : public ProjectionTest {
 protected:
  FeedServiceTest()
      : registry_(std::make_shared<metrics::Registry>("risk", "test")),
        tokens_({std::string(32, 't')}),
        server_(Options(), *registry_),
        service_(server_.pipeline(), "qinglian.risk.v1.FeedService") {
    followers_.push_back(
        std::make_unique<Follower>(downstream_.journal(), downstream_.projection(),
                                   FollowerOptionsOf(upstream_.address(), downstream_.options())));
    AddFeedMethods(service_, downstream_.journal(), tokens_, followers_);
    metrics_ = std::make_unique<qinglian::projection::ProjectionMetrics>(*registry_, followers_);
    server_.Add(&service_);
    EXPECT_EQ(server_.Start(), absl::OkStatus());
    channel_ = rpc::Connect(absl::StrCat("127.0.0.1:", server_.port()));
    followers_[0]->Start();
  }

  // What the server calls ends after it.
  ~FeedServiceTest() override { server_.Drain(); }

  rpc::ServerOptions Options() {
    rpc::ServerOptions options;
    options.pipeline.workers = 2;
    options.pipeline.bulk_threads = 1;
    options.pipeline.database = downstream_.options();
    options.pipeline.identity_keys = test::IdentityKeys();
    options.drain_wait = absl::ZeroDuration();
    return options;
  }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Call(const std::string& method, const Req& request) {
    return rpc::Invoke<Req, Resp>(*channel_, absl::StrCat("/qinglian.risk.v1.FeedService/", method),
                                  request,
                                  test::CallAs("persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11"));
  }

  FeedStatus Status() {
    auto feeds = Call<qinglian::journal::v1::ListFeedsResponse>(
        "ListFeeds", qinglian::journal::v1::ListFeedsRequest());
    EXPECT_TRUE(feeds.ok()) << feeds.status();
    return feeds.ok() && feeds->feeds_size() == 1 ? feeds->feeds(0) : FeedStatus();
  }

  std::shared_ptr<metrics::Registry> registry_;
  paging::TokenCodec tokens_;
  rpc::Server server_;
  rpc::Service service_;
  Followers followers_;
  std::unique_ptr<qinglian::projection::ProjectionMetrics> metrics_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(FeedServiceTest, AFeedSaysHowFarItIsAndWhatIsWrongWithIt) {
  upstream_.Create(2);
  ASSERT_TRUE(EndsEqual());
  ASSERT_TRUE(Eventually([&] { return Status().state() == FeedStatus::STATE_FOLLOWING; }));
  ASSERT_TRUE(Eventually([&] { return Status().position() == 2; }));
  const FeedStatus following = Status();
  EXPECT_EQ(following.feed(), "organization");
  EXPECT_TRUE(following.ready());
  EXPECT_TRUE(following.has_lag());
  EXPECT_EQ(following.error(), "");
  EXPECT_THAT(registry_->Render(), HasSubstr("projection_connected{feed=\"organization\"} 1"));

  upstream_.Stop();
  ASSERT_TRUE(Eventually([&] { return Status().state() == FeedStatus::STATE_CONNECTING; }));
  ASSERT_TRUE(Eventually([&] { return !Status().error().empty(); }));
  EXPECT_THAT(Status().error(), HasSubstr("UNAVAILABLE"));
  EXPECT_TRUE(Status().ready());
}

TEST_F(FeedServiceTest, AChangeIsSkippedForAReasonThatTheJournalKeepsAndTheNextGoesOn) {
  const std::string item = upstream_.Create(1).front();
  ASSERT_TRUE(EndsEqual());
  downstream_.projection().poison = 13;
  upstream_.Add(item, 13);
  upstream_.Add(item, 1);
  ASSERT_TRUE(Eventually([&] { return Status().quarantined_count() == 2; }));

  qinglian::journal::v1::SkipQuarantinedChangeRequest request;
  request.set_feed("organization");
  request.set_resource(item);
  request.set_version(2);
  request.set_reason("The item was wrong from the start.");
  request.set_request_id(journal::NewRequestId());
  const auto skipped = Call<QuarantinedChange>("SkipQuarantinedChange", request);
  ASSERT_TRUE(skipped.ok()) << skipped.status();
  EXPECT_EQ(skipped->state(), QuarantinedChange::STATE_SKIPPED);
  EXPECT_EQ(skipped->reason(), request.reason());
  EXPECT_EQ(skipped->actor(), "persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11");

  EXPECT_EQ(downstream_.Contents(), upstream_.Contents());
  EXPECT_EQ(Status().quarantined_count(), 0);
  EXPECT_EQ(downstream_.Count("SELECT COUNT(*) FROM journal WHERE reason = "
                              "'The item was wrong from the start.'"),
            1);
  // Once is enough.
  EXPECT_TRUE(Call<QuarantinedChange>("SkipQuarantinedChange", request).ok());
  request.set_request_id(journal::NewRequestId());
  EXPECT_TRUE(absl::IsNotFound(Call<QuarantinedChange>("SkipQuarantinedChange", request).status()));
}

TEST_F(FeedServiceTest, WhatWaitsIsListedInPages) {
  const std::vector<std::string> items = upstream_.Create(3);
  ASSERT_TRUE(EndsEqual());
  downstream_.projection().poison = 13;
  for (const std::string& item : items) upstream_.Add(item, 13);
  ASSERT_TRUE(Eventually([&] { return Status().quarantined_count() == 3; }));

  qinglian::journal::v1::ListQuarantinedChangesRequest request;
  request.set_page_size(2);
  using Page = qinglian::journal::v1::ListQuarantinedChangesResponse;
  const auto first = Call<Page>("ListQuarantinedChanges", request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->changes_size(), 2);
  request.set_page_token(first->next_page_token());
  const auto second = Call<Page>("ListQuarantinedChanges", request);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->changes_size(), 1);
  // By name; ids made in one millisecond have no order.
  EXPECT_EQ(second->changes(0).resource(), *std::max_element(items.begin(), items.end()));
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(FeedServiceTest, ARebuiltProjectionEndsEqualAndIsReadyAllTheWhile) {
  upstream_.Create(60, 1);
  ASSERT_TRUE(EndsEqual());
  ASSERT_TRUE(Eventually([&] { return Status().ready(); }));
  downstream_.database().Run("UPDATE known_items SET value = 99");

  qinglian::journal::v1::RebuildProjectionRequest request;
  request.set_feed("organization");
  request.set_request_id(journal::NewRequestId());
  const auto rebuilt = Call<FeedStatus>("RebuildProjection", request);
  ASSERT_TRUE(rebuilt.ok()) << rebuilt.status();
  EXPECT_TRUE(rebuilt->ready());
  EXPECT_TRUE(EndsEqual());
  EXPECT_EQ(Status().snapshot_count(), 2);

  request.set_feed("nowhere");
  request.set_request_id(journal::NewRequestId());
  EXPECT_TRUE(absl::IsNotFound(Call<FeedStatus>("RebuildProjection", request).status()));
}

}  // namespace
}  // namespace qinglian::test::projection
