#include "services/review/title_store.h"

#include "common/status/macros.h"
#include "services/review/query.h"

namespace qinglian::review {

absl::StatusOr<bool> TitleStore::Holds(mysql::Connection& connection, std::string_view organization,
                                       std::string_view programme, absl::CivilDay today) const {
  ASSIGN_OR_RETURN(const std::string unit, IdOf(organization));
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  return Any(connection,
             "SELECT 1 FROM titles WHERE organization = ? AND programme = ? AND state = "
             "'STATE_ACTIVE' AND expire_date >= ? LIMIT 1",
             {unit, id, today});
}

absl::StatusOr<std::vector<std::string>> TitleStore::ActiveOf(
    mysql::Connection& connection, const std::vector<std::string>& units) const {
  std::vector<std::string> titles;
  for (const std::string& unit : units) {
    ASSIGN_OR_RETURN(const std::string id, IdOf(unit));
    ASSIGN_OR_RETURN(const std::vector<std::string> names,
                     NamesOf(connection, plan(),
                             "SELECT id FROM titles WHERE organization = ? AND state = "
                             "'STATE_ACTIVE' ORDER BY id",
                             {id}));
    titles.insert(titles.end(), names.begin(), names.end());
  }
  return titles;
}

absl::StatusOr<std::vector<std::string>> TitleStore::Outlived(mysql::Connection& connection,
                                                              absl::CivilDay today,
                                                              int limit) const {
  return NamesOf(connection, plan(),
                 "SELECT id FROM titles WHERE state IN ('STATE_ACTIVE', 'STATE_SUSPENDED') AND "
                 "expire_date < ? LIMIT ?",
                 {today, limit});
}

}  // namespace qinglian::review
