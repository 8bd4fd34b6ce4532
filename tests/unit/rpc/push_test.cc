#include "common/rpc/push.h"

#include <condition_variable>
#include <thread>
#include <vector>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"

namespace qinglian::rpc {
namespace {

std::shared_ptr<const grpc::ByteBuffer> Bytes(size_t size) {
  const grpc::Slice slice(std::string(size, 'x'));
  return std::make_shared<grpc::ByteBuffer>(&slice, 1);
}

// A wire that the test moves by hand.
struct FakeSink : PushSink {
  int writes = 0;
  std::vector<absl::Status> finished;
  void Write(const grpc::ByteBuffer& bytes) override { ++writes; }
  void Finish(const absl::Status& status) override { finished.push_back(status); }
};

TEST(PushCore, SendsOneMessageAtATimeInOrder) {
  FakeSink sink;
  PushCore core(&sink, 100);
  EXPECT_TRUE(core.Offer(Bytes(1)));
  EXPECT_TRUE(core.Offer(Bytes(1)));
  EXPECT_EQ(sink.writes, 1);
  core.Written(true);
  EXPECT_EQ(sink.writes, 2);
  core.Written(true);
  EXPECT_EQ(sink.writes, 2);
  EXPECT_TRUE(sink.finished.empty());
}

TEST(PushCore, ABufferThatIsFullRefusesUntilTheReaderHasCaughtUp) {
  FakeSink sink;
  PushCore core(&sink, 100);
  EXPECT_TRUE(core.Offer(Bytes(60)));
  EXPECT_TRUE(core.Offer(Bytes(40)));
  EXPECT_FALSE(core.Offer(Bytes(1)));
  EXPECT_FALSE(core.cancelled());
  core.Written(true);
  EXPECT_TRUE(core.Offer(Bytes(60)));
}

TEST(PushCore, AMessageLargerThanTheBufferFitsIntoAnEmptyOne) {
  FakeSink sink;
  PushCore core(&sink, 100);
  EXPECT_TRUE(core.Offer(Bytes(1000)));
  EXPECT_FALSE(core.Offer(Bytes(1)));
}

TEST(PushCore, CloseDropsWhatWaitsAndEndsAfterTheMessageUnderWay) {
  FakeSink sink;
  PushCore core(&sink, 100);
  core.Offer(Bytes(1));
  core.Offer(Bytes(1));
  core.Close(status::Error(status::kSlowConsumer));
  core.Close(status::Error(status::kDraining));
  EXPECT_TRUE(core.cancelled());
  EXPECT_FALSE(core.Offer(Bytes(1)));
  EXPECT_TRUE(sink.finished.empty());
  core.Written(true);
  ASSERT_EQ(sink.finished.size(), 1u);
  EXPECT_TRUE(status::Is(sink.finished[0], status::kSlowConsumer));
  EXPECT_EQ(sink.writes, 1);
}

TEST(PushCore, CloseAfterFlushSendsWhatWaits) {
  FakeSink sink;
  PushCore core(&sink, 100);
  core.Offer(Bytes(1));
  core.Offer(Bytes(1));
  core.CloseAfterFlush(absl::OkStatus());
  core.Written(true);
  EXPECT_TRUE(sink.finished.empty());
  core.Written(true);
  ASSERT_EQ(sink.finished.size(), 1u);
  EXPECT_TRUE(sink.finished[0].ok());
  EXPECT_EQ(sink.writes, 2);
}

TEST(PushCore, ACallerWhoHasGoneEndsTheStreamOnce) {
  FakeSink sink;
  PushCore core(&sink, 100);
  core.Offer(Bytes(1));
  core.Offer(Bytes(1));
  core.Gone();
  EXPECT_TRUE(core.cancelled());
  core.Written(false);
  core.Close(absl::OkStatus());
  ASSERT_EQ(sink.finished.size(), 1u);
  EXPECT_TRUE(status::Is(sink.finished[0], status::kCancelled));
}

TEST(PushCore, TellsWhenTheQueueHasRunEmptyAndWhenAllIsOver) {
  FakeSink sink;
  PushCore core(&sink, 100);
  int drained = 0;
  int done = 0;
  core.OnDrained([&] { ++drained; });
  core.OnDone([&] { ++done; });
  core.Offer(Bytes(1));
  core.Offer(Bytes(1));
  core.Written(true);
  EXPECT_EQ(drained, 0);
  core.Written(true);
  EXPECT_EQ(drained, 1);
  core.Close(absl::OkStatus());
  EXPECT_EQ(done, 0);
  core.Finished();
  EXPECT_EQ(done, 1);
  core.OnDone([&] { ++done; });
  EXPECT_EQ(done, 2);
}

TEST(PushCore, CallbacksMayHoldTheStreamWithoutKeepingItForEver) {
  FakeSink sink;
  auto core = std::make_shared<PushCore>(&sink, 100);
  const std::weak_ptr<PushCore> watch = core;
  core->OnDone([core] {});
  core->OnDrained([core] {});
  core->Close(absl::OkStatus());
  core->Finished();
  core.reset();
  EXPECT_TRUE(watch.expired());
}

// A wire with a thread of its own, as gRPC has.
class ThreadedSink : public PushSink {
 public:
  void Write(const grpc::ByteBuffer& bytes) override { Set(kWrite); }
  void Finish(const absl::Status& status) override { Set(kFinish); }

  // Plays the wire until Finish; the number of messages sent.
  int Serve(PushCore& core) {
    int sent = 0;
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return next_ != kNothing; });
      const Next next = std::exchange(next_, kNothing);
      lock.unlock();
      if (next == kFinish) break;
      ++sent;
      core.Written(true);
    }
    core.Finished();
    return sent;
  }

 private:
  enum Next { kNothing, kWrite, kFinish };
  void Set(Next next) {
    std::lock_guard lock(mutex_);
    EXPECT_EQ(next_, kNothing);
    next_ = next;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Next next_ = kNothing;
};

TEST(PushCore, ManyProducersAndOneWireAgree) {
  ThreadedSink sink;
  PushCore core(&sink, 1 << 20);
  int sent = 0;
  std::thread wire([&] { sent = sink.Serve(core); });
  std::vector<std::thread> producers;
  const auto bytes = Bytes(10);
  for (int i = 0; i < 4; ++i) {
    producers.emplace_back([&] {
      for (int n = 0; n < 500; ++n) EXPECT_TRUE(core.Offer(bytes));
    });
  }
  for (std::thread& producer : producers) producer.join();
  core.CloseAfterFlush(absl::OkStatus());
  wire.join();
  EXPECT_EQ(sent, 2000);
}

}  // namespace
}  // namespace qinglian::rpc
