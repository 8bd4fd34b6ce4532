// Persons and clients who were bound to roles, and call from outside: with a token or a
// certificate, through the edge and the gateway, which finds out who they are and what they may do.
#ifndef QINGLIAN_TESTS_FLOW_DOOR_BOUND_CALLERS_H_
#define QINGLIAN_TESTS_FLOW_DOOR_BOUND_CALLERS_H_

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "qinglian/access/v1/role.pb.h"
#include "tests/flow/door/house.h"

namespace qinglian::test {

// Makes whom it is asked for when he is first asked for. Thread-safe.
class BoundCallers {
 public:
  // `house` must outlive it.
  explicit BoundCallers(House& house);

  // Calls as somebody who was bound to the role for a subtree and to nothing else.
  absl::Status Invoke(const google::protobuf::MethodDescriptor& method,
                      const google::protobuf::Message& request, google::protobuf::Message& response,
                      const access::v1::Role& role, const std::string& granted_at);

 private:
  struct Caller {
    // Of a client: none while others need its connection.
    std::shared_ptr<grpc::Channel> channel;
    rpc::CallOptions options;
    rpc::ChannelOptions door;
  };
  Caller Find(const access::v1::Role& role, const std::string& granted_at);
  Caller MakePerson(const access::v1::Role& role, const std::string& granted_at);
  Caller MakeClient(const access::v1::Role& role, const std::string& granted_at);
  // Connects a client that is not, and lets go the one that has been connected longest.
  void Connect(Caller& client);

  House& house_;
  // Where the persons work: apart from all that they are granted.
  const std::string employer_;
  std::mutex mutex_;
  // By role and subtree.
  std::map<std::pair<std::string, std::string>, Caller> callers_;
  // The clients that are connected, in the order in which they were.
  std::deque<Caller*> connected_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_DOOR_BOUND_CALLERS_H_
