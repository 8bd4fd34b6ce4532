#include "common/id/names.h"

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::id {

absl::StatusOr<Uuid> ParseName(std::string_view collection, std::string_view name) {
  const auto invalid = [collection] {
    return status::Error(status::kNameInvalid, {{"collection", std::string(collection)}});
  };
  if (!name.starts_with(collection)) return invalid();
  name.remove_prefix(collection.size());
  if (!name.starts_with('/')) return invalid();
  name.remove_prefix(1);
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(name);
  if (!uuid.ok()) return invalid();
  return *uuid;
}

std::string FormatName(std::string_view collection, const Uuid& uuid) {
  return absl::StrCat(status::View(collection), "/", uuid.ToString());
}

std::string_view CollectionOf(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == name.npos ? std::string_view() : name.substr(0, slash);
}

}  // namespace qinglian::id
