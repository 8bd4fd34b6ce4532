#include "services/organization/organization_keys.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/id/uuid.h"
#include "common/mysql/mysql.h"
#include "common/status/macros.h"
#include "qinglian/organization/v1/organization.pb.h"

namespace qinglian::organization {
namespace {

// How many keys one look-up asks for; the last one is filled up by repeating, so that one statement
// serves all.
constexpr size_t kLookup = 256;

std::string Places(std::string_view place) {
  return absl::StrJoin(std::vector<std::string>(kLookup, std::string(place)), ", ");
}

bool IsActive(std::string_view state) {
  return state == v1::Organization::State_Name(v1::Organization::STATE_ACTIVE);
}

// Those of source kOwnSource that nobody has as an external identifier, by their own ids.
absl::Status LockOwn(journal::Transaction& tx, const std::set<IdentifierKey>& keys,
                     std::map<IdentifierKey, KnownOrganization>& known) {
  std::map<std::string, IdentifierKey> wanted;
  std::set<std::string> ids;
  for (const IdentifierKey& key : keys) {
    if (key.first != kOwnSource || known.count(key) > 0) continue;
    const absl::StatusOr<id::Uuid> uuid = id::Uuid::Parse(key.second);
    if (!uuid.ok()) continue;
    wanted[uuid->Bytes()] = key;
    ids.insert(uuid->Bytes());
  }
  std::map<std::string, KnownOrganization> found;
  RETURN_IF_ERROR(LockByIds(tx, ids, found));
  for (auto& [id, organization] : found) known[wanted[id]] = std::move(organization);
  return absl::OkStatus();
}

}  // namespace

absl::Status LockByIdentifiers(journal::Transaction& tx, const std::set<IdentifierKey>& keys,
                               std::map<IdentifierKey, KnownOrganization>& known) {
  static const auto& sql = *new std::string(absl::StrCat(
      "SELECT i.source, i.external_id, o.path, o.state FROM organization_identifiers i "
      "JOIN organizations o ON o.id = i.organization WHERE (i.source, i.external_id) IN (",
      Places("(?, ?)"), ") ORDER BY o.id FOR UPDATE"));
  const std::vector<IdentifierKey> wanted(keys.begin(), keys.end());
  for (size_t done = 0; done < wanted.size(); done += kLookup) {
    std::vector<mysql::Param> params;
    for (size_t i = done; i < done + kLookup; ++i) {
      const IdentifierKey& key = wanted[std::min(i, wanted.size() - 1)];
      params.insert(params.end(), {std::string_view(key.first), std::string_view(key.second)});
    }
    ASSIGN_OR_RETURN(mysql::Rows rows, tx.connection().Query(sql, params));
    while (rows.Next())
      known[{rows.Bytes(0), rows.Bytes(1)}] = {rows.Bytes(2), IsActive(rows.Bytes(3))};
  }
  return LockOwn(tx, keys, known);
}

absl::Status LockByIds(journal::Transaction& tx, const std::set<std::string>& ids,
                       std::map<std::string, KnownOrganization>& known) {
  static const auto& sql =
      *new std::string(absl::StrCat("SELECT id, path, state FROM organizations WHERE id IN (",
                                    Places("?"), ") ORDER BY id FOR UPDATE"));
  const std::vector<std::string> wanted(ids.begin(), ids.end());
  for (size_t done = 0; done < wanted.size(); done += kLookup) {
    std::vector<mysql::Param> params;
    for (size_t i = done; i < done + kLookup; ++i)
      params.emplace_back(std::string_view(wanted[std::min(i, wanted.size() - 1)]));
    ASSIGN_OR_RETURN(mysql::Rows rows, tx.connection().Query(sql, params));
    while (rows.Next()) known[rows.Bytes(0)] = {rows.Bytes(1), IsActive(rows.Bytes(2))};
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization
