// A registry with a few organizations and persons behind the real door, for tests of what is on
// record.
#ifndef QINGLIAN_TESTS_FLOW_RECORD_REGISTRY_H_
#define QINGLIAN_TESTS_FLOW_RECORD_REGISTRY_H_

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/rpc/channel.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "tests/support/system.h"

namespace qinglian::test {

inline std::string NewRequestId() { return id::Uuid::NewV4().ToString(); }

// Used by one thread, but for Call.
class RecordedRegistry {
 public:
  // `others`: services beside the organization service.
  explicit RecordedRegistry(std::string log_level = "info", std::vector<std::string> others = {},
                            std::string token_issuer = "")
      : system_(With(std::move(others)), std::move(log_level), std::move(token_issuer)) {
    organization::v1::ImportDivisionsRequest request;
    organization::v1::Division& province = *request.add_divisions();
    province.set_name("divisions/33");
    province.set_display_name("浙江省");
    province.set_level(organization::v1::Division::LEVEL_PROVINCE);
    province.set_vintage(2023);
    request.set_request_id(NewRequestId());
    const auto imported =
        Call<organization::v1::ImportDivisionsResponse>("DivisionService/ImportDivisions", request);
    EXPECT_TRUE(imported.ok()) << imported.status();
  }

  System& system() { return system_; }

  // Calls "PersonService/GetPerson" and the like through the edge.
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                const std::string& caller = kAdministrator) {
    rpc::CallOptions options = system_.As(caller);
    options.timeout = absl::Seconds(30);
    // As every caller should: a gateway may have lost its lease for a moment. All writes here have
    // a request id.
    options.retries = 10;
    return rpc::Invoke<Request, Response>(
        *system_.channel(), absl::StrCat("/qinglian.organization.v1.", method), request, options);
  }

  // Ends the service in good order and starts it again; returns when it answers through the door.
  void Restart() {
    system_.Stop("organization", SIGTERM);
    system_.Start("organization");
    const absl::Time until = absl::Now() + absl::Seconds(60);
    const organization::v1::ListDivisionsRequest request;
    while (absl::Now() < until) {
      if (Call<organization::v1::ListDivisionsResponse>("DivisionService/ListDivisions", request)
              .ok())
        return;
      absl::SleepFor(absl::Milliseconds(50));
    }
    ADD_FAILURE() << "the registry does not come back";
  }

  std::string MakeOrganization(const std::string& display_name, const std::string& parent = "") {
    organization::v1::CreateOrganizationRequest request;
    request.set_request_id(NewRequestId());
    organization::v1::Organization& organization = *request.mutable_organization();
    organization.set_display_name(display_name);
    organization.set_kind(organization::v1::Organization::KIND_GOVERNMENT_DEPARTMENT);
    organization.set_level(organization::v1::Division::LEVEL_PROVINCE);
    organization.set_division("divisions/33");
    organization.set_parent(parent);
    const auto made =
        Call<organization::v1::Organization>("OrganizationService/CreateOrganization", request);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->name() : "";
  }

  static organization::v1::CreatePersonRequest WantedPerson(
      const std::string& organization, const std::string& staff_number,
      const std::string& identity_number = "") {
    organization::v1::CreatePersonRequest request;
    request.set_request_id(NewRequestId());
    organization::v1::Person& person = *request.mutable_person();
    person.set_display_name("张示例");
    person.set_staff_number(staff_number);
    person.set_organization(organization);
    person.set_employment_state(organization::v1::Person::EMPLOYMENT_STATE_EMPLOYED);
    person.set_identity_number(identity_number);
    return request;
  }
  std::string MakePerson(const std::string& organization, const std::string& staff_number,
                         const std::string& identity_number = "") {
    const auto made = Call<organization::v1::Person>(
        "PersonService/CreatePerson", WantedPerson(organization, staff_number, identity_number));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->name() : "";
  }

  absl::StatusOr<organization::v1::RevealIdentityNumberResponse> Reveal(
      const std::string& person, const std::string& caller, const std::string& purpose) {
    organization::v1::RevealIdentityNumberRequest request;
    request.set_name(person);
    request.set_purpose(purpose);
    return Call<organization::v1::RevealIdentityNumberResponse>(
        "PersonService/RevealIdentityNumber", request, caller);
  }

 private:
  static std::vector<std::string> With(std::vector<std::string> others) {
    others.insert(others.begin(), "organization");
    return others;
  }

  System system_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_RECORD_REGISTRY_H_
