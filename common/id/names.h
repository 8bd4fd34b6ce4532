// Resource names of the flat form "organizations/{uuid}" (AIP-122).
#ifndef QINGLIAN_COMMON_ID_NAMES_H_
#define QINGLIAN_COMMON_ID_NAMES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/id/uuid.h"

namespace qinglian::id {

// The id in `name`, which must be `collection`, one slash, and a UUID in lower case
// ("organizations", "organizations/0192…"). INVALID_ARGUMENT, reason NAME_INVALID, otherwise.
absl::StatusOr<Uuid> ParseName(std::string_view collection, std::string_view name);

// "organizations/0192…".
std::string FormatName(std::string_view collection, const Uuid& uuid);

// "organizations" of "organizations/0192…"; "" where there is no slash. Does not look at the id.
std::string_view CollectionOf(std::string_view name);

}  // namespace qinglian::id

#endif  // QINGLIAN_COMMON_ID_NAMES_H_
