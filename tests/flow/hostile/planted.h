// Puts values into requests that callers have no business to set, and finds them again where they
// took effect.
#ifndef QINGLIAN_TESTS_FLOW_HOSTILE_PLANTED_H_
#define QINGLIAN_TESTS_FLOW_HOSTILE_PLANTED_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace qinglian::test {

// What every planted text holds.
inline constexpr char kPlanted[] = "planted";

// Which value enums are given.
enum class PlantedEnums {
  // One that no enum has, and that is found again.
  kUnknown,
  // The last that there is: a state that the resource is not in.
  kLast
};

// Whether a request carries a resource, which callers set parts of.
bool CarriesResource(const google::protobuf::Descriptor& request);

// Sets, at every depth of a request, all that is OUTPUT_ONLY and tags that the contract does not
// know; the name of a resource that is to be created, where the server makes it; and names what is
// OUTPUT_ONLY in the update mask, where it has one.
void Plant(const google::protobuf::MethodDescriptor& method, google::protobuf::Message& request,
           PlantedEnums enums);

// The lines of a message, as text, that hold what was planted.
std::vector<std::string> FindPlanted(const google::protobuf::Message& message);

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_HOSTILE_PLANTED_H_
