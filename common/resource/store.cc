#include "common/resource/store.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/clock/date.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "common/visibility/redaction.h"
#include "google/protobuf/timestamp.pb.h"

namespace qinglian::resource {
namespace {

using access::v1::Sensitivity;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using visibility::Use;

std::string Text(const Message& message, const char* field_name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  return field == nullptr ? std::string() : message.GetReflection()->GetString(message, field);
}

void SetText(Message& message, const char* field_name, std::string text) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  if (field != nullptr) message.GetReflection()->SetString(&message, field, std::move(text));
}

void SetTime(Message& message, const char* field_name, absl::Time time) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  if (field == nullptr) return;
  static_cast<google::protobuf::Timestamp&>(
      *message.GetReflection()->MutableMessage(&message, field)) = clock::ToTimestamp(time);
}

bool Has(const Message& message, const char* field_name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  return field != nullptr && message.GetReflection()->HasField(message, field);
}

std::vector<std::string> ExtraNames(absl::Span<const ExtraColumn> extra) {
  std::vector<std::string> names;
  for (const ExtraColumn& column : extra) names.emplace_back(column.name);
  return names;
}

// "key > ? OR (key = ? AND id > ?)", or by id alone.
void AddKeyset(const paging::Order& order, const std::string& table,
               const paging::Position& position, std::string& where, record::Values& values) {
  const char* beyond = order.descending ? " < ?" : " > ?";
  const std::string id = absl::StrCat(table, ".id");
  if (order.column == nullptr) {
    absl::StrAppend(&where, " AND ", id, beyond);
  } else {
    const std::string key = absl::StrCat(table, ".", order.column->name);
    absl::StrAppend(&where, " AND (", key, beyond, " OR (", key, " = ? AND ", id, beyond, "))");
    values.AddOwned(position.key);
    values.AddOwned(position.key);
  }
  values.AddOwned(position.id);
}

std::string OrderSql(const paging::Order& order, const std::string& table) {
  const char* direction = order.descending ? " DESC" : "";
  if (order.column == nullptr) return absl::StrCat(" ORDER BY ", table, ".id", direction);
  return absl::StrCat(" ORDER BY ", table, ".", order.column->name, direction, ", ", table, ".id",
                      direction);
}

void AddConditions(const std::vector<paging::Condition>& conditions, std::string& where,
                   std::vector<mysql::Param>& params) {
  for (const paging::Condition& condition : conditions) {
    absl::StrAppend(&where, " AND ", condition.sql);
    params.insert(params.end(), condition.values.params().begin(), condition.values.params().end());
  }
}

// What a token is bound to of a condition.
void AppendText(const paging::Condition& condition, std::string& text) {
  absl::StrAppend(&text, "\n", condition.sql);
  for (const mysql::Param& param : condition.values.params()) {
    if (const auto* bytes = std::get_if<std::string_view>(&param.value())) {
      absl::StrAppend(&text, "\n", status::View(*bytes));
    } else if (const auto* time = std::get_if<absl::Time>(&param.value())) {
      absl::StrAppend(&text, "\n", absl::FormatTime(*time, absl::UTCTimeZone()));
    } else if (const auto* day = std::get_if<absl::CivilDay>(&param.value())) {
      absl::StrAppend(&text, "\n", absl::FormatCivilTime(*day));
    }
  }
}

// All that chooses and orders the rows, for the token to be bound to.
std::string QuestionText(const record::Plan& plan, const Question& question) {
  std::string text = absl::StrCat(plan.table(), "\n", status::View(question.filter), "\n",
                                  status::View(question.order_by));
  for (const paging::Condition& condition : question.conditions) AppendText(condition, text);
  if (!question.rows.sql.empty()) AppendText(question.rows, text);
  return text;
}

}  // namespace

std::string Source(const record::Plan& plan, const paging::Condition& rows) {
  if (rows.sql.empty()) return plan.table();
  return absl::StrCat("(", rows.sql, ") AS ", plan.table());
}

