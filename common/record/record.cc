#include "common/record/record.h"

#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/clock/date.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/type/date.pb.h"
#include "qinglian/record/v1/record.pb.h"

namespace qinglian::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsTime(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type() == google::protobuf::Timestamp::descriptor();
}

bool IsDay(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type() == google::type::Date::descriptor();
}

// Whether a field can be a column at all; what cannot lies in `details`.
bool IsColumn(const FieldDescriptor* field) {
  if (field->is_repeated()) return false;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return IsTime(field) || IsDay(field);
  return true;
}

ColumnKind KindOf(const FieldDescriptor* field, const ResourceType* reference) {
  if (reference != nullptr) return ColumnKind::kReference;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return ColumnKind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return ColumnKind::kEnum;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return ColumnKind::kInt;
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return ColumnKind::kUint;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return ColumnKind::kDouble;
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? ColumnKind::kBytes : ColumnKind::kText;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsTime(field) ? ColumnKind::kTime : ColumnKind::kDay;
  }
  GOOGLE_LOG(FATAL) << field->full_name();
}

int64_t IntOf(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? reflection->GetInt32(message, field)
                                                             : reflection->GetInt64(message, field);
}

uint64_t UintOf(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32
             ? reflection->GetUInt32(message, field)
             : reflection->GetUInt64(message, field);
}

double DoubleOf(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT
             ? reflection->GetFloat(message, field)
             : reflection->GetDouble(message, field);
}

bool SameField(const Message& a, const Message& b, const FieldDescriptor* field) {
  static thread_local std::string left, right;
  const Reflection* reflection = a.GetReflection();
  if (field->is_repeated() || field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    google::protobuf::util::MessageDifferencer differencer;
    std::vector<const FieldDescriptor*> fields = {field};
    return differencer.CompareWithFields(a, b, fields, fields);
  }
  if (field->has_presence() && reflection->HasField(a, field) != reflection->HasField(b, field))
    return false;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(a, field) == reflection->GetBool(b, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->GetEnumValue(a, field) == reflection->GetEnumValue(b, field);
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return IntOf(a, field) == IntOf(b, field);
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return UintOf(a, field) == UintOf(b, field);
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetStringReference(a, field, &left) ==
             reflection->GetStringReference(b, field, &right);
    default:
      return DoubleOf(a, field) == DoubleOf(b, field);
  }
}

// What is not valid was refused before it came here; NULL is what is left to say.
template <typename T>
void AddOrNull(const absl::StatusOr<T>& value, Values& values) {
  if (value.ok()) {
    values.Add(*value);
  } else {
    values.Add(nullptr);
  }
}

// The pool builds its files when they are asked for by name, and only its database knows all names.
std::vector<const Descriptor*> Collect() {
  std::vector<std::string> files;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const Descriptor*> resources;
  for (const std::string& name : files) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; file != nullptr && i < file->message_type_count(); ++i) {
      if (file->message_type(i)->options().HasExtension(v1::table))
        resources.push_back(file->message_type(i));
    }
  }
  return resources;
}

}  // namespace

const Plan& Plan::Of(const Descriptor* message) {
  static std::mutex mutex;
  static auto& plans = *new std::map<const Descriptor*, std::unique_ptr<Plan>>;
  std::lock_guard lock(mutex);
  std::unique_ptr<Plan>& plan = plans[message];
  if (plan == nullptr) plan.reset(new Plan(message));
  return *plan;
}

Plan::Plan(const Descriptor* message) : message_(message), type_(TypeOf(message)), seal_(message) {
  GOOGLE_CHECK(type_ != nullptr && message->options().HasExtension(v1::table))
      << message->full_name() << " is no resource with a table";
  const v1::Table& table = message->options().GetExtension(v1::table);
  table_ = table.name();
  random_id_ = table.random_id();
  if (!table.organization_field().empty()) {
    organization_field_ = message->FindFieldByName(table.organization_field());
    GOOGLE_CHECK(organization_field_ != nullptr) << message->full_name();
  }
  const FieldDescriptor* name = message->FindFieldByName("name");
  GOOGLE_CHECK(name != nullptr) << message->full_name() << " has no name";
  columns_.push_back({"id", ColumnKind::kId, name, type_});
  columns_.push_back({"version", ColumnKind::kVersion, message->FindFieldByName("etag")});
  for (int i = 0; i < message->field_count(); ++i) AddField(message->field(i));
  columns_.push_back({"details", ColumnKind::kDetails});
  const auto qualified = [this](std::string* out, const Column& column) {
    absl::StrAppend(out, table_, ".", column.name);
  };
  select_list_ = absl::StrJoin(columns_, ", ", qualified);
  insert_sql_ = InsertSql({}, 1);
}

