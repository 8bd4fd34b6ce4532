#include "services/organization/division_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

// How many versions one statement keeps.
constexpr size_t kKept = 256;

// All columns of a division, as its table and its versions have them.
std::string Columns(const record::Plan& plan) {
  std::vector<std::string> columns;
  for (const record::Column& column : plan.columns())
    columns.push_back(absl::StrCat("`", column.name, "`"));
  return absl::StrJoin(columns, ", ");
}

}  // namespace

absl::Status DivisionStore::CreateMany(journal::Transaction& tx,
                                       std::vector<v1::Division>& divisions) const {
  std::vector<google::protobuf::Message*> fresh;
  std::vector<std::string> codes;
  for (v1::Division& division : divisions) {
    fresh.push_back(&division);
    ASSIGN_OR_RETURN(codes.emplace_back(), plan().type().IdOf(division.name()));
  }
  RETURN_IF_ERROR(messages().InsertMany(tx, fresh, {}, {}));
  return KeepVersions(tx.connection(), codes);
}

absl::StatusOr<v1::Division> DivisionStore::Change(journal::Transaction& tx,
                                                   const v1::Division& before,
                                                   v1::Division after) const {
  ASSIGN_OR_RETURN(v1::Division changed, Update(tx, before, std::move(after)));
  if (changed.etag() == before.etag()) return changed;
  ASSIGN_OR_RETURN(const std::string code, plan().type().IdOf(changed.name()));
  RETURN_IF_ERROR(KeepVersions(tx.connection(), {code}));
  return changed;
}

absl::Status DivisionStore::KeepVersions(mysql::Connection& connection,
                                         const std::vector<std::string>& codes) const {
  const std::string columns = Columns(plan());
  const std::string places = absl::StrJoin(std::vector<const char*>(kKept, "?"), ", ");
  std::vector<std::string> values;
  for (const record::Column& column : plan().columns())
    values.push_back(absl::StrCat("`", column.name, "` = VALUES(`", column.name, "`)"));
  for (size_t done = 0; done < codes.size(); done += kKept) {
    std::vector<mysql::Param> chunk;
    for (size_t i = done; i < done + kKept; ++i)
      chunk.emplace_back(codes[std::min(i, codes.size() - 1)]);
    // What an older edition has ends where a newer one begins; what the same one had is replaced.
    RETURN_IF_ERROR(connection
                        .Execute(absl::StrCat("UPDATE division_versions v JOIN divisions d ON "
                                              "d.id = v.id SET v.end_vintage = d.vintage WHERE "
                                              "d.id IN (",
                                              places,
                                              ") AND v.end_vintage = 9999 AND v.first_vintage < "
                                              "d.vintage"),
                                 chunk)
                        .status());
    RETURN_IF_ERROR(
        connection
            .Execute(
                absl::StrCat("INSERT INTO division_versions (first_vintage, end_vintage, ", columns,
                             ") SELECT vintage, 9999, ", columns, " FROM divisions WHERE id IN (",
                             places, ") ON DUPLICATE KEY UPDATE ", absl::StrJoin(values, ", ")),
                chunk)
            .status());
  }
  return absl::OkStatus();
}

paging::Condition DivisionStore::AsOf(int32_t vintage) const {
  if (vintage == 0) return {};
  paging::Condition rows{
      absl::StrCat("SELECT ", Columns(plan()),
                   " FROM division_versions WHERE first_vintage <= ? AND end_vintage > ?"),
      {}};
  rows.values.Add(static_cast<int64_t>(vintage));
  rows.values.Add(static_cast<int64_t>(vintage));
  return rows;
}

absl::StatusOr<bool> DivisionStore::Exists(mysql::Connection& connection,
                                           std::string_view code) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM divisions WHERE id = ? AND state = 'STATE_ACTIVE'", {code}));
  return rows.Next();
}

}  // namespace qinglian::organization
