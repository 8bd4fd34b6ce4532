// Imports, exports, uploads and downloads: let in, refused, or told that there is nothing, as
// single calls are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/access/role.h"
#include "common/crypto/crypto.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "qinglian/supervision/v1/evidence_service.pb.h"
#include "services/ctl/context.h"
#include "services/ctl/contract.h"
#include "tests/flow/door/rules.h"

namespace qinglian::test {
namespace {

using access::v1::Role;
using organization::v1::ImportOrganizationsRequest;
using organization::v1::ImportOrganizationsResponse;
using organization::v1::ImportPersonsRequest;
using organization::v1::ImportPersonsResponse;
using supervision::v1::DownloadEvidenceRequest;
using supervision::v1::DownloadEvidenceResponse;
using supervision::v1::EvidenceFile;
using supervision::v1::UploadEvidenceRequest;

class Streams : public testing::Test {
 protected:
  // For each standard role: what `outcome` gives for each relation, against what is expected where
  // the role was granted for, or within, the organization that is asked about.
  template <class Fn>
  void CheckAll(const std::string& method_name, const std::string& organization, Fn outcome) {
    const auto* method = *ctl::FindMethod(method_name);
    for (const Role& role : access::StandardRoles().roles()) {
      std::string outcomes, expected;
      for (const Relation relation : AllRelations()) {
        const std::string& granted_at = house_.GrantedAt(organization, relation);
        outcomes += outcome(house_.As(role.name(), granted_at));
        expected += !Holds(role, *access::RuleOf(*method))      ? kRefused
                    : house_.IsWithin(organization, granted_at) ? kLetIn
                                                                : kHidden;
      }
      EXPECT_EQ(outcomes, expected) << method_name << " by " << role.name();
    }
  }

  static char LetterOf(const absl::Status& status) {
    if (status.ok()) return kLetIn;
    if (absl::IsPermissionDenied(status)) return kRefused;
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    return kHidden;
  }

  // What becomes of one row that is to be made below `parent`, if only to check.
  absl::StatusOr<ImportOrganizationsResponse> Import(const std::string& parent,
                                                     const rpc::CallOptions& options) {
    rpc::BidiStreamClient<ImportOrganizationsRequest, ImportOrganizationsResponse> stream(
        house_.channel("organization"),
        "/qinglian.organization.v1.OrganizationService/ImportOrganizations", options);
    ImportOrganizationsRequest request;
    request.set_validate_only(true);
    organization::v1::Organization& row = *request.add_rows()->mutable_organization();
    row.set_display_name("导入单位");
    row.set_kind(organization::v1::Organization::KIND_INTERNAL_OFFICE);
    row.set_level(organization::v1::Division::LEVEL_PROVINCE);
    row.set_division("divisions/33");
    row.set_parent(parent);
    row.add_external_identifiers()->set_source("probe");
    row.mutable_external_identifiers(0)->set_id("1");
    stream.Write(request);
    stream.WritesDone();
    ImportOrganizationsResponse response;
    const bool answered = stream.Read(&response);
    const absl::Status status = stream.Finish();
    if (!status.ok()) return status;
    EXPECT_TRUE(answered);
    return response;
  }

  // What becomes of one person who is to work for `organization`, if only to check.
  absl::StatusOr<ImportPersonsResponse> ImportPerson(const std::string& organization,
                                                     const rpc::CallOptions& options) {
    rpc::BidiStreamClient<ImportPersonsRequest, ImportPersonsResponse> stream(
        house_.channel("organization"), "/qinglian.organization.v1.PersonService/ImportPersons",
        options);
    ImportPersonsRequest request;
    request.set_validate_only(true);
    organization::v1::Person& row = *request.add_rows()->mutable_person();
    row.set_display_name("李示例");
    row.set_staff_number("PROBE-1");
    row.set_organization(organization);
    stream.Write(request);
    stream.WritesDone();
    ImportPersonsResponse response;
    const bool answered = stream.Read(&response);
    const absl::Status status = stream.Finish();
    if (!status.ok()) return status;
    EXPECT_TRUE(answered);
    return response;
  }

  // How an export of a subtree ends.
  template <class Request, class Response>
  absl::Status Export(const std::string& method, const std::string& subtree,
                      const rpc::CallOptions& options) {
    Request request;
    request.set_subtree(subtree);
    rpc::ServerStreamClient<Request, Response> stream(
        house_.channel("organization"), "/qinglian.organization.v1." + method, request, options);
    Response response;
    while (stream.Read(&response)) {
    }
    return stream.Finish();
  }