absl::StatusOr<Sensitivity> MessageStore::LoadFor(mysql::Connection& connection,
                                                  const access::Scope& scope, Use use,
                                                  std::string_view name, std::string_view suffix,
                                                  Message& into,
                                                  const paging::Condition& from) const {
  ASSIGN_OR_RETURN(const std::string id, plan_.type().IdOf(name));
  const bool ask = scope.principal() != nullptr;
  std::vector<mysql::Param> params = from.values.params();
  params.emplace_back(std::string_view(id));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT ", plan_.select_list(),
                       ask ? ", " + visibility::PathColumn(plan_) : std::string(), " FROM ",
                       Source(plan_, from), " WHERE id = ?", status::View(suffix)),
          params));
  if (!rows.Next()) return status::NotFound(plan_.type().type, name);
  plan_.Read(rows, 0, into);
  if (!ask) return access::v1::SENSITIVITY_SEALED;
  const std::string path = rows.Bytes(static_cast<int>(plan_.columns().size()));
  ASSIGN_OR_RETURN(const access::Decision decision,
                   visibility::Decide(connection, plan_, scope, use, into, path));
  if (decision.verdict != access::Verdict::kAllowed) {
    scope.NoteRefused();
    return status::NotFound(plan_.type().type, name);
  }
  return decision.view;
}

absl::Status MessageStore::Get(mysql::Connection& connection, std::string_view name,
                               Message& into) const {
  return LoadFor(connection, access::Scope(), Use::kRead, name, "", into).status();
}

absl::Status MessageStore::Show(mysql::Connection& connection, const access::Scope& scope,
                                std::string_view name, Message& into,
                                const paging::Condition& rows) const {
  ASSIGN_OR_RETURN(const Sensitivity view,
                   LoadFor(connection, scope, Use::kRead, name, "", into, rows));
  return visibility::Redact(connection, plan_, scope, {{&into, view}});
}

absl::Status MessageStore::Refer(journal::Transaction& tx, std::string_view name,
                                 Message& into) const {
  const absl::Status loaded =
      LoadFor(tx.connection(), tx.scope(), Use::kReference, name, "", into).status();
  if (absl::IsNotFound(loaded)) tx.NoteHidden();
  return loaded;
}

absl::Status MessageStore::LockFor(journal::Transaction& tx, Use use, std::string_view name,
                                   Message& into) const {
  const absl::StatusOr<Sensitivity> view =
      LoadFor(tx.connection(), tx.scope(), use, name, " FOR UPDATE", into);
  // What is hidden and what is not there are not told apart, here neither.
  if (absl::IsNotFound(view.status())) tx.NoteHidden();
  RETURN_IF_ERROR(view.status());
  if (use == Use::kChange) tx.NoteView(*view);
  if (Has(into, "delete_time")) return status::NotFound(plan_.type().type, name);
  return absl::OkStatus();
}

absl::Status MessageStore::Lock(journal::Transaction& tx, std::string_view name,
                                Message& into) const {
  return LockFor(tx, Use::kReference, name, into);
}

absl::Status MessageStore::LockUnasked(journal::Transaction& tx, std::string_view name,
                                       Message& into) const {
  RETURN_IF_ERROR(
      LoadFor(tx.connection(), access::Scope(), Use::kReference, name, " FOR UPDATE", into)
          .status());
  if (Has(into, "delete_time")) return status::NotFound(plan_.type().type, name);
  return absl::OkStatus();
}

absl::Status MessageStore::LockTarget(journal::Transaction& tx, std::string_view name,
                                      std::string_view etag, Message& into) const {
  if (!etag.empty()) return LockFresh(tx, name, etag, into);
  return LockFor(tx, Use::kChange, name, into);
}

absl::Status MessageStore::LockFresh(journal::Transaction& tx, std::string_view name,
                                     std::string_view etag, Message& into) const {
  if (etag.empty()) return status::Error(status::kEtagRequired, {{"resource", std::string(name)}});
  RETURN_IF_ERROR(record::VersionOfEtag(etag).status());
  RETURN_IF_ERROR(LockFor(tx, Use::kChange, name, into));
  if (Text(into, "etag") == etag) return absl::OkStatus();
  return status::Error(status::kEtagStale,
                       {{"resource", std::string(name)}, {"etag", Text(into, "etag")}});
}

