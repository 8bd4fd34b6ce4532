// What is hidden from a caller and what never was are told in the same words.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/status.h"
#include "qinglian/risk/v1/control_service.pb.h"
#include "qinglian/risk/v1/risk_point_service.pb.h"
#include "tests/flow/door/house.h"

namespace qinglian::test {
namespace {

constexpr int kNames = 10'000;
constexpr int kThreads = 4;

absl::Duration Median(std::vector<absl::Duration> durations) {
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::nth_element(durations.begin(), middle, durations.end());
  return *middle;
}

class Hidden : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    house_ = new House();
    MakeHidden();
  }
  static void TearDownTestSuite() { delete house_; }

  static const Target& RiskPointTarget() {
    return house_->targets().at(risk::v1::RiskPoint::descriptor());
  }

  // Thousands of risk points of one organization, as one that is there.
  static void MakeHidden() {
    std::string id = RiskPointTarget().name.substr(RiskPointTarget().name.find('/') + 1);
    std::erase(id, '-');
    const TestDatabase& database = house_->system().database("risk");
    const auto connection = database.Open();
    auto columns = connection->Query(
        "SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS WHERE "
        "TABLE_SCHEMA=DATABASE() AND TABLE_NAME='risk_points' AND COLUMN_NAME <> 'id'",
        {});
    ASSERT_TRUE(columns.ok()) << columns.status();
    ASSERT_TRUE(columns->Next());
    const std::string all = columns->Bytes(0);
    for (int i = 0; i < kNames; ++i) {
      const id::Uuid name = id::Uuid::NewV4();
      hidden_.push_back(id::FormatName("riskPoints", name));
      const auto inserted =
          connection->Execute(absl::StrCat("INSERT INTO risk_points (id,", all, ") SELECT ?,", all,
                                           " FROM risk_points WHERE id=UNHEX('", id, "')"),
                              {name.Bytes()});
      ASSERT_TRUE(inserted.ok()) << inserted.status();
    }
  }

  // What a caller is told, details included, with the name that he asked for taken out.
  static std::string Told(const std::string& method, const google::protobuf::Message& request,
                          const std::string& name, const rpc::CallOptions& caller) {
    const auto* descriptor = *ctl::FindMethod(method);
    const auto response = ctl::NewMessage(*descriptor->output_type());
    const absl::Status status = house_->Invoke(*descriptor, request, *response, caller);
    return absl::StrReplaceAll(
        absl::StrCat(static_cast<int>(status.code()), " ", status::ToProto(status).DebugString()),
        {{name, "NAME"}});
  }

  static House* house_;
  static std::vector<std::string> hidden_;
};

House* Hidden::house_ = nullptr;
std::vector<std::string> Hidden::hidden_;

TEST_F(Hidden, IsToldAsWhatNeverWas) {
  const std::string& organization = RiskPointTarget().organizations[0];
  const rpc::CallOptions stranger =
      house_->As("roles/organ", house_->GrantedAt(organization, kSibling));
  const rpc::CallOptions insider = house_->As("roles/organ", organization);
  risk::v1::GetRiskPointRequest get;
  get.set_name(hidden_[0]);
  // They are there for who may see them.
  ASSERT_EQ(Told("GetRiskPoint", get, hidden_[0], insider)[0], '0');
  const std::string told = Told("GetRiskPoint", get, hidden_[0], stranger);
  ASSERT_EQ(told[0], '5') << told;
  std::vector<absl::Duration> hidden_took(kNames), absent_took(kNames);
  const auto ask = [&](const std::string& name, absl::Duration& took) {
    risk::v1::GetRiskPointRequest request;
    request.set_name(name);
    const absl::Time begin = absl::Now();
    ASSERT_EQ(Told("GetRiskPoint", request, name, stranger), told) << name;
    took = absl::Now() - begin;
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = thread; i < kNames; i += kThreads) {
        const std::string absent = id::FormatName("riskPoints", id::Uuid::NewV4());
        ask(hidden_[i], hidden_took[i]);
        ask(absent, absent_took[i]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Not asserted: what little there is to tell is for whoever measures on a machine of his own.
  std::cout << "median time of an answer: " << Median(hidden_took) << " hidden, "
            << Median(absent_took) << " absent\n";
}

TEST_F(Hidden, IsToldAsWhatNeverWasAlsoWhereItIsChangedOrReferredTo) {
  const rpc::CallOptions stranger =
      house_->As("roles/organ", house_->GrantedAt(RiskPointTarget().organizations[0], kCousin));
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> told[3];
    for (const std::string& name : {hidden_[i], id::FormatName("riskPoints", id::Uuid::NewV4())}) {
      risk::v1::SubmitRiskPointRequest submit;
      submit.set_name(name);
      submit.set_etag("\"1\"");
      submit.set_request_id(id::Uuid::NewV4().ToString());
      told[0].push_back(Told("SubmitRiskPoint", submit, name, stranger));
      risk::v1::UpdateRiskPointRequest update;
      update.mutable_risk_point()->set_name(name);
      update.mutable_risk_point()->set_display_name("另一个名称");
      update.mutable_update_mask()->add_paths("display_name");
      told[1].push_back(Told("UpdateRiskPoint", update, name, stranger));
      risk::v1::ListControlsRequest list;
      list.set_filter(absl::StrCat("risk_point = \"", name, "\""));
      told[2].push_back(Told("ListControls", list, name, stranger));
    }
    for (const auto& two : told) ASSERT_EQ(two[0], two[1]);
  }
}

TEST_F(Hidden, DoesNotEvenCount) {
  const std::string& organization = RiskPointTarget().organizations[0];
  risk::v1::ListRiskPointsRequest request;
  request.set_page_size(500);
  const auto* method = *ctl::FindMethod("ListRiskPoints");
  for (const Relation relation : {kSibling, kCousin, kParent, kMovedAway}) {
    risk::v1::ListRiskPointsResponse response;
    ASSERT_TRUE(house_
                    ->Invoke(*method, request, response,
                             house_->As("roles/organ", house_->GrantedAt(organization, relation)))
                    .ok());
    EXPECT_EQ(response.risk_points_size(), 0) << relation;
    EXPECT_EQ(response.next_page_token(), "") << relation;
  }
  risk::v1::ListRiskPointsResponse response;
  ASSERT_TRUE(
      house_->Invoke(*method, request, response, house_->As("roles/organ", organization)).ok());
  EXPECT_EQ(response.risk_points_size(), 500);
}

}  // namespace
}  // namespace qinglian::test
