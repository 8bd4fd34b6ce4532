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

namespace qinglian::journal {
namespace {

using google::protobuf::Descriptor;

// What a change is expected to take.
constexpr size_t kUsualBytes = 600;

// Whether somebody who watches everything must not see resources of this type.
bool IsHiddenFrom(const access::Scope& scope, const Descriptor* type) {
  const visibility::Protection& protection = visibility::Protection::Of(type);
  return !scope.ReachesAll(protection.sensitivity()) ||
         (!protection.audience_table().empty() && !scope.persons().empty());
}

std::set<std::string, std::less<>> KindsHiddenFrom(const access::Scope& scope) {
  std::set<std::string, std::less<>> kinds;
  if (scope.principal() == nullptr) return kinds;
  for (const Descriptor* type : record::LinkedResources()) {
    if (IsHiddenFrom(scope, type)) kinds.insert(type->full_name());
  }
  return kinds;
}

}  // namespace

absl::StatusOr<Filter> Filter::Of(const v1::WatchChangesRequest& request,
                                  const access::Scope& scope) {
  if (!scope.ReachesAll(access::v1::SENSITIVITY_INTERNAL)) {
    return status::Error(status::kPermissionDenied,
                         {{"permission", "changes.watch for the whole installation"}});
  }
  Filter filter;
  filter.hidden_kinds_ = KindsHiddenFrom(scope);
  filter.kinds_.insert(request.kinds().begin(), request.kinds().end());
  for (const std::string& name : request.organizations()) {
    ASSIGN_OR_RETURN(id::Uuid uuid, id::ParseName("organizations", name));
    filter.organizations_.insert(uuid.Bytes());
  }
  crypto::Canonical canonical;
  canonical.Add(static_cast<uint64_t>(filter.kinds_.size()));
  for (const std::string& kind : filter.kinds_) canonical.Add(kind);
  for (const std::string& organization : filter.organizations_) canonical.Add(organization);
  for (const std::string& kind : filter.hidden_kinds_) canonical.Add(kind);
  filter.hash_ = crypto::Sha256(canonical.bytes());
  return filter;
}

bool Filter::HasKind(std::string_view kind) const {
  return (kinds_.empty() || kinds_.find(kind) != kinds_.end()) &&
         hidden_kinds_.find(kind) == hidden_kinds_.end();
}

bool Filter::Has(std::string_view kind, std::string_view organization) const {
  return HasKind(kind) &&
         (organizations_.empty() || organizations_.find(organization) != organizations_.end());
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
                                                                      uint64_t after, int limit,
                                                                      size_t batch_bytes) {
  static const std::string sql = absl::StrCat(
      "SELECT p.position, ", kChangeColumns,
      " FROM journal_position p JOIN journal j ON j.id=p.journal_id WHERE p.position>? "
      "ORDER BY p.position LIMIT ?");
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, {after, limit}));
  std::vector<std::shared_ptr<const Batch>> batches;
  auto batch = std::make_shared<Batch>();
  batch->after = batch->through = after;
  batch->fields.reserve(std::min(batch_bytes, rows.size() * kUsualBytes));
  v1::Change change;
  while (rows.Next()) {
    const uint64_t position = rows.Uint(0);
    std::string organization = ReadChange(rows, 1, position, change);
    batch->through = position;
    if (!change.resource().empty()) {
      AppendField(change, batch->fields);
      const std::string& kind = *batch->kinds.insert(change.kind()).first;
      batch->entries.push_back({position, kind, std::move(organization), batch->fields.size()});
    }
    if (batch->fields.size() >= batch_bytes) {
      batches.push_back(std::move(batch));
      batch = std::make_shared<Batch>();
      batch->after = batch->through = position;
    }
  }
  if (batch->through > batch->after) batches.push_back(std::move(batch));
  return batches;
}

std::string FieldsOf(const Batch& batch, const Filter& filter, uint64_t after) {
  if (filter.everything() && after <= batch.after) return batch.fields;
  std::string fields;
  size_t begin = 0;
  for (const Batch::Entry& entry : batch.entries) {
    const bool wanted = entry.position > after && filter.Has(entry.kind, entry.organization);
    if (wanted) fields.append(batch.fields, begin, entry.end - begin);
    begin = entry.end;
  }
  return fields;
}

}  // namespace qinglian::journal
