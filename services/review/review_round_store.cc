#include "services/review/review_round_store.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/review/application_rules.h"
#include "services/review/query.h"

namespace qinglian::review {

using v1::Application;

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

}  // namespace qinglian::review
