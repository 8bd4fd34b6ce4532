#include "tests/flow/door/house.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/record/record.h"
#include "qinglian/organization/v1/client_service.pb.h"
#include "qinglian/organization/v1/delegation_service.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "qinglian/organization/v1/post_service.pb.h"
#include "services/ctl/context.h"
#include "tests/support/demonstration.h"
#include "tests/support/identity_number.h"

namespace qinglian::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Nobody that the registry knows: no case is about him, and none was given to him.
constexpr char kCaller[] = "persons/00000000-0000-7000-8000-00000000dead";

void Must(const absl::Status& status, const std::string& what) {
  if (status.ok()) return;
  std::cerr << what << ": " << status << "\n";
  std::abort();
}

std::string HexOf(const std::string& name) {
  std::string id = name.substr(name.find('/') + 1);
  std::erase(id, '-');
  return id;
}

House* the_house = nullptr;

class HouseEnds : public testing::Environment {
 public:
  void TearDown() override { delete std::exchange(the_house, nullptr); }
};
const auto* const house_ends = testing::AddGlobalTestEnvironment(new HouseEnds);

}  // namespace

House& TheHouse() {
  if (the_house == nullptr) the_house = new House();
  return *the_house;
}

std::vector<Relation> AllRelations() {
  std::vector<Relation> relations;
  for (int relation = 0; relation < kRelations; ++relation)
    relations.push_back(static_cast<Relation>(relation));
  return relations;
}

std::string ServiceOfPackage(const std::string& package) {
  const size_t begin = package.find('.') + 1;
  return package.substr(begin, package.rfind('.') - begin);
}

std::string StateOf(const Message& message) {
  const FieldDescriptor* state = message.GetDescriptor()->FindFieldByName("state");
  return state == nullptr ? "" : message.GetReflection()->GetEnum(message, state)->name();
}

std::string TextOf(const Message& message, const std::string& field) {
  const FieldDescriptor* found = message.GetDescriptor()->FindFieldByName(field);
  return found == nullptr ? "" : message.GetReflection()->GetString(message, found);
}

House::House() : system_(System::AllServices()) {
  Must(TellDemonstration(system_, system_.channel()), "the year");
  for (const std::string& service : System::AllServices())
    channels_[service] = rpc::Connect(system_.address(service));
  MakeWhatTheYearLeavesOut();
  ChooseTargets();
  std::string last;
  for (const auto& [type, target] : targets_) {
    for (const std::string& organization : target.organizations) {
      MakeSurroundings(organization);
      last = GrantedAt(organization, kCousin);
    }
  }
  MakeEnded();
  ReadTree();
  AwaitProjections(last);
}

absl::Status House::Invoke(const MethodDescriptor& method, const Message& request,
                           Message& response, rpc::CallOptions options) const {
  options.timeout = absl::Seconds(60);
  options.retries = 3;
  return rpc::InvokeRaw(*channels_.at(ServiceOfPackage(method.file()->package())),
                        ctl::PathOf(method), request, response, options);
}

rpc::CallOptions House::As(const std::string& role, const std::string& organization) const {
  return CallAs(kCaller, {GrantOf(role, organization)});
}

template <class Response>
Response House::Call(const std::string& method, const Message& request) const {
  Response response;
  Must(Invoke(**ctl::FindMethod(method), request, response, CallAs("services/test")), method);
  return response;
}

void House::MakeWhatTheYearLeavesOut() {
  using namespace organization::v1;  // NOLINT: of this function
  ListPersonsRequest list;
  for (const char* number : {"DEMO-0001", "DEMO-0002"}) {
    list.set_filter(absl::StrCat("staff_number = \"", number, "\""));
    persons_.push_back(
        Call<ListPersonsResponse>("PersonService.ListPersons", list).persons(0).name());
  }
  GetPersonRequest get;
  get.set_name(persons_[0]);
  organ_ = Call<Person>("PersonService.GetPerson", get).organization();
  ListPostsRequest posts;
  posts.set_subtree(organ_);
  const auto listed = Call<ListPostsResponse>("PostService.ListPosts", posts);
  for (const Post& post : listed.posts()) posts_.push_back(post.name());

  UpdatePersonRequest number;
  number.mutable_person()->set_name(persons_[0]);
  number.mutable_person()->set_identity_number(IdentityNumberOf(1));
  number.set_request_id(ctl::NewRequestId());
  Call<Person>("PersonService.UpdatePerson", number);
  CreateClientRequest client;
  client.mutable_client()->set_name("clients/platform");
  client.mutable_client()->set_organization(organ_);
  client.mutable_client()->set_display_name("对接平台");
  client.set_request_id(ctl::NewRequestId());
  Call<Client>("ClientService.CreateClient", client);
  CreateDelegationRequest request;
  Delegation& delegation = *request.mutable_delegation();
  delegation.set_delegator(persons_[0]);
  delegation.set_delegate(persons_[1]);
  delegation.mutable_first_date()->set_year(2026);
  delegation.mutable_first_date()->set_month(1);
  delegation.mutable_first_date()->set_day(1);
  *delegation.mutable_last_date() = delegation.first_date();
  delegation.set_reason("休假");
  request.set_request_id(ctl::NewRequestId());
  Call<Delegation>("DelegationService.CreateDelegation", request);
}

