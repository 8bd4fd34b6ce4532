// What the generic store does not know of categories: whether one may be given to a case.
#ifndef QINGLIAN_SERVICES_SUPERVISION_CASE_CATEGORY_STORE_H_
#define QINGLIAN_SERVICES_SUPERVISION_CASE_CATEGORY_STORE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/supervision/v1/case_category.pb.h"

namespace qinglian::supervision {

// Storage of categories. Thread-safe: it holds no state.
class CaseCategoryStore : public resource::Store<v1::CaseCategory> {
 public:
  // Whether a category exists and is not retired.
  absl::StatusOr<bool> IsInUse(mysql::Connection& connection, std::string_view category) const;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_CASE_CATEGORY_STORE_H_
