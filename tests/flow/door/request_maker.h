// Makes requests out of their protos: valid enough to come as far as the question who may do what.
#ifndef QINGLIAN_TESTS_FLOW_DOOR_REQUEST_MAKER_H_
#define QINGLIAN_TESTS_FLOW_DOOR_REQUEST_MAKER_H_

#include <map>
#include <memory>
#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace qinglian::test {

// Which resource stands for each type, such as `risk.qinglian/RiskPoint`.
using NamesByType = std::map<std::string, std::string>;

// The resource type of a message ("risk.qinglian/RiskPoint"); "" where it is none.
std::string TypeOf(const google::protobuf::Descriptor* message);
// The resource type that a field names; "" where it names none.
std::string TypeNamedBy(const google::protobuf::FieldDescriptor* field);

// A request with all that its rules demand, about the resources in `names`. What it would change it
// refuses to change: its etag is of no version.
std::unique_ptr<google::protobuf::Message> MakeRequest(const google::protobuf::Descriptor* type,
                                                       const NamesByType& names);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_DOOR_REQUEST_MAKER_H_
