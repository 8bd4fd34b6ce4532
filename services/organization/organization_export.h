// Exports organizations as the rows that imports take.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_EXPORT_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_EXPORT_H_

#include "absl/status/status.h"
#include "common/rpc/call.h"
#include "common/rpc/stream.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/organization_import.pb.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// What an export of organizations works with; all of them outlive it.
struct OrganizationExportStores {
  const serving::Environment& environment;
  const OrganizationStore& organizations;
};

// Does what OrganizationService.ExportOrganizations says, with the same errors. CANCELLED where the
// caller has gone.
absl::Status ExportOrganizations(const OrganizationExportStores& stores, rpc::Call& call,
                                 const v1::ExportOrganizationsRequest& request,
                                 rpc::Writer<v1::ExportOrganizationsResponse>& responses);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_EXPORT_H_
