#include "tests/storage/journal/items.h"

#include "absl/strings/str_cat.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "migrations/test_journal_migrations.h"

namespace qinglian::test::journal {
namespace {

using qinglian::journal::RecordedChange;
using qinglian::journal::RequestIdRule;
using qinglian::journal::Transaction;
using qinglian::journal::Write;
using qinglian::journal::v1::Change;

void Record(Transaction& transaction, const Item& item, int64_t version,
            Change::Operation operation) {
  RecordedChange change;
  change.resource = item.name();
  change.version = version;
  change.kind = item.GetTypeName();
  change.operation = operation;
  change.organization = item.organization();
  change.after = item.SerializeAsString();
  if (operation == Change::OPERATION_UPDATED) change.changed_fields = {"value"};
  transaction.Record(std::move(change));
}

absl::StatusOr<Item> Insert(Transaction& transaction, Item item) {
  const id::Uuid uuid = id::Uuid::NewV7(transaction.now());
  item.set_name(id::FormatName("items", uuid));
  item.set_etag("\"1\"");
  RETURN_IF_ERROR(transaction.connection()
                      .Execute("INSERT INTO items (id, version, value) VALUES (?, 1, ?)",
                               {uuid.Bytes(), item.value()})
                      .status());
  Record(transaction, item, 1, Change::OPERATION_CREATED);
  return item;
}

}  // namespace

std::string NewRequestId() { return id::Uuid::NewV4().ToString(); }

Items::Items()
    : database_(Migrations()),
      journal_({.service = "items",
                .system_clock = clock::SystemClock::Instance(),
                .business_clock = clock::SystemClock::Instance()}) {
  database_.Run(
      "CREATE TABLE items (id BINARY(16) PRIMARY KEY, version BIGINT NOT NULL, value BIGINT NOT "
      "NULL)");
}

absl::StatusOr<Item> Items::Create(rpc::Call& call, const CreateItemRequest& request,
                                   const Hook& hook) {
  return Write<Item>(journal_, call, request, RequestIdRule::kRequired,
                     [&](Transaction& transaction) -> absl::StatusOr<Item> {
                       ASSIGN_OR_RETURN(Item item, Insert(transaction, request.item()));
                       if (hook) hook(transaction);
                       return item;
                     });
}

absl::StatusOr<Item> Items::CreateOne(rpc::Call& call, int64_t value) {
  CreateItemRequest request;
  request.mutable_item()->set_value(value);
  request.set_request_id(NewRequestId());
  return Create(call, request);
}

absl::StatusOr<Item> Items::AddIn(Transaction& transaction, const AddToItemRequest& request) {
  ASSIGN_OR_RETURN(id::Uuid uuid, id::ParseName("items", request.name()));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   transaction.connection().Query(
                       "SELECT version, value FROM items WHERE id=? FOR UPDATE", {uuid.Bytes()}));
  if (!rows.Next()) return status::NotFound("Item", request.name());
  int64_t version = rows.Int(0);
  Item item;
  item.set_name(request.name());
  item.set_value(rows.Int(1) + request.amount());
  if (!request.etag().empty() && request.etag() != absl::StrCat("\"", version, "\"")) {
    return status::Error(status::kEtagStale, {{"resource", request.name()}});
  }
  if (request.amount() != 0) {
    RETURN_IF_ERROR(transaction.connection()
                        .Execute("UPDATE items SET version=version+1, value=? WHERE id=?",
                                 {item.value(), uuid.Bytes()})
                        .status());
    ++version;
  }
  item.set_etag(absl::StrCat("\"", version, "\""));
  if (request.amount() != 0) Record(transaction, item, version, Change::OPERATION_UPDATED);
  return item;
}

absl::StatusOr<Item> Items::Add(rpc::Call& call, const AddToItemRequest& request,
                                const Hook& hook) {
  return Write<Item>(journal_, call, request, RequestIdRule::kOptional,
                     [&](Transaction& transaction) -> absl::StatusOr<Item> {
                       ASSIGN_OR_RETURN(Item item, AddIn(transaction, request));
                       if (hook) hook(transaction);
                       return item;
                     });
}

absl::StatusOr<BatchAddResponse> Items::BatchAdd(rpc::Call& call, const BatchAddRequest& request,
                                                 const Hook& hook) {
  return Write<BatchAddResponse>(
      journal_, call, request, RequestIdRule::kRequired,
      [&](Transaction& transaction) -> absl::StatusOr<BatchAddResponse> {
        BatchAddResponse response;
        for (const AddToItemRequest& one : request.requests()) {
          absl::Status status = qinglian::journal::RunItem(
              transaction, [&] { return AddIn(transaction, one).status(); });
          if (mysql::EndsTransaction(status)) return status;
          response.add_verdicts(status.ok() ? "OK" : status::ReasonOf(status));
        }
        if (hook) hook(transaction);
        return response;
      });
}

}  // namespace qinglian::test::journal
