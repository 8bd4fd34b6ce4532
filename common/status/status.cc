#include "common/status/status.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/text.h"

namespace qinglian::status {
namespace {

constexpr size_t kMaxValueBytes = 256;
constexpr size_t kMaxPathBytes = 128;
constexpr size_t kMaxDescriptionBytes = 256;
// The message travels twice, in the details and beside them.
constexpr size_t kMaxMessageBytes = 1'000;
constexpr char kChinese[] = "zh-CN";

const std::string* FindKey(const Metadata& metadata, std::string_view key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string Fill(std::string_view text, const Metadata& values) {
  std::string filled;
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) break;
    filled.append(text.substr(0, open));
    const std::string* value = FindKey(values, text.substr(open + 1, close - open - 1));
    filled.append(value == nullptr ? "?" : *value);
    text.remove_prefix(close + 1);
  }
  filled.append(text);
  return CleanUtf8(filled, kMaxMessageBytes);
}

// What fills the texts beyond the metadata; it may differ between the languages.
struct Extra {
  Metadata en;
  Metadata zh;
};

Metadata Merge(Metadata base, const Metadata& more) {
  base.insert(base.end(), more.begin(), more.end());
  return base;
}

google::rpc::Status Build(const Entry& entry, Metadata metadata, const Extra& extra = {}) {
  for (auto& [key, value] : metadata) value = CleanUtf8(value, kMaxValueBytes);
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(entry.code));
  proto.set_message(Fill(entry.en, Merge(metadata, extra.en)));

  google::rpc::ErrorInfo info;
  info.set_reason(std::string(entry.reason));
  info.set_domain(std::string(kDomain));
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  proto.add_details()->PackFrom(info);

  google::rpc::LocalizedMessage localized;
  localized.set_locale(kChinese);
  localized.set_message(Fill(entry.zh, Merge(metadata, extra.zh)));
  proto.add_details()->PackFrom(localized);
  return proto;
}

absl::Status Finish(const google::rpc::Status& proto) {
  absl::Status status(static_cast<absl::StatusCode>(proto.code()), proto.message());
  status.SetPayload(View(kPayloadUrl), absl::Cord(proto.SerializeAsString()));
  return status;
}

std::optional<google::rpc::Status> PayloadOf(const absl::Status& status) {
  const auto payload = status.GetPayload(View(kPayloadUrl));
  google::rpc::Status proto;
  if (!payload.has_value() || !proto.ParseFromString(std::string(*payload))) return std::nullopt;
  return proto;
}

