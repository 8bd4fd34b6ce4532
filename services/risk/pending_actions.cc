#include "services/risk/pending_actions.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/lifecycle/actor.h"
#include "common/status/macros.h"
#include "qinglian/risk/v1/control.pb.h"
#include "qinglian/risk/v1/risk_assessment.pb.h"
#include "qinglian/risk/v1/risk_point.pb.h"

namespace qinglian::risk {
namespace {

using resource::PendingSource;
using v1::ScoringModel;

// How long before its day a review is shown.
constexpr int kReviewNoticeDays = 30;

// Whose work is listed: everybody's where the name is empty.
struct Whose {
  std::string name;
  // The bytes of his id; empty for a client or a service, who holds no posts and owns no controls.
  std::string id;
};

std::string MethodOf(std::string_view service, std::string_view method) {
  return absl::StrCat("qinglian.risk.v1.", absl::string_view(service.data(), service.size()), ".",
                      absl::string_view(method.data(), method.size()));
}

PendingSource SourceOf(const google::protobuf::Descriptor* type, std::string_view service,
                       std::string_view method, std::string select) {
  return {.resource = type,
          .method = MethodOf(service, method),
          .select = std::move(select),
          .values = {}};
}

// The ranks that suffice where `lowest` is demanded.
const char* RanksFrom(ScoringModel::ApproverRank lowest) {
  switch (lowest) {
    case ScoringModel::APPROVER_RANK_OFFICE_HEAD:
      return "('RANK_PRINCIPAL_LEADER', 'RANK_LEADER_IN_CHARGE', 'RANK_OFFICE_HEAD')";
    case ScoringModel::APPROVER_RANK_LEADER_IN_CHARGE:
      return "('RANK_PRINCIPAL_LEADER', 'RANK_LEADER_IN_CHARGE')";
    default:
      return "('RANK_PRINCIPAL_LEADER')";
  }
}

// Whether a post that is held now (`held`) has the rank that the grade in `column` demands.
std::string RankSuffices(const Scoring& scoring, std::string_view column) {
  std::string sql = "CASE";
  for (const v1::Grade grade : {v1::GRADE_LOW, v1::GRADE_MEDIUM}) {
    absl::StrAppend(&sql, " WHEN ", absl::string_view(column.data(), column.size()), " = '",
                    v1::Grade_Name(grade), "' THEN held.`rank` IN ",
                    RanksFrom(scoring.ApproverRank(grade)));
  }
  absl::StrAppend(&sql, " ELSE held.`rank` IN ", RanksFrom(scoring.ApproverRank(v1::GRADE_HIGH)),
                  " END");
  return sql;
}

// Narrows an approval to who may decide: he holds a post of the point's organization whose rank
// suffices for the grades of both assessment and point, and had no part in what he decides. The
// only persons that `details` names are the editors and those whom others acted for.
void OnlyDecidable(const Scoring& scoring, const Whose& whose, PendingSource& source) {
  if (whose.name.empty()) return;
  absl::StrAppend(&source.select,
                  " AND EXISTS (SELECT 1 FROM known_assignments held WHERE held.person = ? AND "
                  "held.organization = p.organization AND held.state = 'STATE_CURRENT' AND ",
                  RankSuffices(scoring, "s.inherent_grade"),
                  " AND (p.inherent_grade = "
                  "'GRADE_UNSPECIFIED' OR ",
                  RankSuffices(scoring, "p.inherent_grade"),
                  ")) AND ? NOT IN (p.author, p.submitter, s.assessor, s.submitter) AND "
                  "INSTR(CONCAT(p.details, s.details), ?) = 0");
  source.values.AddOwned(whose.id);
  source.values.AddOwned(whose.name);
  source.values.AddOwned(whose.name);
}

void OnlyOf(std::string_view column, const std::string& value, const Whose& whose,
            PendingSource& source) {
  if (whose.name.empty()) return;
  absl::StrAppend(&source.select, " AND ", absl::string_view(column.data(), column.size()), " = ?");
  source.values.AddOwned(value);
}

PendingSource PointsToApprove(const Scoring& scoring, const Whose& whose) {
  PendingSource source =
      SourceOf(v1::RiskPoint::descriptor(), "RiskPointService", "ApproveRiskPoint",
               "SELECT p.id, p.organization, p.state, p.display_name, NULL, p.update_time FROM "
               "risk_points p "
               "JOIN risk_assessments s ON s.risk_point = p.id AND s.state = 'STATE_SUBMITTED' "
               "WHERE p.state = 'STATE_PENDING_REVIEW' AND p.delete_time IS NULL");
  OnlyDecidable(scoring, whose, source);
  return source;
}

PendingSource AssessmentsToApprove(const Scoring& scoring, const Whose& whose) {
  PendingSource source = SourceOf(
      v1::RiskAssessment::descriptor(), "RiskAssessmentService", "ApproveRiskAssessment",
      "SELECT s.id, p.organization, s.state, p.display_name, p.review_due_date, s.update_time FROM "
      "risk_assessments s JOIN risk_points p ON p.id = s.risk_point AND p.state IN "
      "('STATE_ACTIVE', 'STATE_SUSPENDED') WHERE s.state = 'STATE_SUBMITTED'");
  OnlyDecidable(scoring, whose, source);
  return source;
}

PendingSource DraftPoints(const Whose& whose) {
  PendingSource source =
      SourceOf(v1::RiskPoint::descriptor(), "RiskPointService", "SubmitRiskPoint",
               "SELECT p.id, p.organization, p.state, p.display_name, NULL, p.update_time FROM "
               "risk_points p "
               "WHERE p.state IN ('STATE_DRAFT', 'STATE_RETURNED') AND p.delete_time IS NULL");
  OnlyOf("p.author", whose.name, whose, source);
  return source;
}

PendingSource DraftAssessments(const Whose& whose) {
  PendingSource source = SourceOf(
      v1::RiskAssessment::descriptor(), "RiskAssessmentService", "SubmitRiskAssessment",
      "SELECT s.id, p.organization, s.state, p.display_name, p.review_due_date, s.update_time FROM "
      "risk_assessments s JOIN risk_points p ON p.id = s.risk_point AND p.state IN "
      "('STATE_ACTIVE', 'STATE_SUSPENDED') WHERE s.state IN ('STATE_DRAFT', 'STATE_RETURNED')");
  OnlyOf("s.assessor", whose.name, whose, source);
  return source;
}

PendingSource ReviewsDue(const Whose& whose, absl::CivilDay today) {
  PendingSource source = SourceOf(
      v1::RiskPoint::descriptor(), "RiskAssessmentService", "CreateRiskAssessment",
      "SELECT p.id, p.organization, p.state, p.display_name, p.review_due_date, p.update_time FROM "
      "risk_points p WHERE p.state IN ('STATE_ACTIVE', 'STATE_SUSPENDED') AND p.review_due_date <= "
      "? AND NOT EXISTS (SELECT 1 FROM risk_assessments s WHERE s.risk_point = p.id AND s.state IN "
      "('STATE_DRAFT', 'STATE_SUBMITTED', 'STATE_RETURNED'))");
  source.values.Add(today + kReviewNoticeDays);
  OnlyOf("p.responsible_person", whose.id, whose, source);
  return source;
}

PendingSource ControlsToStart(const Whose& whose) {
  PendingSource source =
      SourceOf(v1::Control::descriptor(), "ControlService", "StartControl",
               "SELECT c.id, c.organization, c.state, c.display_name, c.due_date, c.update_time "
               "FROM controls c WHERE c.state = 'STATE_PLANNED'");
  OnlyOf("c.owner", whose.id, whose, source);
  return source;
}

// For those who answer for the point; never for the owner, who does not verify his own control.
PendingSource ControlsToActivate(const Whose& whose) {
  PendingSource source =
      SourceOf(v1::Control::descriptor(), "ControlService", "ActivateControl",
               "SELECT c.id, c.organization, c.state, c.display_name, c.due_date, c.update_time "
               "FROM controls c JOIN risk_points p ON p.id = c.risk_point "
               "WHERE c.state = 'STATE_IN_PROGRESS'");
  if (whose.name.empty()) return source;
  absl::StrAppend(&source.select,
                  " AND c.owner <> ? AND ? IN (p.responsible_leader, p.responsible_person)");
  source.values.AddOwned(whose.id);
  source.values.AddOwned(whose.id);
  return source;
}

}  // namespace

PendingActions::PendingActions(const serving::Environment& environment, const Scoring& scoring)
    : environment_(environment),
      scoring_(scoring),
      methods_(environment.pipeline, "qinglian.risk.v1.PendingActionService", environment.journal) {
  methods_.Read("ListPendingActions", this, &PendingActions::List);
}

absl::StatusOr<journal::v1::ListPendingActionsResponse> PendingActions::List(
    rpc::Call& call, mysql::Connection& connection,
    const journal::v1::ListPendingActionsRequest& request) {
  Whose whose{.name = request.person(), .id = {}};
  if (whose.name.empty() && request.organization().empty()) {
    whose.name = lifecycle::Actor{call.caller().actor, call.caller().acting_for}.holder();
  }
  if (const auto id = id::ParseName("persons", whose.name); id.ok()) whose.id = id->Bytes();
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  std::vector<PendingSource> sources;
  sources.push_back(PointsToApprove(scoring_, whose));
  sources.push_back(AssessmentsToApprove(scoring_, whose));
  sources.push_back(DraftPoints(whose));
  sources.push_back(DraftAssessments(whose));
  sources.push_back(ReviewsDue(whose, today));
  sources.push_back(ControlsToStart(whose));
  sources.push_back(ControlsToActivate(whose));
  return resource::ListPending(connection, call, environment_.tokens, today, request, whose.name,
                               sources);
}

}  // namespace qinglian::risk
