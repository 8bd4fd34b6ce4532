#include "common/journal/batch.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/id/names.h"
#include "common/journal/row.h"
#include "common/record/record.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/protection.h"
#include "common/visibility/redaction.h"
#include "common/visibility/visibility.h"

namespace qinglian::journal {
namespace {

using google::protobuf::Descriptor;

// What a change is expected to take.
constexpr size_t kUsualBytes = 600;

// Whether he is shown data as protected as this anywhere.
bool IsShownSome(const access::Scope& scope, access::v1::Sensitivity sensitivity) {
  return scope.ReachesAll(sensitivity) || !scope.Roots(sensitivity).empty();
}

// Whether he sees no resource of this type at all.
bool IsHiddenFrom(const access::Scope& scope, const Descriptor* type) {
  return !IsShownSome(scope, visibility::Protection::Of(type).sensitivity());
}

// Whether he sees some resources of this type and others not.
bool IsCheckedFor(const access::Scope& scope, const Descriptor* type) {
  const visibility::Protection& protection = visibility::Protection::Of(type);
  const bool bounded = record::Plan::Of(type).organization_field() != nullptr &&
                       !protection.open() && !scope.ReachesAll(protection.sensitivity());
  const bool confidential = !protection.confidential_table().empty() &&
                            !scope.ReachesAll(access::v1::SENSITIVITY_CONFIDENTIAL);
  return bounded || confidential ||
         (!protection.audience_table().empty() && !scope.persons().empty());
}

bool IsLinked(std::string_view kind) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
             std::string(kind)) != nullptr;
}

// The roots of what he reaches, in one order.
std::set<std::string_view> RootsOf(const access::Scope& scope) {
  const std::vector<std::string_view> roots = scope.Roots(access::v1::SENSITIVITY_INTERNAL);
  return {roots.begin(), roots.end()};
}

}  // namespace

absl::StatusOr<Filter> Filter::Of(const v1::WatchChangesRequest& request,
                                  const access::Scope& scope) {
  Filter filter;
  filter.scope_ = scope;
  filter.kinds_.insert(request.kinds().begin(), request.kinds().end());
  for (const Descriptor* type : record::LinkedResources()) {
    const std::string& kind = type->full_name();
    if (IsHiddenFrom(scope, type)) {
      filter.hidden_kinds_.insert(kind);
    } else if (filter.kinds_.empty() || filter.kinds_.count(kind) > 0) {
      const bool redacts = visibility::Redacts(record::Plan::Of(type), scope);
      if (redacts) filter.redacted_kinds_.insert(kind);
      if (redacts || IsCheckedFor(scope, type)) filter.checked_kinds_.insert(kind);
    }
  }
  for (const std::string& name : request.organizations()) {
    ASSIGN_OR_RETURN(id::Uuid uuid, id::ParseName("organizations", name));
    filter.organizations_.insert(uuid.Bytes());
  }
  crypto::Canonical canonical;
  canonical.Add(static_cast<uint64_t>(filter.kinds_.size()));
  for (const std::string& kind : filter.kinds_) canonical.Add(kind);
  for (const std::string& organization : filter.organizations_) canonical.Add(organization);
  for (const std::string& kind : filter.hidden_kinds_) canonical.Add(kind);
  if (filter.checks()) {
    for (const std::string& kind : filter.checked_kinds_) canonical.Add(kind);
    for (const std::string_view root : RootsOf(scope)) canonical.Add(root);
  }
  filter.hash_ = crypto::Sha256(canonical.bytes());
  return filter;
}

std::set<std::string> Filter::ProtectedKinds() const {
  std::set<std::string> kinds;
  for (const Descriptor* type : record::LinkedResources()) {
    const visibility::Protection& protection = visibility::Protection::Of(type);
    const bool is_protected = protection.sensitivity() >= access::v1::SENSITIVITY_PERSONAL ||
                              (protection.greatest() >= access::v1::SENSITIVITY_PERSONAL &&
                               IsShownSome(scope_, protection.greatest()));
    if (is_protected && HasKind(type->full_name())) kinds.insert(type->full_name());
  }
  return kinds;
}

bool Filter::HasKind(std::string_view kind) const {
  // Of a newer program: who may see it is not known here.
  if (checks() && !IsLinked(kind)) return false;
  return (kinds_.empty() || kinds_.find(kind) != kinds_.end()) &&
         hidden_kinds_.find(kind) == hidden_kinds_.end();
}

