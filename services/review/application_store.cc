#include "services/review/application_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/review/application_rules.h"
#include "services/review/query.h"

namespace qinglian::review {

using v1::Application;

absl::StatusOr<std::vector<Application>> ApplicationStore::LockInRound(journal::Transaction& tx,
                                                                       std::string_view round,
                                                                       uint32_t states) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(round));
  ASSIGN_OR_RETURN(
      const std::vector<std::string> names,
      NamesOf(tx.connection(), plan(),
              absl::StrCat("SELECT id FROM applications WHERE review_round = ? AND state IN (",
                           StateList(states), ") AND delete_time IS NULL ORDER BY id"),
              {id}));
  std::vector<Application> applications;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(Application application, Lock(tx, name));
    applications.push_back(std::move(application));
  }
  return applications;
}

absl::StatusOr<std::string> ApplicationStore::StandingOf(mysql::Connection& connection,
                                                         std::string_view round,
                                                         std::string_view organization) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(round));
  ASSIGN_OR_RETURN(const std::string unit, IdOf(organization));
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   NamesOf(connection, plan(),
                           "SELECT id FROM applications WHERE review_round = ? AND organization = "
                           "? AND state <> 'STATE_WITHDRAWN' AND delete_time IS NULL LIMIT 1",
                           {id, unit}));
  return names.empty() ? std::string() : names.front();
}

absl::StatusOr<std::vector<std::string>> ApplicationStore::RunningOf(
    mysql::Connection& connection, const std::vector<std::string>& units) const {
  std::vector<std::string> running;
  for (const std::string& unit : units) {
    ASSIGN_OR_RETURN(const std::string id, IdOf(unit));
    ASSIGN_OR_RETURN(
        const std::vector<std::string> names,
        NamesOf(connection, plan(),
                absl::StrCat("SELECT id FROM applications WHERE organization = ? AND state IN (",
                             StateList(kRunningApplicationStates), ") ORDER BY review_round, id"),
                {id}));
    running.insert(running.end(), names.begin(), names.end());
  }
  return running;
}

absl::StatusOr<std::vector<std::string>> ApplicationStore::SupplementsMissed(
    mysql::Connection& connection, absl::CivilDay today, int limit) const {
  return NamesOf(connection, plan(),
                 "SELECT id FROM applications WHERE supplement_due_date < ? AND state = "
                 "'STATE_SUPPLEMENT_REQUESTED' AND delete_time IS NULL LIMIT ?",
                 {today, limit});
}

absl::StatusOr<bool> ApplicationStore::BetterOneWaits(mysql::Connection& connection,
                                                      const Application& application) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(application.review_round()));
  return Any(connection,
             "SELECT 1 FROM applications WHERE review_round = ? AND quota_group = ? AND state = "
             "'STATE_SCORED' AND placing < ? AND delete_time IS NULL LIMIT 1",
             {id, application.quota_group(), application.placing()});
}

}  // namespace qinglian::review
