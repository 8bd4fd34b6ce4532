// Imports persons in bulk, keyed by staff number, with the posts that they hold.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PERSON_IMPORT_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PERSON_IMPORT_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/write.h"
#include "common/rpc/call.h"
#include "common/seal/sealed_values.h"
#include "common/seal/secret.h"
#include "qinglian/organization/v1/person_import.pb.h"
#include "services/organization/import_posts.h"
#include "services/organization/organization_keys.h"
#include "services/organization/organization_store.h"
#include "services/organization/person_changes.h"
#include "services/organization/person_store.h"

namespace qinglian::organization {

// One import stream. Each batch is one transaction in which good rows stand and bad ones are
// reported; what is new is inserted in bulk, because a country brings millions. Where the batches
// only validate, none of them leaves anything in the database; the posts that they would have left
// are kept here instead, so that heads are counted over all of them. Used by one thread.
class PersonImport {
 public:
  // What it works with; all of them outlive it.
  struct Stores {
    const seal::SealedValues& sealed_values;
    const OrganizationStore& organizations;
    const PersonStore& persons;
  };
  PersonImport(journal::Journal& journal, const Stores& stores, rpc::Call& call);

  // Deals with one batch; the verdicts are final. All batches of a stream validate only, or none.
  // An error ends the stream: nothing of the batch was kept.
  absl::StatusOr<v1::ImportPersonsResponse> Take(const v1::ImportPersonsRequest& request);

 private:
  using Key = IdentifierKey;

  // A person who is there, his row locked.
  struct Known {
    v1::Person person;
    // Whether the caller may change him.
    bool reached = false;
  };

  // A row on its way.
  struct Row {
    const v1::ImportPersonRow* given;
    v1::Person person;
    seal::Secret number;
    // Who has the number, by id; empty for nobody.
    std::string number_owner = {};
    // What the number is known by here, where there is one.
    std::string number_mark = {};
  };

  // One batch on its way; made anew when the transaction runs again.
  struct Batch {
    v1::ImportPersonsResponse response;
    std::vector<Row> rows;
    std::map<Key, KnownOrganization> by_identifier;
    std::map<std::string, KnownOrganization> by_id;
    std::map<std::string, Known> persons;
    ImportPosts posts;
    std::set<std::string> seen;
    std::set<std::string> number_marks;
    // Why no number can be kept; OK where one can.
    absl::Status sealing;
    std::vector<v1::Person> fresh;
    std::vector<std::pair<seal::Place, const seal::Secret*>> fresh_numbers;
    // The last of those who are employed no more.
    v1::Person left;
    // The post of the row that is being dealt with, for the field of an error: "posts[1]." or "".
    std::string at_post;
    v1::OnConflict on_conflict = v1::ON_CONFLICT_UNSPECIFIED;
  };

  absl::StatusOr<v1::ImportPersonsResponse> TakeOnce(const v1::ImportPersonsRequest& request,
                                                     std::unique_ptr<Batch>& batch);
  absl::StatusOr<v1::ImportPersonsResponse> Run(journal::Transaction& tx,
                                                const v1::ImportPersonsRequest& request,
                                                Batch& batch);
  // What the rows speak of, read and locked many at once.
  absl::Status LookUp(journal::Transaction& tx, const v1::ImportPersonsRequest& request,
                      Batch& batch);
  absl::Status LookUpOrganizations(journal::Transaction& tx,
                                   const v1::ImportPersonsRequest& request, Batch& batch);
  absl::Status LookUpPersons(journal::Transaction& tx, Batch& batch);
  absl::Status LookUpNumbers(journal::Transaction& tx, Batch& batch);
  absl::Status LookUpPosts(journal::Transaction& tx, Batch& batch);

  // The organization that a row means by name or identifier; null where there is none.
  const KnownOrganization* Find(const std::string& name, const v1::ExternalIdentifier& identifier,
                                const Batch& batch) const;
  // Its name, where the caller reaches it and it exists.
  absl::StatusOr<std::string> Resolve(journal::Transaction& tx, const std::string& name,
                                      const v1::ExternalIdentifier& identifier,
                                      const Batch& batch) const;

  absl::Status TakeRow(journal::Transaction& tx, Row& row, Batch& batch);
  absl::Status CheckRow(journal::Transaction& tx, Row& row, const Known* known, Batch& batch);
  absl::Status CheckNumber(const Row& row, const Batch& batch) const;
  absl::Status TakeNew(journal::Transaction& tx, Row& row, Batch& batch);
  absl::Status TakeKnown(journal::Transaction& tx, Row& row, const Known& known, Batch& batch);
  // Whether any post is taken or changes.
  absl::StatusOr<bool> TakePosts(journal::Transaction& tx, const v1::ImportPersonRow& row,
                                 const v1::Person& person, Batch& batch);
  absl::Status Write(journal::Transaction& tx, Batch& batch);
  // Remembers what later batches must know of one that succeeded.
  void Remember(const Batch& batch, bool validate_only);

  journal::Journal& journal_;
  const Stores stores_;
  const PersonChanges changes_;
  rpc::Call& call_;
  // What identity numbers are compared by here: nobody else can tell them from it.
  const std::string mark_key_;

  // The staff numbers of all rows so far: a second row of one would quietly undo the first.
  absl::flat_hash_set<std::string> seen_;
  absl::flat_hash_set<std::string> number_marks_;
  // What earlier batches of a rehearsal would have left.
  ImportPosts::Board rehearsed_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PERSON_IMPORT_H_