std::string Plan::InsertSql(const std::vector<std::string>& extra_columns, int rows) const {
  std::vector<std::string> names;
  // Quoted, because a contract may use a word that one of the databases reserves (`rank`).
  for (const Column& column : columns_) names.push_back(absl::StrCat("`", column.name, "`"));
  names.insert(names.end(), extra_columns.begin(), extra_columns.end());
  const std::string row =
      absl::StrCat("(", absl::StrJoin(std::vector<std::string>(names.size(), "?"), ", "), ")");
  return absl::StrCat("INSERT INTO ", table_, " (", absl::StrJoin(names, ", "), ") VALUES ",
                      absl::StrJoin(std::vector<std::string>(rows, row), ", "));
}

void Plan::AddField(const FieldDescriptor* field) {
  const v1::Column& options = field->options().GetExtension(v1::column);
  // name and etag are the columns id and version.
  const bool special = field->name() == "name" || field->name() == "etag" || options.computed();
  if (!special && (options.in_details() || !IsColumn(field))) return;
  elsewhere_.push_back(field);
  if (special) return;
  const ResourceType* reference = ReferenceOf(field);
  columns_.push_back({field->name(), KindOf(field, reference), field, reference});
}

const Column* Plan::Find(std::string_view field) const {
  for (const Column& column : columns_) {
    const bool holds = column.field != nullptr && column.kind != ColumnKind::kVersion;
    if (holds && column.field->name() == field) return &column;
  }
  return nullptr;
}

std::string Plan::Details(const Message& resource) const {
  std::unique_ptr<Message> rest(resource.New());
  rest->CopyFrom(resource);
  const Reflection* reflection = rest->GetReflection();
  for (const FieldDescriptor* field : elsewhere_) reflection->ClearField(rest.get(), field);
  return rest->SerializeAsString();
}

void Plan::AddValue(const Column& column, const Message& resource, Values& values) const {
  const Reflection* reflection = resource.GetReflection();
  const FieldDescriptor* field = column.field;
  if (column.kind == ColumnKind::kDetails) return values.AddOwned(Details(resource));
  if (field->has_presence() && !reflection->HasField(resource, field)) return values.Add(nullptr);
  switch (column.kind) {
    case ColumnKind::kId:
    case ColumnKind::kReference: {
      absl::StatusOr<std::string> id =
          column.reference->IdOf(reflection->GetString(resource, field));
      return id.ok() ? values.AddOwned(*std::move(id)) : values.Add(nullptr);
    }
    case ColumnKind::kText:
    case ColumnKind::kBytes: {
      std::string text = reflection->GetString(resource, field);
      const bool null = text.empty() && field->has_presence();
      return null ? values.Add(nullptr) : values.AddOwned(std::move(text));
    }
    case ColumnKind::kBool:
      return values.Add(reflection->GetBool(resource, field));
    case ColumnKind::kInt:
      return values.Add(IntOf(resource, field));
    case ColumnKind::kUint:
      return values.Add(UintOf(resource, field));
    case ColumnKind::kDouble:
      return values.Add(DoubleOf(resource, field));
    case ColumnKind::kEnum:
      return values.Add(std::string_view(reflection->GetEnum(resource, field)->name()));
    case ColumnKind::kTime:
      return AddOrNull(clock::ToTime(static_cast<const google::protobuf::Timestamp&>(
                           reflection->GetMessage(resource, field))),
                       values);
    case ColumnKind::kDay:
      return AddOrNull(clock::ToDay(static_cast<const google::type::Date&>(
                           reflection->GetMessage(resource, field))),
                       values);
    case ColumnKind::kVersion:
    case ColumnKind::kDetails:
      return;
  }
}

Values Plan::ForInsert(const Message& resource, int64_t version) const {
  Values values;
  for (const Column& column : columns_) {
    if (column.kind == ColumnKind::kVersion) {
      values.Add(version);
    } else {
      AddValue(column, resource, values);
    }
  }
  return values;
}

void Plan::Read(const mysql::Rows& rows, int first, Message& resource) const {
  const int details = first + static_cast<int>(columns_.size()) - 1;
  resource.ParseFromString(rows.Bytes(details));
  for (size_t i = 0; i + 1 < columns_.size(); ++i) {
    const int column = first + static_cast<int>(i);
    if (!rows.IsNull(column)) ReadColumn(columns_[i], rows, column, resource);
  }
}

