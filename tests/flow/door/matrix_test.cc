// Every method, by every standard role, granted at every place in the tree from which somebody
// might try: let in, refused, or told that there is nothing, as the rules say and never otherwise.
//
// The rules are stated here anew. A role holds the method's permission, or the call is refused. A
// resource is there for whom the role was granted for its organization or one above it, and whose
// role shows data as protected as it is; for everybody else it is absent, as one that never was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/access/permission.h"
#include "common/access/role.h"
#include "common/record/record.h"
#include "common/status/status.h"
#include "google/api/field_behavior.pb.h"
#include "qinglian/access/v1/access.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "tests/flow/door/house.h"

namespace qinglian::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using testing::IsEmpty;

// Letters, so that a row of the matrix is a word: refused, hidden, in.
constexpr char kRefused = 'r', kHidden = 'h', kLetIn = 'i';

// What is made for a resource is made by who reaches that one.
const std::map<std::string, std::string>& MadeFor() {
  static const auto& made_for = *new std::map<std::string, std::string>{
      {"CreateAssignment", "organization.qinglian/Post"},
      {"CreateDelegation", "organization.qinglian/Person"},
      {"CreateOrganization", kOrganizationType},
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

// What a method is about.
struct Probe {
  const MethodDescriptor* method = nullptr;
  access::v1::MethodRule rule;
  // The resource that decides; null where anybody who holds the permission is answered.
  const Target* target = nullptr;
  const Descriptor* type = nullptr;
};

bool IsOutput(const FieldDescriptor* field) {
  const auto behaviours = field->options().GetRepeatedExtension(google::api::field_behavior);
  return std::count(behaviours.begin(), behaviours.end(), google::api::OUTPUT_ONLY) > 0;
}

class Matrix : public testing::Test {
 protected:
  static void SetUpTestSuite() { house_ = new House(); }
  static void TearDownTestSuite() { delete house_; }

  static const Descriptor* TypeByName(const std::string& type) {
    for (const Descriptor* linked : record::LinkedResources()) {
      if (TypeOf(linked) == type) return linked;
    }
    return nullptr;
  }

  // The type of the resource that decides about a method; "" for none.
  static std::string DecidedBy(const MethodDescriptor* method) {
    for (const std::string& key : {method->name(), method->full_name()}) {
      if (const auto found = MadeFor().find(key); found != MadeFor().end()) return found->second;
    }
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const std::string type = DecidedBy(method, method->input_type()->field(i));
      if (!type.empty()) return type;
    }
    return "";
  }
  static std::string DecidedBy(const MethodDescriptor* method, const FieldDescriptor* field) {
    if (field->name() == "name") return TypeNamedBy(field);
    if (field->name() == "subtree") return ListsOpen(method) ? "" : kOrganizationType;
    if (field->message_type() == nullptr || field->is_repeated()) return "";
    if (TypeByName(TypeOf(field->message_type())) == nullptr) return "";
    if (absl::StartsWith(method->name(), "Update")) return TypeOf(field->message_type());
    const FieldDescriptor* owner = record::Plan::Of(field->message_type()).organization_field();
    const bool given = owner != nullptr && owner->name() != "name" && !IsOutput(owner);
    return given ? kOrganizationType : "";
  }
  // Lists of what concerns everybody are lists of every subtree.
  static bool ListsOpen(const MethodDescriptor* method) {
    const Descriptor* items = ctl::ItemsOf(*method->output_type())->message_type();
    return items->options().GetExtension(access::v1::resource).open();
  }

  static std::vector<Probe> Probes() {
    std::vector<Probe> probes;
    for (const ServiceDescriptor* service : access::LinkedServices()) {
      for (int i = 0; i < service->method_count(); ++i) {
        const MethodDescriptor* method = service->method(i);
        Probe probe{method, *access::RuleOf(*method), nullptr, nullptr};
        // Streams have tests of their own; items of a batch are asked as their own methods are.
        if (method->server_streaming() || method->client_streaming() || probe.rule.by_item())
          continue;
        probe.type = TypeByName(DecidedBy(method));
        const auto target = house_->targets().find(probe.type);
        if (target != house_->targets().end()) probe.target = &target->second;
        probes.push_back(probe);
      }
    }
    return probes;
  }

  static std::unique_ptr<Message> RequestOf(const Probe& probe) {
    NamesByType names = house_->names();
    if (probe.target != nullptr) {
      names[kOrganizationType] = probe.target->organizations[0];
      names[TypeOf(probe.type)] = probe.target->name;
    }
    auto request = MakeRequest(probe.method->input_type(), names);
    Complete(probe, *request);
    return request;
  }

  // What no rule of the proto tells.
  static void Complete(const Probe& probe, Message& request) {
    const std::string& method = probe.method->name();
    const google::protobuf::Reflection& reflection = *request.GetReflection();
    const auto field = [&](const char* name) {
      return request.GetDescriptor()->FindFieldByName(name);
    };
    if (method == "ListHistory") reflection.SetString(&request, field("name"), probe.target->name);
    if (method == "RecordSiteVisit")
      reflection.AddString(&request, field("visitors"), house_->persons()[1]);
    if (method == "CreateRiskPoint") {
      Message* point = reflection.MutableMessage(&request, field("risk_point"));
      point->GetReflection()->SetString(point,
                                        point->GetDescriptor()->FindFieldByName("power_item"),
                                        house_->names().at("risk.qinglian/PowerItem"));
    }
    if (method == "CreateResponsibilityLetter") {
      Message* letter = reflection.MutableMessage(&request, field("responsibility_letter"));
      letter->GetReflection()->SetString(
          letter, letter->GetDescriptor()->FindFieldByName("signatory_post"), house_->posts()[1]);
    }
    if (method == "LookupOrganization") {
      *static_cast<organization::v1::LookupOrganizationRequest&>(request)
           .mutable_external_identifier() = house_->Get(probe.target->name).external_identifiers(0);
    }
  }

  static bool Holds(const access::v1::Role& role, const access::v1::MethodRule& rule) {
    const access::PermissionCatalogue& permissions = access::PermissionCatalogue::Linked();
    access::PermissionSet held;
    for (const std::string& pattern : role.permissions()) held |= permissions.Matching(pattern);
    return held[permissions.Find(rule.permission())];
  }

  static bool IsOpen(const Probe& probe) {
    const auto& rule = probe.type->options().GetExtension(access::v1::resource);
    const auto& states = rule.open_in_states();
    return absl::EndsWith(probe.rule.permission(), ".read") &&
           (rule.open() || std::count(states.begin(), states.end(), probe.target->state) > 0);
  }

  static char Expected(const Probe& probe, const access::v1::Role& role,
                       const std::string& granted_at) {
    if (!probe.rule.authenticated() && !Holds(role, probe.rule)) return kRefused;
    if (probe.target == nullptr) return kLetIn;
    if (OfTheirAuthors().count(probe.method->name()) > 0) return kHidden;
    if (role.view() < probe.type->options().GetExtension(access::v1::resource).sensitivity())
      return kHidden;
    if (probe.rule.anywhere() || IsOpen(probe)) return kLetIn;
    const auto& organizations = probe.target->organizations;
    // To be read is the resource alone; to be decided on, what it is about as well.
    const size_t deciding =
        absl::EndsWith(probe.rule.permission(), ".read") ? 1 : organizations.size();
    const bool within =
        std::all_of(organizations.begin(), organizations.begin() + deciding,
                    [&](const std::string& one) { return house_->IsWithin(one, granted_at); });
    return within ? kLetIn : kHidden;
  }

  static char Outcome(const Probe& probe, const absl::Status& status) {
    if (absl::IsPermissionDenied(status)) return kRefused;
    // Where no place decides, there may be nothing for anybody.
    return absl::IsNotFound(status) && probe.target != nullptr ? kHidden : kLetIn;
  }

  static House* house_;
};

House* Matrix::house_ = nullptr;

TEST_F(Matrix, LetsInWhomTheRulesLetInAndNobodyElse) {
  std::set<std::string> undecided;
  int hidden = 0, let_in = 0;
  for (const Probe& probe : Probes()) {
    const std::string home = probe.target == nullptr
                                 ? house_->targets().begin()->second.organizations[0]
                                 : probe.target->organizations[0];
    for (const access::v1::Role& role : access::StandardRoles().roles()) {
      std::string expected, outcomes, reasons;
      for (int relation = 0; relation < kRelations; ++relation) {
        const std::string& granted_at = house_->GrantedAt(home, static_cast<Relation>(relation));
        const auto response = ctl::NewMessage(*probe.method->output_type());
        const absl::Status status = house_->Invoke(*probe.method, *RequestOf(probe), *response,
                                                   house_->As(role.name(), granted_at));
        if (status::ReasonOf(status) == "FIELDS_INVALID" && probe.target != nullptr)
          undecided.insert(
              absl::StrCat(probe.method->full_name(), ": ", std::string(status.message())));
        expected += Expected(probe, role, granted_at);
        outcomes += Outcome(probe, status);
        absl::StrAppend(&reasons, " ", status::ReasonOf(status));
      }
      EXPECT_EQ(outcomes, expected)
          << probe.method->full_name() << " by " << role.name() << reasons;
      hidden += static_cast<int>(std::count(outcomes.begin(), outcomes.end(), kHidden));
      let_in += static_cast<int>(std::count(outcomes.begin(), outcomes.end(), kLetIn));
    }
  }
  // A request that is refused for its form says nothing about who may send it.
  EXPECT_THAT(undecided, IsEmpty());
  EXPECT_GT(hidden, 1'000);
  EXPECT_GT(let_in, 1'000);
}

}  // namespace
}  // namespace qinglian::test
