// What goes through the gateway goes through whole: messages, metadata, errors, deadlines and
// cancellation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "tests/flow/gateway/fixture.h"
#include "tests/support/recorder.h"

namespace qinglian::gateway::test {
namespace {

using grpc::ByteBuffer;
using std::chrono::system_clock;
using ::testing::ContainsRegex;

class Forward : public GatewayTest {
 protected:
  void SetUp() override { Start(); }
};

TEST_F(Forward, AUnaryCallReachesItsServiceAndItsAnswerTheCaller) {
  std::string answer;
  const grpc::Status status = caller_->Echo("echo 清廉", &answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, "清廉");
}

TEST_F(Forward, ManyUnaryCallsAtATimeEachGetTheirOwnAnswer) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 200; ++j) {
        const std::string text = std::to_string(i) + "." + std::to_string(j);
        std::string answer;
        if (!caller_->Echo("echo " + text, &answer).ok() || answer != text) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Forward, AnEmptyMessageIsAMessage) {
  std::string answer = "something";
  EXPECT_TRUE(caller_->Echo("", &answer).ok());
  EXPECT_EQ(answer, "");
}

TEST_F(Forward, AServerStreamArrivesInOrderAndWhole) {
  grpc::ClientContext context;
  const std::string path = MethodPath("Expand");
  const auto stream = caller_->Open(path, context);
  ASSERT_TRUE(stream->Write(ToBuffer("count 1000")));
  ASSERT_TRUE(stream->WritesDone());
  int count = 0;
  for (ByteBuffer message; stream->Read(&message); ++count) {
    ASSERT_EQ(ToText(message), std::to_string(count));
  }
  EXPECT_EQ(count, 1000);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(Forward, AClientStreamArrivesWholeAndIsAnswered) {
  grpc::ClientContext context;
  const std::string path = MethodPath("Collect");
  const auto stream = caller_->Open(path, context);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream->Write(ToBuffer(std::string(1000, 'a'))));
  stream->WritesDone();
  ByteBuffer message;
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(ToText(message), "1000");
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(Forward, AConversationTakesTurns) {
  grpc::ClientContext context;
  const std::string path = MethodPath("Talk");
  const auto stream = caller_->Open(path, context);
  // The service's metadata comes before anything is said.
  stream->WaitForInitialMetadata();
  EXPECT_EQ(context.GetServerInitialMetadata().count("initial"), 1u);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(stream->Write(ToBuffer(std::to_string(i))));
    ByteBuffer message;
    ASSERT_TRUE(stream->Read(&message));
    ASSERT_EQ(ToText(message), "re: " + std::to_string(i));
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(Forward, AMethodThatTheContractDoesNotKnowFlowsToo) {
  grpc::ClientContext context;
  std::string answer;
  const grpc::Status status = caller_->Unary(MethodPath("Hidden"), "echo new", &answer, context);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, "new");
}

TEST_F(Forward, DetailsOfAnErrorArriveIntact) {
  const grpc::Status status = caller_->Echo("fail");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), Backend::kFailure);
  EXPECT_EQ(status.error_details(), Backend::Details());
}

TEST_F(Forward, DetailsOfAnErrorInAStreamArriveIntactAndAfterItsMessages) {
  for (const char* method : {"Expand", "Talk"}) {
    grpc::ClientContext context;
    const std::string path = MethodPath(method);
    const auto stream = caller_->Open(path, context);
    stream->Write(ToBuffer("fail"));
    if (std::string(method) == "Expand") {
      ByteBuffer message;
      ASSERT_TRUE(stream->Read(&message));
      EXPECT_EQ(ToText(message), "one");
    }
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(status.error_details(), Backend::Details());
  }
}

TEST_F(Forward, AnErrorWithoutDetailsKeepsItsCodeAndWords) {
  const grpc::Status status = caller_->Echo("plain");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "not here");
  EXPECT_EQ(status.error_details(), "");
}

TEST_F(Forward, AMethodThatTheServiceDoesNotHaveIsNamed) {
  grpc::ClientContext context;
  const grpc::Status status = caller_->Unary(MethodPath("Missing"), "", nullptr, context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(InfoOf(status).reason(), "METHOD_UNKNOWN");
  EXPECT_EQ(InfoOf(status).metadata().at("method"), MethodPath("Missing"));
}

TEST_F(Forward, MetadataGoesToTheServiceExceptWhatBelongsToTheHop) {
  grpc::ClientContext context;
  context.AddMetadata("qinglian-identity-bin", "forged");
  context.AddMetadata("some-bin", std::string("\x00\x01\xff", 3));
  context.AddMetadata("twice", "a");
  context.AddMetadata("twice", "b");
  ASSERT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, context).ok());
  const auto seen = backend_.last().metadata;
  EXPECT_EQ(seen.count("qinglian-caller"), 0u);
  ASSERT_EQ(seen.count("qinglian-identity-bin"), 1u);
  const auto identity = qinglian::test::IdentityKeys()->Current()->Open(
      seen.find("qinglian-identity-bin")->second, absl::Now());
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->actor(), kCaller);
  EXPECT_EQ(seen.find("some-bin")->second, std::string("\x00\x01\xff", 3));
  EXPECT_EQ(seen.count("twice"), 2u);
  // One user agent: the gateway's own.
  EXPECT_EQ(seen.count("user-agent"), 1u);
  for (const auto& [key, value] : seen) EXPECT_NE(key.substr(0, 5), "grpc-") << key;
}

