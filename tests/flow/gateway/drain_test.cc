// The gateway leaves in good order: what is open ends well, and what does not can be tried again.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "tests/flow/gateway/fixture.h"
#include "tests/flow/gateway/long_wire.h"

namespace qinglian::gateway::test {
namespace {

using grpc::ByteBuffer;
using grpc::StatusCode;

class Drain : public GatewayTest {};

// Callers that call on and on, each on a connection of its own, until told; with a pause of up to
// `pause` before each call, so that calls arrive whether others were answered or not.
class Crowd {
 public:
  Crowd(int port, int size, absl::Duration pause = absl::ZeroDuration()) : pause_(pause) {
    for (int i = 0; i < size; ++i) threads_.emplace_back([this, port, i] { Run(port, i); });
  }
  ~Crowd() { Stop(); }

  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  int succeeded() const { return succeeded_; }
  // How often each code other than OK was answered.
  std::map<StatusCode, int> failed() {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

 private:
  void Run(int port, int seed) {
    std::minstd_rand random(static_cast<unsigned>(seed + 1));
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    Caller caller(port, own);
    while (!stop_) {
      absl::SleepFor(pause_ * std::uniform_real_distribution<>(0, 1)(random));
      const grpc::Status status = caller.Echo("echo on");
      if (status.ok()) {
        ++succeeded_;
        continue;
      }
      const std::lock_guard lock(mutex_);
      ++failed_[status.error_code()];
    }
  }

  const absl::Duration pause_;
  std::atomic<bool> stop_{false};
  std::atomic<int> succeeded_{0};
  std::mutex mutex_;
  std::map<StatusCode, int> failed_;
  std::vector<std::thread> threads_;
};

TEST_F(Drain, UnderLoadNothingFailsThatATryAfterUnavailableDoesNotMend) {
  for (int round = 0; round < 5; ++round) {
    Start();
    Crowd crowd(server_->port(), 8);
    EXPECT_TRUE(Await([&] { return crowd.succeeded() > 200; }));
    server_->Drain();
    crowd.Stop();
    for (const auto& [code, count] : crowd.failed()) {
      EXPECT_EQ(code, StatusCode::UNAVAILABLE) << count << " calls failed so";
    }
  }
}

// What is on its way to the gateway when that stops to listen has not heard of it.
TEST_F(Drain, CallsThatAreOnTheirWayMeanwhileAreNotCancelled) {
  Start();
  LongWire wire(server_->port(), absl::Milliseconds(150));
  Crowd crowd(wire.port(), 64, absl::Milliseconds(50));
  EXPECT_TRUE(Await([&] { return crowd.succeeded() > 200; }));
  server_->Drain();
  crowd.Stop();
  EXPECT_FALSE(crowd.failed().empty());
  for (const auto& [code, count] : crowd.failed()) {
    EXPECT_EQ(code, StatusCode::UNAVAILABLE) << count << " calls failed so";
  }
}

TEST_F(Drain, ACallInFlightIsFinished) {
  Start();
  grpc::Status status;
  std::string answer;
  std::thread call([&] { status = caller_->Echo("slow but sure", &answer); });
  EXPECT_TRUE(Await([&] { return !backend_.last().metadata.empty(); }));
  server_->Drain();
  call.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, "but sure");
}

TEST_F(Drain, AStreamWithoutEndIsEndedWithUnavailable) {
  Start();
  grpc::ClientContext context;
  const std::string path = MethodPath("Expand");
  const auto stream = caller_->Open(path, context);
  stream->Write(ToBuffer("wait"));
  stream->WritesDone();
  ByteBuffer message;
  ASSERT_TRUE(stream->Read(&message));
  server_->Drain();
  EXPECT_FALSE(stream->Read(&message));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(InfoOf(status).reason(), "DRAINING");
  EXPECT_TRUE(backend_.AwaitCancelled(1));
}

TEST_F(Drain, ACallThatTakesLongerThanTheTimeoutIsEndedWithUnavailable) {
  options_.drain_timeout = absl::Milliseconds(100);
  Start();
  grpc::Status status;
  std::thread call([&] { status = caller_->Echo("wait"); });
  EXPECT_TRUE(Await([&] { return !backend_.last().metadata.empty(); }));
  server_->Drain();
  call.join();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(backend_.AwaitCancelled(1));
}

TEST_F(Drain, HealthSaysSoBeforeCallsAreRefused) {
  options_.drain_delay = absl::Seconds(2);
  Start();
  std::thread drain([&] { server_->Drain(); });
  grpc::health::v1::HealthCheckResponse::ServingStatus serving;
  EXPECT_TRUE(Await([&] {
    return caller_->Health("", &serving).ok() &&
           serving == grpc::health::v1::HealthCheckResponse::NOT_SERVING;
  }));
  EXPECT_TRUE(caller_->Echo("echo").ok());
  drain.join();
  EXPECT_EQ(caller_->Echo("echo").error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(Drain, AWatcherWhoDoesNotReadHoldsNobodyUp) {
  options_.drain_timeout = absl::Milliseconds(200);
  Start();
  grpc::ClientContext context;
  const std::string path = MethodPath("Expand");
  const auto stream = caller_->Open(path, context);
  stream->Write(ToBuffer("flood"));
  stream->WritesDone();
  ByteBuffer message;
  ASSERT_TRUE(stream->Read(&message));
  server_->Drain();
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace qinglian::gateway::test
