// The methods of qinglian.supervision.v1.CaseCategoryService.
#ifndef QINGLIAN_SERVICES_SUPERVISION_CASE_CATEGORY_SERVICE_H_
#define QINGLIAN_SERVICES_SUPERVISION_CASE_CATEGORY_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/supervision/v1/case_category_service.pb.h"
#include "services/supervision/case_category_store.h"

namespace qinglian::supervision {

// Thread-safe; outlives the server.
class CaseCategoryService {
 public:
  explicit CaseCategoryService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const CaseCategoryStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::CaseCategory> Get(rpc::Call& call, mysql::Connection& connection,
                                       const v1::GetCaseCategoryRequest& request);
  absl::StatusOr<v1::ListCaseCategoriesResponse> List(rpc::Call& call,
                                                      mysql::Connection& connection,
                                                      const v1::ListCaseCategoriesRequest& request);
  absl::StatusOr<v1::CaseCategory> Create(journal::Transaction& tx,
                                          const v1::CreateCaseCategoryRequest& request);
  absl::StatusOr<v1::CaseCategory> Update(journal::Transaction& tx,
                                          const v1::UpdateCaseCategoryRequest& request);

  const serving::Environment& environment_;
  CaseCategoryStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_CASE_CATEGORY_SERVICE_H_
