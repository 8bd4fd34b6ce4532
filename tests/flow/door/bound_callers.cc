#include "tests/flow/door/bound_callers.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "qinglian/organization/v1/client_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "services/ctl/certificate_authority.h"
#include "services/ctl/context.h"
#include "services/ctl/contract.h"

namespace qinglian::test {
namespace {

// The edge lets one source have 64 connections, and all of these come from one.
constexpr size_t kConnections = 32;

using access::v1::Role;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BoundCallers::BoundCallers(House& house) : house_(house), employer_(house.MakeOrganization("")) {}

absl::Status BoundCallers::Invoke(const MethodDescriptor& method, const Message& request,
                                  Message& response, const Role& role,
                                  const std::string& granted_at) {
  Caller caller = Find(role, granted_at);
  caller.options.timeout = absl::Seconds(20);
  // A gateway may lose its lease for a moment.
  caller.options.retries = 10;
  return rpc::InvokeRaw(*caller.channel, ctl::PathOf(method), request, response, caller.options);
}

BoundCallers::Caller BoundCallers::Find(const Role& role, const std::string& granted_at) {
  const std::lock_guard lock(mutex_);
  const auto key = std::make_pair(role.name(), granted_at);
  const bool is_client = role.bearer() == Role::BEARER_CLIENT;
  auto known = callers_.find(key);
  if (known == callers_.end()) {
    Caller made = is_client ? MakeClient(role, granted_at) : MakePerson(role, granted_at);
    known = callers_.emplace(key, std::move(made)).first;
  }
  if (is_client) Connect(known->second);
  return known->second;
}

void BoundCallers::Connect(Caller& client) {
  if (client.channel != nullptr) return;
  client.channel = rpc::Connect(house_.system().address("edge"), client.door);
  connected_.push_back(&client);
  if (connected_.size() <= kConnections) return;
  connected_.front()->channel = nullptr;
  connected_.pop_front();
}

BoundCallers::Caller BoundCallers::MakePerson(const Role& role, const std::string& granted_at) {
  organization::v1::CreatePersonRequest request;
  request.set_request_id(ctl::NewRequestId());
  organization::v1::Person& person = *request.mutable_person();
  person.set_display_name("张示例");
  person.set_staff_number(absl::StrCat("BOUND-", callers_.size()));
  person.set_organization(employer_);
  person.set_employment_state(organization::v1::Person::EMPLOYMENT_STATE_EMPLOYED);
  organization::v1::Person made;
  const absl::Status status =
      house_.Invoke(**ctl::FindMethod("CreatePerson"), request, made, CallAs("services/test"));
  EXPECT_TRUE(status.ok()) << status;
  house_.system().Grant(made.name(), role.name(), granted_at);
  // A person's token says who calls; without one the edge's client would.
  return {house_.system().channel(), house_.system().As(made.name()), {}};
}

BoundCallers::Caller BoundCallers::MakeClient(const Role& role, const std::string& granted_at) {
  const std::string code = absl::StrCat("bound-", callers_.size());
  organization::v1::CreateClientRequest request;
  request.set_request_id(ctl::NewRequestId());
  request.mutable_client()->set_name("clients/" + code);
  request.mutable_client()->set_organization(employer_);
  request.mutable_client()->set_display_name("对接平台");
  organization::v1::Client made;
  const absl::Status status =
      house_.Invoke(**ctl::FindMethod("CreateClient"), request, made, CallAs("services/test"));
  EXPECT_TRUE(status.ok()) << status;
  house_.system().Grant(made.name(), role.name(), granted_at);
  const std::string folder = house_.system().folder();
  const auto authority = ctl::CertificateAuthority::Open(folder + "/ca");
  EXPECT_TRUE(authority.ok()) << authority.status();
  const auto issued = authority->IssueClient(code, folder, absl::Hours(24));
  EXPECT_TRUE(issued.ok()) << issued.status();
  rpc::ChannelOptions door;
  door.ca_certificates = ReadFile(folder + "/ca/ca.pem");
  door.certificate = ReadFile(issued->certificate_file);
  door.key = ReadFile(issued->key_file);
  return {nullptr, {}, door};
}

}  // namespace qinglian::test
