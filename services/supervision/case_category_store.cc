#include "services/supervision/case_category_store.h"

#include "absl/status/status.h"

namespace qinglian::supervision {

absl::StatusOr<bool> CaseCategoryStore::IsInUse(mysql::Connection& connection,
                                                std::string_view category) const {
  const absl::StatusOr<v1::CaseCategory> found = Get(connection, category);
  if (absl::IsNotFound(found.status())) return false;
  if (!found.ok()) return found.status();
  return !found->retired();
}

}  // namespace qinglian::supervision