std::vector<std::unique_ptr<Message>> House::ListAll(const MethodDescriptor& method,
                                                     const Message& request,
                                                     const rpc::CallOptions& options) const {
  std::vector<std::unique_ptr<Message>> all;
  const auto asked = ctl::NewMessage(*method.input_type());
  asked->CopyFrom(request);
  ctl::SetField(*asked, "page_size", "500");
  const auto response = ctl::NewMessage(*method.output_type());
  const FieldDescriptor* items = ctl::ItemsOf(*response->GetDescriptor());
  do {
    Must(Invoke(method, *asked, *response, options), method.full_name());
    for (int i = 0; i < response->GetReflection()->FieldSize(*response, items); ++i) {
      const Message& item = response->GetReflection()->GetRepeatedMessage(*response, items, i);
      all.emplace_back(item.New())->CopyFrom(item);
    }
    ctl::SetField(*asked, "page_token", ctl::TokenOf(*response));
  } while (!ctl::TokenOf(*response).empty());
  return all;
}

std::vector<std::unique_ptr<Message>> House::AllOf(const Descriptor* type) const {
  const auto method = ctl::ListMethodOf(record::Plan::Of(type).type().collection);
  if (!method.ok()) return {};
  return ListAll(**method, *ctl::NewMessage(*(*method)->input_type()), As("roles/service", ""));
}

void House::ChooseTargets() {
  for (const Descriptor* type : record::LinkedResources()) ChooseTarget(type);
  // Who decides an objection decides about its application.
  for (auto& [type, target] : targets_) {
    if (type->name() != "Objection") continue;
    for (const auto& objection : AllOf(type)) {
      if (TextOf(*objection, "name") != target.name) continue;
      for (const Descriptor* other : record::LinkedResources()) {
        if (other->name() != "Application") continue;
        for (const auto& application : AllOf(other)) {
          if (TextOf(*application, "name") == TextOf(*objection, "application"))
            target.organizations.push_back(TextOf(*application, "organization"));
        }
      }
    }
  }
}

void House::ChooseTarget(const Descriptor* type) {
  const FieldDescriptor* owner = record::Plan::Of(type).organization_field();
  for (const auto& item : AllOf(type)) {
    const std::string name = TextOf(*item, "name");
    if (owner == nullptr) {
      names_[TypeOf(type)] = name;
      return;
    }
    const std::string organization = TextOf(*item, owner->name());
    if (organization.empty() || Get(organization).parent().empty()) continue;
    // Where it can be had, of the organ that the year is about.
    if (targets_.count(type) > 0 && organization != organ_) continue;
    targets_[type] = {name, StateOf(*item), {organization}};
    names_[TypeOf(type)] = name;
    if (organization == organ_) return;
  }
}

organization::v1::Organization House::Get(const std::string& name) const {
  organization::v1::GetOrganizationRequest request;
  request.set_name(name);
  return Call<organization::v1::Organization>("OrganizationService.GetOrganization", request);
}

std::string House::MakeOrganization(const std::string& parent) {
  organization::v1::CreateOrganizationRequest request;
  organization::v1::Organization& organization = *request.mutable_organization();
  organization.set_display_name("邻近单位" + ctl::NewRequestId());
  organization.set_kind(organization::v1::Organization::KIND_PARTY_DEPARTMENT);
  organization.set_level(organization::v1::Division::LEVEL_PROVINCE);
  organization.set_division("divisions/33");
  organization.set_parent(parent);
  request.set_request_id(ctl::NewRequestId());
  return Call<organization::v1::Organization>("OrganizationService.CreateOrganization", request)
      .name();
}

