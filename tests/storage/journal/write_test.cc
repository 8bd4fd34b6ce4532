#include "common/journal/write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "tests/storage/journal/cutting_proxy.h"
#include "tests/storage/journal/items.h"
#include "tests/support/mysql_proxy.h"

namespace qinglian::test::journal {
namespace {

using qinglian::journal::EffectFacts;
using qinglian::journal::RunEffect;
using qinglian::journal::Transaction;
using qinglian::journal::WriteEffect;
using ::testing::ElementsAre;

constexpr char kAdd[] = "/qinglian.test.ItemService/AddToItem";
constexpr char kCreate[] = "/qinglian.test.ItemService/CreateItem";
constexpr char kBatch[] = "/qinglian.test.ItemService/BatchAdd";

CreateItemRequest CreateRequest(int64_t value) {
  CreateItemRequest request;
  request.mutable_item()->set_value(value);
  request.set_request_id(NewRequestId());
  return request;
}

AddToItemRequest AddRequest(const Item& item, int64_t amount) {
  AddToItemRequest request;
  request.set_name(item.name());
  request.set_etag(item.etag());
  request.set_amount(amount);
  request.set_request_id(NewRequestId());
  return request;
}

TEST(JournalWrite, AChangeAndItsJournalRowsAreThereTogether) {
  Items items;
  TestCall call(items.options(), kCreate);
  auto request = CreateRequest(7);
  request.mutable_item()->set_organization("organizations/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11");
  auto item = items.Create(call, request);
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(items.Count("SELECT value FROM items"), 7);
  EXPECT_EQ(items.database().Value("SELECT resource FROM journal"), item->name());
  EXPECT_EQ(items.database().Value("SELECT operation FROM journal"), "OPERATION_CREATED");
  EXPECT_EQ(items.database().Value("SELECT HEX(organization) FROM journal"),
            "0192F0C17D6E7A108A510B4A6F3F2C11");
  EXPECT_EQ(
      items.Count("SELECT COUNT(*) FROM journal j JOIN journal_pending p ON p.journal_id=j.id "
                  "AND p.content_hash=j.content_hash"),
      1);
  // The answer is the resource itself, so it is not kept twice.
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal WHERE response IS NULL"), 1);
}

TEST(JournalWrite, ManyChangesOfOneTransactionHaveOrdinalsAndIdsInTheSameOrder) {
  Items items;
  TestCall call(items.options(), kBatch);
  BatchAddRequest request;
  request.set_request_id(NewRequestId());
  for (int i = 0; i < 300; ++i) {
    auto item = items.CreateOne(call, i);
    ASSERT_TRUE(item.ok());
    *request.add_requests() = AddRequest(*item, 1000);
  }
  ASSERT_TRUE(items.BatchAdd(call, request).ok());
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal WHERE operation='OPERATION_UPDATED'"), 300);
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal_pending"), 600);
  EXPECT_EQ(
      items.Count("SELECT COUNT(*) FROM journal a JOIN journal b ON a.request_id=b.request_id "
                  "WHERE a.id<b.id AND a.ordinal>=b.ordinal"),
      0);
  EXPECT_EQ(items.Count("SELECT MAX(ordinal) FROM journal"), 299);
}

TEST(JournalWrite, WhatFailsLeavesNothing) {
  Items items;
  TestCall call(items.options(), kAdd);
  AddToItemRequest request;
  request.set_name("items/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11");
  request.set_request_id(NewRequestId());
  EXPECT_EQ(items.Add(call, request).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal"), 0);
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal_pending"), 0);
}

TEST(JournalWrite, ARequestIdIsRequiredWhereTheMethodSaysSo) {
  Items items;
  TestCall call(items.options(), kCreate);
  CreateItemRequest request;
  EXPECT_TRUE(status::Is(items.Create(call, request).status(), status::kRequestIdRequired));
  request.set_request_id("not a uuid");
  EXPECT_TRUE(status::Is(items.Create(call, request).status(), status::kRequestIdInvalid));
}

TEST(JournalWrite, WithoutARequestIdTwoEqualRequestsAreTwo) {
  Items items;
  TestCall call(items.options(), kAdd);
  auto item = items.CreateOne(call, 0);
  AddToItemRequest request;
  request.set_name(item->name());
  request.set_amount(1);
  ASSERT_TRUE(items.Add(call, request).ok());
  ASSERT_TRUE(items.Add(call, request).ok());
  EXPECT_EQ(items.Count("SELECT value FROM items"), 2);
  EXPECT_EQ(items.journal().counts().without_request_id, 2u);
}

TEST(JournalWrite, ARepeatedCreateGetsTheFirstAnswerAndMakesNothing) {
  Items items;
  TestCall call(items.options(), kCreate), other(items.options(), kCreate);
  auto request = CreateRequest(7);
  auto first = items.Create(call, request);
  ASSERT_TRUE(first.ok());
  auto second = items.Create(other, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 1);
  EXPECT_EQ(items.journal().counts().replays, 1u);
}

TEST(JournalWrite, ARepeatedTransitionGetsTheFirstAnswerThoughItsEtagIsStaleByNow) {
  Items items;
  TestCall call(items.options(), kAdd);
  auto item = items.CreateOne(call, 1);
  auto request = AddRequest(*item, 5);
  auto first = items.Add(call, request);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(items.Add(call, AddRequest(*first, 10)).ok());
  auto second = items.Add(call, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->value(), 6);
  EXPECT_EQ(second->etag(), "\"2\"");
  EXPECT_EQ(items.Count("SELECT value FROM items"), 16);
}

TEST(JournalWrite, ARepeatedNoOpAndARepeatedBatchGetTheirFirstAnswers) {
  Items items;
  TestCall call(items.options(), kAdd);
  auto item = items.CreateOne(call, 1);
  auto nothing = AddRequest(*item, 0);
  ASSERT_TRUE(items.Add(call, nothing).ok());
  ASSERT_TRUE(items.Add(call, AddRequest(*item, 5)).ok());
  auto again = items.Add(call, nothing);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->value(), 1);

  call.set_method(kBatch);
  BatchAddRequest batch;
  batch.set_request_id(NewRequestId());
  *batch.add_requests() = AddRequest(*item, 100);  // stale: fails alone
  item->set_etag("\"2\"");
  *batch.add_requests() = AddRequest(*item, 100);
  auto first = items.BatchAdd(call, batch);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->verdicts(), ElementsAre("ETAG_STALE", "OK"));
  auto second = items.BatchAdd(call, batch);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_EQ(items.Count("SELECT value FROM items"), 106);
}

TEST(JournalWrite, TheSameIdWithAnotherBodyIsRefused) {
  Items items;
  TestCall call(items.options(), kCreate);
  auto request = CreateRequest(7);
  ASSERT_TRUE(items.Create(call, request).ok());
  request.mutable_item()->set_value(8);
  EXPECT_TRUE(status::Is(items.Create(call, request).status(), status::kRequestIdReused));
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 1);
}

