// Types of resources and their names, as the contracts declare them (google.api.resource).
#ifndef QINGLIAN_COMMON_RECORD_RESOURCE_TYPE_H_
#define QINGLIAN_COMMON_RECORD_RESOURCE_TYPE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace qinglian::record {

// A type of resource.
struct ResourceType {
  // Such as "risk.qinglian/RiskPoint".
  std::string type;
  // The first segment of its names, such as "riskPoints".
  std::string collection;
  // Whether ids are codes given from outside instead of UUIDs: the pattern's variable ends in
  // `_code`.
  bool id_is_code = false;

  // The bytes that the id of `name` has in a column: 16 for a UUID, the text for a code.
  // INVALID_ARGUMENT where it is not a name of this type.
  absl::StatusOr<std::string> IdOf(std::string_view name) const;

  // The name of the resource whose id has these bytes in a column.
  std::string NameOf(std::string_view id) const;
};

// The type of this name, among all that are declared by what is linked in: by a message
// (google.api.resource), or by a file that refers to a resource of another service
// (google.api.resource_definition). Null for any other. The pointer holds for ever. Thread-safe.
const ResourceType* FindType(std::string_view type);

// The type that `message` is, null where it is no resource.
const ResourceType* TypeOf(const google::protobuf::Descriptor* message);

// The type whose names `field` holds, null where it holds none or of any type ("*"). A type that is
// declared nowhere ends the process at first use: that is a fault of the contract, and a test walks
// all of it.
const ResourceType* ReferenceOf(const google::protobuf::FieldDescriptor* field);

}  // namespace qinglian::record

#endif  // QINGLIAN_COMMON_RECORD_RESOURCE_TYPE_H_
