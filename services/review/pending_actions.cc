#include "services/review/pending_actions.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "qinglian/review/v1/action_plan.pb.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/objection.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/score_sheet.pb.h"

namespace qinglian::review {
namespace {

using google::protobuf::Descriptor;
using resource::PendingSource;

// Whose work is listed: everybody's where the name is empty.
struct Whose {
  std::string name;
  // The bytes of his id; empty for a client or a service, who works nowhere.
  std::string id;
};

// Those who work in the organization of a column ($) or below it.
constexpr char kWorksIn[] =
    " AND EXISTS (SELECT 1 FROM (SELECT organization FROM known_assignments WHERE person = ? AND "
    "state = 'STATE_CURRENT' UNION SELECT organization FROM known_persons WHERE id = ? AND "
    "employment_state = 'EMPLOYMENT_STATE_EMPLOYED') h JOIN known_organizations w ON w.id = "
    "h.organization JOIN known_organizations side ON side.id = $ WHERE side.path <> '' AND "
    "LEFT(w.path, LENGTH(side.path)) = side.path)";

std::string WorksIn(std::string_view column) {
  const std::string pattern = kWorksIn;
  const size_t at = pattern.find('$');
  return absl::StrCat(pattern.substr(0, at), absl::string_view(column.data(), column.size()),
                      pattern.substr(at + 1));
}

PendingSource Source(const Descriptor* type, std::string_view method, std::string select) {
  return {.type = record::TypeOf(type),
          .method =
              absl::StrCat("qinglian.review.v1.", absl::string_view(method.data(), method.size())),
          .select = std::move(select),
          .values = {}};
}

// What the side that works in `column` has to do; not what `not_by` columns name the caller for.
PendingSource OfSide(const Descriptor* type, std::string_view method, std::string select,
                     std::string_view column, std::string_view not_by, const Whose& whose) {
  PendingSource source = Source(type, method, std::move(select));
  if (whose.name.empty()) return source;
  absl::StrAppend(&source.select, WorksIn(column));
  source.values.AddOwned(whose.id);
  source.values.AddOwned(whose.id);
  if (not_by.empty()) return source;
  absl::StrAppend(&source.select, " AND ? NOT IN (",
                  absl::string_view(not_by.data(), not_by.size()), ")");
  source.values.AddOwned(whose.name);
  return source;
}

PendingSource OfPerson(const Descriptor* type, std::string_view method, std::string select,
                       std::string_view column, const Whose& whose) {
  PendingSource source = Source(type, method, std::move(select));
  if (whose.name.empty()) return source;
  absl::StrAppend(&source.select, " AND ", absl::string_view(column.data(), column.size()), " = ?");
  source.values.AddOwned(whose.id);
  return source;
}

// Applications as rows that wait, with the day of `due`.
std::string Applications(std::string_view due, std::string_view where) {
  return absl::StrCat(
      "SELECT a.id, a.organization, a.state, r.display_name, ",
      absl::string_view(due.data(), due.size()),
      ", a.update_time FROM applications a JOIN review_rounds r ON r.id = a.review_round WHERE "
      "a.delete_time IS NULL AND ",
      absl::string_view(where.data(), where.size()));
}

void AddPlans(const Whose& whose, std::vector<PendingSource>& sources) {
  const Descriptor* type = v1::ActionPlan::descriptor();
  const std::string select =
      "SELECT p.id, p.organization, p.state, p.display_name, NULL, p.update_time FROM action_plans "
      "p WHERE ";
  sources.push_back(OfSide(type, "ActionPlanService.FileActionPlan",
                           select + "p.state IN ('STATE_DRAFT', 'STATE_RETURNED')",
                           "p.organization", "", whose));
  sources.push_back(OfSide(type, "ActionPlanService.AcceptActionPlan",
                           select + "p.state = 'STATE_FILED' AND p.accepted = FALSE",
                           "p.programme_organization", "p.filer", whose));
}

void AddApplications(const Whose& whose, std::vector<PendingSource>& sources) {
  const Descriptor* type = v1::Application::descriptor();
  sources.push_back(OfSide(type, "ApplicationService.SubmitApplication",
                           Applications("r.submission_end_date", "a.state = 'STATE_DRAFT'"),
                           "a.organization", "", whose));
  sources.push_back(
      OfSide(type, "ApplicationService.ResubmitApplication",
             Applications("a.supplement_due_date", "a.state = 'STATE_SUPPLEMENT_REQUESTED'"),
             "a.organization", "", whose));
  sources.push_back(OfSide(type, "ApplicationService.AcceptApplication",
                           Applications("NULL", "a.state = 'STATE_SUBMITTED'"),
                           "a.programme_organization", "a.drafter, a.submitter", whose));
  sources.push_back(
      OfSide(type, "ApplicationService.ConferApplication",
             Applications("NULL", "a.state = 'STATE_ON_NOTICE' AND r.state = 'STATE_DECIDED'"),
             "a.programme_organization", "r.proposer", whose));
}

// What a reviewer has to score: applications of which he has no sheet yet, and sheets he has begun.
// Listed to himself only: for others his sheets do not exist.
void AddScoring(const std::string& caller, const Whose& whose,
                std::vector<PendingSource>& sources) {
  if (whose.name != caller || whose.id.empty()) return;
  PendingSource begin = Source(
      v1::Application::descriptor(), "ScoreSheetService.CreateScoreSheet",
      Applications(
          "NULL",
          "a.state = 'STATE_UNDER_EVALUATION' AND EXISTS (SELECT 1 FROM round_reviewers v WHERE "
          "v.review_round = a.review_round AND v.person = ?) AND NOT EXISTS (SELECT 1 FROM "
          "round_conflicts c WHERE c.review_round = a.review_round AND c.person = ? AND "
          "c.organization = a.organization) AND NOT EXISTS (SELECT 1 FROM score_sheets s WHERE "
          "s.application = a.id AND s.reviewer = ?)"));
  for (int i = 0; i < 3; ++i) begin.values.AddOwned(whose.id);
  sources.push_back(std::move(begin));
  sources.push_back(OfPerson(
      v1::ScoreSheet::descriptor(), "ScoreSheetService.SubmitScoreSheet",
      "SELECT s.id, s.organization, s.state, r.display_name, NULL, s.update_time FROM score_sheets "
      "s JOIN review_rounds r ON r.id = s.review_round WHERE s.state = 'STATE_DRAFT'",
      "s.reviewer", whose));
}

void AddRounds(const Whose& whose, std::vector<PendingSource>& sources) {
  const Descriptor* type = v1::ReviewRound::descriptor();
  const std::string select =
      "SELECT r.id, r.organization, r.state, r.display_name, NULL, r.update_time FROM "
      "review_rounds r WHERE r.delete_time IS NULL AND ";
  sources.push_back(OfSide(type, "ReviewRoundService.ApproveReviewRoundCandidates",
                           select + "r.state = 'STATE_CANDIDATES_PROPOSED' AND r.approver = ''",
                           "r.organization", "r.proposer", whose));
  sources.push_back(OfSide(type, "ReviewRoundService.PublishReviewRoundNotice",
                           select + "r.state = 'STATE_CANDIDATES_PROPOSED' AND r.approver <> ''",
                           "r.organization", "", whose));
  sources.push_back(OfSide(type, "ReviewRoundService.DecideReviewRound",
                           select + "r.state = 'STATE_NOTICE_ENDED'", "r.organization",
                           "r.proposer", whose));
}

void AddObjections(const Whose& whose, std::vector<PendingSource>& sources) {
  const Descriptor* type = v1::Objection::descriptor();
  const std::string select =
      "SELECT o.id, o.organization, o.state, o.display_name, o.decide_due_date, o.update_time FROM "
      "objections o WHERE ";
  sources.push_back(OfSide(type, "ObjectionService.AdmitObjection",
                           select + "o.state = 'STATE_FILED'", "o.organization", "o.filer", whose));
  sources.push_back(OfSide(type, "ObjectionService.InvestigateObjection",
                           select + "o.state = 'STATE_ADMITTED'", "o.organization", "", whose));
  sources.push_back(OfPerson(type, "ObjectionService.ReportObjectionFindings",
                             select + "o.state = 'STATE_INVESTIGATING' AND o.report_time IS NULL",
                             "o.investigator", whose));
  PendingSource decide =
      OfSide(type, "ObjectionService.RejectObjection",
             select + "o.state = 'STATE_INVESTIGATING' AND o.report_time IS NOT NULL",
             "o.organization", "o.filer", whose);
  if (!whose.name.empty()) {
    decide.select += " AND o.investigator <> ?";
    decide.values.AddOwned(whose.id);
  }
  sources.push_back(std::move(decide));
  sources.push_back(OfSide(type, "ObjectionService.CloseObjection",
                           select + "o.state IN ('STATE_SUSTAINED', 'STATE_NOT_SUSTAINED')",
                           "o.organization", "", whose));
}

}  // namespace

PendingActions::PendingActions(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.PendingActionService",
               environment.journal) {
  methods_.Read("ListPendingActions", this, &PendingActions::List);
}

absl::StatusOr<journal::v1::ListPendingActionsResponse> PendingActions::List(
    rpc::Call& call, mysql::Connection& connection,
    const journal::v1::ListPendingActionsRequest& request) {
  Whose whose{.name = request.person(), .id = {}};
  if (whose.name.empty() && request.organization().empty()) whose.name = call.caller().actor;
  if (const auto id = id::ParseName("persons", whose.name); id.ok()) whose.id = id->Bytes();
  std::vector<PendingSource> sources;
  AddPlans(whose, sources);
  AddApplications(whose, sources);
  AddScoring(call.caller().actor, whose, sources);
  AddRounds(whose, sources);
  AddObjections(whose, sources);
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  return resource::ListPending(connection, environment_.tokens, today, request, whose.name,
                               sources);
}

}  // namespace qinglian::review
