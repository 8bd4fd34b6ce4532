#include "common/resource/pending.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "qinglian/risk/v1/risk_point.pb.h"
#include "tests/storage/journal/items.h"
#include "tests/support/database.h"

namespace qinglian::resource {
namespace {

using ::qinglian::test::TestDatabase;
using ::testing::ElementsAre;

constexpr absl::CivilDay kToday(2025, 3, 3);

// The same rows wait in each of three sources.
std::vector<PendingSource> ThreeSources() {
  std::vector<PendingSource> sources;
  for (const char* method : {"first", "second", "third"}) {
    sources.push_back(
        {.resource = risk::v1::RiskPoint::descriptor(),
         .method = method,
         .select = "SELECT id, NULL, 'STATE_ACTIVE', title, due, '2025-01-01' FROM waiting",
         .values = {}});
  }
  return sources;
}

class PendingTest : public testing::Test {
 protected:
  PendingTest() {
    database_.Run(
        "CREATE TABLE waiting (id BINARY(16) PRIMARY KEY, title VARCHAR(10) NOT NULL, due DATE);"
        "INSERT INTO waiting VALUES (REPEAT('a', 16), 'a', '2025-03-02'), (REPEAT('b', 16), 'b', "
        "'2025-03-02'),"
        "(REPEAT('c', 16), 'c', NULL)");
  }

  journal::v1::ListPendingActionsResponse Ask(
      const journal::v1::ListPendingActionsRequest& request) {
    const auto connection = database_.Open();
    const test::journal::TestCall call(database_.options(), "ListPendingActions");
    const auto response =
        ListPending(*connection, call, tokens_, kToday, request, "", ThreeSources());
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(journal::v1::ListPendingActionsResponse());
  }

  // "a first" and so on, over all pages.
  std::vector<std::string> Walk(int page_size) {
    std::vector<std::string> seen;
    journal::v1::ListPendingActionsRequest request;
    request.set_page_size(page_size);
    do {
      const auto page = Ask(request);
      for (const auto& action : page.actions())
        seen.push_back(absl::StrCat(action.title(), " ", action.method()));
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return seen;
  }

  const TestDatabase database_;
  const paging::TokenCodec tokens_{{"a secret of sixteen bytes"}};
};

TEST_F(PendingTest, WhatWaitsForSeveralThingsIsListedOnceForEachHoweverLongThePages) {
  for (const int size : {1, 2, 3, 4, 9, 10}) {
    EXPECT_THAT(Walk(size), ElementsAre("a first", "a second", "a third", "b first", "b second",
                                        "b third", "c first", "c second", "c third"))
        << "pages of " << size;
  }
}

TEST_F(PendingTest, OnlyAPassedDayIsOverdue) {
  const auto all = Ask({});
  ASSERT_EQ(all.actions_size(), 9);
  EXPECT_TRUE(all.actions(0).overdue());
  EXPECT_FALSE(all.actions(8).overdue());
  EXPECT_FALSE(all.actions(8).has_due_date());
}

}  // namespace
}  // namespace qinglian::resource
