#include "common/trace/context.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::trace {
namespace {

using ::testing::MatchesRegex;

constexpr char kId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParent, IsReadAndWrittenAsItCame) {
  const std::optional<Context> context = ParseTraceParent(kParent);
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->trace_id(), kId);
  EXPECT_EQ(context->span, 0x00f067aa0ba902b7u);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(FormatTraceParent(*context), kParent);
}

TEST(TraceParent, KeepsOfTheFlagsWhetherItIsSampled) {
  std::string text = kParent;
  for (const auto& [flags, sampled] :
       {std::pair("00", false), {"01", true}, {"02", false}, {"03", true}, {"ff", true}}) {
    text.replace(53, 2, flags);
    const std::optional<Context> context = ParseTraceParent(text);
    ASSERT_TRUE(context.has_value()) << flags;
    EXPECT_EQ(context->sampled, sampled) << flags;
  }
}

TEST(TraceParent, OfALaterVersionIsReadAsFarAsItIsKnown) {
  const std::string later = "cc-" + std::string(kParent).substr(3);
  EXPECT_TRUE(ParseTraceParent(later).has_value());
  EXPECT_TRUE(ParseTraceParent(later + "-more").has_value());
  EXPECT_FALSE(ParseTraceParent(later + "more").has_value());
  EXPECT_FALSE(ParseTraceParent(std::string(kParent) + "-more").has_value());
  EXPECT_FALSE(ParseTraceParent("ff-" + std::string(kParent).substr(3)).has_value());
}

TEST(TraceParent, ThatIsMalformedIsNone) {
  const std::string id(kId);
  for (const std::string& bad : {
           std::string(),
           std::string("00"),
           "00-" + id,
           "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
           "00-" + id + "-" + std::string(16, '0') + "-01",
           "00-" + std::string(32, 'G') + "-00f067aa0ba902b7-01",
           std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
           "00_" + id + "-00f067aa0ba902b7-01",
           "00-" + id + "-00f067aa0ba902b7_01",
           "00-" + id + "-00f067aa0ba902b7-0x",
           "0x-" + id + "-00f067aa0ba902b7-01",
           "00-" + id + "-00f067aa0ba902b7-1",
           std::string(55, '-'),
           std::string(10'000, '0'),
       }) {
    EXPECT_FALSE(ParseTraceParent(bad).has_value()) << bad;
  }
}

TEST(Trace, ThatIsNewHasIdsOfItsOwnAndIsNotSampled) {
  const Context one = NewTrace();
  const Context other = NewTrace();
  EXPECT_THAT(FormatTraceParent(one), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-00"));
  EXPECT_NE(one.trace_id(), other.trace_id());
  EXPECT_NE(one.span, other.span);
}

TEST(Sampling, TakesTheShareOfTracesThatItIsToldTo) {
  for (const double ratio : {0.0, 0.01, 0.5, 1.0}) {
    int among = 0;
    for (int i = 0; i < 20'000; ++i) among += IsAmong(NewTrace(), ratio) ? 1 : 0;
    EXPECT_NEAR(among / 20'000.0, ratio, ratio == 0 || ratio == 1 ? 0 : 0.02) << ratio;
  }
}

TEST(Sampling, DecidesByTheLast56BitsOfTheTraceId) {
  Context context{.high = 1, .low = 0xff7fffffffffffff};
  EXPECT_FALSE(IsAmong(context, 0.5));
  context.low = 0x0080000000000000;
  EXPECT_TRUE(IsAmong(context, 0.5));
}

TEST(JournalSpan, IsTheSameForWhoeverKnowsTraceAndRequest) {
  const Context one = JournalSpan(kId, "3f0e8a5e-7b1c-4f7e-9a4e-0d9c6b1f2a3b");
  EXPECT_EQ(one.trace_id(), kId);
  EXPECT_NE(one.span, 0u);
  EXPECT_EQ(one.span, JournalSpan(kId, "3f0e8a5e-7b1c-4f7e-9a4e-0d9c6b1f2a3b").span);
  EXPECT_NE(one.span, JournalSpan(kId, "3f0e8a5e-7b1c-4f7e-9a4e-0d9c6b1f2a3c").span);
  EXPECT_FALSE(JournalSpan("", "3f0e8a5e-7b1c-4f7e-9a4e-0d9c6b1f2a3b").has_trace());
}

}  // namespace
}  // namespace qinglian::trace