TEST(JournalWrite, TheSameIdOfAnotherActorOrMethodIsAnotherRequest) {
  Items items;
  TestCall call(items.options(), kCreate);
  auto request = CreateRequest(7);
  ASSERT_TRUE(items.Create(call, request).ok());
  call.set_actor("persons/0192f0c1-7d6e-7a10-8a51-000000000000");
  ASSERT_TRUE(items.Create(call, request).ok());
  call.set_method("/other");
  ASSERT_TRUE(items.Create(call, request).ok());
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 3);
}

TEST(JournalWrite, ValidateOnlyAnswersAndKeepsNothing) {
  Items items;
  TestCall call(items.options(), kCreate);
  auto request = CreateRequest(7);
  request.set_validate_only(true);
  auto item = items.Create(call, request);
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_EQ(item->value(), 7);
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 0);
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal"), 0);
  request.set_validate_only(false);
  ASSERT_TRUE(items.Create(call, request).ok());
}

TEST(JournalWrite, ADuplicateWaitsForItsTwinAndGetsTheTwinsAnswer) {
  Items items;
  auto request = CreateRequest(7);
  std::atomic<int> inside{0};
  absl::StatusOr<Item> answers[2];
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&] {
      TestCall call(items.options(), kCreate);
      answer = items.Create(call, request, [&](Transaction&) {
        // Both are in their transactions before either appends to the journal.
        ++inside;
        while (inside < 2) std::this_thread::yield();
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(answers[0].ok()) << answers[0].status();
  ASSERT_TRUE(answers[1].ok()) << answers[1].status();
  EXPECT_EQ(answers[0]->SerializeAsString(), answers[1]->SerializeAsString());
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 1);
}

// One write through a connection that is cut at COMMIT, then the same request from another
// connection.
template <class Request, class Answer>
void CutAndRepeat(Items& items, const char* method, CuttingProxy::Cut cut, const Request& request,
                  absl::StatusOr<Answer> (Items::*write)(rpc::Call&, const Request&,
                                                         const Items::Hook&)) {
  CuttingProxy proxy(items.options().unix_socket);
  mysql::Options through = items.options();
  through.unix_socket = proxy.socket();
  absl::StatusOr<Answer> first;
  {
    TestCall call(through, method);
    proxy.Arm(cut);
    first = (items.*write)(call, request, nullptr);
  }
  ASSERT_EQ(proxy.cuts(), 1);
  if (cut == CuttingProxy::Cut::kAfterCommit) {
    ASSERT_TRUE(first.ok()) << first.status();
  } else if (cut == CuttingProxy::Cut::kBeforeCommit || !first.ok()) {
    ASSERT_EQ(first.status().code(), absl::StatusCode::kUnavailable) << first.status();
  }
  TestCall call(items.options(), method);
  auto second = (items.*write)(call, request, nullptr);
  ASSERT_TRUE(second.ok()) << second.status();
  if (first.ok()) {
    EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  }
}

TEST(JournalWrite, AConnectionCutAroundCommitLosesNoAcknowledgedWriteAndARetryHasOneEffect) {
  for (auto cut : {CuttingProxy::Cut::kBeforeCommit, CuttingProxy::Cut::kAfterCommit,
                   CuttingProxy::Cut::kDuringCommit}) {
    Items items;
    TestCall call(items.options(), kCreate);
    auto item = items.CreateOne(call, 1);
    ASSERT_TRUE(item.ok());
    CutAndRepeat(items, kAdd, cut, AddRequest(*item, 0), &Items::Add);
    EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal"), 2);
    CutAndRepeat(items, kAdd, cut, AddRequest(*item, 5), &Items::Add);
    EXPECT_EQ(items.Count("SELECT value FROM items"), 6);
    item->set_etag("\"2\"");
    BatchAddRequest batch;
    batch.set_request_id(NewRequestId());
    *batch.add_requests() = AddRequest(*item, 100);
    *batch.add_requests() = AddRequest(*item, 100);
    CutAndRepeat(items, kBatch, cut, batch, &Items::BatchAdd);
    EXPECT_EQ(items.Count("SELECT value FROM items"), 106);
    CutAndRepeat(items, kCreate, cut, CreateRequest(9), &Items::Create);
    EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 2);
  }
}

