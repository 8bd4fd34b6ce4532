// Who acts for another, through the edge and the gateway: what he may do, what is kept of it, and
// for how long.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/delegation_service.pb.h"
#include "tests/flow/record/registry.h"

namespace qinglian::test {
namespace {

using organization::v1::CreateDelegationRequest;
using organization::v1::Delegation;
using organization::v1::EndDelegationRequest;
using organization::v1::Person;

class Acting : public testing::Test {
 protected:
  Acting() { registry_.system().Grant(chief_, "roles/organ", organization_); }

  Delegation Delegate() {
    CreateDelegationRequest request;
    request.mutable_delegation()->set_delegator(chief_);
    request.mutable_delegation()->set_delegate(deputy_);
    request.mutable_delegation()->mutable_first_date()->set_year(2025);
    request.mutable_delegation()->mutable_first_date()->set_month(1);
    request.mutable_delegation()->mutable_first_date()->set_day(2);
    *request.mutable_delegation()->mutable_last_date() = request.delegation().first_date();
    request.mutable_delegation()->set_reason("外出学习");
    request.set_request_id(NewRequestId());
    const auto made =
        registry_.Call<Delegation>("DelegationService/CreateDelegation", request, chief_);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.value_or(Delegation());
  }

  absl::Status End(const Delegation& delegation) {
    EndDelegationRequest request;
    request.set_name(delegation.name());
    request.set_etag(delegation.etag());
    request.set_reason("提前返岗");
    request.set_request_id(NewRequestId());
    return registry_.Call<Delegation>("DelegationService/EndDelegation", request, chief_).status();
  }

  // Registers a colleague, as the deputy, who acts for somebody; for nobody where that is empty.
  absl::StatusOr<Person> Register(const std::string& staff_number, const std::string& acting_for) {
    rpc::CallOptions options = registry_.system().As(deputy_);
    if (!acting_for.empty()) options.metadata.emplace_back("acting-for", acting_for);
    options.timeout = absl::Seconds(30);
    return rpc::Invoke<organization::v1::CreatePersonRequest, Person>(
        *registry_.system().channel(), "/qinglian.organization.v1.PersonService/CreatePerson",
        RecordedRegistry::WantedPerson(organization_, staff_number), options);
  }

  // "actor for another", as the journal has it of the making of a resource.
  std::string OnRecord(const std::string& resource) {
    return registry_.system()
        .database("organization")
        .Value(absl::StrCat(
            "SELECT CONCAT(actor, ' for ', acting_for) FROM journal WHERE resource = '", resource,
            "' AND version = 1"));
  }

  RecordedRegistry registry_;
  const std::string organization_ = registry_.MakeOrganization("财政厅");
  const std::string chief_ = registry_.MakePerson(organization_, "D-1");
  const std::string deputy_ = registry_.MakePerson(organization_, "D-2");
};

TEST_F(Acting, WhatADelegateDoesIsOnRecordWithBothNames) {
  const Delegation delegation = Delegate();
  const auto registered = Register("D-10", chief_);
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(OnRecord(registered->name()), absl::StrCat(deputy_, " for ", chief_));
  // For himself he was granted nothing.
  EXPECT_TRUE(status::Is(Register("D-11", "").status(), status::kPermissionDenied));
}

TEST_F(Acting, WithoutADelegationNobodyActsForAnother) {
  for (const std::string& other : {chief_, deputy_}) {
    EXPECT_TRUE(status::Is(Register("D-10", other).status(), status::kDelegationMissing)) << other;
  }
  Delegate();
  EXPECT_TRUE(Register("D-12", chief_).ok());
}

TEST_F(Acting, HoldsNoLongerFromTheMomentItsEndIsAnswered) {
  for (int round = 0; round < 20; ++round) {
    const Delegation delegation = Delegate();
    const auto registered = Register(absl::StrCat("E-", round), chief_);
    ASSERT_TRUE(registered.ok()) << round << registered.status();
    const absl::Status ended = End(delegation);
    ASSERT_TRUE(ended.ok()) << round << ended;
    const absl::Status after = Register(absl::StrCat("L-", round), chief_).status();
    ASSERT_TRUE(status::Is(after, status::kDelegationMissing)) << round << after;
  }
}

}  // namespace
}  // namespace qinglian::test