absl::Status MessageStore::CheckOwner(journal::Transaction& tx, const Message& resource) const {
  const google::protobuf::FieldDescriptor* field = plan_.organization_field();
  // An organization is its own; where it may be put is for its service to say.
  if (field == nullptr || field->name() == "name" || tx.scope().principal() == nullptr)
    return absl::OkStatus();
  return visibility::CheckReaches(tx.connection(), tx.scope(), OrganizationOf(resource));
}

void MessageStore::Stamp(journal::Transaction& tx, Message& resource) const {
  SetTime(resource, "create_time", tx.now());
  SetTime(resource, "update_time", tx.now());
  SetText(resource, "etag", record::EtagOfVersion(1));
}

absl::Status MessageStore::InsertMany(journal::Transaction& tx,
                                      const std::vector<Message*>& resources,
                                      const std::vector<std::string>& extra_names,
                                      const std::vector<std::vector<std::string>>& extra) const {
  for (size_t done = 0; done < resources.size();) {
    // Chunks of a few sizes only, so that few statements are prepared.
    const size_t left = resources.size() - done;
    const size_t chunk = left >= 64 ? 64 : left >= 8 ? 8 : 1;
    std::vector<record::Values> values(chunk);
    std::vector<mysql::Param> params;
    for (size_t i = 0; i < chunk; ++i) {
      Stamp(tx, *resources[done + i]);
      values[i] = plan_.ForInsert(*resources[done + i], 1);
      params.insert(params.end(), values[i].params().begin(), values[i].params().end());
      for (const std::vector<std::string>& column : extra) params.emplace_back(column[done + i]);
      RecordChange(tx, *resources[done + i], 1, journal::v1::Change::OPERATION_CREATED, {});
    }
    RETURN_IF_ERROR(tx.connection()
                        .Execute(plan_.InsertSql(extra_names, static_cast<int>(chunk)), params)
                        .status());
    done += chunk;
  }
  return absl::OkStatus();
}

absl::Status MessageStore::Insert(journal::Transaction& tx, Message& resource,
                                  absl::Span<const ExtraColumn> extra) const {
  if (Text(resource, "name").empty()) {
    const id::Uuid id = plan_.random_id() ? id::Uuid::NewV4() : id::Uuid::NewV7(tx.now());
    SetText(resource, "name", plan_.type().NameOf(id.Bytes()));
  }
  Stamp(tx, resource);
  RETURN_IF_ERROR(CheckOwner(tx, resource));
  record::Values values = plan_.ForInsert(resource, 1);
  for (const ExtraColumn& column : extra) values.AddOwned(std::string(column.value));
  const std::string sql =
      extra.empty() ? plan_.insert_sql() : plan_.InsertSql(ExtraNames(extra), 1);
  RETURN_IF_ERROR(tx.connection().Execute(sql, values.params()).status());
  RETURN_IF_ERROR(visibility::StoreAudience(tx.connection(), plan_, nullptr, resource));
  RecordChange(tx, resource, 1, journal::v1::Change::OPERATION_CREATED, {});
  return absl::OkStatus();
}

absl::Status MessageStore::Update(journal::Transaction& tx, const Message& before,
                                  Message& after) const {
  if (plan_.Compare(before, after).fields.empty()) return absl::OkStatus();
  return Touch(tx, before, after);
}

