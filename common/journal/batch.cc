#include "common/journal/batch.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include "absl/strings/str_cat.h"
#include "common/id/names.h"
#include "common/crypto/crypto.h"
#include "common/journal/row.h"
#include "common/status/macros.h"

namespace qinglian::journal {

absl::StatusOr<Filter> Filter::Of(const v1::WatchChangesRequest& request) {
  Filter filter;
  filter.kinds_.insert(request.kinds().begin(), request.kinds().end());
  for (const std::string& name : request.organizations()) {
    ASSIGN_OR_RETURN(id::Uuid uuid, id::ParseName("organizations", name));
    filter.organizations_.insert(uuid.Bytes());
  }
  crypto::Canonical canonical;
  canonical.Add(static_cast<uint64_t>(filter.kinds_.size()));
  for (const std::string& kind : filter.kinds_) canonical.Add(kind);
  for (const std::string& organization : filter.organizations_) canonical.Add(organization);
  filter.hash_ = crypto::Sha256(canonical.bytes());
  return filter;
}

bool Filter::HasKind(std::string_view kind) const {
  return kinds_.empty() || kinds_.find(kind) != kinds_.end();
}

bool Filter::Has(std::string_view kind, std::string_view organization) const {
  return HasKind(kind) &&
         (organizations_.empty() || organizations_.find(organization) != organizations_.end());
}

std::string FieldOf(const v1::Change& change) {
  using google::protobuf::internal::WireFormatLite;
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteTag(WireFormatLite::MakeTag(v1::WatchChangesResponse::kChangesFieldNumber,
                                           WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    coded.WriteVarint32(static_cast<uint32_t>(change.ByteSizeLong()));
    change.SerializeWithCachedSizes(&coded);
  }
  return bytes;
}

absl::StatusOr<std::vector<std::shared_ptr<const Batch>>> ReadBatches(mysql::Connection& connection,
                                                                      uint64_t after, int limit,
                                                                      size_t batch_bytes) {
  static const std::string sql = absl::StrCat(
      "SELECT p.position, ", kRowColumns,
      " FROM journal_position p JOIN journal j ON j.id=p.journal_id WHERE p.position>? "
      "ORDER BY p.position LIMIT ?");
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, {after, limit}));
  std::vector<std::shared_ptr<const Batch>> batches;
  auto batch = std::make_shared<Batch>();
  batch->after = batch->through = after;
  while (rows.Next()) {
    const uint64_t position = rows.Uint(0);
    Row row = ReadRow(rows, 1);
    batch->through = position;
    if (!row.is_receipt()) {
      std::string field = FieldOf(ToChange(row, position));
      batch->bytes += field.size();
      batch->entries.push_back({position, std::move(row.kind),
                                std::move(row.organization).value_or(""), std::move(field)});
    }
    if (batch->bytes >= batch_bytes) {
      batches.push_back(std::move(batch));
      batch = std::make_shared<Batch>();
      batch->after = batch->through = position;
    }
  }
  if (batch->through > batch->after) batches.push_back(std::move(batch));
  return batches;
}

std::string FieldsOf(const Batch& batch, const Filter& filter, uint64_t after) {
  std::string fields;
  if (filter.everything() && after <= batch.after) fields.reserve(batch.bytes);
  for (const Batch::Entry& entry : batch.entries) {
    if (entry.position <= after) continue;
    if (filter.everything() || filter.Has(entry.kind, entry.organization)) fields += entry.field;
  }
  return fields;
}

}  // namespace qinglian::journal
