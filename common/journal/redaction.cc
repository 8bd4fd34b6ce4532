#include "common/journal/redaction.h"

#include <memory>
#include <string_view>

#include "common/record/record.h"
#include "common/status/macros.h"
#include "common/visibility/protection.h"
#include "common/visibility/redaction.h"
#include "common/visibility/visibility.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "qinglian/record/v1/record.pb.h"

namespace qinglian::journal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using Paths = std::map<std::string, std::string>;

// Null where this program does not know the type, or does not keep its resources.
const Descriptor* KindOf(const v1::Change& change) {
  const Descriptor* kind =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(change.kind());
  return kind != nullptr && kind->options().HasExtension(record::v1::table) ? kind : nullptr;
}

std::unique_ptr<Message> ImageOf(const v1::Change& change, const Descriptor* kind) {
  std::unique_ptr<Message> image(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind)->New());
  if (!image->ParsePartialFromString(change.after().value())) image->Clear();
  return image;
}

access::v1::Sensitivity ViewOf(const access::Scope& scope, const Paths& paths,
                               const v1::Change& change) {
  const auto path = paths.find(change.organization());
  return visibility::ViewOf(scope, path == paths.end() ? std::string_view() : path->second);
}

// The names of fields that are not shown are not told to have changed either.
void StripChangedFields(access::v1::Sensitivity view, const Descriptor* kind, v1::Change& change) {
  const visibility::Protection& protection = visibility::Protection::Of(kind);
  auto& fields = *change.mutable_changed_fields();
  for (int i = fields.size() - 1; i >= 0; --i) {
    if (protection.SensitivityOf(fields[i]) > view) fields.DeleteSubrange(i, 1);
  }
}

absl::Status RedactKind(mysql::Connection& connection, const access::Scope& scope,
                        const Paths& paths, const Descriptor* kind,
                        const std::vector<v1::Change*>& changes) {
  std::vector<std::unique_ptr<Message>> images;
  std::vector<visibility::Shown> shown;
  for (v1::Change* change : changes) {
    images.push_back(ImageOf(*change, kind));
    shown.push_back({images.back().get(), ViewOf(scope, paths, *change)});
    StripChangedFields(shown.back().view, kind, *change);
  }
  RETURN_IF_ERROR(visibility::Redact(connection, record::Plan::Of(kind), scope, shown));
  for (size_t i = 0; i < changes.size(); ++i)
    changes[i]->mutable_after()->set_value(images[i]->SerializePartialAsString());
  return absl::OkStatus();
}

// The one change that stands in these bytes of a WatchChangesResponse.
v1::Change ChangeOf(std::string_view field) {
  v1::WatchChangesResponse response;
  response.ParseFromArray(field.data(), static_cast<int>(field.size()));
  return response.changes_size() == 1 ? std::move(*response.mutable_changes(0)) : v1::Change();
}

}  // namespace

absl::Status Redact(mysql::Connection& connection, const access::Scope& scope,
                    const std::vector<v1::Change*>& changes) {
  std::map<const Descriptor*, std::vector<v1::Change*>> by_kind;
  std::set<std::string> organizations;
  for (v1::Change* change : changes) {
    const Descriptor* kind = KindOf(*change);
    if (kind == nullptr || !visibility::Redacts(record::Plan::Of(kind), scope)) continue;
    by_kind[kind].push_back(change);
    organizations.insert(change->organization());
  }
  if (by_kind.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Paths paths, visibility::PathsOfOrganizations(connection, organizations));
  for (const auto& [kind, of_kind] : by_kind)
    RETURN_IF_ERROR(RedactKind(connection, scope, paths, kind, of_kind));
  return absl::OkStatus();
}

absl::StatusOr<std::map<uint64_t, std::string>> Redacted(mysql::Connection& connection,
                                                         const Filter& filter, const Batch& batch,
                                                         uint64_t after,
                                                         const std::set<std::string>& seen) {
  std::vector<v1::Change> changes;
  size_t begin = 0;
  for (const Batch::Entry& entry : batch.entries) {
    const std::string_view field(batch.fields.data() + begin, entry.end - begin);
    begin = entry.end;
    if (filter.Redacts(entry.kind) && filter.Wants(entry, after, seen))
      changes.push_back(ChangeOf(field));
  }
  std::vector<v1::Change*> pointers;
  for (v1::Change& change : changes) pointers.push_back(&change);
  RETURN_IF_ERROR(Redact(connection, filter.scope(), pointers));
  std::map<uint64_t, std::string> redacted;
  for (const v1::Change& change : changes) AppendField(change, redacted[change.position()]);
  return redacted;
}

}  // namespace qinglian::journal