TEST_F(Forward, MetadataOfTheAnswerGoesToTheCaller) {
  for (const char* request : {"echo", "fail"}) {
    grpc::ClientContext context;
    caller_->Unary(MethodPath("Echo"), request, nullptr, context);
    const auto& initial = context.GetServerInitialMetadata();
    EXPECT_EQ(initial.find("initial")->second, "one");
    EXPECT_EQ(initial.find("initial-bin")->second, grpc::string_ref("\x00\xfe", 2));
    const auto& trailing = context.GetServerTrailingMetadata();
    EXPECT_EQ(trailing.find("trailing")->second, "two");
    EXPECT_EQ(trailing.find("trailing-bin")->second, grpc::string_ref("\x00\xff", 2));
  }
}

TEST_F(Forward, ATraceIsCarriedOnAndOtherwiseBegun) {
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  grpc::ClientContext context;
  context.AddMetadata("traceparent", trace);
  ASSERT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, context).ok());
  EXPECT_EQ(backend_.last().metadata.find("traceparent")->second, trace);

  ASSERT_TRUE(caller_->Echo("echo").ok());
  const auto seen = backend_.last().metadata;
  ASSERT_EQ(seen.count("traceparent"), 1u);
  EXPECT_THAT(seen.find("traceparent")->second, ContainsRegex("^00-[0-9a-f]{32}-[0-9a-f]{16}-00$"));
}

TEST_F(Forward, ATracedCallHasASpanOnEachSideAndTheServiceIsToldOfTheInner) {
  qinglian::test::MemoryRecorder recorder(1);
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  ASSERT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, context).ok());
  // The call is over when everything of it is, a little after its answer.
  for (int i = 0; i < 200 && recorder.spans().size() < 2; ++i)
    absl::SleepFor(absl::Milliseconds(10));
  const auto spans = recorder.spans();
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[1].kind, trace::Kind::kServer);
  EXPECT_EQ(spans[1].name, MethodPath("Echo").substr(1));
  EXPECT_EQ(spans[1].parent, 0xb7ad6b7169203331u);
  EXPECT_EQ(spans[1].numbers.at(trace::Attribute::kRpcCode), 0);
  EXPECT_EQ(spans[0].kind, trace::Kind::kClient);
  EXPECT_EQ(spans[0].parent, spans[1].context.span);
  const auto seen = backend_.last().metadata;
  ASSERT_EQ(seen.count("traceparent"), 1u);
  EXPECT_EQ(seen.find("traceparent")->second, trace::FormatTraceParent(spans[0].context));
  EXPECT_EQ(spans[0].context.trace_id(), "0af7651916cd43dd8448eb211c80319c");
}

TEST_F(Forward, ACallerFromOutsideDoesNotDecideWhetherHeIsTraced) {
  qinglian::test::MemoryRecorder recorder(0);
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, context).ok());
  EXPECT_THAT(backend_.last().metadata.find("traceparent")->second,
              ContainsRegex("^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$"));
  EXPECT_TRUE(recorder.spans().empty());
}

TEST_F(Forward, TheDeadlineOfTheCallerReachesTheService) {
  grpc::ClientContext context;
  const auto deadline = system_clock::now() + std::chrono::seconds(20);
  context.set_deadline(deadline);
  ASSERT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, context).ok());
  EXPECT_LT(backend_.last().deadline, deadline + std::chrono::seconds(5));
  EXPECT_GT(backend_.last().deadline, deadline - std::chrono::seconds(10));
}

TEST_F(Forward, AUnaryCallWithoutADeadlineGetsTheDefaultAndALongOneTheGreatest) {
  const auto before = system_clock::now();
  grpc::ClientContext none;
  ASSERT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, none).ok());
  const auto after = system_clock::now();
  EXPECT_GT(backend_.last().deadline, before + std::chrono::seconds(5));
  EXPECT_LT(backend_.last().deadline, after + std::chrono::seconds(15));

  grpc::ClientContext hour;
  hour.set_deadline(system_clock::now() + std::chrono::hours(1));
  ASSERT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, hour).ok());
  EXPECT_LT(backend_.last().deadline, system_clock::now() + std::chrono::seconds(35));
  EXPECT_GT(backend_.last().deadline, before + std::chrono::seconds(20));
}