// What a request fails with the second time, with the database gone at that moment.
absl::Status RepeatWhileTheDatabaseGoes(Items& items, const AddToItemRequest& request) {
  auto proxy = std::make_unique<MysqlProxy>(items.options().unix_socket);
  mysql::Options through = items.options();
  through.unix_socket = proxy->socket();
  TestCall call(through, kAdd);
  return qinglian::journal::Write<Item>(items.journal(), call, request,
                                        qinglian::journal::RequestIdRule::kRequired,
                                        [&](Transaction& transaction) {
                                          auto item = Items::AddIn(transaction, request);
                                          proxy.reset();
                                          return item;
                                        })
      .status();
}

TEST(JournalWrite, ARepeatedRequestIsNotRefusedWhileNobodyCanSeeThatItSucceeded) {
  Items items;
  TestCall call(items.options(), kAdd);
  auto item = items.CreateOne(call, 1);
  const auto request = AddRequest(*item, 5);
  ASSERT_TRUE(items.Add(call, request).ok());
  const absl::Status meanwhile = RepeatWhileTheDatabaseGoes(items, request);
  EXPECT_EQ(meanwhile.code(), absl::StatusCode::kUnavailable) << meanwhile;
  EXPECT_TRUE(items.Add(call, request).ok());
  EXPECT_EQ(items.Count("SELECT value FROM items"), 6);
}

