#include "common/validate/walk.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/id/code.h"
#include "common/id/names.h"
#include "common/status/text.h"
#include "common/validate/formats.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace qinglian::validate {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;
using status::View;

namespace {

// More are not even counted: whoever sends that many is not helped by their number.
constexpr size_t kMaxCounted = 1000;

bool IsCollection(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalpha(c); });
}

// Of any type where `type` is null.
bool IsNameOf(const record::ResourceType* type, std::string_view name) {
  if (type != nullptr) return type->IdOf(name).ok();
  const std::string_view collection = id::CollectionOf(name);
  return IsCollection(collection) && id::IsCode(name.substr(collection.size() + 1));
}

double NumberOf(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, field);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection.GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(message, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<double>(reflection.GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.GetFloat(message, field);
    default:
      return reflection.GetDouble(message, field);
  }
}

double NumberAt(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetRepeatedInt32(message, field, i);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection.GetRepeatedInt64(message, field, i));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetRepeatedUInt32(message, field, i);
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<double>(reflection.GetRepeatedUInt64(message, field, i));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.GetRepeatedFloat(message, field, i);
    default:
      return reflection.GetRepeatedDouble(message, field, i);
  }
}

// A value of a list as text that differs where values differ.
std::string KeyAt(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetRepeatedString(message, field, i);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return reflection.GetRepeatedMessage(message, field, i).SerializeAsString();
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat(reflection.GetRepeatedEnumValue(message, field, i));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetRepeatedBool(message, field, i) ? "1" : "0";
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetRepeatedInt64(message, field, i));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetRepeatedUInt64(message, field, i));
    default:
      return absl::StrCat(NumberAt(message, field, i));
  }
}

bool IsTimestamp(const Message& message) {
  constexpr int64_t kYear1 = -62135596800;
  constexpr int64_t kYear10000 = 253402300800;
  const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
  return time.seconds() >= kYear1 && time.seconds() < kYear10000 && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

bool IsDate(const Message& message) {
  const auto& date = static_cast<const google::type::Date&>(message);
  if (date.year() < 1 || date.year() > 9999) return false;
  // CivilDay carries over what is too much: a day that is none becomes another.
  const absl::CivilDay day(date.year(), date.month(), date.day());
  return day.month() == date.month() && day.day() == date.day();
}

}  // namespace

Demand Demand::Below(std::string_view field) const {
  if (kind == kSet) return {kAll};
  if (kind != kPaths) return {kind};
  Demand below{kNone};
  for (const std::string_view path : paths) {
    if (path == "*" || path == field) return {kAll};
    if (path.size() > field.size() && path.starts_with(field) && path[field.size()] == '.') {
      below.kind = kPaths;
      below.paths.push_back(path.substr(field.size() + 1));
    }
  }
  return below;
}

std::string Path::ToString() const {
  std::string text = parent == nullptr ? "" : parent->ToString() + ".";
  absl::StrAppend(&text, View(field));
  if (index >= 0) absl::StrAppend(&text, "[", index, "]");
  return text;
}

void Walk::Add(const Path* path, const char* reason, std::string english, std::string chinese) {
  if (violations_.size() >= kMaxCounted) return;
  violations_.Add(std::string(prefix_) + (path == nullptr ? "" : path->ToString()), reason,
                  std::move(english), std::move(chinese));
}

void Walk::Message(const google::protobuf::Message& message, const Plan& plan, const Path* path,
                   const Demand& demand) {
  if (plan.well_known != WellKnown::kNone) return WellKnownValue(message, plan.well_known, path);
  for (const FieldPlan& field : plan.fields) {
    const Path here{path, field.field->name()};
    if (field.field != plan.resource) Field(message, field, here, demand);
  }
  if (plan.resource != nullptr) Update(message, plan, Path{path, plan.resource->name()});
}

