#include "services/gateway/account.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace qinglian::gateway {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(Account, WithoutAQuotaLetsEveryCallIn) {
  Account account({});
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(account.Enter(kSecond).has_value());
}

TEST(Account, LetsTwoSecondsWorthInAtOnceAndThenAsFastAsTheRateAllows) {
  Account account({.calls_per_second = 10});
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(account.Enter(kSecond).has_value()) << i;
  const auto wait = account.Enter(kSecond);
  ASSERT_TRUE(wait.has_value());
  EXPECT_EQ(*wait, absl::Milliseconds(100));
  EXPECT_TRUE(account.Enter(kSecond + kSecond / 20).has_value()) << "half of what it takes";
  EXPECT_FALSE(account.Enter(kSecond + kSecond / 10).has_value());
  // A long rest gives no more than a burst.
  int passed = 0;
  while (!account.Enter(1'000 * kSecond).has_value()) ++passed;
  EXPECT_EQ(passed, 20);
}

TEST(Account, ARefusedCallCostsNothing) {
  Account account({.calls_per_second = 1});
  while (!account.Enter(kSecond).has_value()) {
  }
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(account.Enter(kSecond).has_value());
  EXPECT_FALSE(account.Enter(2 * kSecond).has_value());
}

TEST(Account, CountsTheCallsThatAreOpen) {
  Account account({.concurrent_calls = 2});
  EXPECT_FALSE(account.Enter(0).has_value());
  EXPECT_FALSE(account.Enter(0).has_value());
  EXPECT_TRUE(account.Enter(0).has_value());
  account.Leave();
  EXPECT_FALSE(account.Enter(0).has_value());
}

TEST(Account, WhatIsRefundedCostsNothingAndGivesNothing) {
  Account account({.calls_per_second = 10});
  for (int i = 0; i < 100; ++i) {
    ASSERT_FALSE(account.Enter(kSecond).has_value()) << i;
    account.Leave();
    account.Refund();
  }
  account.Refund();
  int passed = 0;
  while (!account.Enter(kSecond).has_value()) ++passed;
  EXPECT_EQ(passed, 20);
}

TEST(Account, ANewQuotaHoldsFromTheNextCallOn) {
  Account account({.concurrent_calls = 1});
  EXPECT_FALSE(account.Enter(0).has_value());
  EXPECT_TRUE(account.Enter(0).has_value());
  account.SetQuota({.concurrent_calls = 2});
  EXPECT_FALSE(account.Enter(0).has_value());
}

TEST(Account, AClockThatRunsBackGivesNothing) {
  Account account({.calls_per_second = 1});
  EXPECT_FALSE(account.Enter(10 * kSecond).has_value());
  EXPECT_FALSE(account.Enter(10 * kSecond).has_value());
  EXPECT_TRUE(account.Enter(0).has_value());
  EXPECT_TRUE(account.Enter(10 * kSecond).has_value());
}

TEST(Accounts, OneNameHasOneAccountHoweverManyWorkersAsk) {
  Accounts accounts;
  const auto one = accounts.Of("clients/a", {.concurrent_calls = 1});
  EXPECT_EQ(accounts.Of("clients/a", {.concurrent_calls = 5}), one);
  EXPECT_EQ(one->quota().concurrent_calls, 5);
  EXPECT_NE(accounts.Of("clients/b", {}), one);
}

}  // namespace
}  // namespace qinglian::gateway