  absl::StatusOr<EvidenceFile> Upload(const std::string& organization,
                                      const rpc::CallOptions& options) {
    rpc::ClientStreamClient<UploadEvidenceRequest, EvidenceFile> stream(
        house_.channel("supervision"), "/qinglian.supervision.v1.EvidenceService/UploadEvidence",
        options);
    const std::string content = "一份佐证材料";
    UploadEvidenceRequest part;
    EvidenceFile& file = *part.mutable_start()->mutable_evidence_file();
    file.set_organization(organization);
    file.set_file_name("佐证材料.txt");
    file.set_media_type("text/plain");
    file.set_digest(absl::BytesToHexString(crypto::Sha256(content)));
    file.set_size_bytes(static_cast<int64_t>(content.size()));
    part.mutable_start()->set_request_id(ctl::NewRequestId());
    stream.Write(part);
    part.set_chunk(content);
    stream.Write(part);
    return stream.Finish();
  }

  // How a download ends; that it brings something where it ends well.
  absl::Status Download(const std::string& name, const rpc::CallOptions& options) {
    DownloadEvidenceRequest request;
    request.set_name(name);
    rpc::ServerStreamClient<DownloadEvidenceRequest, DownloadEvidenceResponse> stream(
        house_.channel("supervision"), "/qinglian.supervision.v1.EvidenceService/DownloadEvidence",
        request, options);
    size_t bytes = 0;
    DownloadEvidenceResponse part;
    while (stream.Read(&part)) bytes += part.chunk().size();
    const absl::Status status = stream.Finish();
    EXPECT_EQ(bytes > 0, status.ok()) << status;
    return status;
  }

  House& house_ = TheHouse();
};

TEST_F(Streams, OfImportsTakeRowsBelowWhatTheImporterReachesAlone) {
  CheckAll("ImportOrganizations", house_.organ(), [&](const rpc::CallOptions& options) {
    const auto imported = Import(house_.organ(), options);
    if (!imported.ok()) return LetterOf(imported.status());
    EXPECT_EQ(imported->created_count() + imported->errors_size(), 1);
    return imported->created_count() == 1 ? kLetIn : kHidden;
  });
}

TEST_F(Streams, OfImportsTellOfHiddenParentsAsOfOnesThatNeverWere) {
  const rpc::CallOptions stranger =
      house_.As("roles/workingCommittee", house_.GrantedAt(house_.organ(), kSibling));
  const auto told = [&](const std::string& parent) {
    const auto imported = Import(parent, stranger);
    EXPECT_TRUE(imported.ok()) << imported.status();
    return absl::StrReplaceAll(imported.value_or(ImportOrganizationsResponse()).DebugString(),
                               {{parent, "NAME"}});
  };
  EXPECT_EQ(told(house_.organ()),
            told(id::FormatName("organizations", id::Uuid::NewV7(absl::Now()))));
}

TEST_F(Streams, OfImportsTakePersonsIntoWhatTheImporterReachesAlone) {
  CheckAll("ImportPersons", house_.organ(), [&](const rpc::CallOptions& options) {
    const auto imported = ImportPerson(house_.organ(), options);
    if (!imported.ok()) return LetterOf(imported.status());
    EXPECT_EQ(imported->created_count() + imported->errors_size(), 1);
    return imported->created_count() == 1 ? kLetIn : kHidden;
  });
}

TEST_F(Streams, OfExportsAreGivenToWhoReachesTheirSubtreeAlone) {
  CheckAll("ExportOrganizations", house_.organ(), [&](const rpc::CallOptions& options) {
    return LetterOf(Export<organization::v1::ExportOrganizationsRequest,
                           organization::v1::ExportOrganizationsResponse>(
        "OrganizationService/ExportOrganizations", house_.organ(), options));
  });
  CheckAll("ExportPersons", house_.organ(), [&](const rpc::CallOptions& options) {
    return LetterOf(
        Export<organization::v1::ExportPersonsRequest, organization::v1::ExportPersonsResponse>(
            "PersonService/ExportPersons", house_.organ(), options));
  });
}

TEST_F(Streams, OfUploadsAreTakenForWhatTheUploaderReachesAlone) {
  CheckAll("UploadEvidence", house_.organ(), [&](const rpc::CallOptions& options) {
    const auto uploaded = Upload(house_.organ(), options);
    if (uploaded.ok()) {
      EXPECT_EQ(uploaded->organization(), house_.organ());
    }
    return LetterOf(uploaded.status());
  });
}

TEST_F(Streams, OfDownloadsAreGivenToWhoReachesTheirFileAlone) {
  const Target& file = house_.targets().at(EvidenceFile::descriptor());
  CheckAll("DownloadEvidence", file.organizations[0],
           [&](const rpc::CallOptions& options) { return LetterOf(Download(file.name, options)); });
}

}  // namespace
}  // namespace qinglian::test
