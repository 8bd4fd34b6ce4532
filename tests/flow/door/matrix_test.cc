// Every method, by every standard role, granted at every place in the tree from which somebody
// might try: let in, refused, or told that there is nothing, as the rules say and never otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/access/role.h"
#include "google/protobuf/message.h"
#include "google/protobuf/reflection.h"
#include "qinglian/journal/v1/pending.pb.h"
#include "services/ctl/context.h"
#include "services/ctl/contract.h"
#include "tests/flow/door/pass.h"
#include "tests/support/spread.h"

namespace qinglian::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::IsEmpty;

std::vector<access::v1::Role> AllRoles() {
  const auto& roles = access::StandardRoles().roles();
  return {roles.begin(), roles.end()};
}

TEST(Matrix, LetsInWhomTheRulesLetInAndNobodyElse) {
  const House& house = TheHouse();
  Pass pass(house, [&](const MethodDescriptor& method, const Message& request, Message& response,
                       const access::v1::Role& role, const std::string& granted_at) {
    return house.Invoke(method, request, response, house.As(role.name(), granted_at));
  });
  pass.Run(SingleProbes(house), AllRoles(), AllRelations());
  EXPECT_THAT(pass.undecided(), IsEmpty());
  EXPECT_GT(pass.hidden(), 1'000);
  EXPECT_GT(pass.let_in(), 1'000);
}

// What ends stays where it was: who could see it sees what became of it, and nobody else does.
TEST(Matrix, LetsTheSameCallersAskAboutOrganizationsThatWereMergedSplitAndAbolished) {
  const House& house = TheHouse();
  std::vector<Probe> probes;
  for (const Target& ended : house.ended()) {
    for (const Probe& probe : SingleProbes(house)) {
      const bool found = probe.target != nullptr && TypeOf(probe.type) == kOrganizationType &&
                         probe.method->name() != "LookupOrganization";
      if (found) probes.push_back({probe.method, probe.rule, &ended, probe.type});
    }
  }
  Pass pass(house, [&](const MethodDescriptor& method, const Message& request, Message& response,
                       const access::v1::Role& role, const std::string& granted_at) {
    return house.Invoke(method, request, response, house.As(role.name(), granted_at));
  });
  pass.Run(probes, AllRoles(), AllRelations());
  EXPECT_THAT(pass.undecided(), IsEmpty());
  EXPECT_GT(pass.hidden(), 500);
  EXPECT_GT(pass.let_in(), 500);
}

// The methods that take each kind of transition alone, in the order in which a batch names them.
std::vector<Probe> ItemsOf(const House& house, const MethodDescriptor* batch) {
  const auto* item = batch->input_type()->FindFieldByName("transitions")->message_type();
  std::vector<Probe> probes;
  for (int i = 0; i < item->field_count(); ++i) {
    for (const MethodDescriptor* method : AllMethods()) {
      if (method->input_type() == item->field(i)->message_type())
        probes.push_back(ProbeOf(house, method));
    }
  }
  return probes;
}

// One transition of each kind.
std::unique_ptr<Message> BatchOf(const House& house, const MethodDescriptor* batch,
                                 const std::vector<Probe>& items) {
  auto request = ctl::NewMessage(*batch->input_type());
  ctl::SetField(*request, "request_id", ctl::NewRequestId());
  const FieldDescriptor* transitions = request->GetDescriptor()->FindFieldByName("transitions");
  for (size_t i = 0; i < items.size(); ++i) {
    Message* item = request->GetReflection()->AddMessage(request.get(), transitions);
    const FieldDescriptor* kind = item->GetDescriptor()->field(static_cast<int>(i));
    item->GetReflection()->MutableMessage(item, kind)->CopyFrom(*RequestOf(house, items[i]));
  }
  return request;
}

// A letter for each verdict.
std::string OutcomesOf(const Message& response, const std::vector<Probe>& items) {
  std::string outcomes;
  const FieldDescriptor* field = response.GetDescriptor()->FindFieldByName("verdicts");
  const auto verdicts =
      response.GetReflection()->GetRepeatedFieldRef<journal::v1::BatchVerdict>(response, field);
  for (const journal::v1::BatchVerdict& verdict : verdicts) {
    const auto code = static_cast<absl::StatusCode>(verdict.status().code());
    outcomes += Outcome(items.at(outcomes.size()), absl::Status(code, ""));
  }
  return outcomes;
}

TEST(Matrix, DecidesAboutEachItemOfABatchAsAboutItsOwnMethod) {
  const House& house = TheHouse();
  std::vector<const MethodDescriptor*> batches;
  for (const MethodDescriptor* method : AllMethods()) {
    if (ProbeOf(house, method).rule.by_item()) batches.push_back(method);
  }
  std::atomic<int> decided{0};
  Spread(batches.size(), [&](size_t i) {
    const std::vector<Probe> items = ItemsOf(house, batches[i]);
    ASSERT_FALSE(items.empty()) << batches[i]->full_name();
    for (const access::v1::Role& role : AllRoles()) {
      for (const Relation relation : AllRelations()) {
        const std::string& granted_at = house.GrantedAt(HomeOf(house, items[0]), relation);
        std::string expected;
        for (const Probe& item : items) expected += Expected(house, item, role, granted_at);
        const auto response = ctl::NewMessage(*batches[i]->output_type());
        const absl::Status status = house.Invoke(*batches[i], *BatchOf(house, batches[i], items),
                                                 *response, house.As(role.name(), granted_at));
        ASSERT_TRUE(status.ok()) << batches[i]->full_name() << status;
        EXPECT_EQ(OutcomesOf(*response, items), expected)
            << batches[i]->full_name() << " by " << role.name() << " " << relation;
        decided += static_cast<int>(items.size());
      }
    }
  });
  EXPECT_GT(decided, 5'000);
}

}  // namespace
}  // namespace qinglian::test
