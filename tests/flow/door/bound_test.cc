// The matrix once more, as callers meet it: through edge and gateway, by persons and clients who
// were bound to one role each. PLACES: from how many of the places in the tree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/access/role.h"
#include "google/protobuf/message.h"
#include "tests/flow/door/bound_callers.h"
#include "tests/flow/door/pass.h"

namespace qinglian::test {
namespace {

using access::v1::Role;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::IsEmpty;

// Those that somebody can be bound to.
std::vector<Role> BindableRoles() {
  std::vector<Role> roles;
  for (const Role& role : access::StandardRoles().roles()) {
    if (!role.internal()) roles.push_back(role);
  }
  return roles;
}

// The first, those that tell most: within, beside, above. Nobody is bound to what is no more.
std::vector<Relation> Places() {
  std::vector<Relation> places = {kOwn, kSibling, kChild, kParent, kCousin, kMovedAway, kMovedIn};
  places.resize(PLACES);
  return places;
}

TEST(Bound, CallersAreLetInThroughTheGatewayWhereTheRulesSayAndNowhereElse) {
  House& house = TheHouse();
  house.ReadTree();
  BoundCallers callers(house);
  Pass pass(house, [&](const MethodDescriptor& method, const Message& request, Message& response,
                       const Role& role, const std::string& granted_at) {
    return callers.Invoke(method, request, response, role, granted_at);
  });
  pass.Run(SingleProbes(house), BindableRoles(), Places());
  EXPECT_THAT(pass.undecided(), IsEmpty());
  EXPECT_GT(pass.hidden(), 300);
  EXPECT_GT(pass.let_in(), 500);
}

}  // namespace
}  // namespace qinglian::test
