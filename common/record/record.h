// A resource is its protobuf message; this maps the message to a row and back, by its descriptor
// (proto/qinglian/record/v1/record.proto says how).
#ifndef QINGLIAN_COMMON_RECORD_RECORD_H_
#define QINGLIAN_COMMON_RECORD_RECORD_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/record/resource_type.h"
#include "common/record/seal.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace qinglian::record {

// How one kind of column is written and read.
enum class ColumnKind {
  kId,
  kVersion,
  kReference,
  kText,
  kBytes,
  kBool,
  kInt,
  kUint,
  kDouble,
  kEnum,
  kTime,
  kDay,
  kDetails
};

// One column of a table.
struct Column {
  std::string name;
  ColumnKind kind;
  // The field it holds (etag for `version`); null for `details`.
  const google::protobuf::FieldDescriptor* field = nullptr;
  // The type whose names it holds, for kId and kReference.
  const ResourceType* reference = nullptr;
};

// The values of some columns, ready to be parameters. Keeps the texts that the parameters refer to.
class Values {
 public:
  Values() = default;
  Values(Values&&) = default;
  Values& operator=(Values&&) = default;

  void Add(mysql::Param param) { params_.push_back(param); }
  void AddOwned(std::string text) {
    texts_.push_back(std::move(text));
    params_.emplace_back(std::string_view(texts_.back()));
  }
  const std::vector<mysql::Param>& params() const { return params_; }
  size_t size() const { return params_.size(); }

 private:
  std::deque<std::string> texts_;  // never moves what it holds
  std::vector<mysql::Param> params_;
};

// The mapping of one type of resource. Made once a type; thread-safe afterwards.
class Plan {
 public:
  // The plan of a message with a (qinglian.record.v1.table). A message that cannot be mapped ends
  // the process: a test walks the whole contract.
  static const Plan& Of(const google::protobuf::Descriptor* message);

  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  const ResourceType& type() const { return *type_; }
  const google::protobuf::Descriptor* message() const { return message_; }
  const std::string& table() const { return table_; }
  // All columns: id, version, one a mapped field, details.
  const std::vector<Column>& columns() const { return columns_; }
  // "id, version, …": all columns in their order, each with the table's name before it.
  const std::string& select_list() const { return select_list_; }
  // "INSERT INTO … VALUES (?, …)".
  const std::string& insert_sql() const { return insert_sql_; }
  // The same with columns that the message does not know at the end, for so many rows.
  std::string InsertSql(const std::vector<std::string>& extra_columns, int rows) const;
  // What the journal's copies leave out.
  const Seal& seal() const { return seal_; }
  // Whether ids are UUIDv4.
  bool random_id() const { return random_id_; }

  // The column of a field; null where the field has none.
  const Column* Find(std::string_view field) const;
  // The field that names the resource's organization; null where it belongs to none.
  const google::protobuf::FieldDescriptor* organization_field() const {
    return organization_field_;
  }
  // A field of the resource by name, such as "delete_time"; null where it has none.
  const google::protobuf::FieldDescriptor* field(const std::string& name) const {
    return message_->FindFieldByName(name);
  }

  // Fills `resource` from the current row, whose columns from `first` on are select_list(). What a
  // newer binary wrote and this one does not know is kept: fields as unknown fields, enum values as
  // UNSPECIFIED in the message while the column stays as it is until somebody sets it.
  void Read(const mysql::Rows& rows, int first, google::protobuf::Message& resource) const;

  // The values of all columns, in their order, for insert_sql().
  Values ForInsert(const google::protobuf::Message& resource, int64_t version) const;

  // The columns in which `after` differs from `before`, with their values. `id` and `version` are
  // not among them.
  struct Difference {
    std::vector<const Column*> columns;
    Values values;
    // The top-level fields that differ, update_time and etag left out.
    std::vector<std::string> fields;
  };
  Difference Compare(const google::protobuf::Message& before,
                     const google::protobuf::Message& after) const;

  // FAILED_PRECONDITION, reason SCHEMA_MISMATCH, where the table lacks a column of the plan.
  absl::Status Check(mysql::Connection& connection) const;

 private:
  explicit Plan(const google::protobuf::Descriptor* message);
  void AddField(const google::protobuf::FieldDescriptor* field);
  void AddValue(const Column& column, const google::protobuf::Message& resource,
                Values& values) const;
  void ReadColumn(const Column& column, const mysql::Rows& rows, int i,
                  google::protobuf::Message& resource) const;
  // What has no column of its own, serialized.
  std::string Details(const google::protobuf::Message& resource) const;

  const google::protobuf::Descriptor* message_;
  const ResourceType* type_;
  const Seal seal_;
  std::string table_;
  bool random_id_ = false;
  const google::protobuf::FieldDescriptor* organization_field_ = nullptr;
  std::vector<Column> columns_;
  // Fields that `details` does not hold.
  std::vector<const google::protobuf::FieldDescriptor*> elsewhere_;
  std::string select_list_;
  std::string insert_sql_;
};

// The messages with a table of all contracts that are linked into this program. Thread-safe.
const std::vector<const google::protobuf::Descriptor*>& LinkedResources();

// The version an etag speaks of: "\"7\"" is 7. INVALID_ARGUMENT where it is not one of ours.
absl::StatusOr<int64_t> VersionOfEtag(std::string_view etag);

// "\"7\"".
std::string EtagOfVersion(int64_t version);

}  // namespace qinglian::record

#endif  // QINGLIAN_COMMON_RECORD_RECORD_H_
