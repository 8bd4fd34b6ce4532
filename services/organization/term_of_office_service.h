// The methods of qinglian.organization.v1.TermOfOfficeService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/term_of_office_service.pb.h"
#include "services/organization/organization_store.h"
#include "services/organization/term_of_office_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class TermOfOfficeService {
 public:
  explicit TermOfOfficeService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::TermOfOffice>& store() const { return store_; }

 private:
  absl::StatusOr<v1::TermOfOffice> Get(rpc::Call& call, mysql::Connection& connection,
                                       const v1::GetTermOfOfficeRequest& request);
  absl::StatusOr<v1::ListTermsOfOfficeResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                     const v1::ListTermsOfOfficeRequest& request);
  absl::StatusOr<v1::TermOfOffice> Create(journal::Transaction& tx,
                                          const v1::CreateTermOfOfficeRequest& request);
  absl::StatusOr<v1::TermOfOffice> Update(journal::Transaction& tx,
                                          const v1::UpdateTermOfOfficeRequest& request);
  absl::StatusOr<v1::TermOfOffice> Extend(journal::Transaction& tx,
                                          const v1::ExtendTermOfOfficeRequest& request);
  absl::StatusOr<v1::TermOfOffice> Conclude(journal::Transaction& tx,
                                            const v1::ConcludeTermOfOfficeRequest& request);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  TermOfOfficeStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_SERVICE_H_