absl::Status MessageStore::Touch(journal::Transaction& tx, const Message& before,
                                 Message& after) const {
  ASSIGN_OR_RETURN(const int64_t version, record::VersionOfEtag(Text(before, "etag")));
  if (OrganizationOf(before) != OrganizationOf(after)) RETURN_IF_ERROR(CheckOwner(tx, after));
  SetTime(after, "update_time", tx.now());
  SetText(after, "etag", record::EtagOfVersion(version + 1));
  record::Plan::Difference difference = plan_.Compare(before, after);
  std::string sql = absl::StrCat("UPDATE ", plan_.table(), " SET version = version + 1");
  for (const record::Column* column : difference.columns)
    absl::StrAppend(&sql, ", `", column->name, "` = ?");
  absl::StrAppend(&sql, " WHERE id = ? AND version = ?");
  ASSIGN_OR_RETURN(std::string id, plan_.type().IdOf(Text(after, "name")));
  difference.values.AddOwned(std::move(id));
  difference.values.Add(version);
  ASSIGN_OR_RETURN(const int64_t matched, tx.connection().Execute(sql, difference.values.params()));
  if (matched != 1)
    return absl::InternalError(absl::StrCat(plan_.table(), ": a row changed under its lock"));
  RETURN_IF_ERROR(visibility::StoreAudience(tx.connection(), plan_, &before, after));
  const bool deleted = Has(after, "delete_time") && !Has(before, "delete_time");
  RecordChange(
      tx, after, version + 1,
      deleted ? journal::v1::Change::OPERATION_DELETED : journal::v1::Change::OPERATION_UPDATED,
      std::move(difference.fields));
  return absl::OkStatus();
}

std::string MessageStore::OrganizationOf(const Message& resource) const {
  if (plan_.organization_field() == nullptr) return "";
  return resource.GetReflection()->GetString(resource, plan_.organization_field());
}

std::string MessageStore::ImageOf(const Message& resource) const {
  if (!plan_.seal().Holds(resource)) return resource.SerializeAsString();
  std::unique_ptr<Message> image(resource.New());
  image->CopyFrom(resource);
  plan_.seal().Apply(*image);
  return image->SerializeAsString();
}

void MessageStore::RecordChange(journal::Transaction& tx, const Message& after, int64_t version,
                                journal::v1::Change::Operation operation,
                                std::vector<std::string> changed_fields) const {
  tx.Record({.resource = Text(after, "name"),
             .version = version,
             .kind = plan_.message()->full_name(),
             .operation = operation,
             .organization = OrganizationOf(after),
             .after = ImageOf(after),
             .changed_fields = std::move(changed_fields),
             .reason = {}});
}

absl::Status MessageStore::AddFilterConditions(mysql::Connection& connection,
                                               const access::Scope& scope, const Listing& listing,
                                               const Question& question,
                                               std::vector<paging::Condition>& conditions) const {
  const visibility::Protection& protection = visibility::Protection::Of(plan_.message());
  const access::v1::Sensitivity greatest = protection.greatest();
  if (question.filter.empty() || greatest == access::v1::SENSITIVITY_UNSPECIFIED ||
      scope.ReachesAll(greatest)) {
    return absl::OkStatus();
  }
  std::vector<std::string_view> plain;
  for (const std::string_view field : listing.filter_fields) {
    if (protection.SensitivityOf(field) <= access::v1::SENSITIVITY_INTERNAL) plain.push_back(field);
  }
  // A filter that is a filter without them asks nothing of them.
  if (paging::ParseFilter(plan_, plain, question.filter).ok()) return absl::OkStatus();
  ASSIGN_OR_RETURN(conditions.emplace_back(),
                   visibility::ShownAs(connection, plan_, scope, greatest));
  return absl::OkStatus();
}