void Plan::ReadColumn(const Column& column, const mysql::Rows& rows, int i,
                      Message& resource) const {
  const Reflection* reflection = resource.GetReflection();
  const FieldDescriptor* field = column.field;
  switch (column.kind) {
    case ColumnKind::kId:
    case ColumnKind::kReference:
      return reflection->SetString(&resource, field, column.reference->NameOf(rows.Bytes(i)));
    case ColumnKind::kVersion:
      if (field != nullptr) reflection->SetString(&resource, field, EtagOfVersion(rows.Int(i)));
      return;
    case ColumnKind::kText:
    case ColumnKind::kBytes:
      return reflection->SetString(&resource, field, rows.Bytes(i));
    case ColumnKind::kBool:
      return reflection->SetBool(&resource, field, rows.Bool(i));
    case ColumnKind::kInt:
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
        return reflection->SetInt32(&resource, field, static_cast<int32_t>(rows.Int(i)));
      }
      return reflection->SetInt64(&resource, field, rows.Int(i));
    case ColumnKind::kUint:
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
        return reflection->SetUInt32(&resource, field, static_cast<uint32_t>(rows.Uint(i)));
      }
      return reflection->SetUInt64(&resource, field, rows.Uint(i));
    case ColumnKind::kDouble:
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
        return reflection->SetFloat(&resource, field, static_cast<float>(rows.Double(i)));
      }
      return reflection->SetDouble(&resource, field, rows.Double(i));
    case ColumnKind::kEnum: {
      const auto* value = field->enum_type()->FindValueByName(rows.Bytes(i));
      if (value != nullptr) reflection->SetEnum(&resource, field, value);
      return;
    }
    case ColumnKind::kTime:
      static_cast<google::protobuf::Timestamp&>(*reflection->MutableMessage(&resource, field)) =
          clock::ToTimestamp(rows.Time(i));
      return;
    case ColumnKind::kDay:
      static_cast<google::type::Date&>(*reflection->MutableMessage(&resource, field)) =
          clock::ToDate(rows.Day(i));
      return;
    case ColumnKind::kDetails:
      return;
  }
}

Plan::Difference Plan::Compare(const Message& before, const Message& after) const {
  Difference difference;
  for (const Column& column : columns_) {
    const bool own = column.kind == ColumnKind::kId || column.kind == ColumnKind::kVersion;
    if (column.field == nullptr || own) continue;
    if (SameField(before, after, column.field)) continue;
    difference.columns.push_back(&column);
    AddValue(column, after, difference.values);
  }
  const std::set<const FieldDescriptor*> elsewhere(elsewhere_.begin(), elsewhere_.end());
  bool details = false;
  for (int i = 0; i < message_->field_count(); ++i) {
    const FieldDescriptor* field = message_->field(i);
    if (field->name() == "etag" || field->name() == "update_time") continue;
    if (field->options().GetExtension(v1::column).computed()) continue;
    if (SameField(before, after, field)) continue;
    difference.fields.push_back(field->name());
    details = details || elsewhere.count(field) == 0;
  }
  if (details) {
    difference.columns.push_back(&columns_.back());
    AddValue(columns_.back(), after, difference.values);
  }
  return difference;
}

absl::Status Plan::Check(mysql::Connection& connection) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT column_name FROM information_schema.columns "
                                    "WHERE table_schema = DATABASE() AND table_name = ?",
                                    {table_}));
  std::set<std::string> present;
  while (rows.Next()) present.insert(rows.Bytes(0));
  std::vector<std::string> missing;
  for (const Column& column : columns_) {
    if (present.count(column.name) == 0) missing.push_back(column.name);
  }
  if (missing.empty()) return absl::OkStatus();
  return status::Error(
      status::kSchemaMismatch,
      {{"detail", absl::StrCat("table ", table_, " lacks ", absl::StrJoin(missing, ", "))}});
}

const std::vector<const google::protobuf::Descriptor*>& LinkedResources() {
  static const auto& resources = *new std::vector<const google::protobuf::Descriptor*>(Collect());
  return resources;
}

absl::StatusOr<int64_t> VersionOfEtag(std::string_view etag) {
  int64_t version = 0;
  const bool quoted = etag.size() > 2 && etag.front() == '"' && etag.back() == '"';
  if (!quoted || !absl::SimpleAtoi(status::View(etag.substr(1, etag.size() - 2)), &version)) {
    status::FieldViolations violations;
    violations.Add("etag", "ETAG", "not an etag of this service", "不是本服务给出的 etag");
    return violations.ToStatus();
  }
  return version;
}

std::string EtagOfVersion(int64_t version) { return absl::StrCat("\"", version, "\""); }

}  // namespace qinglian::record