TEST(JournalWrite, AnEffectIsNotRefusedWhileNobodyCanSeeThatItWasDone) {
  Items items;
  auto proxy = std::make_unique<MysqlProxy>(items.options().unix_socket);
  mysql::Options through = items.options();
  through.unix_socket = proxy->socket();
  mysql::Session session(through);
  const absl::Status meanwhile = WriteEffect(
      items.journal(), session, {.effect = "risk/seventh", .key = "1"}, [&](Transaction&) {
        proxy.reset();
        return status::NotFound("Item", "items/1");
      });
  EXPECT_EQ(meanwhile.code(), absl::StatusCode::kUnavailable) << meanwhile;
}

TEST(JournalWrite, AKilledConnectionIsAnErrorAndNotHalfAWrite) {
  Items items;
  TestCall call(items.options(), kCreate);
  auto request = CreateRequest(7);
  bool killed = false;
  auto item = items.Create(call, request, [&](Transaction& transaction) {
    auto id = transaction.connection().QueryText("SELECT CONNECTION_ID()");
    ASSERT_TRUE(id.ok() && id->Next());
    items.database().Run(absl::StrCat("KILL ", id->Int(0)));
    killed = true;
  });
  EXPECT_TRUE(killed);
  EXPECT_EQ(item.status().code(), absl::StatusCode::kUnavailable) << item.status();
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 0);
  EXPECT_TRUE(items.Create(call, request).ok());
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 1);
}

TEST(JournalWrite, ManyClientsOnOneRowLoseNoUpdate) {
  Items items;
  TestCall call(items.options(), kAdd);
  auto item = items.CreateOne(call, 0);
  constexpr int kClients = 64;
  constexpr int kAdds = 5;
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&] {
      TestCall own(items.options(), kAdd);
      for (int n = 0; n < kAdds; ++n) {
        AddToItemRequest request;
        request.set_name(item->name());
        request.set_amount(1);
        request.set_request_id(NewRequestId());
        // ABORTED and UNAVAILABLE are repeated with the same id, as clients do.
        absl::StatusOr<Item> result;
        do {
          result = items.Add(own, request);
        } while (result.status().code() == absl::StatusCode::kAborted ||
                 result.status().code() == absl::StatusCode::kUnavailable);
        if (result.ok()) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, kClients * kAdds);
  EXPECT_EQ(items.Count("SELECT value FROM items"), kClients * kAdds);
  EXPECT_EQ(items.Count("SELECT version FROM items"), kClients * kAdds + 1);
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal"), kClients * kAdds + 1);
}

