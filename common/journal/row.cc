#include "common/journal/row.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/clock/date.h"
#include "common/crypto/crypto.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "qinglian/access/v1/access.pb.h"

namespace qinglian::journal {
namespace {

using google::protobuf::Descriptor;

// Rows of one statement: powers of two, so that a connection keeps few statements. Bytes of one
// statement stay well under the 16 MB that a server takes at once.
constexpr size_t kMaxRowsPerInsert = 256;
constexpr size_t kMaxBytesPerInsert = 4 << 20;
constexpr int kInsertedColumns = kRowColumnCount - 1;

std::optional<std::string> OptionalBytes(const mysql::Rows& rows, int i) {
  if (rows.IsNull(i)) return std::nullopt;
  return rows.Bytes(i);
}

bool HoldsSealed(const Descriptor* type, std::set<const Descriptor*>& seen) {
  if (!seen.insert(type).second) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type->field(i);
    if (field->options().GetExtension(access::v1::field) == access::v1::SENSITIVITY_SEALED)
      return true;
    if (field->message_type() != nullptr && HoldsSealed(field->message_type(), seen)) return true;
  }
  return false;
}

// Whether messages of the type, or what they hold, have a field for a sealed value. Each thread
// remembers what it found out.
bool MayHoldSealed(const Descriptor* type) {
  thread_local std::unordered_map<const Descriptor*, bool> known;
  const auto [entry, added] = known.try_emplace(type, false);
  if (added) {
    std::set<const Descriptor*> seen;
    entry->second = HoldsSealed(type, seen);
  }
  return entry->second;
}

std::string InsertSql(size_t rows) {
  std::string values = "(?";
  for (int i = 1; i < kInsertedColumns; ++i) values += ",?";
  values += ")";
  std::string sql =
      "INSERT INTO journal (time, actor, acting_for, client, method, request_id, ordinal, "
      "request_hash, resource, "
      "version, kind, operation, organization, after, response_type, response, changed_fields, "
      "reason, "
      "cause_service, cause_position, trace_id, content_hash) VALUES ";
  for (size_t i = 0; i < rows; ++i) absl::StrAppend(&sql, i == 0 ? "" : ",", values);
  return sql;
}

// The statement for 2^log rows.
const std::string& InsertSqlOf(size_t log) {
  static const auto* const all = [] {
    auto* sql = new std::array<std::string, 9>();
    for (size_t i = 0; i < sql->size(); ++i) (*sql)[i] = InsertSql(size_t{1} << i);
    return sql;
  }();
  return (*all)[log];
}

void AppendParams(const Row& row, std::vector<mysql::Param>& params) {
  params.insert(
      params.end(),
      {row.time,       row.actor,          row.acting_for,   row.client,        row.method,
       row.request_id, row.ordinal,        row.request_hash, row.resource,      row.version,
       row.kind,       row.operation,      row.organization, row.after,         row.response_type,
       row.response,   row.changed_fields, row.reason,       row.cause_service, row.cause_position,
       row.trace_id,   row.content_hash});
}

size_t BytesOf(const Row& row) {
  return row.after.size() + (row.response ? row.response->size() : 0) + row.reason.size() + 1000;
}

// How many rows from `first` go into one statement, as a power of two.
size_t LogOfChunk(const std::vector<Row>& rows, size_t first) {
  size_t fit = 0;
  for (size_t bytes = 0; first + fit < rows.size() && fit < kMaxRowsPerInsert; ++fit) {
    bytes += BytesOf(rows[first + fit]);
    if (fit > 0 && bytes > kMaxBytesPerInsert) break;
  }
  size_t log = 0;
  while ((size_t{2} << log) <= fit) ++log;
  return log;
}

// The parts of a change that are kept otherwise than they are shown. What is no id is left out.
void SetOrganization(std::string_view bytes, v1::Change& change) {
  if (bytes.empty()) return;
  if (auto uuid = id::Uuid::FromBytes(bytes); uuid.ok()) {
    change.set_organization(id::FormatName("organizations", *uuid));
  }
}

void SetChangedFields(const std::string& paths, v1::Change& change) {
  for (absl::string_view field : absl::StrSplit(paths, ',', absl::SkipEmpty())) {
    change.add_changed_fields(std::string(field));
  }
}

void SetRequestId(std::string_view bytes, v1::Origin& origin) {
  if (auto uuid = id::Uuid::FromBytes(bytes); uuid.ok()) origin.set_request_id(uuid->ToString());
}

}  // namespace

