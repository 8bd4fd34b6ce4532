// What is taken out of a resource that a caller sees before it is shown to him.
#ifndef QINGLIAN_COMMON_VISIBILITY_REDACTION_H_
#define QINGLIAN_COMMON_VISIBILITY_REDACTION_H_

#include <vector>

#include "absl/status/status.h"
#include "common/access/principal.h"
#include "common/mysql/mysql.h"
#include "common/record/record.h"
#include "google/protobuf/message.h"
#include "qinglian/access/v1/access.pb.h"

namespace qinglian::visibility {

// A resource, and the most protected data that the caller may see of it.
struct Shown {
  google::protobuf::Message* resource;
  access::v1::Sensitivity view;
};

// Takes the fields that are more protected than what the caller may see out of resources of one
// type, and the parts that something came of whose audience he is not (Protection::Origin).
absl::Status Redact(mysql::Connection& connection, const record::Plan& plan,
                    const access::Scope& scope, const std::vector<Shown>& shown);

// Whether that can change anything of what this caller is shown, sealed fields apart: images in the
// journal do not hold those.
bool Redacts(const record::Plan& plan, const access::Scope& scope);

}  // namespace qinglian::visibility

#endif  // QINGLIAN_COMMON_VISIBILITY_REDACTION_H_