void House::Move(const std::string& organization, const std::string& parent) {
  organization::v1::MoveOrganizationRequest request;
  request.set_name(organization);
  request.set_etag(Get(organization).etag());
  request.set_parent(parent);
  request.set_reason("机构改革");
  request.set_request_id(ctl::NewRequestId());
  Call<organization::v1::Organization>("OrganizationService.MoveOrganization", request);
}

void House::Merge(const std::string& ending, const std::string& heir) {
  organization::v1::MergeOrganizationRequest request;
  request.set_name(ending);
  request.set_etag(Get(ending).etag());
  request.set_into(heir);
  request.set_reason("机构改革");
  request.set_request_id(ctl::NewRequestId());
  Call<organization::v1::Organization>("OrganizationService.MergeOrganization", request);
}

void House::Split(const std::string& ending, const std::vector<std::string>& heirs) {
  organization::v1::SplitOrganizationRequest request;
  request.set_name(ending);
  request.set_etag(Get(ending).etag());
  for (const std::string& heir : heirs) request.add_heirs()->set_existing(heir);
  request.set_reason("机构改革");
  request.set_request_id(ctl::NewRequestId());
  Call<organization::v1::Organization>("OrganizationService.SplitOrganization", request);
}

void House::Abolish(const std::string& organization) {
  organization::v1::AbolishOrganizationRequest request;
  request.set_name(organization);
  request.set_etag(Get(organization).etag());
  request.set_reason("机构改革");
  request.set_request_id(ctl::NewRequestId());
  Call<organization::v1::Organization>("OrganizationService.AbolishOrganization", request);
}

// Beside the organ that the year is about, each with surroundings of its own, of which some end
// with it.
void House::MakeEnded() {
  const std::string parent = Get(organ_).parent();
  const std::string heir = MakeOrganization(parent), other = MakeOrganization(parent);
  for (int i = 0; i < 3; ++i) {
    const std::string ending = MakeOrganization(parent);
    MakeSurroundings(ending);
    if (i == 0) Merge(ending, heir);
    if (i == 1) Split(ending, {heir, other});
    if (i == 2) {
      Abolish(GrantedAt(ending, kParent));
      Abolish(ending);
    }
    ended_.push_back(
        {ending, organization::v1::Organization::State_Name(Get(ending).state()), {ending}});
  }
}

// Moves the organization on the way.
void House::MakeSurroundings(const std::string& organization) {
  if (granted_at_.count(organization) > 0) return;
  auto& granted_at = granted_at_[organization];
  const std::string parent = Get(organization).parent();
  const std::string left = MakeOrganization(parent), entered = MakeOrganization(parent);
  Move(organization, left);
  Move(organization, entered);
  granted_at[kOwn] = organization;
  granted_at[kChild] = entered;
  granted_at[kParent] = MakeOrganization(organization);
  granted_at[kSibling] = MakeOrganization(entered);
  granted_at[kCousin] = MakeOrganization(granted_at[kSibling]);
  granted_at[kMovedAway] = left;
  granted_at[kMovedIn] = parent;
  granted_at[kHeir] = MakeOrganization(parent);
  Merge(granted_at[kHeir], organization);
  granted_at[kHeirOfTwo] = MakeOrganization(parent);
  Split(granted_at[kHeirOfTwo], {organization, granted_at[kSibling]});
  granted_at[kAbolishedBelow] = MakeOrganization(organization);
  Abolish(granted_at[kAbolishedBelow]);
}

void House::ReadTree() {
  const MethodDescriptor& method = **ctl::FindMethod("OrganizationService.ListOrganizations");
  organization::v1::ListOrganizationsRequest request;
  request.set_show_ended(true);
  for (const auto& organization : ListAll(method, request, CallAs("services/test")))
    superiors_[TextOf(*organization, "name")] = TextOf(*organization, "parent");
}

bool House::IsWithin(const std::string& organization, const std::string& top) const {
  for (std::string at = organization; !at.empty(); at = superiors_.at(at)) {
    if (at == top) return true;
  }
  return false;
}

// Every service knows the tree as it is.
void House::AwaitProjections(const std::string& organization) {
  const absl::Time until = absl::Now() + absl::Seconds(60);
  for (const std::string& service : System::AllServices()) {
    const std::string known = absl::StrCat(
        "SELECT COUNT(*) FROM known_organizations WHERE id=UNHEX('", HexOf(organization), "')");
    while (system_.database(service).Value(known) != "1") {
      Must(absl::Now() < until ? absl::OkStatus() : absl::DeadlineExceededError(""), service);
      absl::SleepFor(absl::Milliseconds(50));
    }
  }
}

}  // namespace qinglian::test