const char kRowColumns[] =
    "j.id, j.time, j.actor, j.acting_for, j.client, j.method, j.request_id, j.ordinal, "
    "j.request_hash, j.resource, "
    "j.version, j.kind, j.operation, j.organization, j.after, j.response_type, j.response, "
    "j.changed_fields, "
    "j.reason, j.cause_service, j.cause_position, j.trace_id, j.content_hash";

const char kChangeColumns[] =
    "j.resource, j.time, j.version, j.kind, j.operation, j.organization, j.after, "
    "j.changed_fields, "
    "j.actor, j.acting_for, j.client, j.method, j.request_id, j.trace_id, j.reason, "
    "j.cause_service, j.cause_position";

Row ReadRow(const mysql::Rows& rows, int first) {
  int i = first;
  Row row;
  row.id = rows.Uint(i++);
  row.time = rows.Time(i++);
  row.actor = rows.Bytes(i++);
  row.acting_for = rows.Bytes(i++);
  row.client = rows.Bytes(i++);
  row.method = rows.Bytes(i++);
  row.request_id = rows.Bytes(i++);
  row.ordinal = rows.Uint(i++);
  row.request_hash = rows.Bytes(i++);
  row.resource = rows.Bytes(i++);
  row.version = rows.Int(i++);
  row.kind = rows.Bytes(i++);
  row.operation = rows.Bytes(i++);
  row.organization = OptionalBytes(rows, i++);
  row.after = rows.Bytes(i++);
  row.response_type = OptionalBytes(rows, i++);
  row.response = OptionalBytes(rows, i++);
  row.changed_fields = rows.Bytes(i++);
  row.reason = rows.Bytes(i++);
  row.cause_service = OptionalBytes(rows, i++);
  if (!rows.IsNull(i)) row.cause_position = rows.Uint(i);
  ++i;
  row.trace_id = rows.Bytes(i++);
  row.content_hash = rows.Bytes(i++);
  return row;
}

Row RowOf(const Facts& facts, absl::Time time, uint64_t ordinal) {
  Row row;
  row.time = time;
  row.actor = facts.actor;
  row.acting_for = facts.acting_for;
  row.client = facts.client;
  row.method = facts.method;
  row.request_id = facts.request_id.Bytes();
  row.ordinal = ordinal;
  row.request_hash = facts.request_hash;
  row.operation = v1::Change::Operation_Name(v1::Change::OPERATION_UNSPECIFIED);
  row.trace_id = facts.trace_id;
  if (facts.cause.has_value()) {
    row.cause_service = facts.cause->service();
    row.cause_position = facts.cause->position();
  }
  return row;
}

std::string ContentHash(const Row& row) {
  crypto::Canonical canonical;
  // The first field names the form, so that another can follow it one day.
  canonical.Add("qinglian.journal.row.1")
      .Add(absl::ToUnixMicros(row.time))
      .Add(row.actor)
      .Add(row.acting_for)
      .Add(row.client)
      .Add(row.method)
      .Add(row.request_id)
      .Add(row.ordinal)
      .Add(row.request_hash)
      .Add(row.resource)
      .Add(row.version)
      .Add(row.kind)
      .Add(row.operation)
      .Add(row.organization)
      .Add(row.after)
      .Add(row.response_type)
      .Add(row.response)
      .Add(row.changed_fields)
      .Add(row.reason)
      .Add(row.cause_service)
      .Add(row.cause_position)
      .Add(row.trace_id);
  return crypto::Sha256(canonical.bytes());
}

std::string ChainHash(std::string_view previous, uint64_t position, std::string_view content_hash) {
  return crypto::Sha256(crypto::Canonical().Add(previous).Add(position).Add(content_hash).bytes());
}

std::string GenesisHash() { return std::string(crypto::kHashSize, '\0'); }

std::string RequestHash(const google::protobuf::Message& request, std::string_view key) {
  std::unique_ptr<google::protobuf::Message> copy;
  const google::protobuf::Message* hashed = &request;
  if (const auto* field = request.GetDescriptor()->FindFieldByName("request_id")) {
    copy.reset(request.New());
    copy->CopyFrom(request);
    copy->GetReflection()->ClearField(copy.get(), field);
    hashed = copy.get();
  }
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    hashed->SerializeToCodedStream(&coded);
  }
  return MayHoldSealed(request.GetDescriptor()) ? crypto::Hmac(key, bytes) : crypto::Sha256(bytes);
}

