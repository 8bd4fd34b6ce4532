// What a message type demands, compiled from its descriptor. Private to this folder.
#ifndef QINGLIAN_COMMON_VALIDATE_PLAN_H_
#define QINGLIAN_COMMON_VALIDATE_PLAN_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/record/resource_type.h"
#include "google/protobuf/descriptor.h"
#include "qinglian/validate/v1/validate.pb.h"
#include "re2/re2.h"

namespace qinglian::validate {

struct Plan;

// One field, if anything is demanded of it or below it.
struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  bool required = false;
  v1::FieldRules rules;
  std::unique_ptr<re2::RE2> pattern;
  // Whether it holds names of resources, and of which type: null for any.
  bool refers = false;
  const record::ResourceType* reference = nullptr;
  // What is demanded of the message it holds; null for none.
  const Plan* nested = nullptr;
};

// Types whose values have a meaning of their own.
enum class WellKnown { kNone, kTimestamp, kDate };

struct Plan {
  std::vector<FieldPlan> fields;
  WellKnown well_known = WellKnown::kNone;
  // Of a request that updates: the mask, the resource, allow_missing (may be null), and how the
  // resource is named.
  const google::protobuf::FieldDescriptor* update_mask = nullptr;
  const google::protobuf::FieldDescriptor* resource = nullptr;
  const google::protobuf::FieldDescriptor* allow_missing = nullptr;
  const google::protobuf::FieldDescriptor* resource_name = nullptr;
  const record::ResourceType* resource_type = nullptr;
  // What is wrong with the rules themselves, below this type too.
  std::vector<std::string> faults;

  bool empty() const {
    return fields.empty() && well_known == WellKnown::kNone && update_mask == nullptr;
  }
};

// The plan of a type, made at first use and kept for the life of the program. Thread-safe.
const Plan& PlanOf(const google::protobuf::Descriptor& type);

}  // namespace qinglian::validate

#endif  // QINGLIAN_COMMON_VALIDATE_PLAN_H_
