#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "common/crypto/crypto.h"
#include "common/journal/checkpoint.h"
#include "common/journal/row.h"
#include "common/status/status.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"

namespace qinglian::journal {
namespace {

Row FullRow() {
  Row row;
  row.id = 7;
  row.time = absl::FromUnixMicros(1'760'000'000'123'456);
  row.actor = "persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11";
  row.client = "qlctl";
  row.method = "/qinglian.risk.v1.RiskPointService/SubmitRiskPoint";
  row.request_id = std::string(16, '\1');
  row.ordinal = 2;
  row.request_hash = std::string(32, '\2');
  row.resource = "riskPoints/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c12";
  row.version = 3;
  row.kind = "qinglian.risk.v1.RiskPoint";
  row.operation = "OPERATION_UPDATED";
  row.organization = std::string(16, '\3');
  row.after = "after";
  row.changed_fields = "state,title";
  row.reason = "理由";
  row.trace_id = "0af7651916cd43dd8448eb211c80319c";
  return row;
}

// Journals are kept for ever: should this ever fail, no journal written before would verify.
TEST(ContentHash, IsTheOneThatJournalsWereWrittenWith) {
  EXPECT_EQ(absl::BytesToHexString(ContentHash(FullRow())),
            "64518282447b4ef743d579c96ee56bafdcb97896a4ddaf1a2ea4bd25af4c50ca");
  EXPECT_EQ(absl::BytesToHexString(ChainHash(GenesisHash(), 1, ContentHash(FullRow()))),
            "72eaadb4770701b88bb0130af0bfbd38b8833f21d099596a125abe4d8840a776");
}

TEST(ContentHash, LeavesOutTheIdWhichTheDatabaseMakes) {
  Row row = FullRow();
  row.id = 8;
  EXPECT_EQ(ContentHash(row), ContentHash(FullRow()));
}

TEST(ContentHash, TellsWhatIsAbsentFromWhatIsEmptyAndWhereAFieldEnds) {
  Row row = FullRow();
  row.response = "";
  EXPECT_NE(ContentHash(row), ContentHash(FullRow()));
  row = FullRow();
  row.cause_position = 0;
  EXPECT_NE(ContentHash(row), ContentHash(FullRow()));
  row = FullRow();
  row.actor += row.client.substr(0, 1);
  row.client = row.client.substr(1);
  EXPECT_NE(ContentHash(row), ContentHash(FullRow()));
}

TEST(ChainHash, DependsOnWhatCameBeforeOnThePositionAndOnTheContent) {
  const std::string content(32, 'c');
  const std::string hash = ChainHash(GenesisHash(), 1, content);
  EXPECT_EQ(hash.size(), crypto::kHashSize);
  EXPECT_NE(hash, ChainHash(hash, 1, content));
  EXPECT_NE(hash, ChainHash(GenesisHash(), 2, content));
  EXPECT_NE(hash, ChainHash(GenesisHash(), 1, std::string(32, 'd')));
}

const std::string kKey(32, 'k');

TEST(RequestHash, IsOfEverythingInARequestButItsId) {
  v1::ListHistoryRequest request;
  request.set_name("a");
  const std::string hash = RequestHash(request, kKey);
  request.set_page_size(1);
  EXPECT_NE(RequestHash(request, kKey), hash);
  request.clear_page_size();
  EXPECT_EQ(RequestHash(request, kKey), hash);
  // What this binary does not know is part of what was asked.
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(1000, 1);
  EXPECT_NE(RequestHash(request, kKey), hash);
}

TEST(RequestHash, TheRequestIdIsNotPartOfIt) {
  v1::Origin request;
  request.set_actor("a");
  const std::string hash = RequestHash(request, kKey);
  request.set_request_id("0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11");
  EXPECT_EQ(RequestHash(request, kKey), hash);
}

TEST(RequestHash, WhatMayHoldSealedValuesIsHashedWithTheKey) {
  organization::v1::CreatePersonRequest sealed;
  sealed.mutable_person()->set_identity_number("990000197001010012");
  EXPECT_NE(RequestHash(sealed, kKey), RequestHash(sealed, std::string(32, 'x')));
  v1::ListHistoryRequest open;
  EXPECT_EQ(RequestHash(open, kKey), RequestHash(open, std::string(32, 'x')));
}

TEST(ToChange, AnOperationOfANewerBinaryReadsAsUnspecified) {
  Row row = FullRow();
  row.operation = "OPERATION_MERGED";
  EXPECT_EQ(ToChange(row, 1).operation(), v1::Change::OPERATION_UNSPECIFIED);
  EXPECT_THAT(ToChange(row, 1).changed_fields(), ::testing::ElementsAre("state", "title"));
  EXPECT_FALSE(ToChange(row, 1).has_cause());
}

TEST(LoadKey, TakesSixtyFourHexadecimalDigitsAndNothingElse) {
  std::string path = (std::filesystem::temp_directory_path() / "qinglian-key-XXXXXX").string();
  close(mkstemp(path.data()));
  const auto load = [&](const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    return LoadKey(path);
  };
  const std::string digits(64, 'a');
  ASSERT_TRUE(load(digits + "\n").ok());
  EXPECT_EQ(*load(digits), std::string(32, '\xaa'));
  for (const std::string& wrong : {std::string(), std::string(63, 'a'), std::string(64, 'x')}) {
    EXPECT_TRUE(status::Is(load(wrong).status(), status::kConfigInvalid)) << wrong;
  }
  std::filesystem::remove(path);
  EXPECT_TRUE(status::Is(LoadKey(path).status(), status::kConfigInvalid));
}

}  // namespace
}  // namespace qinglian::journal
