#include "common/trace/span.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/recorder.h"

namespace qinglian::trace {
namespace {

using std::chrono::steady_clock;
using test::MemoryRecorder;
using test::RecordedSpan;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kUnsampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
// The same by its own last bits: among few, and among most.
constexpr char kSeldom[] = "00-4bf92f3577b34da6a300000000000001-00f067aa0ba902b7-01";

Span ServeNow(const char* traceparent, bool trusted) {
  return Serve("Service/Method", traceparent, trusted, steady_clock::now());
}

Context Cause(std::string_view trace_id, uint64_t span) {
  Context context = *ParseTraceId(trace_id);
  context.span = span;
  return context;
}

TEST(Span, RecordsNothingWhereNothingIsTraced) {
  EXPECT_FALSE(Enabled());
  EXPECT_FALSE(Child(Kind::kInternal, "part").recording());
  EXPECT_FALSE(ChildOf(*ParseTraceParent(kSampled), Kind::kClient, "call").recording());
  EXPECT_FALSE(Follow("apply", {*ParseTraceParent(kSampled)}).recording());
  EXPECT_FALSE(Recorded());
}

TEST(Span, OfAPartHasTheWholeAsItsParent) {
  MemoryRecorder recorder(1);
  Context outer;
  {
    const Span call = ServeNow(kSampled, true);
    const Scope scope(call);
    outer = call.context();
    Span part = Child(Kind::kInternal, "part");
    const Scope inner(part);
    Child(Kind::kClient, "SELECT").End();
    part.End(absl::AbortedError(""));
  }
  EXPECT_FALSE(Recorded());
  const std::vector<RecordedSpan> spans = recorder.spans();
  ASSERT_THAT(spans, SizeIs(3));
  EXPECT_EQ(spans[0].name, "SELECT");
  EXPECT_EQ(spans[0].parent, spans[1].context.span);
  EXPECT_EQ(spans[1].failed, absl::StatusCode::kAborted);
  EXPECT_EQ(spans[1].parent, outer.span);
  EXPECT_EQ(spans[2].parent, 0x00f067aa0ba902b7u);
  EXPECT_TRUE(spans[2].remote);
  for (const RecordedSpan& span : spans)
    EXPECT_EQ(span.context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(Span, OfACallFollowsACallerOfTheHouseWhateverTheRatio) {
  MemoryRecorder recorder(0);
  EXPECT_TRUE(ServeNow(kSampled, true).recording());
  MemoryRecorder all(1);
  EXPECT_FALSE(ServeNow(kUnsampled, true).recording());
}

TEST(Span, OfACallFromOutsideIsRecordedByTheRatioAndKeepsTheTraceId) {
  {
    MemoryRecorder recorder(0);
    const Span call = ServeNow(kSampled, false);
    EXPECT_FALSE(call.recording());
    EXPECT_FALSE(call.context().sampled);
    EXPECT_EQ(call.context().trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  }
  {
    MemoryRecorder recorder(1);
    const Span call = ServeNow(kUnsampled, false);
    EXPECT_TRUE(call.recording());
    EXPECT_EQ(call.context().trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  }
  MemoryRecorder recorder(0.5);
  EXPECT_FALSE(ServeNow(kSeldom, false).recording());
}

TEST(Span, OfACallWithoutATraceBeginsOne) {
  MemoryRecorder recorder(1);
  ServeNow("", true).End();
  ServeNow("nonsense", true).End();
  const std::vector<RecordedSpan> spans = recorder.spans();
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_EQ(spans[0].parent, 0u);
  EXPECT_NE(spans[0].context.trace_id(), spans[1].context.trace_id());
}

TEST(Span, OfACallTellsItsCodeAndFailsByWhomItIsTheFaultOf) {
  MemoryRecorder recorder(1);
  Span refused = ServeNow("", true);
  refused.EndCall(absl::StatusCode::kNotFound, IsServersFault(absl::StatusCode::kNotFound));
  Span broken = ServeNow("", true);
  broken.EndCall(absl::StatusCode::kInternal, IsServersFault(absl::StatusCode::kInternal));
  const std::vector<RecordedSpan> spans = recorder.spans();
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_EQ(spans[0].numbers.at(Attribute::kRpcCode), 5);
  EXPECT_EQ(spans[0].failed, absl::StatusCode::kOk);
  EXPECT_EQ(spans[1].numbers.at(Attribute::kRpcCode), 13);
  EXPECT_EQ(spans[1].failed, absl::StatusCode::kInternal);
}

TEST(Span, ThatIsDroppedNeverWas) {
  MemoryRecorder recorder(1);
  Span call = ServeNow("", true);
  call.Drop();
  call.End();
  EXPECT_THAT(recorder.spans(), IsEmpty());
}

TEST(Span, OfWhatFollowsOneTraceIsPartOfIt) {
  MemoryRecorder recorder(1);
  const Context cause = Cause("4bf92f3577b34da6a3ce929d0e0e4736", 7);
  const Context later = Cause("4bf92f3577b34da6a3ce929d0e0e4736", 8);
  Follow("apply", {cause, later}).End();
  const std::vector<RecordedSpan> spans = recorder.spans();
  ASSERT_THAT(spans, SizeIs(1));
  EXPECT_EQ(spans[0].context.trace_id(), cause.trace_id());
  EXPECT_EQ(spans[0].parent, 7u);
  EXPECT_THAT(spans[0].links, IsEmpty());
}

TEST(Span, OfWhatFollowsSeveralTracesIsLinkedToEach) {
  MemoryRecorder recorder(1);
  const Context one = Cause("4bf92f3577b34da6a3ce929d0e0e4736", 7);
  const Context other = Cause("0af7651916cd43dd8448eb211c80319c", 8);
  Follow("apply", {one, other, one}).End();
  const std::vector<RecordedSpan> spans = recorder.spans();
  ASSERT_THAT(spans, SizeIs(1));
  EXPECT_EQ(spans[0].parent, 0u);
  ASSERT_THAT(spans[0].links, SizeIs(2));
  EXPECT_EQ(spans[0].links[1].trace_id(), other.trace_id());
  EXPECT_EQ(spans[0].links[1].span, 8u);
}

TEST(Span, OfWhatFollowsNothingThatIsRecordedIsNotEither) {
  MemoryRecorder recorder(0.5);
  EXPECT_FALSE(Follow("apply", {Cause("4bf92f3577b34da6a300000000000001", 7)}).recording());
  EXPECT_FALSE(Follow("apply", {Context()}).recording());
  EXPECT_FALSE(Follow("apply", {}).recording());
}

}  // namespace
}  // namespace qinglian::trace
