// The storage that every resource has: get, lock, list, insert, update, delete, each change
// journalled with it. SQL beyond this is written by hand in the service's own <resource>_store.
#ifndef QINGLIAN_COMMON_RESOURCE_STORE_H_
#define QINGLIAN_COMMON_RESOURCE_STORE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/clock/date.h"
#include "common/journal/snapshot.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/paging/page_token.h"
#include "common/record/record.h"
#include "common/visibility/visibility.h"
#include "google/protobuf/message.h"

namespace qinglian::resource {

// What a list method allows and asks for.
struct Listing {
  // The fields that a filter may compare, as documented at the method.
  std::vector<std::string_view> filter_fields;
  // The fields that may order the rows; "name" is always the default.
  std::vector<std::string_view> order_fields = {"name", "create_time", "update_time"};
  // Where the caller sets none, and the most he gets.
  int32_t default_page_size = 50;
  int32_t max_page_size = 1000;
};

// A way to the rows of a question, where only the service knows which is short.
struct Way {
  // What stands after FROM in place of the table, which is in it under its own name; read from the
  // left to the right.
  paging::Condition from;
  // Holds of every row for which the conditions of the question hold.
  paging::Condition condition;
};

// One question of a list method.
struct Question {
  int32_t page_size = 0;
  std::string_view page_token;
  std::string_view filter;
  std::string_view order_by;
  // What else must hold (a subtree, a permission). Part of the question that page tokens are bound
  // to.
  std::vector<paging::Condition> conditions;
  // Where the rows are read: in place of the table, a SELECT with all columns of the type, such as
  // of a past day. Empty for the table. Part of the question too.
  paging::Condition rows = {};
  // With nothing in it the database finds its way. Not part of the question: the next page may come
  // another way. Not together with `rows`.
  Way way = {};
};

// What stands after FROM for these rows: in both cases under the table's name, for conditions to
// speak of.
std::string Source(const record::Plan& plan, const paging::Condition& rows);

// A column that the message does not know, such as an organization's path.
struct ExtraColumn {
  std::string_view name;
  std::string_view value;
};

// Storage of one type of resource, over messages. Services use Store<T> below. Thread-safe: it
// holds no state.
class MessageStore {
 public:
  explicit MessageStore(const google::protobuf::Descriptor* type) : plan_(record::Plan::Of(type)) {}

  const record::Plan& plan() const { return plan_; }

  absl::Status Get(mysql::Connection& connection, std::string_view name,
                   google::protobuf::Message& into) const;
  // `rows` as in Question.
  absl::Status Show(mysql::Connection& connection, const access::Scope& scope,
                    std::string_view name, google::protobuf::Message& into,
                    const paging::Condition& rows = {}) const;
  absl::Status Refer(journal::Transaction& tx, std::string_view name,
                     google::protobuf::Message& into) const;
  absl::Status Lock(journal::Transaction& tx, std::string_view name,
                    google::protobuf::Message& into) const;
  absl::Status LockUnasked(journal::Transaction& tx, std::string_view name,
                           google::protobuf::Message& into) const;
  absl::Status LockTarget(journal::Transaction& tx, std::string_view name, std::string_view etag,
                          google::protobuf::Message& into) const;
  absl::Status LockFresh(journal::Transaction& tx, std::string_view name, std::string_view etag,
                         google::protobuf::Message& into) const;
  absl::Status Insert(journal::Transaction& tx, google::protobuf::Message& resource,
                      absl::Span<const ExtraColumn> extra) const;
  // Inserts many resources, whose names are set, with few statements: for imports. `extra[i]` are
  // the values of the i-th extra column.
  absl::Status InsertMany(journal::Transaction& tx,
                          const std::vector<google::protobuf::Message*>& resources,
                          const std::vector<std::string>& extra_names,
                          const std::vector<std::vector<std::string>>& extra) const;
  absl::Status Update(journal::Transaction& tx, const google::protobuf::Message& before,
                      google::protobuf::Message& after) const;
  absl::Status Touch(journal::Transaction& tx, const google::protobuf::Message& before,
                     google::protobuf::Message& after) const;
  // Calls `add` for a new message of each row that the caller may see; answers the next page's
  // token, empty at the end.
  absl::StatusOr<std::string> List(mysql::Connection& connection, const access::Scope& scope,
                                   const paging::TokenCodec& tokens, const Listing& listing,
                                   const Question& question,
                                   const std::function<google::protobuf::Message*()>& add) const;
  // The resources of this store for a snapshot of the feed.
  journal::SnapshotSource Snapshots() const;

 private:
  absl::StatusOr<journal::SnapshotPage> ReadSnapshot(mysql::Connection& connection,
                                                     std::string_view after_id, int limit) const;
  // A row that the caller may use so; the most protected data that he may see of it.
  absl::StatusOr<access::v1::Sensitivity> LoadFor(mysql::Connection& connection,
                                                  const access::Scope& scope, visibility::Use use,
                                                  std::string_view name, std::string_view suffix,
                                                  google::protobuf::Message& into,
                                                  const paging::Condition& rows = {}) const;
  absl::Status LockFor(journal::Transaction& tx, visibility::Use use, std::string_view name,
                       google::protobuf::Message& into) const;
  // Whether the caller may make a resource of this organization, or move one to it.
  absl::Status CheckOwner(journal::Transaction& tx,
                          const google::protobuf::Message& resource) const;
  // What must hold where a filter asks of fields that are protected: nobody finds out by asking
  // what he is not shown.
  absl::Status AddFilterConditions(mysql::Connection& connection, const access::Scope& scope,
                                   const Listing& listing, const Question& question,
                                   std::vector<paging::Condition>& conditions) const;
  void Stamp(journal::Transaction& tx, google::protobuf::Message& resource) const;
  void RecordChange(journal::Transaction& tx, const google::protobuf::Message& after,
                    int64_t version, journal::v1::Change::Operation operation,
                    std::vector<std::string> changed_fields) const;
  // The resource as the journal keeps it, serialized.
  std::string ImageOf(const google::protobuf::Message& resource) const;
  std::string OrganizationOf(const google::protobuf::Message& resource) const;

