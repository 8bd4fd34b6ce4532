// The supervision service under test, the registry it knows, and steps of its lifecycles taken by
// the right people.
#ifndef QINGLIAN_TESTS_STORAGE_SUPERVISION_SUPERVISION_H_
#define QINGLIAN_TESTS_STORAGE_SUPERVISION_SUPERVISION_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/clock/date.h"
#include "common/evidence/intake.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "migrations/supervision_migrations.h"
#include "qinglian/journal/v1/pending.pb.h"
#include "qinglian/supervision/v1/calendar_service.pb.h"
#include "qinglian/supervision/v1/case_category_service.pb.h"
#include "qinglian/supervision/v1/evidence_service.pb.h"
#include "qinglian/supervision/v1/inspection_service.pb.h"
#include "qinglian/supervision/v1/rectification_item_service.pb.h"
#include "qinglian/supervision/v1/supervision_case_service.pb.h"
#include "services/supervision/server.h"
#include "tests/support/served.h"

namespace qinglian::supervision {

using v1::EvidenceFile;
using v1::Inspection;
using v1::RectificationItem;
using v1::SupervisionCase;

// The registry: kGroup handles cases about kBureau, whose office is kOffice; kOther is beside both.
inline constexpr char kRoot[] = "organizations/00000000-0000-7000-8000-00000000000a";
inline constexpr char kGroup[] = "organizations/00000000-0000-7000-8000-00000000000b";
inline constexpr char kBureau[] = "organizations/00000000-0000-7000-8000-00000000000c";
inline constexpr char kOffice[] = "organizations/00000000-0000-7000-8000-00000000000d";
inline constexpr char kOther[] = "organizations/00000000-0000-7000-8000-00000000000e";
inline constexpr char kNowhere[] = "organizations/00000000-0000-7000-8000-0000000000ff";

// Of the group.
inline constexpr char kChief[] = "persons/00000000-0000-7000-8000-000000000001";
inline constexpr char kClerk[] = "persons/00000000-0000-7000-8000-000000000002";
inline constexpr char kHandler[] = "persons/00000000-0000-7000-8000-000000000003";
inline constexpr char kInspector[] = "persons/00000000-0000-7000-8000-000000000004";
// Of the bureau: its head, a leader in charge, and three of its office. Whom the cases are about is
// the second.
inline constexpr char kHead[] = "persons/00000000-0000-7000-8000-000000000005";
inline constexpr char kLeader[] = "persons/00000000-0000-7000-8000-000000000006";
inline constexpr char kDoer[] = "persons/00000000-0000-7000-8000-000000000007";
inline constexpr char kColleague[] = "persons/00000000-0000-7000-8000-000000000008";
inline constexpr char kNeighbour[] = "persons/00000000-0000-7000-8000-00000000000d";
// Of the other organization; and one who has retired and one who holds no post.
inline constexpr char kVerifier[] = "persons/00000000-0000-7000-8000-000000000009";
inline constexpr char kRetired[] = "persons/00000000-0000-7000-8000-00000000000a";
// Leads the root, which is above them all.
inline constexpr char kSuperior[] = "persons/00000000-0000-7000-8000-00000000000c";
inline constexpr char kPostless[] = "persons/00000000-0000-7000-8000-00000000000b";
inline constexpr char kRiskPoint[] = "riskPoints/00000000-0000-7000-8000-000000000001";

// One service for all tests of a suite, since making a schema takes longer than most of them; each
// begins with empty tables.
class SupervisionTest : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  SupervisionTest();

  // Calls "SupervisionCaseService/GetSupervisionCase" and the like.
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                const std::string& caller) {
    return served_.Call<Response>("/qinglian.supervision.v1." + method, request, caller);
  }

  // Takes a step: fills name, etag and request id of the request.
  template <class Resource, class Request>
  absl::StatusOr<Resource> Step(const std::string& method, const Resource& resource,
                                Request request, const std::string& caller) {
    request.set_name(resource.name());
    request.set_etag(resource.etag());
    request.set_request_id(test::RequestId());
    return Call<Resource>(method, request, caller);
  }
  // The same, which must succeed.
  template <class Resource, class Request>
  Resource Did(const std::string& method, const Resource& resource, Request request,
               const std::string& caller) {
    const auto result = Step(method, resource, std::move(request), caller);
    EXPECT_TRUE(result.ok()) << method << ": " << result.status();
    return result.value_or(resource);
  }

  // Keeps a content as if it had been uploaded; answers its digest.
  std::string Evidence(const std::string& text);

  // A text file that was uploaded to an organization.
  absl::StatusOr<EvidenceFile> Uploaded(const std::string& text, const std::string& organization,
                                        const rpc::CallOptions& caller = test::CallAs(kClerk));
  // Its content, downloaded.
  absl::StatusOr<std::string> Downloaded(const EvidenceFile& file, const rpc::CallOptions& caller);

  v1::CreateSupervisionCaseRequest WantedCase();
  absl::StatusOr<SupervisionCase> Create(const v1::CreateSupervisionCaseRequest& request);
  // A case as far as each step.
  SupervisionCase Received();
  SupervisionCase Accepted();
  SupervisionCase Accepted(const SupervisionCase& received);
  SupervisionCase InHandling();
  SupervisionCase Assigned(const SupervisionCase& accepted);
  SupervisionCase PendingDecision();
  // What its handlers found is submitted.
  SupervisionCase Opined(const SupervisionCase& in_handling);
  SupervisionCase InRectification();
  v1::DecideSupervisionCaseRequest Decision(bool rectification = true);

  // The same from where it was received.
  SupervisionCase InRectification(const SupervisionCase& received);

  v1::CreateRectificationItemRequest WantedItem(const SupervisionCase& the_case);
  // An item as far as each step.
  RectificationItem Issued(const SupervisionCase& the_case);
  RectificationItem Planned(const SupervisionCase& the_case);
  RectificationItem InProgress(const SupervisionCase& the_case);
  RectificationItem PendingVerification(const SupervisionCase& the_case);
  RectificationItem ClosedOut(const SupervisionCase& the_case);
  // Reviewed by the head of its organization and by the leader above.
  RectificationItem Reviewed(const RectificationItem& in_progress);
  v1::SubmitRectificationPlanRequest Plan();
  v1::ReviewRectificationItemRequest ReviewAs(RectificationItem::Capacity capacity);
  v1::ApplyRectificationCloseoutRequest Application();

  SupervisionCase Reread(const SupervisionCase& the_case);
  void SetToday(absl::CivilDay day);

  test::Served<SupervisionServer>& served_;
  // Who handles the cases that are wanted.
  std::string handling_ = kGroup;

 private:
  void Empty();
  void Know(std::string_view organization, std::string_view path, std::string_view parent);
  void Know(std::string_view person, std::string_view organization, std::string_view rank,
            std::string_view employment);
};

// That a step was refused by this guard.
MATCHER_P(RefusedBy, guard, "") {
  return status::Is(arg.status(), status::kGuardNotMet) &&
         status::MetadataOf(arg.status(), "guard") == guard.name;
}

// As if it did not exist.
MATCHER(IsHidden, "") { return status::Is(arg.status(), status::kResourceNotFound); }

template <class Request>
Request Because(const std::string& reason) {
  Request request;
  request.set_reason(reason);
  return request;
}

}  // namespace qinglian::supervision

#endif  // QINGLIAN_TESTS_STORAGE_SUPERVISION_SUPERVISION_H_
