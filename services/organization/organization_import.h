// Imports organizations in bulk, keyed by external identifier.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_IMPORT_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_IMPORT_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "common/journal/write.h"
#include "common/rpc/call.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_keys.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// One import stream. Each batch is one transaction in which good rows stand and bad ones are
// reported; what is new is inserted in bulk, because an import brings hundreds of thousands. Where
// the batches only validate, none of them leaves anything in the database; what they would have
// left is kept here instead, so that a row may refer to one of an earlier batch. Such a rehearsal
// differs from the import in one thing: a credit code that an earlier row gives up still counts as
// taken. A competent department may come after the row that refers to it: in the same batch, which
// then sets it at its end, or, where the caller says that it may follow, in a later one, and then
// the row is to be sent again. Used by one thread.
class OrganizationImport {
 public:
  OrganizationImport(journal::Journal& journal, const OrganizationStore& store, rpc::Call& call)
      : journal_(journal), store_(store), call_(call) {}

  // Deals with one batch; the verdicts are final. All batches of a stream validate only, or none.
  // An error ends the stream: nothing of the batch was kept.
  absl::StatusOr<v1::ImportOrganizationsResponse> Take(
      const v1::ImportOrganizationsRequest& request);

 private:
  using Key = IdentifierKey;

  // A row that was kept without its competent department, which comes later in the batch.
  struct Awaiting {
    const v1::ImportRow* row;
    Key own;
    Key department;
  };

  // One batch on its way; made anew when the transaction runs again.
  struct Batch {
    v1::ImportOrganizationsResponse response;
    // The organizations that exist or are about to, by external identifier.
    std::map<Key, KnownOrganization> known;
    std::set<Key> seen;
    // The keys of all its rows.
    std::set<Key> own;
    std::set<std::string> credit_codes;
    std::set<std::string> divisions;
    std::vector<v1::Organization> fresh;
    std::vector<std::string> fresh_paths;
    std::vector<Awaiting> awaiting;
    v1::OnConflict on_conflict = v1::ON_CONFLICT_UNSPECIFIED;
    bool departments_may_follow = false;
  };

  absl::StatusOr<v1::ImportOrganizationsResponse> Run(journal::Transaction& tx,
                                                      const v1::ImportOrganizationsRequest& request,
                                                      Batch& batch);
  absl::Status LookupDivisions(journal::Transaction& tx,
                               const v1::ImportOrganizationsRequest& request, Batch& batch);
  absl::Status TakeRow(journal::Transaction& tx, const v1::ImportRow& row, Batch& batch);
  absl::Status TakeKnown(journal::Transaction& tx, const v1::Organization& wanted,
                         const KnownOrganization& known, Batch& batch);
  // Sets the competent departments that came later than their rows.
  absl::Status SetAwaited(journal::Transaction& tx, Batch& batch);
  // The path of the organization of a key, or null where there is none.
  const std::string* PathOf(const Key& key, const Batch& batch) const;
  std::string NameOf(std::string_view path) const;
  absl::Status Resolve(const v1::ImportRow& row, const Batch& batch,
                       v1::Organization& organization) const;
  absl::Status ResolveDepartment(const v1::ImportRow& row, const Batch& batch,
                                 v1::Organization& organization) const;
  void Await(const v1::ImportRow& row, Batch& batch) const;
  absl::StatusOr<std::string> ParentPath(journal::Transaction& tx, const v1::ImportRow& row,
                                         const v1::Organization& organization, const Batch& batch);
  absl::Status CreateRow(journal::Transaction& tx, v1::Organization organization,
                         const std::string& parent_path, const Key& key, Batch& batch);
  // Whether there was anything to change.
  absl::StatusOr<bool> UpdateRow(journal::Transaction& tx, const v1::Organization& wanted,
                                 const std::string& name);
  // Remembers what later batches must know of one that succeeded.
  void Remember(const Batch& batch, bool validate_only);

  journal::Journal& journal_;
  const OrganizationStore& store_;
  rpc::Call& call_;

  // The keys of all rows so far: a second row of a key would quietly undo the first.
  absl::flat_hash_set<Key> seen_;
  // What earlier batches of a rehearsal would have left: paths by key, and credit codes.
  absl::flat_hash_map<Key, std::string> rehearsed_;
  absl::flat_hash_set<std::string> rehearsed_codes_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_IMPORT_H_
