#include "tests/flow/door/rules.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/access/permission.h"
#include "common/record/record.h"
#include "google/api/field_behavior.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/ctl/contract.h"

namespace qinglian::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;
using google::protobuf::ServiceDescriptor;

// What is made for a resource is made by who reaches that one.
const std::map<std::string, std::string>& MadeFor() {
  static const auto& made_for = *new std::map<std::string, std::string>{
      {"CreateAssignment", "organization.qinglian/Post"},
      {"CreateDelegation", "organization.qinglian/Person"},
      {"CreateOrganization", kOrganizationType},
      {"CorrectOrganization", kOrganizationType},
      {"LookupOrganization", kOrganizationType},
      {"CreateControl", "risk.qinglian/RiskPoint"},
      {"CreateRiskAssessment", "risk.qinglian/RiskPoint"},
      {"CreateRectificationItem", "supervision.qinglian/SupervisionCase"},
      {"CreateScoreSheet", "review.qinglian/Application"},
      {"ConferTitle", "review.qinglian/Application"},
      {"qinglian.organization.v1.JournalService.ListHistory", kOrganizationType},
      {"qinglian.risk.v1.JournalService.ListHistory", "risk.qinglian/RiskPoint"},
      {"qinglian.supervision.v1.JournalService.ListHistory",
       "supervision.qinglian/SupervisionCase"},
      {"qinglian.review.v1.JournalService.ListHistory", "review.qinglian/Application"}};
  return made_for;
}

// What only he may touch who wrote it; the caller of these tests wrote nothing.
const std::set<std::string>& OfTheirAuthors() {
  static const auto& methods =
      *new std::set<std::string>{"UpdateScoreSheet", "SubmitScoreSheet", "RecallScoreSheet"};
  return methods;
}

// What counts everything, wherever it lies: for whom the role was granted for everything.
const std::set<std::string>& OfWhoSeesAll() {
  static const auto& methods = *new std::set<std::string>{"GetDivisionStatistics"};
  return methods;
}

bool IsOutput(const FieldDescriptor* field) {
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  return std::count(behaviours.begin(), behaviours.end(), google::api::OUTPUT_ONLY) > 0;
}

const access::v1::ResourceRule& RuleOf(const Descriptor* type) {
  return type->options().GetExtension(access::v1::resource);
}

const Descriptor* TypeByName(const std::string& type) {
  for (const Descriptor* linked : record::LinkedResources()) {
    if (TypeOf(linked) == type) return linked;
  }
  return nullptr;
}

// Lists of what concerns everybody are lists of every subtree.
bool ListsOpen(const MethodDescriptor* method) {
  return RuleOf(ctl::ItemsOf(*method->output_type())->message_type()).open();
}

std::string DecidedBy(const MethodDescriptor* method, const FieldDescriptor* field) {
  if (field->name() == "name") return TypeNamedBy(field);
  if (field->name() == "subtree") return ListsOpen(method) ? "" : kOrganizationType;
  if (field->message_type() == nullptr || field->is_repeated()) return "";
  if (TypeByName(TypeOf(field->message_type())) == nullptr) return "";
  if (absl::StartsWith(method->name(), "Update")) return TypeOf(field->message_type());
  const FieldDescriptor* owner = record::Plan::Of(field->message_type()).organization_field();
  const bool given = owner != nullptr && owner->name() != "name" && !IsOutput(owner);
  return given ? kOrganizationType : "";
}

// The type of the resource that decides about a method; "" for none.
std::string DecidedBy(const MethodDescriptor* method) {
  for (const std::string& key : {method->name(), method->full_name()}) {
    if (const auto found = MadeFor().find(key); found != MadeFor().end()) return found->second;
  }
  for (int i = 0; i < method->input_type()->field_count(); ++i) {
    const std::string type = DecidedBy(method, method->input_type()->field(i));
    if (!type.empty()) return type;
  }
  return "";
}

bool IsRead(const Probe& probe) { return absl::EndsWith(probe.rule.permission(), ".read"); }

bool IsOpen(const Probe& probe) {
  const auto& states = RuleOf(probe.type).open_in_states();
  return IsRead(probe) && (RuleOf(probe.type).open() ||
                           std::count(states.begin(), states.end(), probe.target->state) > 0);
}

// What no rule of the proto tells.
void Complete(const House& house, const Probe& probe, Message& request) {
  const std::string& method = probe.method->name();
  const Reflection& reflection = *request.GetReflection();
  const auto field = [&](const char* name) {
    return request.GetDescriptor()->FindFieldByName(name);
  };
  const auto set = [&](const char* part, const char* name, const std::string& value) {
    ctl::SetField(*reflection.MutableMessage(&request, field(part)), name, value);
  };
  if (method == "ListHistory") ctl::SetField(request, "name", probe.target->name);
  if (method == "CorrectOrganization") set("organization", "name", probe.target->name);
  if (method == "SplitOrganization") reflection.AddMessage(&request, field("heirs"));
  if (method == "RecordSiteVisit")
    reflection.AddString(&request, field("visitors"), house.persons()[1]);
  if (method == "CreateRiskPoint")
    set("risk_point", "power_item", house.names().at("risk.qinglian/PowerItem"));
  if (method == "CreateResponsibilityLetter")
    set("responsibility_letter", "signatory_post", house.posts()[1]);
  if (method == "LookupOrganization") {
    *static_cast<organization::v1::LookupOrganizationRequest&>(request)
         .mutable_external_identifier() = house.Get(probe.target->name).external_identifiers(0);
  }
}

