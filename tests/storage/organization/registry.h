// The organization service under test, and the resources that its tests begin with.
#ifndef QINGLIAN_TESTS_STORAGE_ORGANIZATION_REGISTRY_H_
#define QINGLIAN_TESTS_STORAGE_ORGANIZATION_REGISTRY_H_

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/seal/sealing_keys.h"
#include "migrations/organization_migrations.h"
#include "qinglian/organization/v1/assignment_service.pb.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "qinglian/organization/v1/post_service.pb.h"
#include "services/organization/server.h"
#include "tests/support/served.h"

namespace qinglian::organization {

// Gives the file of sealing keys a version more; it lies in the folder that gtest gives.
inline void AddSealingKey(const std::string& file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::ofstream(file) << *seal::WithNewVersion(text);
  chmod(file.c_str(), 0600);
}

// A file of its own for this process, with one version.
inline const std::string& SealingKeyFile() {
  static const auto& file = *[] {
    auto* path =
        new std::string(absl::StrCat(testing::TempDir(), "/qinglian-sealing-", getpid(), ".key"));
    AddSealingKey(*path);
    return path;
  }();
  return file;
}

// The server with its sealing keys, as a process starts it.
struct SealingServer : OrganizationServer {
  explicit SealingServer(const serving::Environment& environment)
      : OrganizationServer(environment, *seal::SealingKeys::Load(SealingKeyFile())) {}
};

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    v1::ImportDivisionsRequest request;
    v1::Division& province = *request.add_divisions();
    province.set_name("divisions/33");
    province.set_display_name("浙江省");
    province.set_level(v1::Division::LEVEL_PROVINCE);
    province.set_vintage(2023);
    request.set_request_id(test::RequestId());
    EXPECT_TRUE(Call<v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", request).ok());
  }

  // Calls "OrganizationService/GetOrganization" and the like.
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                const std::string& caller = "clients/test") {
    return served_.Call<Response>("/qinglian.organization.v1." + method, request, caller);
  }

  static v1::CreateOrganizationRequest Wanted(const std::string& display_name,
                                              const std::string& parent = "") {
    v1::CreateOrganizationRequest request;
    request.set_request_id(test::RequestId());
    v1::Organization& organization = *request.mutable_organization();
    organization.set_display_name(display_name);
    organization.set_kind(v1::Organization::KIND_GOVERNMENT_DEPARTMENT);
    organization.set_level(v1::Division::LEVEL_PROVINCE);
    organization.set_division("divisions/33");
    organization.set_parent(parent);
    return request;
  }

  absl::StatusOr<v1::Organization> Create(const v1::CreateOrganizationRequest& request) {
    return Call<v1::Organization>("OrganizationService/CreateOrganization", request);
  }
  v1::Organization Made(const std::string& display_name, const std::string& parent = "") {
    const auto created = Create(Wanted(display_name, parent));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Organization());
  }

  absl::StatusOr<v1::Organization> Move(const v1::Organization& organization,
                                        const std::string& parent) {
    v1::MoveOrganizationRequest request;
    request.set_name(organization.name());
    request.set_etag(organization.etag());
    request.set_parent(parent);
    request.set_reason("机构改革");
    request.set_request_id(test::RequestId());
    return Call<v1::Organization>("OrganizationService/MoveOrganization", request);
  }

  v1::Organization Get(const std::string& name) {
    v1::GetOrganizationRequest request;
    request.set_name(name);
    return Call<v1::Organization>("OrganizationService/GetOrganization", request)
        .value_or(v1::Organization());
  }

  v1::Person MadePerson(const std::string& staff_number, const std::string& organization) {
    v1::CreatePersonRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_person()->set_display_name("张示例");
    request.mutable_person()->set_staff_number(staff_number);
    request.mutable_person()->set_organization(organization);
    request.mutable_person()->set_employment_state(v1::Person::EMPLOYMENT_STATE_EMPLOYED);
    const auto created = Call<v1::Person>("PersonService/CreatePerson", request);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Person());
  }

  v1::Post MadePost(const std::string& organization, v1::Post::Rank rank) {
    v1::CreatePostRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_post()->set_display_name("局长");
    request.mutable_post()->set_organization(organization);
    request.mutable_post()->set_rank(rank);
    const auto created = Call<v1::Post>("PostService/CreatePost", request);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Post());
  }

  absl::StatusOr<v1::Assignment> Assign(const std::string& person, const std::string& post) {
    v1::CreateAssignmentRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_assignment()->set_person(person);
    request.mutable_assignment()->set_post(post);
    return Call<v1::Assignment>("AssignmentService/CreateAssignment", request);
  }

  test::Served<SealingServer> served_{Migrations()};
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_TESTS_STORAGE_ORGANIZATION_REGISTRY_H_
