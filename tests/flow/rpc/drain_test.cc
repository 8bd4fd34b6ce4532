#include <signal.h>

#include <map>
#include <thread>

#include "tests/flow/rpc/echo_server.h"

namespace qinglian::rpc {
namespace {

using WatchClient = ServerStreamClient<EchoRequest, EchoResponse>;

TEST(Drain, UnderLoadNothingFailsButUnavailable) {
  EchoServer echo;
  echo.on_echo = [](Call&, const EchoRequest&) {
    absl::SleepFor(absl::Milliseconds(1));
    return absl::OkStatus();
  };
  echo.Start();
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::map<absl::StatusCode, int> codes;
  std::string unexpected;
  std::vector<std::thread> callers;
  for (int i = 0; i < 32; ++i) {
    callers.emplace_back([&] {
      const auto channel = echo.NewChannel();
      while (!stop) {
        const absl::Status status =
            Invoke<EchoRequest, EchoResponse>(*channel, std::string(kPackage) + "Echo",
                                              Request("x"), Options())
                .status();
        std::lock_guard lock(mutex);
        ++codes[status.code()];
        if (!status.ok() && !absl::IsUnavailable(status)) unexpected = status.ToString();
      }
    });
  }
  absl::SleepFor(absl::Milliseconds(500));
  echo.server_.Drain();
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(codes[absl::StatusCode::kOk], 0);
  EXPECT_GT(codes[absl::StatusCode::kUnavailable], 0);
  codes.erase(absl::StatusCode::kOk);
  codes.erase(absl::StatusCode::kUnavailable);
  EXPECT_TRUE(codes.empty()) << unexpected;
}

TEST(Drain, CallsUnderWayAreFinished) {
  EchoServer echo;
  Gate held;
  Gate release;
  echo.on_echo = [&](Call&, const EchoRequest&) {
    held.Open();
    release.Wait();
    return absl::OkStatus();
  };
  echo.Start();
  std::thread caller([&] { EXPECT_TRUE(echo.Send("Echo", Request("x")).ok()); });
  held.Wait();
  std::thread drain([&] { echo.server_.Drain(); });
  absl::SleepFor(absl::Milliseconds(100));
  release.Open();
  caller.join();
  drain.join();
}

TEST(Drain, PushStreamsEndWithAReasonToComeBack) {
  EchoServer echo;
  echo.Start();
  CallOptions options = Options();
  options.timeout = absl::InfiniteDuration();
  WatchClient client(echo.channel_, std::string(kPackage) + "Watch", Request("x"), options);
  {
    std::unique_lock lock(echo.mutex);
    echo.changed.wait(lock, [&] { return echo.watchers.size() == 1; });
  }
  echo.server_.Drain();
  EXPECT_TRUE(status::Is(client.Finish(), status::kDraining));
}

TEST(Drain, WhatOutlivesTheDeadlineIsCancelled) {
  ServerOptions options = EchoServer::Defaults();
  options.drain_deadline = absl::Milliseconds(100);
  EchoServer echo(options);
  Gate held;
  echo.on_echo = [&held](Call& call, const EchoRequest&) {
    held.Open();
    while (!call.cancelled()) absl::SleepFor(absl::Milliseconds(1));
    return absl::OkStatus();
  };
  echo.Start();
  std::thread caller([&] { EXPECT_FALSE(echo.Send("Echo", Request("x")).ok()); });
  held.Wait();
  echo.server_.Drain();
  caller.join();
}

TEST(Signals, EitherEndsTheWait) {
  EchoServer echo;
  echo.Start();
  raise(SIGTERM);
  echo.server_.WaitForSignal();
  echo.server_.RequestStop();
  echo.server_.WaitForSignal();
}

}  // namespace
}  // namespace qinglian::rpc
