// The organizations that the rows of an import speak of, looked up and locked many at once.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_KEYS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_KEYS_H_

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/journal/transaction.h"

namespace qinglian::organization {

// The source of the identifier that exports give an organization without any: its id is the
// organization's own UUID.
inline constexpr char kOwnSource[] = "qinglian";

// An external identifier: source and id.
using IdentifierKey = std::pair<std::string, std::string>;

// An organization as an import needs it.
struct KnownOrganization {
  // The ids from the root to it, 16 bytes each.
  std::string path;
  bool active = true;
};

// Locks the organizations of these external identifiers and adds them to `known`. One of source
// kOwnSource that nobody has stands for the organization whose own id it is.
absl::Status LockByIdentifiers(journal::Transaction& tx, const std::set<IdentifierKey>& keys,
                               std::map<IdentifierKey, KnownOrganization>& known);

// Locks the organizations of these ids, 16 bytes each, and adds them to `known` by their ids.
absl::Status LockByIds(journal::Transaction& tx, const std::set<std::string>& ids,
                       std::map<std::string, KnownOrganization>& known);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_KEYS_H_