// A request that updates: which of the resource's fields must be there depends on the mask.
void Walk::Update(const google::protobuf::Message& message, const Plan& plan, const Path& path) {
  const Reflection& reflection = *message.GetReflection();
  const auto& mask = static_cast<const google::protobuf::FieldMask&>(
      reflection.GetMessage(message, plan.update_mask));
  Demand demand{mask.paths_size() == 0 ? Demand::kSet : Demand::kPaths};
  for (const std::string& masked : mask.paths()) demand.paths.push_back(masked);
  for (const FieldPlan& field : plan.fields) {
    if (field.field != plan.resource) continue;
    if (!reflection.HasField(message, field.field)) {
      if (field.required) Add(&path, "REQUIRED", "must be set", "必须填写");
      return;
    }
    if (field.nested != nullptr) {
      Message(reflection.GetMessage(message, field.field), *field.nested, &path, demand);
    }
  }
  if (plan.resource_name == nullptr || !reflection.HasField(message, plan.resource)) return;
  const google::protobuf::Message& resource = reflection.GetMessage(message, plan.resource);
  std::string scratch;
  const Text name =
      resource.GetReflection()->GetStringReference(resource, plan.resource_name, &scratch);
  const Path here{&path, plan.resource_name->name()};
  const bool may_miss =
      plan.allow_missing != nullptr && reflection.GetBool(message, plan.allow_missing);
  if (name.empty()) {
    if (!may_miss) Add(&here, "REQUIRED", "must be set", "必须填写");
  } else if (!IsNameOf(plan.resource_type, name)) {
    AddNotNameOf(plan.resource_type, here);
  }
}

void Walk::Field(const google::protobuf::Message& message, const FieldPlan& plan, const Path& path,
                 const Demand& demand) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* field = plan.field;
  const bool set = field->is_repeated() ? reflection.FieldSize(message, field) > 0
                                        : reflection.HasField(message, field);
  // For fields without presence HasField says whether they differ from zero, which is what REQUIRED
  // asks of them.
  const bool demandable =
      field->cpp_type() != FieldDescriptor::CPPTYPE_BOOL || field->has_presence();
  const Demand below = demand.Below(field->name());
  const bool demanded = demand.kind != Demand::kSet && below.kind == Demand::kAll;
  if (plan.required && demanded && demandable) {
    const bool empty_text = set && !field->is_repeated() &&
                            field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
                            reflection.GetString(message, field).empty();
    const OneofDescriptor* choice = field->real_containing_oneof();
    const bool chosen = choice != nullptr && reflection.HasOneof(message, choice);
    if (empty_text || (!set && !chosen)) {
      const Path here{path.parent, choice != nullptr && !set ? choice->name() : field->name()};
      return Add(&here, "REQUIRED", "must be set", "必须填写");
    }
  }
  if (field->is_repeated()) {
    if (set) Repeated(message, plan, path, below);
  } else if (set || (below.kind == Demand::kPaths && plan.nested != nullptr)) {
    // A mask that names what lies in a message that is not there would clear it.
    Singular(message, plan, path, below);
  }
}

void Walk::Singular(const google::protobuf::Message& message, const FieldPlan& plan,
                    const Path& path, const Demand& demand) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* field = plan.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (plan.nested != nullptr)
        Message(reflection.GetMessage(message, field), *plan.nested, &path, demand);
      return;
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return String(reflection.GetStringReference(message, field, &scratch), plan, path);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return Enum(reflection.GetEnumValue(message, field), plan, path);
    case FieldDescriptor::CPPTYPE_BOOL:
      return;
    default:
      return Number(NumberOf(message, field), plan, path);
  }
}

void Walk::Repeated(const google::protobuf::Message& message, const FieldPlan& plan, Path path,
                    const Demand& demand) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* field = plan.field;
  const int size = reflection.FieldSize(message, field);
  const uint32_t min = plan.rules.min_items();
  const uint32_t max = plan.rules.max_items();
  if (min > 0 && static_cast<uint32_t>(size) < min) {
    Add(&path, "TOO_FEW", absl::StrCat("must hold at least ", min),
        absl::StrCat("至少 ", min, " 项"));
  }
  if (max > 0 && static_cast<uint32_t>(size) > max) {
    return Add(&path, "TOO_MANY", absl::StrCat("must hold at most ", max),
               absl::StrCat("最多 ", max, " 项"));
  }
  if (plan.rules.unique_items()) Unique(message, plan, path);
  for (path.index = 0; path.index < size && violations_.size() < kMaxCounted; ++path.index) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (plan.nested == nullptr) return;
        Message(reflection.GetRepeatedMessage(message, field, path.index), *plan.nested, &path,
                demand);
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        String(reflection.GetRepeatedStringReference(message, field, path.index, &scratch), plan,
               path);
        break;
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        Enum(reflection.GetRepeatedEnumValue(message, field, path.index), plan, path);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        return;
      default:
        Number(NumberAt(message, field, path.index), plan, path);
    }
  }
}

