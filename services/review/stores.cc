#include "services/review/stores.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "common/record/record.h"
#include "common/status/macros.h"
#include "services/review/application_rules.h"
#include "services/review/registry.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ScoreSheet;

absl::StatusOr<std::vector<std::string>> NamesOf(mysql::Connection& connection,
                                                 const record::Plan& plan, std::string_view sql,
                                                 std::initializer_list<mysql::Param> params) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan.type().NameOf(rows.Bytes(0)));
  return names;
}

absl::StatusOr<bool> Any(mysql::Connection& connection, std::string_view sql,
                         std::initializer_list<mysql::Param> params) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  return rows.Next();
}

// "'STATE_A', 'STATE_B'".
std::string StateList(uint32_t states) {
  std::string list;
  for (int i = 0; i < Application::State_ARRAYSIZE; ++i) {
    if (((states >> i) & 1) == 0) continue;
    absl::StrAppend(&list, list.empty() ? "'" : ", '",
                    Application::State_Name(static_cast<Application::State>(i)), "'");
  }
  return list;
}

}  // namespace

absl::StatusOr<bool> ProgrammeStore::ReferredTo(mysql::Connection& connection,
                                                std::string_view programme) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  return Any(connection,
             "SELECT 1 FROM review_rounds WHERE programme = ? AND delete_time IS NULL UNION ALL "
             "SELECT 1 FROM rubrics WHERE programme = ? AND delete_time IS NULL UNION ALL SELECT 1 "
             "FROM action_plans WHERE programme = ? UNION ALL SELECT 1 FROM programmes WHERE "
             "prerequisite_programme = ? AND delete_time IS NULL LIMIT 1",
             {id, id, id, id});
}

absl::StatusOr<bool> ProgrammeStore::RoundRunning(mysql::Connection& connection,
                                                  std::string_view programme) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  return Any(
      connection,
      "SELECT 1 FROM review_rounds WHERE programme = ? AND delete_time IS NULL AND state NOT "
      "IN ('STATE_DECIDED', 'STATE_ARCHIVED', 'STATE_CANCELLED') LIMIT 1",
      {id});
}

absl::StatusOr<int> RubricStore::CountOf(mysql::Connection& connection,
                                         std::string_view programme) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT COUNT(*) FROM rubrics WHERE programme = ?", {id}));
  return rows.Next() ? static_cast<int>(rows.Int(0)) : 0;
}

absl::StatusOr<bool> RubricStore::ReferredTo(mysql::Connection& connection,
                                             std::string_view rubric) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(rubric));
  return Any(connection,
             "SELECT 1 FROM review_rounds WHERE rubric = ? AND delete_time IS NULL LIMIT 1", {id});
}

absl::Status ReviewRoundStore::CreatePlaces(journal::Transaction& tx,
                                            const v1::ReviewRound& round) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(round.name()));
  for (const auto& group : round.quota_groups()) {
    RETURN_IF_ERROR(tx.connection()
                        .Execute("INSERT INTO round_places (review_round, quota_group, cap, used) "
                                 "VALUES (?, ?, ?, 0)",
                                 {id, group.code(), group.cap()})
                        .status());
  }
  return absl::OkStatus();
}

absl::Status ReviewRoundStore::CreatePanel(journal::Transaction& tx,
                                           const v1::ReviewRound& round) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(round.name()));
  for (const std::string& reviewer : round.panel()) {
    ASSIGN_OR_RETURN(const std::string person, IdOf(reviewer));
    RETURN_IF_ERROR(tx.connection()
                        .Execute("INSERT INTO round_reviewers (review_round, person) VALUES (?, ?)",
                                 {id, person})
                        .status());
  }
  return absl::OkStatus();
}

