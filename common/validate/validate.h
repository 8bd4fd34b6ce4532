// The rules of a proto, kept: proto/qinglian/validate/v1/validate.proto, google.api.field_behavior
// and google.api.resource_reference, read from the descriptors.
//
// What is demanded:
// * REQUIRED: a text, bytes, list or map is not empty; a message or an `optional` is set; a number
//   or enum is not zero; of a oneof with a required member, some member is set. (A number that may
//   be zero and is required is `optional`; a bool says nothing of being set.)
// * OUTPUT_ONLY: what the caller sends there is ignored, whatever it is.
// * Enums hold a value that this binary knows.
// * A reference is `<collection>/<id>` of its type, as the type's google.api.resource or
//   resource_definition says; the id is a UUID in lower case, or 1 to 64 of `0-9A-Za-z_-` where the
//   variable of the pattern ends in `_code`. For type `*`, or one that is not linked in, any
//   collection and either form of id.
// * google.protobuf.Timestamp and google.type.Date are real times and days of years 1 to 9999.
// * The rest is as validate.proto says. A field that is not set passes all of it.
//
// A request with an `update_mask` updates the resource it holds (the message beside the mask that
// has a google.api.resource). Its `name` must be one of that type, unless `allow_missing` is set;
// REQUIRED inside it is demanded for what the mask names: of everything for `*`, of what is set
// where the mask is empty.
//
// The reasons of violations: REQUIRED, TOO_SHORT, TOO_LONG, PATTERN_MISMATCH, FORMAT_INVALID,
// NAME_INVALID, TOO_SMALL, TOO_LARGE, TOO_FEW, TOO_MANY, DUPLICATE, ENUM_UNKNOWN, TIME_INVALID,
// DATE_INVALID.
#ifndef QINGLIAN_COMMON_VALIDATE_VALIDATE_H_
#define QINGLIAN_COMMON_VALIDATE_VALIDATE_H_

#include <string_view>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace qinglian::validate {

// OK, or INVALID_ARGUMENT, reason FIELDS_INVALID, with every rule that is broken (20 at most) and
// the path of its field, such as `risk_point.controls[2].title`. Thread-safe. What a type demands
// is compiled once and kept.
absl::Status Check(const google::protobuf::Message& message);

// As Check, adding to `violations`, each path beginning with `prefix` (`rows[3].`).
void Check(const google::protobuf::Message& message, std::string_view prefix,
           status::FieldViolations& violations);

// Compiles the rules of a type. INVALID_ARGUMENT, reason CONFIG_INVALID, where they are themselves
// wrong (a pattern that is none), with the field named: Check would then hold every value of that
// field to be wrong.
absl::Status Prepare(const google::protobuf::Descriptor& type);

}  // namespace qinglian::validate

#endif  // QINGLIAN_COMMON_VALIDATE_VALIDATE_H_
