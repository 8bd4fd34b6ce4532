// Imports organizations in bulk, keyed by external identifier.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_IMPORT_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_IMPORT_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/journal/write.h"
#include "common/rpc/call.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// One import stream. Each batch is one transaction in which good rows stand and bad ones are
// reported; what is new is inserted in bulk, because an import brings hundreds of thousands. Used
// by one thread.
class OrganizationImport {
 public:
  OrganizationImport(journal::Journal& journal, const OrganizationStore& store, rpc::Call& call)
      : journal_(journal), store_(store), call_(call) {}

  // Deals with one batch; the verdicts are final. An error ends the stream: nothing of the batch
  // was kept.
  absl::StatusOr<v1::ImportOrganizationsResponse> Take(
      const v1::ImportOrganizationsRequest& request);

 private:
  using Key = std::pair<std::string, std::string>;  // source, external id

  // One batch on its way; made anew when the transaction runs again.
  struct Batch {
    v1::ImportOrganizationsResponse response;
    // The names of organizations that exist or are about to, by external identifier; and their
    // paths, by name.
    std::map<Key, std::string> known;
    std::map<std::string, std::string> paths;
    std::set<Key> seen;
    std::set<std::string> divisions;
    std::vector<v1::Organization> fresh;
    std::vector<std::string> fresh_paths;
  };

  absl::StatusOr<v1::ImportOrganizationsResponse> Run(
      journal::Transaction& tx, const v1::ImportOrganizationsRequest& request);
  absl::Status Lookup(journal::Transaction& tx, const std::set<Key>& keys, Batch& batch);
  absl::Status LookupDivisions(journal::Transaction& tx,
                               const v1::ImportOrganizationsRequest& request, Batch& batch);
  absl::Status TakeRow(journal::Transaction& tx, const v1::ImportRow& row, Batch& batch);
  absl::Status Resolve(const v1::ImportRow& row, Batch& batch, v1::Organization& organization);
  absl::Status CreateRow(journal::Transaction& tx, v1::Organization organization, const Key& key,
                         Batch& batch);
  absl::Status UpdateRow(journal::Transaction& tx, const v1::Organization& wanted,
                         const std::string& name, Batch& batch);

  journal::Journal& journal_;
  const OrganizationStore& store_;
  rpc::Call& call_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_IMPORT_H_