void Walk::Unique(const google::protobuf::Message& message, const FieldPlan& plan,
                  const Path& path) {
  std::set<std::string> seen;
  const int size = message.GetReflection()->FieldSize(message, plan.field);
  for (int i = 0; i < size; ++i) {
    if (seen.insert(KeyAt(message, plan.field, i)).second) continue;
    Path here = path;
    here.index = i;
    Add(&here, "DUPLICATE", "must not be there twice", "不得重复");
  }
}

void Walk::String(Text value, const FieldPlan& plan, const Path& path) {
  const v1::FieldRules& rules = plan.rules;
  if (rules.min_length() > 0 || rules.max_length() > 0) {
    const bool bytes = plan.field->type() == FieldDescriptor::TYPE_BYTES;
    const size_t length = bytes ? value.size() : Length(value);
    if (length < rules.min_length()) {
      Add(&path, "TOO_SHORT",
          absl::StrCat("must have at least ", rules.min_length(), bytes ? " bytes" : " characters"),
          absl::StrCat("至少 ", rules.min_length(), bytes ? " 字节" : " 个字符"));
    } else if (rules.max_length() > 0 && length > rules.max_length()) {
      return Add(
          &path, "TOO_LONG",
          absl::StrCat("must have at most ", rules.max_length(), bytes ? " bytes" : " characters"),
          absl::StrCat("最多 ", rules.max_length(), bytes ? " 字节" : " 个字符"));
    }
  }
  if (plan.pattern != nullptr &&
      !re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *plan.pattern)) {
    Add(&path, "PATTERN_MISMATCH", absl::StrCat("must match ", rules.pattern()),
        absl::StrCat("格式必须符合 ", rules.pattern()));
  }
  if (rules.format() != v1::FORMAT_UNSPECIFIED && !HasFormat(rules.format(), value)) {
    const std::string form = v1::Format_Name(rules.format());
    Add(&path, "FORMAT_INVALID", "must be of " + form, "必须符合 " + form);
  }
  if (plan.refers && !IsNameOf(plan.reference, value)) AddNotNameOf(plan.reference, path);
}

void Walk::AddNotNameOf(const record::ResourceType* type, const Path& path) {
  const std::string form = (type == nullptr ? "<collection>" : type->collection) + "/<id>";
  Add(&path, "NAME_INVALID", "must be " + form, "必须为 " + form);
}

void Walk::Number(double value, const FieldPlan& plan, const Path& path) {
  const v1::FieldRules& rules = plan.rules;
  // Written so that what is not a number breaks either rule.
  if (rules.has_minimum() && !(value >= rules.minimum())) {
    Add(&path, "TOO_SMALL", absl::StrCat("must be at least ", rules.minimum()),
        absl::StrCat("不得小于 ", rules.minimum()));
  } else if (rules.has_maximum() && !(value <= rules.maximum())) {
    Add(&path, "TOO_LARGE", absl::StrCat("must be at most ", rules.maximum()),
        absl::StrCat("不得大于 ", rules.maximum()));
  }
}

void Walk::Enum(int value, const FieldPlan& plan, const Path& path) {
  if (plan.field->enum_type()->FindValueByNumber(value) != nullptr) return;
  Add(&path, "ENUM_UNKNOWN", absl::StrCat("must be a ", plan.field->enum_type()->full_name()),
      absl::StrCat("不是 ", plan.field->enum_type()->full_name(), " 的值"));
}

void Walk::WellKnownValue(const google::protobuf::Message& message, WellKnown kind,
                          const Path* path) {
  if (kind == WellKnown::kTimestamp && !IsTimestamp(message)) {
    Add(path, "TIME_INVALID", "must be a time of the years 1 to 9999",
        "必须为公元 1 至 9999 年的有效时间");
  } else if (kind == WellKnown::kDate && !IsDate(message)) {
    Add(path, "DATE_INVALID", "must be a day of the years 1 to 9999",
        "必须为公元 1 至 9999 年的有效日期");
  }
}

}  // namespace qinglian::validate
