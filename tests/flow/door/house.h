// All services with a year's resources of every kind behind them, and around one resource of each
// type the organizations from which somebody might try to reach it.
#ifndef QINGLIAN_TESTS_FLOW_DOOR_HOUSE_H_
#define QINGLIAN_TESTS_FLOW_DOOR_HOUSE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "services/ctl/contract.h"
#include "tests/flow/door/request_maker.h"
#include "tests/support/identity.h"
#include "tests/support/system.h"

namespace qinglian::test {

inline constexpr char kOrganizationType[] = "organization.qinglian/Organization";

// Where the caller's role was granted, and, seen from there, what the organization of the resource
// is.
enum Relation {
  kOwn,
  kChild,
  kParent,
  kSibling,
  kCousin,
  kMovedAway,
  kMovedIn,
  // It is what the place, which is no more, goes on as: alone, or one of two.
  kHeir,
  kHeirOfTwo,
  // The place lay below it, and was abolished.
  kAbolishedBelow,
  kRelations
};
std::vector<Relation> AllRelations();

// A resource to try with.
struct Target {
  std::string name;
  std::string state;
  // Its own, and those of what decides with it.
  std::vector<std::string> organizations;
};

// Used by one thread, but for Invoke.
class House {
 public:
  // Ends the process where it cannot be made.
  House();

  // Calls the method's service itself, over its socket, as whoever the options say.
  absl::Status Invoke(const google::protobuf::MethodDescriptor& method,
                      const google::protobuf::Message& request, google::protobuf::Message& response,
                      rpc::CallOptions options) const;

  // A person with a role in a subtree, who has to do with nothing that there is.
  rpc::CallOptions As(const std::string& role, const std::string& organization) const;

  // Everything that a list method tells a caller, page after page.
  std::vector<std::unique_ptr<google::protobuf::Message>> ListAll(
      const google::protobuf::MethodDescriptor& method, const google::protobuf::Message& request,
      const rpc::CallOptions& options) const;

  System& system() { return system_; }
  const std::shared_ptr<grpc::Channel>& channel(const std::string& service) const {
    return channels_.at(service);
  }
  // One resource of each type, those of organizations among them.
  const NamesByType& names() const { return names_; }
  const std::map<const google::protobuf::Descriptor*, Target>& targets() const { return targets_; }
  // Organizations that were merged, split and abolished, one each.
  const std::vector<Target>& ended() const { return ended_; }
  // Where a role is granted for a relation to an organization of a target.
  const std::string& GrantedAt(const std::string& organization, Relation relation) const {
    return granted_at_.at(organization).at(relation);
  }
  // The one that the year is about.
  const std::string& organ() const { return organ_; }
  // Looks at the tree again, which tests may have added to. By one thread while no other asks.
  void ReadTree();
  // Whether an organization was `top` or below it when the tree was last looked at.
  bool IsWithin(const std::string& organization, const std::string& top) const;
  // Two persons, two posts of the organ that the year is about.
  const std::vector<std::string>& persons() const { return persons_; }
  const std::vector<std::string>& posts() const { return posts_; }
  organization::v1::Organization Get(const std::string& name) const;
  // A new one, about which nothing is known but where it is.
  std::string MakeOrganization(const std::string& parent);

 private:
  template <class Response>
  Response Call(const std::string& method, const google::protobuf::Message& request) const;
  void MakeWhatTheYearLeavesOut();
  void ChooseTargets();
  void ChooseTarget(const google::protobuf::Descriptor* type);
  std::vector<std::unique_ptr<google::protobuf::Message>> AllOf(
      const google::protobuf::Descriptor* type) const;
  void Move(const std::string& organization, const std::string& parent);
  void Merge(const std::string& ending, const std::string& heir);
  void Split(const std::string& ending, const std::vector<std::string>& heirs);
  void Abolish(const std::string& organization);
  void MakeEnded();
  void MakeSurroundings(const std::string& organization);
  void AwaitProjections(const std::string& organization);

  System system_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
  std::string organ_;
  std::vector<std::string> persons_, posts_;
  NamesByType names_;
  std::map<const google::protobuf::Descriptor*, Target> targets_;
  std::vector<Target> ended_;
  std::map<std::string, std::map<Relation, std::string>> granted_at_;
  // The superior of each organization.
  std::map<std::string, std::string> superiors_;
};

// The house of a whole test program: made when first asked for, ended after its last test.
House& TheHouse();

// The text of a field; "" where there is none.
std::string TextOf(const google::protobuf::Message& message, const std::string& field);
// The name of the state of a resource; "" where it has none.
std::string StateOf(const google::protobuf::Message& message);
// The service of "qinglian.risk.v1".
std::string ServiceOfPackage(const std::string& package);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_DOOR_HOUSE_H_
