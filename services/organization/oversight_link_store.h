// What the generic store does not know of oversight links.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/oversight_link.pb.h"

namespace qinglian::organization {

// Storage of oversight links. Thread-safe: it holds no state.
class OversightLinkStore : public resource::Store<v1::OversightLink> {
 public:
  // Whether a link of this kind between the two lasts; of peers, either way round. The caller has
  // locked both organizations.
  absl::StatusOr<bool> Linked(mysql::Connection& connection, const v1::OversightLink& link) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_STORE_H_
