// What callers have no business to set is as the server makes it, whatever they send (mass
// assignment).
#include "tests/flow/hostile/planted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/access/permission.h"
#include "common/crypto/crypto.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "qinglian/supervision/v1/evidence_service.pb.h"
#include "services/ctl/context.h"
#include "services/ctl/contract.h"
#include "services/ctl/year/teller.h"
#include "tests/flow/hostile/planted.h"
#include "tests/flow/hostile/the_year.h"
#include "tests/support/identity.h"

namespace qinglian::test {
namespace {

using google::protobuf::MethodDescriptor;
using testing::IsEmpty;
using testing::IsSubsetOf;

TEST(Planted, ValuesTakeEffectInNoAnswer) {
  std::set<std::string> methods;
  int carried = 0;
  for (const RecordedWrite& write : TheYear().writes()) {
    EXPECT_THAT(FindPlanted(*write.response), IsEmpty()) << write.name();
    // They were there to be taken.
    ASSERT_FALSE(FindPlanted(*write.request).empty()) << write.name();
    if (!CarriesResource(*write.request->GetDescriptor())) continue;
    methods.insert(write.name());
    ++carried;
  }
  EXPECT_GT(carried, 80);
  std::set<std::string> left_out;
  for (const auto* service : access::LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (CarriesResource(*method->input_type()) && methods.count(method->full_name()) == 0)
        left_out.insert(method->name());
    }
  }
  // These are edits as others are, of what the year does not leave open to edits, or needs not
  // correct.
  EXPECT_THAT(left_out, IsSubsetOf({"CorrectOrganization", "UpdateActionPlan", "UpdateApplication",
                                    "UpdateProgramme", "UpdateScoreSheet"}));
}

TEST(Planted, ValuesAreKeptInNoTable) {
  for (const std::string& service : System::AllServices()) {
    const TestDatabase& database = TheYear().system().database(service);
    for (const char* column : {"after", "response", "reason", "resource"}) {
      EXPECT_EQ(database.Value(absl::StrCat("SELECT COUNT(*) FROM journal WHERE INSTR(", column,
                                            ", '", kPlanted, "') > 0")),
                "0")
          << service << " " << column;
    }
    EXPECT_NE(database.Value("SELECT COUNT(*) FROM journal"), "0");
  }
}

// What streams carry is no less planted.
class PlantedStream : public testing::Test {
 protected:
  // The answer to one request, planted with values, and one that follows it.
  template <class Request, class Response>
  Response Answer(const std::string& method_name, Request request, const Request& next) {
    const MethodDescriptor* method = *ctl::FindMethod(method_name);
    Plant(*method, request, PlantedEnums::kUnknown);
    EXPECT_FALSE(FindPlanted(request).empty());
    rpc::BidiStreamClient<Request, Response> stream(
        rpc::Connect(TheYear().system().address(ServiceOf(*method))), ctl::PathOf(*method),
        CallAs("services/test"));
    stream.Write(request);
    stream.Write(next);
    stream.WritesDone();
    Response response;
    stream.Read(&response);
    const absl::Status status = stream.Finish();
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  static std::string ServiceOf(const MethodDescriptor& method) {
    return ctl::ServiceOf(*method.input_type());
  }
  // Some organization.
  static std::string Organization() {
    for (const RecordedWrite& write : TheYear().writes()) {
      if (write.method->name() == "CreatePerson")
        return ctl::Told(write.response).Text("organization");
    }
    return "";
  }
};

TEST_F(PlantedStream, OfAnUploadTakesNoEffect) {
  supervision::v1::UploadEvidenceRequest start, chunk;
  chunk.set_chunk("一份佐证材料");
  supervision::v1::EvidenceFile& file = *start.mutable_start()->mutable_evidence_file();
  file.set_organization(Organization());
  file.set_file_name("佐证材料.txt");
  file.set_media_type("text/plain");
  file.set_digest(absl::BytesToHexString(crypto::Sha256(chunk.chunk())));
  file.set_size_bytes(static_cast<int64_t>(chunk.chunk().size()));
  start.mutable_start()->set_request_id(ctl::NewRequestId());
  const auto kept = Answer<supervision::v1::UploadEvidenceRequest, supervision::v1::EvidenceFile>(
      "UploadEvidence", start, chunk);
  EXPECT_EQ(kept.organization(), file.organization());
  EXPECT_EQ(kept.uploader(), "services/test");
  EXPECT_THAT(FindPlanted(kept), IsEmpty());
}

TEST_F(PlantedStream, OfAnImportTakesNoEffect) {
  organization::v1::ImportOrganizationsRequest request;
  organization::v1::Organization& row = *request.add_rows()->mutable_organization();
  row.set_display_name("导入单位");
  row.set_kind(organization::v1::Organization::KIND_INTERNAL_OFFICE);
  row.set_level(organization::v1::Division::LEVEL_PROVINCE);
  row.set_division("divisions/33");
  row.add_external_identifiers()->set_source("import");
  row.mutable_external_identifiers(0)->set_id("1");
  const auto imported =
      Answer<organization::v1::ImportOrganizationsRequest,
             organization::v1::ImportOrganizationsResponse>("ImportOrganizations", request, {});
  ASSERT_EQ(imported.created_count(), 1) << imported.DebugString();
  organization::v1::LookupOrganizationRequest lookup;
  *lookup.mutable_external_identifier() = row.external_identifiers(0);
  organization::v1::Organization made;
  const absl::Status status =
      rpc::InvokeRaw(*rpc::Connect(TheYear().system().address("organization")),
                     "/qinglian.organization.v1.OrganizationService/LookupOrganization", lookup,
                     made, CallAs("services/test"));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(made.state(), organization::v1::Organization::STATE_ACTIVE);
  EXPECT_THAT(FindPlanted(made), IsEmpty());
}

TEST_F(PlantedStream, OfAnImportOfPersonsTakesNoEffect) {
  organization::v1::ImportPersonsRequest request;
  organization::v1::ImportPersonRow& row = *request.add_rows();
  row.mutable_person()->set_display_name("李示例");
  row.mutable_person()->set_staff_number("PLANTED-1");
  row.mutable_person()->set_organization(Organization());
  row.mutable_person()->set_employment_state(organization::v1::Person::EMPLOYMENT_STATE_EMPLOYED);
  organization::v1::Post& post = *row.add_posts()->mutable_post();
  post.set_display_name("导入岗位");
  post.set_rank(organization::v1::Post::RANK_STAFF);
  const auto imported =
      Answer<organization::v1::ImportPersonsRequest, organization::v1::ImportPersonsResponse>(
          "ImportPersons", request, {});
  ASSERT_EQ(imported.assignment_count(), 1) << imported.DebugString();
  organization::v1::ListPersonsRequest list;
  list.set_filter("staff_number = \"PLANTED-1\"");
  organization::v1::ListPersonsResponse made;
  const absl::Status status = rpc::InvokeRaw(
      *rpc::Connect(TheYear().system().address("organization")),
      "/qinglian.organization.v1.PersonService/ListPersons", list, made, CallAs("services/test"));
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(made.persons_size(), 1);
  EXPECT_THAT(FindPlanted(made), IsEmpty());
}

}  // namespace
}  // namespace qinglian::test