TEST_F(Forward, AStreamWithoutADeadlineHasNone) {
  grpc::ClientContext context;
  const std::string path = MethodPath("Talk");
  const auto stream = caller_->Open(path, context);
  stream->WaitForInitialMetadata();
  EXPECT_GT(backend_.last().deadline, system_clock::now() + std::chrono::hours(24));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(Forward, APassedDeadlineIsAnsweredWithItsReasonAndSeenByTheService) {
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + std::chrono::milliseconds(500));
  const grpc::Status status = caller_->Unary(MethodPath("Echo"), "wait", nullptr, context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(backend_.AwaitCancelled(1));
}

TEST_F(Forward, ACallerWhoLeavesAUnaryCallIsSeenByTheService) {
  grpc::ClientContext context;
  std::thread leave([&] {
    EXPECT_TRUE(Await([&] { return !backend_.last().metadata.empty(); }));
    context.TryCancel();
  });
  const grpc::Status status = caller_->Unary(MethodPath("Echo"), "wait", nullptr, context);
  leave.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(backend_.AwaitCancelled(1));
}

TEST_F(Forward, ACallerWhoLeavesAStreamIsSeenByTheService) {
  grpc::ClientContext context;
  const std::string path = MethodPath("Expand");
  const auto stream = caller_->Open(path, context);
  stream->Write(ToBuffer("wait"));
  stream->WritesDone();
  ByteBuffer message;
  ASSERT_TRUE(stream->Read(&message));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(backend_.AwaitCancelled(1));
}

TEST_F(Forward, ManyUploadsAtATimeAllArriveWhole) {
  constexpr int kCallers = 16;
  constexpr int kUploads = 300;
  std::atomic<int> whole{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      const std::string path = MethodPath("Collect");
      for (int n = 0; n < kUploads; ++n) {
        grpc::ClientContext context;
        const auto stream = caller_->Open(path, context);
        for (int piece = 0; piece < 3; ++piece) stream->Write(ToBuffer("piece"));
        stream->WritesDone();
        ByteBuffer message;
        const bool answered = stream->Read(&message);
        const grpc::Status status = stream->Finish();
        ASSERT_TRUE(answered && status.ok()) << status.error_message();
        ASSERT_EQ(ToText(message), "3");
        ++whole;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(whole, kCallers * kUploads);
}

TEST_F(Forward, ABrokenUploadIsNeverTakenForACompleteOne) {
  constexpr int kUploads = 300;
  for (int i = 0; i < kUploads; ++i) {
    grpc::ClientContext context;
    const std::string path = MethodPath("Collect");
    const auto stream = caller_->Open(path, context);
    for (int j = 0; j < 1 + i % 5; ++j) stream->Write(ToBuffer(std::string(1 + i * 100, 'u')));
    context.TryCancel();
    stream->Finish();
  }
  // Those cancelled before they reached the service are in neither count.
  ASSERT_TRUE(caller_->Echo("echo").ok());
  EXPECT_TRUE(Await([&] { return backend_.cancelled() > 0; }));
  EXPECT_EQ(backend_.collected(), 0);
}

TEST_F(Forward, ACallerWhoseConnectionBreaksIsSeenByTheService) {
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  {
    Caller other(server_->port(), own);
    grpc::ClientContext context;
    const std::string path = MethodPath("Collect");
    const auto stream = other.Open(path, context);
    ASSERT_TRUE(stream->Write(ToBuffer("half")));
    EXPECT_TRUE(Await([&] { return !backend_.last().metadata.empty(); }));
    context.TryCancel();
    stream->Finish();
  }
  EXPECT_TRUE(backend_.AwaitCancelled(1));
  EXPECT_EQ(backend_.collected(), 0);
}

TEST_F(Forward, ASlowReaderSlowsTheService) {
  grpc::ClientContext context;
  const std::string path = MethodPath("Expand");
  const auto stream = caller_->Open(path, context);
  stream->Write(ToBuffer("flood"));
  stream->WritesDone();
  ByteBuffer message;
  ASSERT_TRUE(stream->Read(&message));
  // Nothing is read any more: what the service gets rid of comes to a standstill.
  int before = -1;
  EXPECT_TRUE(Await([&] {
    const int now = backend_.flooded();
    const bool still = now == before;
    before = now;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return still;
  }));
  context.TryCancel();
  stream->Finish();
  EXPECT_TRUE(backend_.AwaitCancelled(1));
}

TEST_F(Forward, CallsThatEndInEveryWayAtOnceLeaveNothingOpen) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      unsigned seed = static_cast<unsigned>(i);
      for (int j = 0; j < 100; ++j) {
        grpc::ClientContext context;
        context.set_deadline(system_clock::now() + std::chrono::milliseconds(rand_r(&seed) % 20));
        const char* methods[] = {"Echo", "Expand", "Collect", "Talk", "Hidden"};
        const std::string path = MethodPath(methods[rand_r(&seed) % 5]);
        const auto stream = caller_->Open(path, context);
        stream->Write(ToBuffer(rand_r(&seed) % 2 == 0 ? "wait" : "fail"));
        if (rand_r(&seed) % 3 == 0) stream->WritesDone();
        if (rand_r(&seed) % 3 == 0) context.TryCancel();
        ByteBuffer message;
        if (rand_r(&seed) % 2 == 0) stream->Read(&message);
        stream->Finish();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Await([&] {
    return registry_->Render().find("gateway_open_calls{upstream=\"testing\"} 0") !=
           std::string::npos;
  })) << registry_->Render();
  EXPECT_TRUE(caller_->Echo("echo").ok());
}

}  // namespace
}  // namespace qinglian::gateway::test
