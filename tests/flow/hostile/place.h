// The places of requests where callers put text.
#ifndef QINGLIAN_TESTS_FLOW_HOSTILE_PLACE_H_
#define QINGLIAN_TESTS_FLOW_HOSTILE_PLACE_H_

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "tests/flow/hostile/told_year.h"

namespace qinglian::test {

// One text field of the requests of one method.
struct Place {
  const google::protobuf::MethodDescriptor* method = nullptr;
  // A request that succeeded, in which the place is; an empty one where it only asks.
  std::shared_ptr<const google::protobuf::Message> base;
  // How it is called, as whoever made that request.
  rpc::CallOptions options;
  // From the request down; where a field is repeated, its first item.
  std::vector<const google::protobuf::FieldDescriptor*> path;

  std::string ToString() const;
  void Put(google::protobuf::Message& request, const std::string& text) const;
  // Whether the method edits a resource.
  bool IsEdit() const;
  // Whether it is a place of the resource that the request carries and the method answers with, and
  // what is put there stays there.
  bool IsKept() const;
  // What stands there in the resource.
  std::string Kept(const google::protobuf::Message& resource) const;
};

// All of them: in one request of each method that carries a resource or gives a reason, out of
// those that were recorded; and of all methods that only ask, as `reader`.
std::vector<Place> PlacesOf(const std::vector<RecordedWrite>& writes,
                            const rpc::CallOptions& reader);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_HOSTILE_PLACE_H_
