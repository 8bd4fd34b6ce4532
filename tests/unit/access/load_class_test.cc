// What is served first where not everything can be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/permission.h"

namespace qinglian::access {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using testing::UnorderedElementsAre;

TEST(LoadClass, IsWhatTheMethodSaysOrItsName) {
  const std::pair<std::string, v1::LoadClass> kWanted[] = {
      {"organization.v1.OrganizationService.GetOrganization", v1::LOAD_CLASS_READ},
      {"organization.v1.OrganizationService.LookupOrganization", v1::LOAD_CLASS_READ},
      {"organization.v1.OrganizationService.ListOrganizations", v1::LOAD_CLASS_LIST},
      {"organization.v1.OrganizationService.SearchOrganizations", v1::LOAD_CLASS_LIST},
      {"organization.v1.OrganizationService.ImportOrganizations", v1::LOAD_CLASS_TRANSITION},
      {"organization.v1.OrganizationService.MoveOrganization", v1::LOAD_CLASS_TRANSITION},
      {"organization.v1.PendingActionService.ListPendingActions", v1::LOAD_CLASS_LIST},
      {"risk.v1.RiskPointService.ApproveRiskPoint", v1::LOAD_CLASS_TRANSITION},
      {"risk.v1.JournalService.WatchChanges", v1::LOAD_CLASS_LIST},
      {"risk.v1.JournalService.SearchJournal", v1::LOAD_CLASS_LIST},
      {"supervision.v1.CalendarService.ComputeDeadline", v1::LOAD_CLASS_READ},
      {"supervision.v1.EvidenceService.UploadEvidence", v1::LOAD_CLASS_TRANSITION},
      {"supervision.v1.EvidenceService.DownloadEvidence", v1::LOAD_CLASS_LIST},
      {"review.v1.ApplicationService.ExplainApplicationScore", v1::LOAD_CLASS_READ},
      {"review.v1.ObjectionService.AdmitObjection", v1::LOAD_CLASS_TRANSITION},
  };
  for (const auto& [name, wanted] : kWanted) {
    const MethodDescriptor* method =
        DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat("qinglian.", name));
    ASSERT_NE(method, nullptr) << name;
    EXPECT_EQ(LoadClassOf(*method), wanted) << name;
  }
}

// A list that grows with thought: where everything is urgent nothing is.
TEST(LoadClass, IsIntakeForWhatLetsCallersInAndForWhatComesInFromThem) {
  std::vector<std::string> intake;
  for (const google::protobuf::ServiceDescriptor* service : LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      if (LoadClassOf(method) == v1::LOAD_CLASS_INTAKE) intake.push_back(method.full_name());
    }
  }
  EXPECT_THAT(intake, UnorderedElementsAre("qinglian.organization.v1.CallerService.ResolveCaller",
                                           "qinglian.organization.v1.CallerService.RenewLease",
                                           "qinglian.review.v1.ObjectionService.FileObjection"));
}

}  // namespace
}  // namespace qinglian::access