TEST(JournalEffect, AnEffectHappensOnceHoweverOftenItIsAskedFor) {
  Items items;
  TestCall call(items.options(), kCreate);
  auto item = items.CreateOne(call, 0);
  EffectFacts effect{.effect = "elsewhere/thing-happened", .key = "things/1@3"};
  effect.cause.emplace();
  effect.cause->set_service("elsewhere");
  effect.cause->set_position(42);
  AddToItemRequest request;
  request.set_name(item->name());
  request.set_amount(1);
  int runs = 0;
  for (int i = 0; i < 3; ++i) {
    auto status =
        WriteEffect(items.journal(), call.database(), effect, [&](Transaction& transaction) {
          ++runs;
          return Items::AddIn(transaction, request).status();
        });
    ASSERT_TRUE(status.ok()) << status;
  }
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(items.Count("SELECT value FROM items"), 1);
  EXPECT_EQ(items.database().Value("SELECT CONCAT(actor,' ',method,' ',cause_service,' ',"
                                   "cause_position) FROM journal WHERE cause_service IS NOT NULL"),
            "services/items effect/elsewhere/thing-happened elsewhere 42");
  effect.key = "things/1@4";
  ASSERT_TRUE(WriteEffect(items.journal(), call.database(), effect, [&](Transaction& transaction) {
                return Items::AddIn(transaction, request).status();
              }).ok());
  EXPECT_EQ(items.Count("SELECT value FROM items"), 2);
}

TEST(JournalEffect, AnEffectInAnOpenTransactionStandsAndFallsWithIt) {
  Items items;
  auto connection = items.database().Open();
  EffectFacts effect{.effect = "elsewhere/thing-happened", .key = "things/1@3"};
  const auto insert = [](Transaction& transaction) {
    return transaction.connection()
        .Execute("INSERT INTO items (id, version, value) VALUES (?, 1, 1)",
                 {id::Uuid::NewV4().Bytes()})
        .status();
  };
  for (const char* end : {"ROLLBACK", "COMMIT", "COMMIT"}) {
    ASSERT_TRUE(connection->Run("START TRANSACTION").ok());
    ASSERT_TRUE(RunEffect(items.journal(), *connection, effect, insert).ok());
    ASSERT_TRUE(connection->Run(end).ok());
  }
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM items"), 1);
  // No change was recorded, but it is on record that the effect was done.
  EXPECT_EQ(items.Count("SELECT COUNT(*) FROM journal WHERE resource=''"), 1);
}

TEST(JournalRights, ARuntimeUserCanWriteAndWaitForCommitsButNotRewrite) {
  Items items;
  const std::string schema = items.options().schema;
  const std::string user = "qinglian_runtime_test";
  items.database().Run(absl::StrCat("CREATE USER IF NOT EXISTS ", user,
                                    "@localhost IDENTIFIED BY 'x';"
                                    "GRANT SELECT, INSERT, UPDATE ON ",
                                    schema, ".items TO ", user,
                                    "@localhost;"
                                    "GRANT SELECT, INSERT ON ",
                                    schema, ".journal TO ", user,
                                    "@localhost;"
                                    "GRANT SELECT, INSERT ON ",
                                    schema, ".journal_position TO ", user,
                                    "@localhost;"
                                    "GRANT SELECT, INSERT, DELETE ON ",
                                    schema, ".journal_pending TO ", user,
                                    "@localhost;"
                                    "GRANT SELECT, UPDATE ON ",
                                    schema, ".journal_lease TO ", user, "@localhost"));
  CuttingProxy proxy(items.options().unix_socket);
  mysql::Options options = items.options();
  options.user = user;
  options.password = "x";
  options.unix_socket = proxy.socket();
  {
    TestCall call(options, kCreate);
    proxy.Arm(CuttingProxy::Cut::kAfterCommit);
    auto item = items.Create(call, CreateRequest(7));
    EXPECT_TRUE(item.ok()) << item.status() << mysql::InternalText(item.status());
    auto connection = call.database().Acquire();
    ASSERT_TRUE(connection.ok());
    EXPECT_FALSE((*connection)->Execute("UPDATE journal SET actor='x'").ok());
    EXPECT_FALSE((*connection)->Execute("DELETE FROM journal").ok());
    EXPECT_FALSE((*connection)->Execute("DELETE FROM journal_position").ok());
  }
  items.database().Run(absl::StrCat("DROP USER ", user, "@localhost"));
}

}  // namespace
}  // namespace qinglian::test::journal
