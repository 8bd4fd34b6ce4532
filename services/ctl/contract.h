// Finds resources and methods in the contracts that are compiled in, so that one command serves all
// of them.
#ifndef QINGLIAN_SERVICES_CTL_CONTRACT_H_
#define QINGLIAN_SERVICES_CTL_CONTRACT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace qinglian::ctl {

// The services whose contracts are compiled in: "organization", "risk", ….
std::vector<std::string> Services();

// The resource type whose names begin with `collection` ("riskPoints"). INVALID_ARGUMENT, listing
// what there is, for any other.
absl::StatusOr<const google::protobuf::Descriptor*> ResourceOf(std::string_view collection);

// All collections, by service and name.
std::vector<std::string> Collections();

// The method that gets one resource of a collection, and the one that lists them: found by the type
// they answer with, for neither methods nor services need be named after it (`cases` are listed by
// ListSupervisionCases, calendar days by CalendarService).
absl::StatusOr<const google::protobuf::MethodDescriptor*> GetMethodOf(std::string_view collection);
absl::StatusOr<const google::protobuf::MethodDescriptor*> ListMethodOf(std::string_view collection);

// The only repeated field of messages in a list response, and its next_page_token.
const google::protobuf::FieldDescriptor* ItemsOf(const google::protobuf::Descriptor& response);
std::string TokenOf(const google::protobuf::Message& response);

// A method by its full name "qinglian.risk.v1.RiskPointService.GetRiskPoint", or by
// "RiskPointService.GetRiskPoint" or "GetRiskPoint" where that is enough.
absl::StatusOr<const google::protobuf::MethodDescriptor*> FindMethod(std::string_view name);

// "/qinglian.risk.v1.RiskPointService/GetRiskPoint".
std::string PathOf(const google::protobuf::MethodDescriptor& method);

// The service of ours whose contract has this gRPC service, such as "FeedService": those that
// follow feeds, ….
std::vector<std::string> ServicesWith(std::string_view grpc_service);

// The name of the service that a package belongs to: "risk" of "qinglian.risk.v1".
std::string ServiceOf(const google::protobuf::Descriptor& resource);

// A new message of a type that is compiled in.
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

// Sets a text or number field of a request by its name, where the request has it.
void SetField(google::protobuf::Message& request, const std::string& field,
              const std::string& value);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CONTRACT_H_
