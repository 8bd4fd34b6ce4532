// Storage beyond the generic store: who is where in a round, the places of its groups, and what
// stands between a candidate and his title.
#ifndef QINGLIAN_SERVICES_REVIEW_STORES_H_
#define QINGLIAN_SERVICES_REVIEW_STORES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/action_plan.pb.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/objection.pb.h"
#include "qinglian/review/v1/programme.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/rubric.pb.h"
#include "qinglian/review/v1/score_sheet.pb.h"
#include "qinglian/review/v1/title.pb.h"
#include "services/review/review_round_rules.h"

namespace qinglian::review {

// All of these are thread-safe: they hold no state.

class ProgrammeStore : public resource::Store<v1::Programme> {
 public:
  // Whether a round, rubric, plan or other programme refers to it.
  absl::StatusOr<bool> ReferredTo(mysql::Connection& connection, std::string_view programme) const;
  // Whether a round of it is neither DECIDED, ARCHIVED nor CANCELLED.
  absl::StatusOr<bool> RoundRunning(mysql::Connection& connection,
                                    std::string_view programme) const;
};

class RubricStore : public resource::Store<v1::Rubric> {
 public:
  // How many rubrics the programme ever had.
  absl::StatusOr<int> CountOf(mysql::Connection& connection, std::string_view programme) const;
  // Whether a round refers to it.
  absl::StatusOr<bool> ReferredTo(mysql::Connection& connection, std::string_view rubric) const;
};

class ReviewRoundStore : public resource::Store<v1::ReviewRound> {
 public:
  // Makes the places of the round's groups, none of them taken.
  absl::Status CreatePlaces(journal::Transaction& tx, const v1::ReviewRound& round) const;
  // Makes the panel searchable.
  absl::Status CreatePanel(journal::Transaction& tx, const v1::ReviewRound& round) const;
  // Makes what a member of the panel declared searchable.
  absl::Status KeepConflicts(journal::Transaction& tx, std::string_view round,
                             std::string_view person,
                             const std::vector<std::string>& organizations) const;
  // Takes a place of the group; false where none is left.
  absl::StatusOr<bool> TakePlace(journal::Transaction& tx, std::string_view round,
                                 std::string_view quota_group) const;
  // Gives the place back that an application held before it ended.
  absl::Status ReturnPlace(journal::Transaction& tx, const v1::Application& before) const;
  // How many applications and objections of the round are where.
  absl::StatusOr<RoundCounts> CountsOf(mysql::Connection& connection, std::string_view round) const;
  // The names of at most `limit` rounds whose notice ended before `today`.
  absl::StatusOr<std::vector<std::string>> NoticesOver(mysql::Connection& connection,
                                                       absl::CivilDay today, int limit) const;
};

class ActionPlanStore : public resource::Store<v1::ActionPlan> {
 public:
  // The unit's plan for the programme and year that is FILED or CONCLUDED; empty for none.
  absl::StatusOr<std::string> FiledOf(mysql::Connection& connection, std::string_view organization,
                                      std::string_view programme, int year) const;
};

class ApplicationStore : public resource::Store<v1::Application> {
 public:
  // The applications of the round in one of `states` (a set made by lifecycle::OneOf), locked in
  // the order of their names. The round is locked before.
  absl::StatusOr<std::vector<v1::Application>> LockInRound(journal::Transaction& tx,
                                                           std::string_view round,
                                                           uint32_t states) const;
  // The name of the unit's application in the round that was neither withdrawn nor deleted; empty
  // for none.
  absl::StatusOr<std::string> StandingOf(mysql::Connection& connection, std::string_view round,
                                         std::string_view organization) const;
  // The names of the units' running applications, in all rounds.
  absl::StatusOr<std::vector<std::string>> RunningOf(mysql::Connection& connection,
                                                     const std::vector<std::string>& units) const;
  // The names of at most `limit` applications whose supplement was due before `today`.
  absl::StatusOr<std::vector<std::string>> SupplementsMissed(mysql::Connection& connection,
                                                             absl::CivilDay today, int limit) const;
  // Whether one with a better place of the same group still waits to be short-listed or passed
  // over.
  absl::StatusOr<bool> BetterOneWaits(mysql::Connection& connection,
                                      const v1::Application& application) const;
};

class ScoreSheetStore : public resource::Store<v1::ScoreSheet> {
 public:
  // The sheets of an application in the order of their names, locked.
  absl::StatusOr<std::vector<v1::ScoreSheet>> LockOf(journal::Transaction& tx,
                                                     std::string_view application) const;
  // The same, only read.
  absl::StatusOr<std::vector<v1::ScoreSheet>> Of(mysql::Connection& connection,
                                                 std::string_view application) const;
  // Whether the reviewer submitted a sheet in the round about one of the organizations.
  absl::StatusOr<bool> SubmittedAbout(mysql::Connection& connection, std::string_view round,
                                      std::string_view reviewer,
                                      const std::vector<std::string>& organizations) const;
};

class ObjectionStore : public resource::Store<v1::Objection> {
 public:
  // Whether one about the application is FILED, ADMITTED or INVESTIGATING.
  absl::StatusOr<bool> OpenOn(mysql::Connection& connection, std::string_view application) const;
};

class TitleStore : public resource::Store<v1::Title> {
 public:
  // Whether the organization holds an ACTIVE title of the programme on `today`.
  absl::StatusOr<bool> Holds(mysql::Connection& connection, std::string_view organization,
                             std::string_view programme, absl::CivilDay today) const;
  // The names of the units' ACTIVE titles.
  absl::StatusOr<std::vector<std::string>> ActiveOf(mysql::Connection& connection,
                                                    const std::vector<std::string>& units) const;
  // The names of at most `limit` titles in force whose last day is before `today`.
  absl::StatusOr<std::vector<std::string>> Outlived(mysql::Connection& connection,
                                                    absl::CivilDay today, int limit) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_STORES_H_
