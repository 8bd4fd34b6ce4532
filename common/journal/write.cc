#include "common/journal/write.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto/crypto.h"
#include "common/id/names.h"
#include "common/journal/row.h"
#include "common/mysql/transact.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/trace/span.h"

namespace qinglian::journal {
namespace {

using Fn = absl::FunctionRef<absl::Status(Transaction&)>;

// Makes effects' request ids different from all other UUIDs of version 5.
constexpr char kEffectNamespace[] = "5d5e0a4b-3c1f-4b0e-9a64-7f0f3f0d9e21";

constexpr char kByRequest[] =
    " FROM journal WHERE client=? AND actor=? AND method=? AND request_id=? AND ordinal=0";

// What the journal kept of a request that succeeded.
struct Kept {
  std::string request_hash;
  std::string type;
  std::string bytes;
};

// A field of the request that is not part of its resource, or null.
const google::protobuf::FieldDescriptor* Field(const google::protobuf::Message& request,
                                               const char* name,
                                               google::protobuf::FieldDescriptor::CppType type) {
  const auto* field = request.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && !field->is_repeated() && field->cpp_type() == type ? field : nullptr;
}

std::string RequestIdOf(const google::protobuf::Message& request) {
  const auto* field =
      Field(request, "request_id", google::protobuf::FieldDescriptor::CPPTYPE_STRING);
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

bool ValidateOnly(const google::protobuf::Message& request) {
  const auto* field =
      Field(request, "validate_only", google::protobuf::FieldDescriptor::CPPTYPE_BOOL);
  return field != nullptr && request.GetReflection()->GetBool(request, field);
}

absl::StatusOr<Row> RowOf(const Facts& facts, absl::Time time, uint64_t ordinal,
                          const RecordedChange& change) {
  Row row = RowOf(facts, time, ordinal);
  row.resource = change.resource;
  row.version = change.version;
  row.kind = change.kind;
  row.operation = v1::Change::Operation_Name(change.operation);
  if (!change.organization.empty()) {
    ASSIGN_OR_RETURN(id::Uuid organization, id::ParseName("organizations", change.organization));
    row.organization = organization.Bytes();
  }
  row.after = change.after;
  row.changed_fields = absl::StrJoin(change.changed_fields, ",");
  row.reason = change.reason;
  return row;
}

// What a transaction added to the journal. The content hash of ordinal 0 tells it from a twin's.
struct Appended {
  std::string mark;
  uint64_t changes = 0;
};

// Inserts the rows, in the span that whoever follows this journal finds by their trace and their
// request. A run that fails leaves none, for another may follow.
absl::Status InsertTraced(Transaction& transaction, std::vector<Row>& rows) {
  trace::Span span;
  if (trace::Recorded()) {
    const Facts& facts = transaction.facts();
    const trace::Context known = trace::JournalSpan(facts.trace_id, facts.request_id.ToString());
    span = trace::Child(trace::Kind::kProducer, "journal", known.span);
    span.Set(trace::Attribute::kChanges, static_cast<int64_t>(transaction.changes().size()));
  }
  const trace::Scope scope(span);
  const absl::Status status = InsertRows(transaction.connection(), rows);
  if (!status.ok()) span.Drop();
  return status;
}

// Appends what the transaction recorded, and at least a receipt. `response` is null for effects,
// which answer nobody.
absl::StatusOr<Appended> Append(Transaction& transaction,
                                const google::protobuf::Message* response) {
  std::vector<Row> rows;
  rows.reserve(std::max<size_t>(1, transaction.changes().size()));
  for (const RecordedChange& change : transaction.changes()) {
    ASSIGN_OR_RETURN(Row row, RowOf(transaction.facts(), transaction.now(), rows.size(), change));
    rows.push_back(std::move(row));
  }
  const bool receipt = rows.empty();
  if (receipt) rows.push_back(RowOf(transaction.facts(), transaction.now(), 0));
  if (response != nullptr) {
    std::string bytes = response->SerializeAsString();
    if (receipt || rows[0].kind != response->GetTypeName() || rows[0].after != bytes) {
      rows[0].response_type = response->GetTypeName();
      rows[0].response = std::move(bytes);
    }
  }
  RETURN_IF_ERROR(InsertTraced(transaction, rows));
  return Appended{rows[0].content_hash, transaction.changes().size()};
}

void Count(Journal& journal, const Appended& appended) {
  if (appended.changes == 0) ++journal.counts().receipts;
  journal.counts().changes += appended.changes;
}

absl::StatusOr<std::optional<Kept>> LookUp(mysql::Connection& connection, const Facts& facts) {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT request_hash, response_type, response, kind, after", kByRequest),
          {facts.client, facts.actor, facts.method, facts.request_id.Bytes()}));
  if (!rows.Next()) return std::nullopt;
  const bool apart = !rows.IsNull(1);
  return Kept{rows.Bytes(0), rows.Bytes(apart ? 1 : 3), rows.Bytes(apart ? 2 : 4)};
}

// Whether the row of this very transaction is there; waits for a commit in flight. `twin` is set
// where the row is another's: the same request, which took another connection and won.
absl::StatusOr<bool> Committed(mysql::Connection& connection, const Facts& facts,
                               const std::string& mark, bool& twin) {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT content_hash", kByRequest, " FOR UPDATE"),
                       {facts.client, facts.actor, facts.method, facts.request_id.Bytes()}));
  if (!rows.Next()) return false;
  twin = rows.Bytes(0) != mark;
  return !twin;
}

