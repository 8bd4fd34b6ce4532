#include "services/review/score_sheet_store.h"

#include <utility>

#include "common/status/macros.h"
#include "services/review/query.h"

namespace qinglian::review {

using v1::ScoreSheet;

absl::StatusOr<std::vector<ScoreSheet>> ScoreSheetStore::LockOf(
    journal::Transaction& tx, std::string_view application) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(application));
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   NamesOf(tx.connection(), plan(),
                           "SELECT id FROM score_sheets WHERE application = ? ORDER BY id", {id}));
  std::vector<ScoreSheet> sheets;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(ScoreSheet sheet, Lock(tx, name));
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

absl::StatusOr<std::vector<ScoreSheet>> ScoreSheetStore::Of(mysql::Connection& connection,
                                                            std::string_view application) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(application));
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   NamesOf(connection, plan(),
                           "SELECT id FROM score_sheets WHERE application = ? ORDER BY id", {id}));
  std::vector<ScoreSheet> sheets;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(ScoreSheet sheet, Get(connection, name));
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

absl::StatusOr<bool> ScoreSheetStore::SubmittedAbout(
    mysql::Connection& connection, std::string_view round, std::string_view reviewer,
    const std::vector<std::string>& organizations) const {
  ASSIGN_OR_RETURN(const std::string round_id, IdOf(round));
  ASSIGN_OR_RETURN(const std::string person, IdOf(reviewer));
  for (const std::string& organization : organizations) {
    ASSIGN_OR_RETURN(const std::string unit, IdOf(organization));
    ASSIGN_OR_RETURN(
        const bool found,
        Any(connection,
            "SELECT 1 FROM score_sheets s JOIN applications a ON a.id = s.application WHERE "
            "s.review_round = ? AND s.reviewer = ? AND s.total_centipoints IS NOT NULL AND "
            "a.organization = ? LIMIT 1",
            {round_id, person, unit}));
    if (found) return true;
  }
  return false;
}

}  // namespace qinglian::review
