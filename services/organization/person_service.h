// The methods of qinglian.organization.v1.PersonService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PERSON_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PERSON_SERVICE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/seal/sealed_values.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "services/organization/organization_store.h"
#include "services/organization/person_changes.h"
#include "services/organization/person_release.h"
#include "services/organization/person_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class PersonService {
 public:
  // `sealed_values` outlives it.
  PersonService(const serving::Environment& environment, const seal::SealedValues& sealed_values);

  resource::Methods& methods() { return methods_; }
  const PersonStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::Person> Get(rpc::Call& call, mysql::Connection& connection,
                                 const v1::GetPersonRequest& request);
  absl::StatusOr<v1::ListPersonsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                               const v1::ListPersonsRequest& request);
  absl::StatusOr<v1::Person> Create(journal::Transaction& tx,
                                    const v1::CreatePersonRequest& request);
  absl::StatusOr<v1::Person> Update(journal::Transaction& tx,
                                    const v1::UpdatePersonRequest& request);
  absl::StatusOr<v1::Person> Find(rpc::Call& call, mysql::Connection& connection,
                                  const v1::FindPersonRequest& request);
  absl::StatusOr<v1::GetHoldingsResponse> Holdings(rpc::Call& call, mysql::Connection& connection,
                                                   const v1::GetHoldingsRequest& request);
  absl::StatusOr<v1::RevealIdentityNumberResponse> Reveal(
      rpc::Call& call, mysql::Connection& connection,
      const v1::RevealIdentityNumberRequest& request);

  absl::Status Import(rpc::Call& call, rpc::Reader<v1::ImportPersonsRequest>& requests,
                      rpc::Writer<v1::ImportPersonsResponse>& responses);

  const serving::Environment& environment_;
  const seal::SealedValues& sealed_values_;
  OrganizationStore organizations_;
  PersonStore store_;
  PersonChanges changes_{sealed_values_, organizations_, store_};
  PersonRelease release_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PERSON_SERVICE_H_