// Whether an error may mean that the request had already succeeded.
bool MayBeReplay(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
      return true;
    default:
      return mysql::IsOutcomeUnknown(status) || status::Is(status, status::kOutcomeUnknown);
  }
}

// Where nobody could look whether the request had succeeded before, its error means nothing.
absl::Status Unseen(absl::Status error) {
  return absl::IsUnavailable(error) ? error : status::Error(status::kDatabaseUnavailable);
}

// The answer that the journal kept, or `error` where the request had not succeeded.
absl::Status Replay(Journal& journal, mysql::Session& session, const Facts& facts,
                    absl::Status error, google::protobuf::Message& response) {
  auto connection = session.Acquire();
  if (!connection.ok()) return Unseen(std::move(error));
  auto kept = LookUp(**connection, facts);
  if (!kept.ok()) return Unseen(std::move(error));
  if (!kept->has_value()) return error;
  if (!crypto::SameBytes((*kept)->request_hash, facts.request_hash)) {
    ++journal.counts().reused;
    return status::Error(status::kRequestIdReused, {{"request_id", facts.request_id.ToString()}});
  }
  if ((*kept)->type != response.GetTypeName() || !response.ParseFromString((*kept)->bytes))
    return error;
  ++journal.counts().replays;
  return absl::OkStatus();
}

// Runs everything in a transaction that is rolled back.
absl::Status Rehearse(Journal& journal, mysql::Session& session, const Facts& facts, Fn fn) {
  bool passed = false;
  absl::Status status = mysql::Transact(
      session, {.deadline = facts.deadline}, [&](mysql::Connection& connection) -> absl::Status {
        Transaction transaction(connection, facts, journal.system_clock().Now(),
                                journal.business_clock().Now());
        absl::Status result = fn(transaction);
        passed = result.ok();
        // Any error rolls back; this one never leaves here.
        return passed ? status::Error(status::kCancelled) : result;
      });
  return passed ? absl::OkStatus() : status;
}

Facts FactsOf(Journal& journal, const EffectFacts& effect) {
  Facts facts;
  facts.actor = absl::StrCat("services/", journal.service());
  facts.client = facts.actor;
  facts.method = absl::StrCat("effect/", effect.effect);
  const std::string name =
      crypto::Canonical().Add(journal.service()).Add(effect.effect).Add(effect.key).bytes();
  static const id::Uuid ns = *id::Uuid::Parse(kEffectNamespace);
  facts.request_id = id::Uuid::V5(ns, name);
  facts.request_hash = crypto::Sha256(name);
  facts.trace_id = effect.trace_id;
  facts.cause = effect.cause;
  facts.deadline = effect.deadline;
  return facts;
}

absl::StatusOr<bool> Done(mysql::Connection& connection, const Facts& facts) {
  ASSIGN_OR_RETURN(std::optional<Kept> kept, LookUp(connection, facts));
  return kept.has_value();
}

// Nothing where the effect was done before.
absl::StatusOr<std::optional<Appended>> RunAndAppend(Journal& journal,
                                                     mysql::Connection& connection,
                                                     const Facts& facts, Fn fn) {
  ASSIGN_OR_RETURN(bool done, Done(connection, facts));
  if (done) return std::nullopt;
  Transaction transaction(connection, facts, journal.system_clock().Now(),
                          journal.business_clock().Now());
  RETURN_IF_ERROR(fn(transaction));
  return Append(transaction, nullptr);
}

}  // namespace

