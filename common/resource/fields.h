// What a caller may set of a resource: by the field behaviours of its proto (AIP-203) and an update
// mask (AIP-134).
#ifndef QINGLIAN_COMMON_RESOURCE_FIELDS_H_
#define QINGLIAN_COMMON_RESOURCE_FIELDS_H_

#include "absl/status/status.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace qinglian::resource {

// Clears what callers may not set when they create a resource: `name`, `etag` and whatever is
// OUTPUT_ONLY, at every depth. A caller who sends it is not refused: he may have copied what he
// read.
void KeepInput(google::protobuf::Message& resource);

// Copies from `wanted` to `resource` the top-level fields that `mask` names: all that are set where
// it is empty, all there are for "*". What is OUTPUT_ONLY is never copied; nor is IMMUTABLE where
// it came along unasked; nor INPUT_ONLY where it is empty and not named. INVALID_ARGUMENT, reason
// FIELD_MASK_INVALID, for a path that is not a field, lies deeper than one, or is IMMUTABLE and
// would change.
absl::Status ApplyUpdate(const google::protobuf::Message& wanted,
                         const google::protobuf::FieldMask& mask,
                         google::protobuf::Message& resource);

}  // namespace qinglian::resource

#endif  // QINGLIAN_COMMON_RESOURCE_FIELDS_H_
