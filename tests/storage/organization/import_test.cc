// Imports of organizations: what holds of a stream of several batches, rehearsed or not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "tests/storage/organization/importing.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Batch = std::vector<v1::ImportRow>;

constexpr char kCreditCode[] = "91350100M000100Y43";

// What became of a stream of batches.
struct Outcome {
  int created = 0, updated = 0, unchanged = 0;
  // "line field REASON" of each refused row.
  std::vector<std::string> refused;
  absl::Status status;
};

class Import : public ImportingTest {
 protected:
  static v1::ImportRow Coded(v1::ImportRow row) {
    row.mutable_organization()->set_credit_code(kCreditCode);
    return row;
  }

  // Sends the batches one by one; `validate_only` is what each message says.
  Outcome Stream(const std::vector<Batch>& batches, const std::vector<bool>& validate_only) {
    rpc::CallOptions options = test::CallAs("clients/test");
    options.timeout = absl::Seconds(25);
    rpc::BidiStreamClient<v1::ImportOrganizationsRequest, v1::ImportOrganizationsResponse> stream(
        served_.channel(), "/qinglian.organization.v1.OrganizationService/ImportOrganizations",
        options);
    Outcome outcome;
    for (size_t i = 0; i < batches.size(); ++i) {
      v1::ImportOrganizationsRequest request;
      request.mutable_rows()->Add(batches[i].begin(), batches[i].end());
      request.set_validate_only(validate_only[i]);
      v1::ImportOrganizationsResponse response;
      if (!stream.Write(request) || !stream.Read(&response)) break;
      Add(response, outcome);
    }
    stream.WritesDone();
    outcome.status = stream.Finish();
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    return outcome;
  }
  Outcome Rehearse(const std::vector<Batch>& batches) {
    return Stream(batches, std::vector<bool>(batches.size(), true));
  }
  Outcome Bring(const std::vector<Batch>& batches) {
    return Stream(batches, std::vector<bool>(batches.size(), false));
  }

  std::string Count(const std::string& table) {
    return served_.database().Value(absl::StrCat("SELECT COUNT(*) FROM ", table));
  }

 private:
  static void Add(const v1::ImportOrganizationsResponse& response, Outcome& outcome) {
    outcome.created += response.created_count();
    outcome.updated += response.updated_count();
    outcome.unchanged += response.unchanged_count();
    for (const auto& error : response.errors()) {
      outcome.refused.push_back(absl::StrCat(error.line(), " ", error.field(), " ",
                                             status::ReasonOf(status::FromProto(error.status()))));
    }
  }
};

TEST_F(Import, ARehearsalOfAGoodFileOnAnEmptyRegistryFindsNoFaultAndKeepsNothing) {
  v1::ImportRow last = Row(4, "d", "c");
  last.set_competent_department_external_id("a");
  const std::vector<Batch> batches = {
      {Row(1, "a"), Row(2, "b", "a")}, {Coded(Row(3, "c", "b"))}, {last}};
  const std::string journal = Count("journal");
  const Outcome rehearsed = Rehearse(batches);
  EXPECT_THAT(rehearsed.refused, IsEmpty());
  EXPECT_EQ(rehearsed.created, 4);
  EXPECT_EQ(Count("organizations"), "0");
  EXPECT_EQ(Count("organization_identifiers"), "0");
  EXPECT_EQ(Count("journal"), journal);
  const Outcome brought = Bring(batches);
  EXPECT_THAT(brought.refused, IsEmpty());
  EXPECT_EQ(brought.created, 4) << "the rehearsal told what would be";
}

