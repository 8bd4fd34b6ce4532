#include "services/gateway/deadline.h"

#include <gtest/gtest.h>

namespace qinglian::gateway {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kStart = 1'000 * kSecond;

TEST(Deadline, OfAUnaryCallIsTheDefaultWhereNoneIsWanted) {
  const Options options;
  for (const Kind kind : {Kind::kUnary, Kind::kUnknown, Kind::kHealthCheck}) {
    EXPECT_EQ(DeadlineOf(kind, kStart, kNever, options), kStart + 10 * kSecond);
  }
}

TEST(Deadline, OfAUnaryCallIsTheOneWantedUpToTheGreatest) {
  const Options options;
  EXPECT_EQ(DeadlineOf(Kind::kUnary, kStart, kStart + 25 * kSecond, options),
            kStart + 25 * kSecond);
  EXPECT_EQ(DeadlineOf(Kind::kUnary, kStart, kStart + 31 * kSecond, options),
            kStart + 30 * kSecond);
  EXPECT_EQ(DeadlineOf(Kind::kUnary, kStart, kStart - kSecond, options), kStart - kSecond);
}

TEST(Deadline, OfAStreamIsTheOneWantedOrNone) {
  const Options options;
  for (const Kind kind : {Kind::kServerStreaming, Kind::kStreaming, Kind::kHealthWatch}) {
    EXPECT_EQ(DeadlineOf(kind, kStart, kNever, options), kNever);
    EXPECT_EQ(DeadlineOf(kind, kStart, kStart + 3'600 * kSecond, options),
              kStart + 3'600 * kSecond);
  }
}

TEST(Deadline, OfTheServiceIsATwentiethLess) {
  EXPECT_EQ(UpstreamDeadline(kStart, kStart + kSecond), kStart + kSecond - kSecond / 20);
}

TEST(Deadline, OfTheServiceIsNeverMoreThanAFifthOfASecondLess) {
  EXPECT_EQ(UpstreamDeadline(kStart, kStart + 30 * kSecond), kStart + 30 * kSecond - kSecond / 5);
}

TEST(Deadline, OfTheServiceIsNeverLaterThanTheCallers) {
  EXPECT_EQ(UpstreamDeadline(kStart, kStart), kStart);
  EXPECT_EQ(UpstreamDeadline(kStart, kStart - kSecond), kStart - kSecond);
  EXPECT_EQ(UpstreamDeadline(kStart, kNever), kNever);
}

}  // namespace
}  // namespace qinglian::gateway