template <typename Detail>
std::optional<Detail> DetailOf(const google::rpc::Status& proto) {
  Detail detail;
  for (const auto& any : proto.details()) {
    if (any.Is<Detail>() && any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

template <typename Detail>
std::optional<Detail> DetailOf(const absl::Status& status) {
  const auto proto = PayloadOf(status);
  return proto.has_value() ? DetailOf<Detail>(*proto) : std::nullopt;
}

std::string RandomHex() {
  unsigned char bytes[8];
  // Without randomness nothing that rests on it is safe; there is no way on.
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) std::abort();
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

absl::Status OfResource(const Entry& entry, std::string_view type, std::string_view name) {
  google::rpc::Status proto =
      Build(entry, {{"resource", std::string(name)}, {"type", std::string(type)}});
  google::rpc::ResourceInfo info;
  info.set_resource_type(CleanUtf8(type, kMaxPathBytes));
  info.set_resource_name(CleanUtf8(name, kMaxValueBytes));
  info.set_description(proto.message());
  proto.add_details()->PackFrom(info);
  return Finish(proto);
}

bool IsSecretive(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

}  // namespace

absl::Status Error(const Entry& entry, Metadata metadata) {
  return Finish(Build(entry, std::move(metadata)));
}

absl::Status Unavailable(const Entry& entry, absl::Duration retry_after, Metadata metadata) {
  google::rpc::Status proto = Build(entry, std::move(metadata));
  google::rpc::RetryInfo retry;
  const int64_t nanos = absl::ToInt64Nanoseconds(std::max(retry_after, absl::ZeroDuration()));
  retry.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  proto.add_details()->PackFrom(retry);
  return Finish(proto);
}

absl::Status NotFound(std::string_view type, std::string_view name) {
  return OfResource(kResourceNotFound, type, name);
}

absl::Status AlreadyExists(std::string_view type, std::string_view name) {
  return OfResource(kResourceExists, type, name);
}

absl::Status TransitionRefused(std::string_view resource_name, std::string_view transition,
                               std::string_view current_state, std::string_view wanted_state,
                               const Guard* unmet) {
  Metadata metadata = {{"resource", std::string(resource_name)},
                       {"transition", std::string(transition)},
                       {"state", std::string(current_state)},
                       {"wanted_state", std::string(wanted_state)}};
  Extra extra;
  if (unmet != nullptr) {
    metadata.emplace_back("guard", std::string(unmet->name));
    extra.en.emplace_back("description", std::string(unmet->en));
    extra.zh.emplace_back("description", std::string(unmet->zh));
  }
  google::rpc::Status proto =
      Build(unmet == nullptr ? kTransitionNotAllowed : kGuardNotMet, std::move(metadata), extra);
  google::rpc::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type(unmet == nullptr ? "STATE" : std::string(unmet->name));
  violation->set_subject(CleanUtf8(resource_name, kMaxValueBytes));
  violation->set_description(unmet == nullptr ? proto.message() : std::string(unmet->en));
  proto.add_details()->PackFrom(failure);
  return Finish(proto);
}

void FieldViolations::Add(std::string path, std::string rule_reason, std::string description_en,
                          std::string description_zh) {
  ++count_;
  if (count_ > kMaxViolations) return;
  auto* violation = kept_.add_field_violations();
  violation->set_field(CleanUtf8(path, kMaxPathBytes));
  violation->set_reason(CleanUtf8(rule_reason, kMaxPathBytes));
  violation->set_description(CleanUtf8(description_en, kMaxDescriptionBytes));
  if (description_zh.empty()) return;
  violation->mutable_localized_message()->set_locale(kChinese);
  violation->mutable_localized_message()->set_message(
      CleanUtf8(description_zh, kMaxDescriptionBytes));
}

absl::Status FieldViolations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  std::vector<std::string> fields;
  for (const auto& violation : kept_.field_violations()) fields.push_back(violation.field());
  google::rpc::Status proto = Build(
      kFieldsInvalid, {{"fields", absl::StrJoin(fields, ", ")}, {"count", absl::StrCat(count_)}});
  google::rpc::BadRequest fitting = kept_;
  // An Any costs its type URL and a few length bytes beside its content.
  constexpr size_t kAnyBytes = 64;
  while (fitting.field_violations_size() > 0 &&
         proto.ByteSizeLong() + fitting.ByteSizeLong() + kAnyBytes > kMaxDetailBytes) {
    fitting.mutable_field_violations()->RemoveLast();
  }
  proto.add_details()->PackFrom(fitting);
  return Finish(proto);
}

absl::Status Internal(const absl::Status& cause, std::string* id) {
  if (Is(cause, kInternal)) {
    *id = MetadataOf(cause, "id");
    if (!id->empty()) return cause;
  }
  *id = RandomHex();
  return Error(kInternal, {{"id", *id}});
}

google::rpc::Status ToProto(const absl::Status& status) {
  if (status.ok()) return {};
  if (IsSecretive(status.code())) {
    std::string id;
    return *PayloadOf(Internal(status, &id));
  }
  if (auto proto = PayloadOf(status); proto.has_value()) return *std::move(proto);
  const std::string reason = absl::StatusCodeToString(status.code());
  const std::string text = CleanUtf8(StdView(status.message()), kMaxMessageBytes);
  // A code that is none of gRPC's has no name; the wire knows it as UNKNOWN.
  if (reason.empty()) return ToProto(absl::UnknownError(text));
  // The text may hold braces, so it is filled in rather than taken for the pattern.
  const Metadata filled = {{"text", text}};
  return Build(Entry{reason, status.code(), "{text}", "{text}"}, {}, {filled, filled});
}

absl::Status FromProto(const google::rpc::Status& proto) {
  if (proto.code() == 0) return absl::OkStatus();
  return Finish(proto);
}

std::string ReasonOf(const absl::Status& status) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  return info.has_value() ? info->reason() : "";
}

std::string MetadataOf(const absl::Status& status, std::string_view key) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  if (!info.has_value()) return "";
  const auto found = info->metadata().find(std::string(key));
  return found == info->metadata().end() ? "" : found->second;
}

google::rpc::BadRequest BadRequestOf(const absl::Status& status) {
  return DetailOf<google::rpc::BadRequest>(status).value_or(google::rpc::BadRequest());
}

std::string ChineseOf(const absl::Status& status) {
  const auto localized = DetailOf<google::rpc::LocalizedMessage>(status);
  return localized.has_value() ? localized->message() : std::string(status.message());
}

bool Is(const absl::Status& status, const Entry& entry) {
  return status.code() == entry.code && ReasonOf(status) == entry.reason;
}

}  // namespace qinglian::status