  const record::Plan& plan_;
};

// Storage of resources of type T.
template <class T>
class Store {
 public:
  Store() : store_(T::descriptor()) {}

  const record::Plan& plan() const { return store_.plan(); }
  const MessageStore& messages() const { return store_; }
  // The resources of this store for a snapshot of the feed. The store outlives it.
  journal::SnapshotSource Snapshots() const { return store_.Snapshots(); }
  // FAILED_PRECONDITION, reason SCHEMA_MISMATCH, where the table does not fit the message.
  absl::Status CheckSchema(mysql::Connection& connection) const {
    return store_.plan().Check(connection);
  }

  // Reads without a lock, for the house's own questions: nobody's scope is asked. NOT_FOUND where
  // it does not exist. A deleted one is still got.
  absl::StatusOr<T> Get(mysql::Connection& connection, std::string_view name) const {
    T resource;
    absl::Status status = store_.Get(connection, name, resource);
    if (!status.ok()) return status;
    return resource;
  }

  // The same to answer a caller: NOT_FOUND too where it is hidden from him, and without the fields
  // that he may not see. `rows` as in Question.
  absl::StatusOr<T> Show(mysql::Connection& connection, const access::Scope& scope,
                         std::string_view name, const paging::Condition& rows = {}) const {
    T resource;
    absl::Status status = store_.Show(connection, scope, name, resource, rows);
    if (!status.ok()) return status;
    return resource;
  }

  // The same for what a request refers to, such as the post of a new letter: NOT_FOUND too where it
  // is hidden from the caller.
  absl::StatusOr<T> Refer(journal::Transaction& tx, std::string_view name) const {
    T resource;
    absl::Status status = store_.Refer(tx, name, resource);
    if (!status.ok()) return status;
    return resource;
  }

  // Reads and locks the row of what a request refers to, until the transaction ends. NOT_FOUND
  // where it does not exist, was deleted, or is hidden from the caller.
  absl::StatusOr<T> Lock(journal::Transaction& tx, std::string_view name) const {
    T resource;
    absl::Status status = store_.Lock(tx, name, resource);
    if (!status.ok()) return status;
    return resource;
  }

  // The same for what the house itself changes with it, whether the caller may see it or not: his
  // scope is not asked, and nothing of it may reach him.
  absl::StatusOr<T> LockUnasked(journal::Transaction& tx, std::string_view name) const {
    T resource;
    absl::Status status = store_.LockUnasked(tx, name, resource);
    if (!status.ok()) return status;
    return resource;
  }

  // The same for what a request changes, where it may come without an etag: ABORTED (ETAG_STALE)
  // where there is one and the resource has changed since it was read.
  absl::StatusOr<T> LockTarget(journal::Transaction& tx, std::string_view name,
                               std::string_view etag) const {
    T resource;
    absl::Status status = store_.LockTarget(tx, name, etag, resource);
    if (!status.ok()) return status;
    return resource;
  }

  // The same for a transition: INVALID_ARGUMENT (ETAG_REQUIRED) without an etag, ABORTED
  // (ETAG_STALE) where the resource has changed since it was read.
  absl::StatusOr<T> LockFresh(journal::Transaction& tx, std::string_view name,
                              std::string_view etag) const {
    T resource;
    absl::Status status = store_.LockFresh(tx, name, etag, resource);
    if (!status.ok()) return status;
    return resource;
  }

  // Inserts and journals a resource; makes its id unless `name` is set, and sets times and etag.
  // NOT_FOUND of its organization where the caller does not reach that.
  // ALREADY_EXISTS where a unique key is taken (mysql::DuplicateKey names it).
  absl::StatusOr<T> Insert(journal::Transaction& tx, T resource,
                           absl::Span<const ExtraColumn> extra = {}) const {
    absl::Status status = store_.Insert(tx, resource, extra);
    if (!status.ok()) return status;
    return resource;
  }

  // Writes and journals what differs between `before`, as it was locked, and `after`; raises the
  // version and sets update_time and etag. Where nothing differs nothing is written.
  absl::StatusOr<T> Update(journal::Transaction& tx, const T& before, T after) const {
    absl::Status status = store_.Update(tx, before, after);
    if (!status.ok()) return status;
    return after;
  }

  // Raises the version of a locked root, and journals that, because a part of its aggregate
  // changed: whoever decides on the whole by what he read before has a stale etag then. To be
  // called after the part was written, whose image is the answer that a repeated request gets.
  absl::StatusOr<T> Touch(journal::Transaction& tx, const T& before) const {
    return Touch(tx, before, before);
  }

  // The same where the part's change also changes the root.
  absl::StatusOr<T> Touch(journal::Transaction& tx, const T& before, T after) const {
    absl::Status status = store_.Touch(tx, before, after);
    if (!status.ok()) return status;
    return after;
  }

  // Marks a locked resource as deleted; lists leave it out from then on.
  absl::StatusOr<T> Delete(journal::Transaction& tx, const T& before) const {
    T after = before;
    *after.mutable_delete_time() = clock::ToTimestamp(tx.now());
    return Update(tx, before, std::move(after));
  }

 private:
  MessageStore store_;
};

}  // namespace qinglian::resource

#endif  // QINGLIAN_COMMON_RESOURCE_STORE_H_