v1::Change ToChange(const Row& row, uint64_t position) {
  v1::Change change;
  change.set_position(position);
  *change.mutable_time() = clock::ToTimestamp(row.time);
  change.set_resource(row.resource);
  change.set_version(row.version);
  change.set_kind(row.kind);
  v1::Change::Operation operation = v1::Change::OPERATION_UNSPECIFIED;
  v1::Change::Operation_Parse(row.operation, &operation);
  change.set_operation(operation);
  if (row.organization.has_value()) SetOrganization(*row.organization, change);
  change.mutable_after()->set_type_url(absl::StrCat("type.googleapis.com/", row.kind));
  change.mutable_after()->set_value(row.after);
  SetChangedFields(row.changed_fields, change);
  v1::Origin& origin = *change.mutable_origin();
  origin.set_actor(row.actor);
  origin.set_acting_for(row.acting_for);
  origin.set_client(row.client);
  origin.set_method(row.method);
  SetRequestId(row.request_id, origin);
  origin.set_trace_id(row.trace_id);
  change.set_reason(row.reason);
  if (row.cause_service.has_value()) {
    change.mutable_cause()->set_service(*row.cause_service);
    change.mutable_cause()->set_position(row.cause_position.value_or(0));
  }
  return change;
}

std::string ReadChange(const mysql::Rows& rows, int first, uint64_t position, v1::Change& change) {
  // What is cleared keeps its memory, so that a change used again allocates little.
  change.Clear();
  int i = first;
  change.set_resource(rows.Bytes(i++));
  if (change.resource().empty()) return "";
  change.set_position(position);
  *change.mutable_time() = clock::ToTimestamp(rows.Time(i++));
  change.set_version(rows.Int(i++));
  change.set_kind(rows.Bytes(i++));
  v1::Change::Operation operation = v1::Change::OPERATION_UNSPECIFIED;
  v1::Change::Operation_Parse(rows.Bytes(i++), &operation);
  if (operation == v1::Change::OPERATION_READ) {
    change.Clear();
    return "";
  }
  change.set_operation(operation);
  std::string organization = rows.Bytes(i++);
  SetOrganization(organization, change);
  change.mutable_after()->set_type_url(absl::StrCat("type.googleapis.com/", change.kind()));
  change.mutable_after()->set_value(rows.Bytes(i++));
  SetChangedFields(rows.Bytes(i++), change);
  v1::Origin& origin = *change.mutable_origin();
  origin.set_actor(rows.Bytes(i++));
  origin.set_acting_for(rows.Bytes(i++));
  origin.set_client(rows.Bytes(i++));
  origin.set_method(rows.Bytes(i++));
  SetRequestId(rows.Bytes(i++), origin);
  origin.set_trace_id(rows.Bytes(i++));
  change.set_reason(rows.Bytes(i++));
  if (!rows.IsNull(i)) {
    change.mutable_cause()->set_service(rows.Bytes(i));
    change.mutable_cause()->set_position(rows.Uint(i + 1));
  }
  return organization;
}

absl::Status InsertRows(mysql::Connection& connection, std::vector<Row>& rows) {
  for (Row& row : rows) row.content_hash = ContentHash(row);
  std::vector<mysql::Param> params;
  for (size_t first = 0; first < rows.size();) {
    const size_t log = LogOfChunk(rows, first);
    const size_t count = size_t{1} << log;
    params.clear();
    params.reserve(count * kInsertedColumns);
    for (size_t i = first; i < first + count; ++i) AppendParams(rows[i], params);
    RETURN_IF_ERROR(connection.Execute(InsertSqlOf(log), params).status());
    first += count;
  }
  if (rows.size() == 1) {
    return connection
        .Execute(
            "INSERT INTO journal_pending (journal_id, content_hash) VALUES (LAST_INSERT_ID(), ?)",
            {rows[0].content_hash})
        .status();
  }
  // By the request, not by counting up from LAST_INSERT_ID(): clusters step by more than one.
  return connection
      .Execute(
          "INSERT INTO journal_pending (journal_id, content_hash) SELECT id, content_hash FROM "
          "journal "
          "WHERE client=? AND actor=? AND method=? AND request_id=?",
          {rows[0].client, rows[0].actor, rows[0].method, rows[0].request_id})
      .status();
}

}  // namespace qinglian::journal
