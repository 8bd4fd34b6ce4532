// A review service with a working committee, units that apply, and reviewers.
#ifndef QINGLIAN_TESTS_STORAGE_REVIEW_FIXTURE_H_
#define QINGLIAN_TESTS_STORAGE_REVIEW_FIXTURE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock/date.h"
#include "gtest/gtest.h"
#include "qinglian/review/v1/application_service.pb.h"
#include "qinglian/review/v1/score_sheet_service.pb.h"
#include "services/review/server.h"
#include "tests/support/served.h"

namespace qinglian::review {

// Business time begins on 3 March 2025, 10:00 in China; a round takes applications until the 14th.
class ReviewTest : public testing::Test {
 protected:
  ReviewTest();

  // Calls "ApplicationService/GetApplication" and the like; makes a request id where there is none.
  template <class Resp, class Req>
  absl::StatusOr<Resp> Call(const std::string& method, Req request, const std::string& caller) {
    if constexpr (requires { request.request_id(); }) {
      if (request.request_id().empty()) request.set_request_id(test::RequestId());
    }
    return service_.Call<Resp>("/qinglian.review.v1." + method, request, caller);
  }

  // A transition of a resource that needs no more than name and etag; `more` adds the rest.
  template <class Req, class T>
  absl::StatusOr<T> Move(const std::string& method, const T& resource, const std::string& caller,
                         Req request = {}) {
    request.set_name(resource.name());
    request.set_etag(resource.etag());
    return Call<T>(method, request, caller);
  }

  static std::string NewName(std::string_view collection);
  std::string AddOrganization(std::string_view kind, const std::string& parent = "");
  std::string AddPerson(const std::string& organization);
  void SetDay(int month, int day);
  // One pass of a clock task of the service.
  absl::Status RunTask(std::string_view name);

  v1::Programme OpenProgramme();
  v1::Rubric FrozenRubric();
  // Planned, with the declarations of all three reviewers, and open.
  v1::ReviewRound OpenRound(bool site_visit_required = false);
  void FilePlan(const std::string& unit);
  // With a plan on file and a complete self-assessment.
  v1::Application Draft(const std::string& unit);
  v1::Application Submitted(const std::string& unit);
  v1::ScoreSheet SubmittedSheet(const v1::Application& application, const std::string& reviewer,
                                int centipoints);
  // Closes the round for applications, and puts all submitted ones before the panel.
  std::vector<v1::Application> UnderEvaluation(const std::vector<v1::Application>& submitted);
  // The same, has them scored, and ranks them:
  // the first by most points.
  std::vector<v1::Application> Scored(const std::vector<v1::Application>& submitted);
  // The first of them short-listed and on notice.
  v1::Application OnNotice(const std::vector<v1::Application>& scored);

  v1::ReviewRound Round();
  v1::Application Read(const v1::Application& application);
  // The methods that wait for the caller, without their services.
  std::vector<std::string> Waiting(const std::string& caller);

  const std::string committee_;
  const std::string unit_;
  const std::string other_unit_;
  const std::string clerk_;
  const std::string head_;
  const std::string third_;
  // Who drafts and submits for each unit.
  std::map<std::string, std::string> applicants_;
  std::vector<std::string> reviewers_;
  v1::Programme programme_;
  v1::Rubric rubric_;
  std::string round_;

  test::Served<ReviewServer> service_;

 private:
  void Prepare();
};

// The guard that refused, or what else there was.
std::string GuardOf(const absl::Status& status);

// What a step of the preparation made; nothing goes on without it.
template <class T>
T Made(absl::StatusOr<T> result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : T();
}

}  // namespace qinglian::review

#endif  // QINGLIAN_TESTS_STORAGE_REVIEW_FIXTURE_H_
