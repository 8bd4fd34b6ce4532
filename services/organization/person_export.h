// Exports persons, with the posts that they hold, as the rows that imports take.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PERSON_EXPORT_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PERSON_EXPORT_H_

#include "absl/status/status.h"
#include "common/rpc/call.h"
#include "common/rpc/stream.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/person_import.pb.h"
#include "services/organization/organization_store.h"
#include "services/organization/person_store.h"

namespace qinglian::organization {

// What an export of persons works with; all of them outlive it.
struct PersonExportStores {
  const serving::Environment& environment;
  const OrganizationStore& organizations;
  const PersonStore& persons;
};

// Does what PersonService.ExportPersons says, with the same errors. CANCELLED where the caller has
// gone.
absl::Status ExportPersons(const PersonExportStores& stores, rpc::Call& call,
                           const v1::ExportPersonsRequest& request,
                           rpc::Writer<v1::ExportPersonsResponse>& responses);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PERSON_EXPORT_H_