TEST_F(Import, ARehearsalRefusesTheRowsThatTheImportRefuses) {
  std::vector<Batch> batches = {{Row(1, "root")}, {Coded(Row(2, "coded", "root"))}};
  // A seventeenth level, each level in a batch of its own.
  std::string superior = "root";
  for (int level = 2; level <= 17; ++level) {
    const std::string id = absl::StrCat("level-", level);
    batches.push_back({Row(100 + level, id, superior)});
    superior = id;
  }
  batches.push_back({Row(200, "orphan", "nowhere"), Row(201, "its-part", "orphan"),
                     Coded(Row(202, "coded-too", "root")), Row(203, "root")});
  const std::vector<std::string> faults = {
      "117  GUARD_NOT_MET", "200 parent REFERENCE_NOT_FOUND", "201 parent REFERENCE_NOT_FOUND",
      "202 credit_code RESOURCE_EXISTS", "203 external_identifiers FIELDS_INVALID"};
  EXPECT_EQ(Rehearse(batches).refused, faults);
  EXPECT_EQ(Count("organizations"), "0");
  EXPECT_EQ(Bring(batches).refused, faults);
  EXPECT_EQ(Count("organizations"), "17");
}

TEST_F(Import, AnIdentifierThatComesAgainInALaterBatchIsRefusedNotApplied) {
  v1::ImportRow again = Row(2, "a");
  again.mutable_organization()->set_display_name("另一个名称");
  const Outcome outcome = Bring({{Row(1, "a")}, {again}});
  EXPECT_THAT(outcome.refused, ElementsAre("2 external_identifiers FIELDS_INVALID"));
  EXPECT_EQ(outcome.updated, 0);
  EXPECT_EQ(served_.database().Value("SELECT display_name FROM organizations"), "单位a");
  const Outcome corrected = Bring({{again}});
  EXPECT_THAT(corrected.refused, IsEmpty()) << "another stream may correct it";
  EXPECT_EQ(corrected.updated, 1);
}

TEST_F(Import, TheFirstMessageDecidesWhetherAStreamIsARehearsal) {
  EXPECT_EQ(Stream({{Row(1, "a")}, {Row(2, "b", "a")}}, {true, false}).created, 2);
  EXPECT_EQ(Count("organizations"), "0");
  EXPECT_EQ(Stream({{Row(1, "a")}, {Row(2, "b", "a")}}, {false, true}).created, 2);
  EXPECT_EQ(Count("organizations"), "2");
}

TEST_F(Import, WhatIsImportedAgainIsLeftAsItIs) {
  const std::vector<Batch> batches = {{Row(1, "a"), Coded(Row(2, "b", "a"))}, {Row(3, "c", "b")}};
  EXPECT_EQ(Bring(batches).created, 3);
  const std::string changes =
      served_.database().Value("SELECT COUNT(*) FROM journal WHERE resource <> ''");
  EXPECT_EQ(Bring(batches).unchanged, 3);
  EXPECT_EQ(Rehearse(batches).unchanged, 3);
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM journal WHERE resource <> ''"), changes);
}

TEST_F(Import, ARowOfWhatHasEndedOrBelowItIsRefused) {
  ASSERT_THAT(Bring({{Row(1, "a"), Row(2, "b")}}).refused, IsEmpty());
  v1::LookupOrganizationRequest lookup;
  lookup.mutable_external_identifier()->set_source("zhejiang");
  lookup.mutable_external_identifier()->set_id("a");
  const auto known = Call<v1::Organization>("OrganizationService/LookupOrganization", lookup);
  ASSERT_TRUE(known.ok()) << known.status();
  v1::AbolishOrganizationRequest abolish;
  abolish.set_name(known->name());
  abolish.set_etag(known->etag());
  abolish.set_reason("机构改革");
  abolish.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Organization>("OrganizationService/AbolishOrganization", abolish).ok());
  v1::ImportRow renamed = Row(1, "a");
  renamed.mutable_organization()->set_display_name("改名单位");
  const Outcome outcome = Bring({{renamed, Row(2, "c", "a"), Row(3, "d", "b")}});
  EXPECT_THAT(outcome.refused, ElementsAre("1  RESOURCE_ENDED", "2  RESOURCE_ENDED"));
  EXPECT_EQ(outcome.created, 1);
}

}  // namespace
}  // namespace qinglian::organization
