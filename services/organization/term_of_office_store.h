// What the generic store does not know of terms of office.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/term_of_office.pb.h"

namespace qinglian::organization {

// Storage of terms of office. Thread-safe: it holds no state.
class TermOfOfficeStore : public resource::Store<v1::TermOfOffice> {
 public:
  // Whether a term of an organization lasts. The caller has locked the organization.
  absl::StatusOr<bool> HasCurrent(mysql::Connection& connection,
                                  std::string_view organization) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_STORE_H_