// Of a field that names persons: how many it names.
int CountOf(const Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field->is_repeated()) return message.GetReflection()->FieldSize(message, field);
  return message.GetReflection()->GetString(message, field).empty() ? 0 : 1;
}

}  // namespace

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const ServiceDescriptor* service : access::LinkedServices()) {
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

Probe ProbeOf(const House& house, const MethodDescriptor* method) {
  Probe probe{method, *access::RuleOf(*method), nullptr, TypeByName(DecidedBy(method))};
  const auto target = house.targets().find(probe.type);
  if (target != house.targets().end()) probe.target = &target->second;
  return probe;
}

std::vector<Probe> SingleProbes(const House& house) {
  std::vector<Probe> probes;
  for (const MethodDescriptor* method : AllMethods()) {
    const bool streams = method->server_streaming() || method->client_streaming();
    if (!streams && !access::RuleOf(*method)->by_item()) probes.push_back(ProbeOf(house, method));
  }
  return probes;
}

std::unique_ptr<Message> RequestOf(const House& house, const Probe& probe) {
  NamesByType names = house.names();
  if (probe.target != nullptr) {
    names[kOrganizationType] = probe.target->organizations[0];
    names[TypeOf(probe.type)] = probe.target->name;
  }
  auto request = MakeRequest(probe.method->input_type(), names);
  Complete(house, probe, *request);
  return request;
}

const std::string& HomeOf(const House& house, const Probe& probe) {
  return probe.target == nullptr ? house.organ() : probe.target->organizations[0];
}

bool Holds(const access::v1::Role& role, const access::v1::MethodRule& rule) {
  const access::PermissionCatalogue& permissions = access::PermissionCatalogue::Linked();
  access::PermissionSet held;
  for (const std::string& pattern : role.permissions()) held |= permissions.Matching(pattern);
  return held[permissions.Find(rule.permission())];
}

char Expected(const House& house, const Probe& probe, const access::v1::Role& role,
              const std::string& granted_at) {
  if (!probe.rule.authenticated() && !Holds(role, probe.rule)) return kRefused;
  if (OfWhoSeesAll().count(probe.method->name()) > 0) return granted_at.empty() ? kLetIn : kRefused;
  if (probe.target == nullptr) return kLetIn;
  if (OfTheirAuthors().count(probe.method->name()) > 0) return kHidden;
  if (role.view() < RuleOf(probe.type).sensitivity()) return kHidden;
  if (probe.rule.anywhere() || IsOpen(probe)) return kLetIn;
  const auto& organizations = probe.target->organizations;
  // To be read is the resource alone; to be decided on, what it is about as well.
  const size_t deciding = IsRead(probe) ? 1 : organizations.size();
  const bool within =
      std::all_of(organizations.begin(), organizations.begin() + deciding,
                  [&](const std::string& one) { return house.IsWithin(one, granted_at); });
  return within ? kLetIn : kHidden;
}

char Outcome(const Probe& probe, const absl::Status& status) {
  if (absl::IsPermissionDenied(status)) return kRefused;
  // Where no place decides, there may be nothing for anybody.
  return absl::IsNotFound(status) && probe.target != nullptr ? kHidden : kLetIn;
}

Visibility::Visibility(const House& house, const std::vector<std::unique_ptr<Message>>& all)
    : house_(house) {
  for (const auto& resource : all) {
    const std::string& known_to = RuleOf(resource->GetDescriptor()).known_to();
    if (!known_to.empty() && CountOf(*resource, known_to) > 0)
      kept_close_.insert(TextOf(*resource, "name"));
  }
}

bool Visibility::Shows(const access::v1::Role& role, const std::string& granted_at,
                       const Message& resource) const {
  const Descriptor* type = resource.GetDescriptor();
  const access::v1::ResourceRule& rule = RuleOf(type);
  if (role.view() < rule.sensitivity()) return false;
  const std::string decides = rule.audience_of().empty() ? "name" : rule.audience_of();
  if (kept_close_.count(TextOf(resource, decides)) > 0) return false;
  const FieldDescriptor* owner = record::Plan::Of(type).organization_field();
  if (owner == nullptr || rule.open()) return true;
  const auto& states = rule.open_in_states();
  if (!states.empty() && std::count(states.begin(), states.end(), StateOf(resource)) > 0)
    return true;
  const std::string organization = TextOf(resource, owner->name());
  return !organization.empty() && house_.IsWithin(organization, granted_at);
}

std::vector<std::string> ShownTooMuch(const access::v1::Role& role, const Message& resource) {
  std::vector<std::string> fields;
  std::vector<const FieldDescriptor*> set;
  resource.GetReflection()->ListFields(resource, &set);
  for (const FieldDescriptor* field : set) {
    if (field->options().GetExtension(access::v1::field) > role.view())
      fields.push_back(field->full_name());
  }
  return fields;
}

}  // namespace qinglian::test