namespace internal {

// What a caller's request says about itself. Fails where the request id is not as it must be.
absl::StatusOr<Facts> FactsOf(Journal& journal, rpc::Call& call,
                              const google::protobuf::Message& request, RequestIdRule rule,
                              bool& given) {
  Facts facts;
  facts.actor = call.caller().actor;
  facts.acting_for = call.caller().acting_for;
  facts.client = call.caller().client;
  facts.method = call.method();
  facts.trace_id = call.trace_id();
  facts.deadline = call.deadline();
  facts.scope = call.scope();
  const std::string request_id = RequestIdOf(request);
  given = !request_id.empty();
  if (!given) {
    if (rule == RequestIdRule::kRequired) return status::Error(status::kRequestIdRequired);
    ++journal.counts().without_request_id;
    facts.request_id = id::Uuid::NewV4();
  } else {
    auto uuid = id::Uuid::Parse(request_id);
    if (!uuid.ok()) return status::Error(status::kRequestIdInvalid);
    facts.request_id = *uuid;
  }
  facts.request_hash = RequestHash(request, journal.options().request_key);
  return facts;
}

absl::Status Write(Journal& journal, rpc::Call& call, const google::protobuf::Message& request,
                   RequestIdRule rule, google::protobuf::Message& response, Fn fn, bool* repeated) {
  bool given = false;
  ASSIGN_OR_RETURN(Facts facts, FactsOf(journal, call, request, rule, given));
  mysql::Session& session = call.database();
  if (ValidateOnly(request)) return Rehearse(journal, session, facts, fn);
  Appended appended;
  bool twin = false;
  bool hidden = false;
  absl::Status status = mysql::Transact(
      session, {.deadline = facts.deadline},
      [&](mysql::Connection& connection) -> absl::Status {
        Transaction transaction(connection, facts, journal.system_clock().Now(),
                                journal.business_clock().Now());
        const absl::Status done = fn(transaction);
        hidden = transaction.hidden();
        RETURN_IF_ERROR(done);
        ASSIGN_OR_RETURN(appended, Append(transaction, &response));
        return absl::OkStatus();
      },
      [&](mysql::Connection& connection) {
        return Committed(connection, facts, appended.mark, twin);
      });
  if (status.ok()) {
    Count(journal, appended);
    journal.Wake();
    return status;
  }
  // An id that was made here cannot have come before.
  if (!given || hidden || !(twin || MayBeReplay(status))) return status;
  status = Replay(journal, session, facts, std::move(status), response);
  if (repeated != nullptr) *repeated = status.ok();
  return status;
}

}  // namespace internal

absl::Status WriteEffect(Journal& journal, mysql::Session& session, const EffectFacts& effect,
                         Fn fn) {
  const Facts facts = FactsOf(journal, effect);
  std::optional<Appended> appended;
  bool twin = false;
  absl::Status status = mysql::Transact(
      session, {.deadline = facts.deadline},
      [&](mysql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(appended, RunAndAppend(journal, connection, facts, fn));
        return absl::OkStatus();
      },
      [&](mysql::Connection& connection) -> absl::StatusOr<bool> {
        // Where it was done before there was nothing to lose.
        if (!appended.has_value()) return true;
        return Committed(connection, facts, appended->mark, twin);
      });
  if (status.ok()) {
    if (appended.has_value()) Count(journal, *appended);
    journal.Wake();
    return status;
  }
  if (twin) return absl::OkStatus();
  if (!MayBeReplay(status)) return status;
  auto connection = session.Acquire();
  if (!connection.ok()) return Unseen(std::move(status));
  auto done = Done(**connection, facts);
  if (!done.ok()) return Unseen(std::move(status));
  return *done ? absl::OkStatus() : status;
}

absl::Status RunEffect(Journal& journal, mysql::Connection& connection, const EffectFacts& effect,
                       Fn fn) {
  const Facts facts = FactsOf(journal, effect);
  ASSIGN_OR_RETURN(std::optional<Appended> appended, RunAndAppend(journal, connection, facts, fn));
  if (appended.has_value()) Count(journal, *appended);
  return absl::OkStatus();
}

absl::Status RunItem(Transaction& transaction, absl::FunctionRef<absl::Status()> fn) {
  const size_t before = transaction.changes().size();
  absl::Status status =
      mysql::Savepoint(transaction.connection(), [&](mysql::Connection&) { return fn(); });
  if (!status.ok()) transaction.Rewind(before);
  return status;
}

}  // namespace qinglian::journal