absl::Status ReviewRoundStore::KeepConflicts(journal::Transaction& tx, std::string_view round,
                                             std::string_view person,
                                             const std::vector<std::string>& organizations) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(round));
  ASSIGN_OR_RETURN(const std::string reviewer, IdOf(person));
  for (const std::string& organization : organizations) {
    ASSIGN_OR_RETURN(const std::string unit, IdOf(organization));
    RETURN_IF_ERROR(tx.connection()
                        .Execute("INSERT INTO round_conflicts (review_round, person, organization) "
                                 "VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE organization = "
                                 "VALUES(organization)",
                                 {id, reviewer, unit})
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReviewRoundStore::TakePlace(journal::Transaction& tx, std::string_view round,
                                                 std::string_view quota_group) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(round));
  ASSIGN_OR_RETURN(const int64_t taken,
                   tx.connection().Execute("UPDATE round_places SET used = used + 1 WHERE "
                                           "review_round = ? AND quota_group = ? AND used < cap",
                                           {id, quota_group}));
  return taken == 1;
}

absl::Status ReviewRoundStore::ReturnPlace(journal::Transaction& tx,
                                           const Application& before) const {
  if (!HoldsPlace(before.state())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string id, IdOf(before.review_round()));
  return tx.connection()
      .Execute(
          "UPDATE round_places SET used = used - 1 WHERE review_round = ? AND quota_group = ? "
          "AND used > 0",
          {id, before.quota_group()})
      .status();
}

absl::StatusOr<RoundCounts> ReviewRoundStore::CountsOf(mysql::Connection& connection,
                                                       std::string_view round) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(round));
  RoundCounts counts;
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat(
              "SELECT COALESCE(SUM(a.state IN ('STATE_SUBMITTED', 'STATE_SUPPLEMENT_REQUESTED')), "
              "0), COALESCE(SUM(a.state IN ('STATE_ACCEPTED', 'STATE_UNDER_EVALUATION')), 0), "
              "COALESCE(SUM(a.state IN ('STATE_UNDER_EVALUATION', 'STATE_SCORED') AND "
              "a.last_visit_date IS NULL), 0), COALESCE(SUM(a.state IN (",
              StateList(kRunningApplicationStates),
              ") OR (a.state = 'STATE_CONFERRED' AND t.id IS NULL)), 0) FROM applications a LEFT "
              "JOIN titles t ON t.application = a.id WHERE a.review_round = ? AND a.delete_time IS "
              "NULL"),
          {id}));
  if (rows.Next()) {
    counts.unchecked = static_cast<int>(rows.Int(0));
    counts.unscored = static_cast<int>(rows.Int(1));
    counts.unvisited = static_cast<int>(rows.Int(2));
    counts.left_open = static_cast<int>(rows.Int(3));
  }
  ASSIGN_OR_RETURN(mysql::Rows objections,
                   connection.Query("SELECT COUNT(*) FROM objections WHERE review_round = ? AND "
                                    "state IN ('STATE_FILED', 'STATE_ADMITTED', "
                                    "'STATE_INVESTIGATING')",
                                    {id}));
  if (objections.Next()) counts.open_objections = static_cast<int>(objections.Int(0));
  return counts;
}

absl::StatusOr<std::vector<std::string>> ReviewRoundStore::NoticesOver(
    mysql::Connection& connection, absl::CivilDay today, int limit) const {
  return NamesOf(connection, plan(),
                 "SELECT id FROM review_rounds WHERE state = 'STATE_ON_NOTICE' AND notice_end_date "
                 "< ? AND delete_time IS NULL LIMIT ?",
                 {today, limit});
}

absl::StatusOr<std::string> ActionPlanStore::FiledOf(mysql::Connection& connection,
                                                     std::string_view organization,
                                                     std::string_view programme, int year) const {
  ASSIGN_OR_RETURN(const std::string unit, IdOf(organization));
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   NamesOf(connection, plan(),
                           "SELECT id FROM action_plans WHERE organization = ? AND programme = ? "
                           "AND year = ? AND state IN ('STATE_FILED', 'STATE_CONCLUDED')",
                           {unit, id, year}));
  return names.empty() ? std::string() : names.front();
}

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

absl::StatusOr<bool> ObjectionStore::OpenOn(mysql::Connection& connection,
                                            std::string_view application) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(application));
  return Any(connection,
             "SELECT 1 FROM objections WHERE application = ? AND state IN ('STATE_FILED', "
             "'STATE_ADMITTED', 'STATE_INVESTIGATING') LIMIT 1",
             {id});
}

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
