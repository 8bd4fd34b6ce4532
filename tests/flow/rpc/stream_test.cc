#include <thread>

#include "tests/flow/rpc/echo_server.h"

namespace qinglian::rpc {
namespace {

using CountClient = ServerStreamClient<EchoRequest, EchoResponse>;
using CollectClient = ClientStreamClient<EchoRequest, EchoResponse>;
using ConverseClient = BidiStreamClient<EchoRequest, EchoResponse>;

EchoRequest Heavy(size_t bytes, int count = 1) {
  EchoRequest request = Request("x", count);
  request.set_load(std::string(bytes, 'x'));
  return request;
}

class Streams : public ::testing::Test {
 protected:
  void SetUp() override { echo_.Start(); }
  std::string Method(const std::string& name) { return kPackage + name; }

  EchoServer echo_;
};

TEST_F(Streams, AServerStreamArrivesInOrderAndEndsWithItsStatus) {
  for (const char* text : {"fine", "fail"}) {
    CountClient client(echo_.channel_, Method("Count"), Request(text, 1000), Options());
    EchoResponse response;
    int64_t expected = 0;
    while (client.Read(&response)) EXPECT_EQ(response.count(), expected++);
    EXPECT_EQ(expected, 1000);
    const absl::Status status = client.Finish();
    EXPECT_TRUE(text == std::string("fine") ? status.ok() : status::Is(status, status::kConflict))
        << status;
  }
}

TEST_F(Streams, AStreamIsRefusedForItsCallerAndItsFieldsAsACallIs) {
  CallOptions nobody = Options();
  nobody.identity_keys = nullptr;
  CountClient anonymous(echo_.channel_, Method("Count"), Request("x", 1), nobody);
  EXPECT_TRUE(status::Is(anonymous.Finish(), status::kCallerMissing));
  CountClient invalid(echo_.channel_, Method("Count"), Request("", 1), Options());
  EXPECT_TRUE(status::Is(invalid.Finish(), status::kFieldsInvalid));
}

TEST_F(Streams, ASlowReaderSlowsTheWriterDown) {
  // 64 MiB: more than all buffers between the two hold.
  CountClient client(echo_.channel_, Method("Count"), Heavy(1 << 20, 64), Options());
  EchoResponse response;
  ASSERT_TRUE(client.Read(&response));
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_LT(echo_.collected, 64);
  int received = 1;
  while (client.Read(&response)) ++received;
  EXPECT_TRUE(client.Finish().ok());
  EXPECT_EQ(received, 64);
}

TEST_F(Streams, AWriterLearnsThatItsReaderHasGone) {
  {
    CountClient client(echo_.channel_, Method("Count"), Heavy(1 << 20, 1 << 20), Options());
    EchoResponse response;
    ASSERT_TRUE(client.Read(&response));
    client.Cancel();
    EXPECT_EQ(client.Finish().code(), absl::StatusCode::kCancelled);
  }
  while (echo_.Metric("rpc_server_in_flight") != 0) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(echo_.Metric("rpc_server_requests_total{code=\"CANCELLED\",method=\"Count\",service="
                         "\"EchoService\"}"),
            1);
}

TEST_F(Streams, AClientStreamIsReadToItsEndAndAnswered) {
  CollectClient client(echo_.channel_, Method("Collect"), Options());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.Write(Heavy(100'000)));
  const auto response = client.Finish();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->count(), 10'000'000);
}

TEST_F(Streams, AStreamThatIsCutOffIsNotTakenForAWholeOne) {
  {
    CollectClient client(echo_.channel_, Method("Collect"), Options());
    ASSERT_TRUE(client.Write(Heavy(10)));
    while (echo_.collected == 0) absl::SleepFor(absl::Milliseconds(1));
    client.Cancel();
  }
  echo_.collect_ended.Wait();
  EXPECT_EQ(echo_.collect_status.code(), absl::StatusCode::kCancelled);
}

TEST_F(Streams, AnInvalidMessageEndsAStreamWithItsViolations) {
  CollectClient client(echo_.channel_, Method("Collect"), Options());
  client.Write(Heavy(10));
  client.Write(Request(""));
  EXPECT_TRUE(status::Is(client.Finish().status(), status::kFieldsInvalid));
}

TEST_F(Streams, AConversationGoesBothWays) {
  ConverseClient client(echo_.channel_, Method("Converse"), Options());
  EchoResponse response;
  for (int i = 0; i < 100; ++i) {
    const std::string text = "message " + std::to_string(i);
    ASSERT_TRUE(client.Write(Request(text)));
    ASSERT_TRUE(client.Read(&response));
    EXPECT_EQ(response.text(), text);
  }
  client.WritesDone();
  EXPECT_FALSE(client.Read(&response));
  EXPECT_TRUE(client.Finish().ok());
}

TEST(BulkLane, IsBoundedAndLeavesUnaryCallsAlone) {
  ServerOptions options = EchoServer::Defaults();
  options.pipeline.bulk_threads = 2;
  options.pipeline.bulk_queue_size = 1;
  options.pipeline.max_queue_wait = absl::Seconds(30);
  Gate release;
  EchoServer echo(options);
  echo.on_count = [&release](Call&) {
    release.Wait();
    return absl::OkStatus();
  };
  echo.Start();
  const std::string count = std::string(kPackage) + "Count";
  std::vector<std::unique_ptr<CountClient>> running;
  for (int i = 0; i < 2; ++i) {
    running.push_back(
        std::make_unique<CountClient>(echo.channel_, count, Request("x", 1), Options()));
  }
  const auto waits = [&echo](double seconds_count) {
    return echo.Metric("rpc_server_queue_wait_seconds_count{lane=\"bulk\"}") == seconds_count;
  };
  while (!waits(2)) absl::SleepFor(absl::Milliseconds(1));
  running.push_back(
      std::make_unique<CountClient>(echo.channel_, count, Request("x", 1), Options()));
  while (echo.Metric("rpc_server_queue_depth{lane=\"bulk\"}") != 1) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  CountClient refused(echo.channel_, count, Request("x", 1), Options());
  EXPECT_TRUE(status::Is(refused.Finish(), status::kOverloaded));
  EXPECT_TRUE(echo.Send("Echo", Request("x")).ok());
  release.Open();
  for (auto& client : running) EXPECT_TRUE(client->Finish().ok());
}

TEST(BulkLane, ShedsDownloadsBeforeUploads) {
  ServerOptions options = EchoServer::Defaults();
  options.pipeline.bulk_threads = 1;
  options.pipeline.max_queue_wait = absl::Seconds(5);
  EchoServer echo(options);
  echo.Start();
  // They outlast a download that waits in vain.
  CallOptions patient = Options();
  patient.timeout = absl::Minutes(1);
  const auto upload = [&echo, &patient] {
    return std::make_unique<CollectClient>(echo.channel_, std::string(kPackage) + "Collect",
                                           patient);
  };
  const auto await_depth = [&echo](double depth) {
    while (echo.Metric("rpc_server_queue_depth{lane=\"bulk\"}") < depth) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  };
  const auto running = upload();
  ASSERT_TRUE(running->Write(Heavy(1)));
  while (echo.collected == 0) absl::SleepFor(absl::Milliseconds(1));
  const auto waiting = upload();
  await_depth(1);
  absl::SleepFor(absl::Milliseconds(800));
  CountClient download(echo.channel_, std::string(kPackage) + "Count", Request("x", 1), Options());
  const absl::Status refused = download.Finish();
  EXPECT_TRUE(status::Is(refused, status::kOverloaded)) << refused;
  const auto another = upload();
  await_depth(2);
  EXPECT_TRUE(running->Finish().ok());
  EXPECT_TRUE(waiting->Finish().ok());
  EXPECT_TRUE(another->Finish().ok());
}

TEST(BulkLane, AStreamEndsAtItsLongestDurationWhateverItWaitsFor) {
  ServerOptions options = EchoServer::Defaults();
  options.pipeline.max_stream_duration = absl::Milliseconds(100);
  EchoServer echo(options);
  echo.Start();
  CallOptions patient = Options();
  patient.timeout = absl::Minutes(1);
  // The handler waits for a message that never comes.
  CollectClient silent(echo.channel_, std::string(kPackage) + "Collect", patient);
  ASSERT_TRUE(silent.Write(Heavy(1)));
  echo.collect_ended.Wait();
  EXPECT_EQ(silent.Finish().status().code(), absl::StatusCode::kDeadlineExceeded);
  // The handler waits for a reader who does not read.
  CountClient slow(echo.channel_, std::string(kPackage) + "Count", Heavy(1 << 20, 64), patient);
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_FALSE(slow.Finish().ok());
}

class Pushes : public Streams {
 protected:
  using Client = ServerStreamClient<EchoRequest, EchoResponse>;

  std::unique_ptr<Client> Watch(const std::string& text = "x") {
    CallOptions options = Options();
    options.timeout = absl::InfiniteDuration();
    return std::make_unique<Client>(echo_.NewChannel(), Method("Watch"), Request(text), options);
  }
  std::vector<EchoServer::Stream> AwaitWatchers(size_t count) {
    std::unique_lock lock(echo_.mutex);
    echo_.changed.wait(lock, [&] { return echo_.watchers.size() == count; });
    return echo_.watchers;
  }
};

TEST_F(Pushes, OneMessageReachesFiftyStreamsAndASlowOneIsCutAlone) {
  constexpr int kStreams = 50;
  constexpr int kMessages = 80;
  EchoResponse heavy;
  // In all more than what gRPC and the stream buffer for a caller who does not read.
  heavy.set_load(std::string(100'000, 'x'));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < kStreams; ++i) clients.push_back(Watch());
  const std::vector<EchoServer::Stream> streams = AwaitWatchers(kStreams);
  EXPECT_EQ(echo_.Metric("rpc_server_push_streams"), kStreams);

  // Client 0 does not read until the others are done. Nobody knows which stream is his.
  std::atomic<int> received = 0;
  std::vector<std::thread> readers;
  for (int i = 1; i < kStreams; ++i) {
    readers.emplace_back([&, i] {
      EchoResponse response;
      int64_t expected = 0;
      while (expected < kMessages && clients[i]->Read(&response)) {
        EXPECT_EQ(response.count(), expected++);
        ++received;
      }
    });
  }
  int cut = 0;
  for (int n = 0; n < kMessages; ++n) {
    heavy.set_count(n);
    const auto bytes = EncodeShared(heavy);
    for (const EchoServer::Stream& stream : streams) {
      if (stream->cancelled()) continue;
      // Those who read catch up; the one who does not never does.
      for (int tries = 0; !stream->Offer(*bytes); ++tries) {
        if (tries == 300) {
          stream->Close(status::Error(status::kSlowConsumer));
          ++cut;
          break;
        }
        absl::SleepFor(absl::Milliseconds(10));
      }
    }
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(received, (kStreams - 1) * kMessages);
  EXPECT_EQ(cut, 1);
  EXPECT_TRUE(status::Is(clients[0]->Finish(), status::kSlowConsumer));
}

TEST_F(Pushes, AStreamThatIsRefusedEndsWithTheReason) {
  EXPECT_TRUE(status::Is(Watch("refuse")->Finish(), status::kResumeTokenInvalid));
  EXPECT_TRUE(status::Is(Watch("")->Finish(), status::kFieldsInvalid));
}

TEST_F(Pushes, AWatcherWhoGoesIsNoticed) {
  auto client = Watch();
  const EchoServer::Stream stream = AwaitWatchers(1)[0];
  Gate done;
  stream->OnDone([&done] { done.Open(); });
  client->Cancel();
  done.Wait();
  EXPECT_TRUE(stream->cancelled());
  EXPECT_FALSE(stream->Offer(EchoResponse()));
  EXPECT_EQ(echo_.Metric("rpc_server_push_streams"), 0);
}

TEST_F(Pushes, AProducerIsToldWhenTheStreamHasCaughtUp) {
  auto client = Watch();
  const EchoServer::Stream stream = AwaitWatchers(1)[0];
  std::atomic<int> sent = 0;
  stream->OnDrained([&sent, stream] {
    if (sent == 100) return stream->CloseAfterFlush(absl::OkStatus());
    EchoResponse response;
    response.set_count(sent++);
    EXPECT_TRUE(stream->Offer(response));
  });
  stream->Offer(EchoResponse());
  EchoResponse response;
  int received = 0;
  while (client->Read(&response)) ++received;
  EXPECT_TRUE(client->Finish().ok());
  EXPECT_EQ(received, 101);
}

}  // namespace
}  // namespace qinglian::rpc
