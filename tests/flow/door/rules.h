// The rules of who may do what, stated anew, so that what the services answer can be held against
// them.
//
// A role holds the method's permission, or the call is refused. A resource is there for whom the
// role was granted for its organization or one above it, and whose role shows data as protected as
// it is; for everybody else it is absent, as one that never was.
#ifndef QINGLIAN_TESTS_FLOW_DOOR_RULES_H_
#define QINGLIAN_TESTS_FLOW_DOOR_RULES_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "qinglian/access/v1/access.pb.h"
#include "qinglian/access/v1/role.pb.h"
#include "tests/flow/door/house.h"

namespace qinglian::test {

// Letters, so that a row of the matrix is a word: refused, hidden, in.
inline constexpr char kRefused = 'r', kHidden = 'h', kLetIn = 'i';

// What a method is about.
struct Probe {
  const google::protobuf::MethodDescriptor* method = nullptr;
  access::v1::MethodRule rule;
  // The resource that decides; null where anybody who holds the permission is answered.
  const Target* target = nullptr;
  const google::protobuf::Descriptor* type = nullptr;
};

// Every method of every service.
std::vector<const google::protobuf::MethodDescriptor*> AllMethods();
// Those that neither stream nor are batches.
std::vector<Probe> SingleProbes(const House& house);
Probe ProbeOf(const House& house, const google::protobuf::MethodDescriptor* method);

// A new request about what the probe is about; nothing that exists would be changed by it.
std::unique_ptr<google::protobuf::Message> RequestOf(const House& house, const Probe& probe);

// The organization from which the places are seen where somebody's role is granted.
const std::string& HomeOf(const House& house, const Probe& probe);

bool Holds(const access::v1::Role& role, const access::v1::MethodRule& rule);

// The letter for who was granted the role there.
char Expected(const House& house, const Probe& probe, const access::v1::Role& role,
              const std::string& granted_at);
// The letter of an answer.
char Outcome(const Probe& probe, const absl::Status& status);

// Decides about resources as they are read, for callers whom none of them names. Knows the cases
// that are for some eyes only.
class Visibility {
 public:
  // `all`: every resource that there is, as the house itself sees it.
  Visibility(const House& house,
             const std::vector<std::unique_ptr<google::protobuf::Message>>& all);

  // Whether somebody with this role there is shown the resource.
  bool Shows(const access::v1::Role& role, const std::string& granted_at,
             const google::protobuf::Message& resource) const;

 private:
  const House& house_;
  // Names of the resources that only those see who need to know.
  std::set<std::string> kept_close_;
};

// The fields of a resource that are set although the role does not show data as protected.
std::vector<std::string> ShownTooMuch(const access::v1::Role& role,
                                      const google::protobuf::Message& resource);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_DOOR_RULES_H_
