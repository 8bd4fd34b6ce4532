// A risk service with a small organization around it.
#ifndef QINGLIAN_TESTS_STORAGE_RISK_FIXTURE_H_
#define QINGLIAN_TESTS_STORAGE_RISK_FIXTURE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "qinglian/risk/v1/control_service.pb.h"
#include "qinglian/risk/v1/pending_action_service.pb.h"
#include "qinglian/risk/v1/power_item_service.pb.h"
#include "qinglian/risk/v1/risk_assessment_service.pb.h"
#include "qinglian/risk/v1/risk_point_service.pb.h"
#include "services/risk/server.h"
#include "tests/support/served.h"

namespace qinglian::risk {

// An organ with an office below it, four posts and who holds them. Business time is 3 March 2025,
// 10:00 in China.
class RiskTest : public testing::Test {
 protected:
  RiskTest();

  // Calls "RiskPointService/GetRiskPoint" and the like; makes a request id where there is none.
  template <class Resp, class Req>
  absl::StatusOr<Resp> Call(const std::string& method, Req request, const std::string& caller) {
    if constexpr (requires { request.request_id(); }) {
      if (request.request_id().empty()) request.set_request_id(test::RequestId());
    }
    return service_.Call<Resp>("/qinglian.risk.v1." + method, request, caller);
  }

  // A new name of a resource.
  static std::string NewName(std::string_view collection);
  void AddOrganization(const std::string& name, const std::string& parent);
  void AddPost(const std::string& name, const std::string& organization, std::string_view rank);
  void AddPerson(const std::string& name, const std::string& organization);
  void Assign(const std::string& person, const std::string& post, const std::string& organization,
              std::string_view rank);

  // What a caller makes, step by step; a step that fails fails the test.
  v1::PowerItem DraftPowerItem(const std::string& supersedes = "");
  v1::PowerItem PublishedPowerItem(const std::string& supersedes = "");
  // By the author, on a published power item.
  v1::RiskPoint DraftPoint(const std::string& supersedes = "");
  v1::RiskAssessment DraftAssessment(const std::string& point, int likelihood, int impact);
  v1::Control PlannedControl(const std::string& point);
  v1::Control ActiveControl(const std::string& point);
  // Drafted, assessed, controlled and submitted by the author.
  v1::RiskPoint PendingPoint(int likelihood, int impact, const std::string& supersedes = "");
  // Of the lowest grade, submitted by the author; the principal leader has changed the point
  // before, the leader in charge its assessment, and the office head has sent both as they were.
  v1::RiskPoint PointDraftedTogether();
  // And approved by the principal leader.
  v1::RiskPoint ActivePoint(int likelihood, int impact, const std::string& supersedes = "");

  // As the point is now: each of its parts has given it a new version since it was drafted.
  absl::StatusOr<v1::RiskPoint> Submit(const v1::RiskPoint& point, const std::string& caller);
  absl::StatusOr<v1::RiskPoint> Approve(const v1::RiskPoint& point, const std::string& caller);
  absl::StatusOr<v1::RiskPoint> Return(const v1::RiskPoint& point, const std::string& caller);
  absl::StatusOr<v1::RiskPoint> Retire(const v1::RiskPoint& point, const std::string& caller);
  absl::StatusOr<v1::RiskAssessment> SubmitAssessment(const v1::RiskAssessment& assessment);
  absl::StatusOr<v1::RiskAssessment> ApproveAssessment(const v1::RiskAssessment& assessment,
                                                       const std::string& caller);
  absl::StatusOr<v1::Control> StartControl(const v1::Control& control);
  absl::StatusOr<v1::Control> ActivateControl(const v1::Control& control,
                                              const std::string& caller);
  absl::StatusOr<v1::Control> RetireControl(const v1::Control& control);

  v1::RiskPoint GetPoint(const std::string& name);
  v1::RiskAssessment OpenAssessment(const std::string& point);
  v1::RiskAssessment GetAssessment(const std::string& name);

  const std::string organ_ = NewName("organizations");
  const std::string office_ = NewName("organizations");
  const std::string elsewhere_ = NewName("organizations");
  const std::string post_ = NewName("posts");
  const std::string principal_ = NewName("persons");
  const std::string in_charge_ = NewName("persons");
  const std::string office_head_ = NewName("persons");
  const std::string author_ = NewName("persons");
  const std::string owner_ = NewName("persons");

  test::Served<RiskServer> service_;
};

// The guard that refused, or what else there was.
std::string GuardOf(const absl::Status& status);

}  // namespace qinglian::risk

#endif  // QINGLIAN_TESTS_STORAGE_RISK_FIXTURE_H_