absl::StatusOr<std::string> MessageStore::List(mysql::Connection& connection,
                                               const access::Scope& scope,
                                               const paging::TokenCodec& tokens,
                                               const Listing& listing, const Question& question,
                                               const std::function<Message*()>& add) const {
  if (question.page_size < 0) return status::Error(status::kPageSizeInvalid);
  const int32_t size = question.page_size == 0
                           ? listing.default_page_size
                           : std::min(question.page_size, listing.max_page_size);
  ASSIGN_OR_RETURN(paging::Condition filter,
                   paging::ParseFilter(plan_, listing.filter_fields, question.filter));
  ASSIGN_OR_RETURN(const paging::Order order,
                   paging::ParseOrder(plan_, listing.order_fields, question.order_by));
  const std::string bound_to = QuestionText(plan_, question);
  // Not part of what tokens are bound to: they say where to go on, never what may be seen.
  ASSIGN_OR_RETURN(std::vector<paging::Condition> visible,
                   visibility::Conditions(connection, plan_, scope));
  RETURN_IF_ERROR(AddFilterConditions(connection, scope, listing, question, visible));
  std::string where = filter.sql;
  record::Values last;
  const bool led = !question.way.from.sql.empty();
  std::vector<mysql::Param> params =
      led ? question.way.from.values.params() : question.rows.values.params();
  const std::vector<mysql::Param>& filtered = filter.values.params();
  params.insert(params.end(), filtered.begin(), filtered.end());
  AddConditions(question.conditions, where, params);
  AddConditions(visible, where, params);

  if (led) {
    absl::StrAppend(&where, " AND ", question.way.condition.sql);
    const std::vector<mysql::Param>& led_by = question.way.condition.values.params();
    params.insert(params.end(), led_by.begin(), led_by.end());
  }
  if (plan_.field("delete_time") != nullptr)
    absl::StrAppend(&where, " AND ", plan_.table(), ".delete_time IS NULL");
  if (!question.page_token.empty()) {
    ASSIGN_OR_RETURN(const paging::Position position, tokens.Decode(bound_to, question.page_token));
    AddKeyset(order, plan_.table(), position, where, last);
    params.insert(params.end(), last.params().begin(), last.params().end());
  }
  const visibility::Protection& protection = visibility::Protection::Of(plan_.message());
  const std::string path = protection.has_fields() ? visibility::PathColumn(plan_) : "NULL";
  const std::string key =
      order.column == nullptr ? "''" : absl::StrCat(plan_.table(), ".", order.column->name);
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT ", led ? "STRAIGHT_JOIN " : "", plan_.select_list(), ", ", key, ", ",
                       path, " FROM ", led ? question.way.from.sql : Source(plan_, question.rows),
                       " WHERE ", where, OrderSql(order, plan_.table()), " LIMIT ", size + 1),
          params));
  const int beyond = static_cast<int>(plan_.columns().size());
  paging::Position position;
  std::vector<visibility::Shown> shown;
  for (int32_t i = 0; i < size && rows.Next(); ++i) {
    Message& resource = *add();
    plan_.Read(rows, 0, resource);
    shown.push_back({&resource, visibility::ViewOf(scope, rows.Bytes(beyond + 1))});
    position = {rows.Bytes(beyond), rows.Bytes(0)};
  }
  RETURN_IF_ERROR(visibility::Redact(connection, plan_, scope, shown));
  return rows.Next() ? tokens.Encode(bound_to, position) : std::string();
}

journal::SnapshotSource MessageStore::Snapshots() const {
  return {plan_.message()->full_name(),
          [this](mysql::Connection& connection, std::string_view after_id, int limit) {
            return ReadSnapshot(connection, after_id, limit);
          }};
}

absl::StatusOr<journal::SnapshotPage> MessageStore::ReadSnapshot(mysql::Connection& connection,
                                                                 std::string_view after_id,
                                                                 int limit) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT ", plan_.select_list(), " FROM ", plan_.table(),
                                    " WHERE id > ? ORDER BY id LIMIT ", limit),
                       {after_id}));
  journal::SnapshotPage page;
  while (rows.Next()) {
    std::unique_ptr<Message> resource(google::protobuf::MessageFactory::generated_factory()
                                          ->GetPrototype(plan_.message())
                                          ->New());
    plan_.Read(rows, 0, *resource);
    if (plan_.seal().Holds(*resource)) plan_.seal().Apply(*resource);
    journal::v1::Change& change = page.changes.emplace_back();
    change.set_resource(Text(*resource, "name"));
    change.set_version(rows.Int(1));
    change.set_kind(plan_.message()->full_name());
    change.set_operation(journal::v1::Change::OPERATION_SNAPSHOT);
    change.set_organization(OrganizationOf(*resource));
    change.mutable_after()->PackFrom(*resource);
    page.last_id = rows.Bytes(0);
  }
  return page;
}

}  // namespace qinglian::resource
