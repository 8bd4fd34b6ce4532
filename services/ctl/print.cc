#include "services/ctl/print.h"

#include <utf8proc.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/clock/date.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/type/date.pb.h"

namespace qinglian::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kMaxColumns = 7;

std::string Date(const google::type::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

std::string Time(const google::protobuf::Timestamp& timestamp) {
  const auto time = clock::ToTime(timestamp);
  return time.ok() ? absl::FormatTime("%Y-%m-%d %H:%M:%S", *time, clock::China()) : std::string();
}

// "ACTIVE" of STATE_ACTIVE: the prefix is what the zero value has before UNSPECIFIED.
std::string ShortName(const EnumValueDescriptor* value) {
  const std::string& zero = value->type()->value(0)->name();
  const size_t prefix = zero.size() - std::min(zero.size(), std::string("UNSPECIFIED").size());
  return value->number() == 0 ? "" : value->name().substr(prefix);
}

void AppendText(const Message& message, int indent, std::string& out) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string margin(indent, ' ');
    const bool nested = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                        field->message_type()->full_name() != "google.protobuf.Timestamp" &&
                        field->message_type()->full_name() != "google.type.Date";
    if (!nested) {
      absl::StrAppend(&out, margin, field->name(), ": ", Cell(message, field), "\n");
      continue;
    }
    const Reflection* reflection = message.GetReflection();
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&out, margin, field->name(), ":\n");
      AppendText(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                      : reflection->GetMessage(message, field),
                 indent + 2, out);
    }
  }
}

std::string RepeatedCell(const Message& message, const FieldDescriptor* field) {
  std::string text;
  const Reflection* reflection = message.GetReflection();
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    if (i > 0) absl::StrAppend(&text, ", ");
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      absl::StrAppend(&text, reflection->GetRepeatedString(message, field, i));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      absl::StrAppend(&text, ShortName(reflection->GetRepeatedEnum(message, field, i)));
    }
  }
  return text;
}

}  // namespace

size_t Width(const std::string& text) {
  size_t width = 0;
  utf8proc_int32_t character = 0;
  for (size_t i = 0; i < text.size();) {
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + i,
                                       static_cast<utf8proc_ssize_t>(text.size() - i), &character);
    i += size > 0 ? static_cast<size_t>(size) : 1;
    width += static_cast<size_t>(std::max(0, utf8proc_charwidth(character)));
  }
  return width;
}

std::string Table::ToString() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&out, row[i]);
      if (i + 1 < row.size()) out.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    out.push_back('\n');
  }
  return out;
}

std::string ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : "{}";
}

std::string ToText(const Message& message) {
  std::string text;
  AppendText(message, 0, text);
  return text;
}

std::string Explanation(const absl::Status& status) {
  const bool mistake = status::Is(status, status::kConfigInvalid);
  const std::string reason = status::ReasonOf(status);
  std::string text = mistake ? status::MetadataOf(status, "detail") : std::string(status.message());
  if (!mistake && !reason.empty()) absl::StrAppend(&text, " [", reason, "]");
  const google::rpc::BadRequest bad_request = status::BadRequestOf(status);
  for (const auto& violation : bad_request.field_violations()) {
    absl::StrAppend(&text, "\n  ", violation.field(), ": ", violation.description());
  }
  return text;
}

std::vector<const FieldDescriptor*> Columns(const Descriptor& type) {
  std::vector<const FieldDescriptor*> columns;
  for (const char* first : {"name", "display_name", "title", "state"}) {
    if (const FieldDescriptor* field = type.FindFieldByName(first)) columns.push_back(field);
  }
  for (int i = 0; i < type.field_count() && static_cast<int>(columns.size()) < kMaxColumns; ++i) {
    const FieldDescriptor* field = type.field(i);
    const bool plain =
        !field->is_repeated() && (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM ||
                                  field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
                                  (field->message_type() != nullptr &&
                                   field->message_type()->full_name() == "google.type.Date"));
    if (plain && std::find(columns.begin(), columns.end(), field) == columns.end())
      columns.push_back(field);
  }
  return columns;
}

std::string Cell(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) return RepeatedCell(message, field);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortName(reflection->GetEnum(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection->GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection->GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(reflection->GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrCat(reflection->GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  if (!reflection->HasField(message, field)) return "";
  const Message& nested = reflection->GetMessage(message, field);
  if (const auto* date = google::protobuf::DynamicCastToGenerated<google::type::Date>(&nested))
    return Date(*date);
  if (const auto* time =
          google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&nested)) {
    return Time(*time);
  }
  return nested.ShortDebugString();
}

}  // namespace qinglian::ctl
