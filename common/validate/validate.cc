#include "common/validate/validate.h"

#include "common/validate/plan.h"
#include "common/validate/walk.h"

namespace qinglian::validate {

absl::Status Check(const google::protobuf::Message& message) {
  status::FieldViolations violations;
  Check(message, "", violations);
  return violations.ToStatus();
}

void Check(const google::protobuf::Message& message, std::string_view prefix,
           status::FieldViolations& violations) {
  Walk(prefix, violations).Message(message, PlanOf(*message.GetDescriptor()), nullptr, Demand{});
}

absl::Status Prepare(const google::protobuf::Descriptor& type) {
  const Plan& plan = PlanOf(type);
  if (plan.faults.empty()) return absl::OkStatus();
  return status::Error(status::kConfigInvalid, {{"detail", plan.faults.front()}});
}

}  // namespace qinglian::validate