bool Filter::Has(std::string_view kind, std::string_view organization) const {
  return HasKind(kind) &&
         (organizations_.empty() || organizations_.find(organization) != organizations_.end());
}

bool Filter::Wants(const Batch::Entry& entry, uint64_t after,
                   const std::set<std::string>& seen) const {
  return entry.position > after && Has(entry.kind, entry.organization) &&
         (!Checks(entry.kind) || seen.count(entry.resource) > 0);
}

void AppendField(const v1::Change& change, std::string& to) {
  using google::protobuf::internal::WireFormatLite;
  using google::protobuf::io::CodedOutputStream;
  constexpr uint32_t kTag = WireFormatLite::MakeTag(v1::WatchChangesResponse::kChangesFieldNumber,
                                                    WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const auto size = static_cast<uint32_t>(change.ByteSizeLong());
  const size_t begin = to.size();
  to.resize(begin + CodedOutputStream::VarintSize32(kTag) + CodedOutputStream::VarintSize32(size) +
            size);
  auto* at = reinterpret_cast<uint8_t*>(to.data() + begin);
  at = CodedOutputStream::WriteVarint32ToArray(kTag, at);
  at = CodedOutputStream::WriteVarint32ToArray(size, at);
  change.SerializeWithCachedSizesToArray(at);
}

absl::StatusOr<std::vector<std::shared_ptr<const Batch>>> ReadBatches(mysql::Connection& connection,
                                                                      uint64_t after,
                                                                      const Reading& reading) {
  static const std::string sql = absl::StrCat(
      "SELECT p.position, ", kChangeColumns,
      " FROM journal_position p JOIN journal j ON j.id=p.journal_id WHERE p.position>? "
      "ORDER BY p.position LIMIT ?");
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, {after, reading.limit}));
  std::vector<std::shared_ptr<const Batch>> batches;
  auto batch = std::make_shared<Batch>();
  batch->after = batch->through = after;
  batch->fields.reserve(std::min(reading.batch_bytes, rows.size() * kUsualBytes));
  v1::Change change;
  while (rows.Next()) {
    const uint64_t position = rows.Uint(0);
    std::string organization = ReadChange(rows, 1, position, change);
    batch->through = position;
    if (!change.resource().empty()) {
      AppendField(change, batch->fields);
      const std::string& kind = *batch->kinds.insert(change.kind()).first;
      batch->entries.push_back({position, kind, std::move(organization),
                                reading.resources ? change.resource() : std::string(),
                                batch->fields.size()});
    }
    if (batch->fields.size() >= reading.batch_bytes) {
      batches.push_back(std::move(batch));
      batch = std::make_shared<Batch>();
      batch->after = batch->through = position;
    }
  }
  if (batch->through > batch->after) batches.push_back(std::move(batch));
  return batches;
}

absl::StatusOr<std::set<std::string>> SeenBy(mysql::Connection& connection, const Filter& filter,
                                             const ResourcesByKind& resources) {
  std::set<std::string> seen;
  for (const auto& [kind, names] : resources) {
    const Descriptor* type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(kind);
    ASSIGN_OR_RETURN(std::set<std::string> of_kind,
                     visibility::SeenOf(connection, record::Plan::Of(type), filter.scope(), names));
    seen.merge(of_kind);
  }
  return seen;
}

absl::StatusOr<std::set<std::string>> SeenBy(mysql::Connection& connection, const Filter& filter,
                                             const Batch& batch, uint64_t after) {
  ResourcesByKind resources;
  for (const Batch::Entry& entry : batch.entries) {
    if (entry.position > after && filter.Has(entry.kind, entry.organization) &&
        filter.Checks(entry.kind)) {
      resources[std::string(entry.kind)].insert(entry.resource);
    }
  }
  return SeenBy(connection, filter, resources);
}

std::string FieldsOf(const Batch& batch, const Filter& filter, uint64_t after,
                     const std::set<std::string>& seen,
                     const std::map<uint64_t, std::string>& redacted) {
  if (filter.everything() && after <= batch.after) return batch.fields;
  std::string fields;
  size_t begin = 0;
  for (const Batch::Entry& entry : batch.entries) {
    const auto as_told = redacted.find(entry.position);
    if (as_told != redacted.end()) {
      fields += as_told->second;
    } else if (filter.Wants(entry, after, seen)) {
      fields.append(batch.fields, begin, entry.end - begin);
    }
    begin = entry.end;
  }
  return fields;
}

}  // namespace qinglian::journal
