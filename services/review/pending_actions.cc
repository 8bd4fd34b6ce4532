#include "services/review/pending_actions.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/lifecycle/actor.h"
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

// Those who work in the organization of a column ($) or below it: by a post, or by employment. Two
// questions, not a UNION: MariaDB 10.11 asks a prepared one rightly the first time only.
constexpr char kWorksIn[] =
    "(EXISTS (SELECT 1 FROM known_assignments h JOIN known_organizations w ON w.id = "
    "h.organization JOIN known_organizations side ON side.id = $ WHERE h.person = ? AND h.state = "
    "'STATE_CURRENT' AND side.path <> '' AND LEFT(w.path, LENGTH(side.path)) = side.path) OR "
    "EXISTS (SELECT 1 FROM known_persons h JOIN known_organizations w ON w.id = h.organization "
    "JOIN known_organizations side ON side.id = $ WHERE h.id = ? AND h.employment_state = "
    "'EMPLOYMENT_STATE_EMPLOYED' AND side.path <> '' AND LEFT(w.path, LENGTH(side.path)) = "
    "side.path))";

std::string WorksIn(std::string_view column) {
  return absl::StrReplaceAll(kWorksIn, {{"$", absl::string_view(column.data(), column.size())}});
}

PendingSource Source(const Descriptor* type, std::string_view method, std::string select) {
  return {.resource = type,
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
  absl::StrAppend(&source.select, " AND ", WorksIn(column));
  source.values.AddOwned(whose.id);
  source.values.AddOwned(whose.id);
  if (not_by.empty()) return source;
  absl::StrAppend(&source.select, " AND ? NOT IN (",
                  absl::string_view(not_by.data(), not_by.size()), ")");
  source.values.AddOwned(whose.name);
  return source;
}

// What the organizer's side has to do about what a unit wants, whose own people do not judge it.
PendingSource OfOrganizer(const Descriptor* type, std::string_view method, std::string select,
                          std::string_view column, std::string_view applicant,
                          std::string_view not_by, const Whose& whose) {
  PendingSource source = OfSide(type, method, std::move(select), column, not_by, whose);
  if (whose.name.empty()) return source;
  absl::StrAppend(&source.select, " AND NOT ", WorksIn(applicant));
  source.values.AddOwned(whose.id);
  source.values.AddOwned(whose.id);
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
  sources.push_back(OfOrganizer(type, "ActionPlanService.AcceptActionPlan",
                                select + "p.state = 'STATE_FILED' AND p.accepted = FALSE",
                                "p.programme_organization", "p.organization", "p.filer", whose));
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
  const auto of_organizer = [&](std::string_view method, std::string_view where,
                                std::string_view not_by) {
    sources.push_back(OfOrganizer(type, method, Applications("NULL", where),
                                  "a.programme_organization", "a.organization", not_by, whose));
  };
  of_organizer("ApplicationService.AcceptApplication", "a.state = 'STATE_SUBMITTED'",
               "a.drafter, a.submitter");
  of_organizer("ApplicationService.RecordSiteVisit",
               "a.state = 'STATE_UNDER_EVALUATION' AND a.last_visit_date IS NULL AND "
               "r.site_visit_required = TRUE",
               "");
  of_organizer("ApplicationService.ConferApplication",
               "a.state = 'STATE_ON_NOTICE' AND r.state = 'STATE_DECIDED'", "r.proposer");
  of_organizer("TitleService.ConferTitle",
               "a.state = 'STATE_CONFERRED' AND NOT EXISTS (SELECT 1 FROM titles t WHERE "
               "t.application = a.id)",
               "");
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
  PendingSource approve =
      OfSide(type, "ReviewRoundService.ApproveReviewRoundCandidates",
             select + "r.state = 'STATE_CANDIDATES_PROPOSED' AND r.approver = ''", "r.organization",
             "r.proposer", whose);
  if (!whose.name.empty()) {
    approve.select +=
        " AND NOT EXISTS (SELECT 1 FROM applications s WHERE s.review_round = r.id AND s.state = "
        "'STATE_SHORTLISTED' AND s.shortlister = ?)";
    approve.values.AddOwned(whose.name);
  }
  sources.push_back(std::move(approve));
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
      "objections o JOIN applications a ON a.id = o.application WHERE ";
  const auto of_organizer = [&](std::string_view method, std::string_view where,
                                std::string_view not_by) {
    return OfOrganizer(type, method,
                       absl::StrCat(select, absl::string_view(where.data(), where.size())),
                       "o.organization", "a.organization", not_by, whose);
  };
  sources.push_back(
      of_organizer("ObjectionService.AdmitObjection", "o.state = 'STATE_FILED'", "o.filer"));
  sources.push_back(
      of_organizer("ObjectionService.InvestigateObjection", "o.state = 'STATE_ADMITTED'", ""));
  sources.push_back(OfPerson(type, "ObjectionService.ReportObjectionFindings",
                             select + "o.state = 'STATE_INVESTIGATING' AND o.report_time IS NULL",
                             "o.investigator", whose));
  PendingSource decide =
      of_organizer("ObjectionService.RejectObjection",
                   "o.state = 'STATE_INVESTIGATING' AND o.report_time IS NOT NULL", "o.filer");
  if (!whose.name.empty()) {
    decide.select += " AND o.investigator <> ?";
    decide.values.AddOwned(whose.id);
  }
  sources.push_back(std::move(decide));
  sources.push_back(of_organizer("ObjectionService.CloseObjection",
                                 "o.state IN ('STATE_SUSTAINED', 'STATE_NOT_SUSTAINED')", ""));
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
  if (whose.name.empty() && request.organization().empty()) {
    whose.name = lifecycle::Actor{call.caller().actor, call.caller().acting_for}.holder();
  }
  if (const auto id = id::ParseName("persons", whose.name); id.ok()) whose.id = id->Bytes();
  std::vector<PendingSource> sources;
  AddPlans(whose, sources);
  AddApplications(whose, sources);
  AddScoring(call.caller().actor, whose, sources);
  AddRounds(whose, sources);
  AddObjections(whose, sources);
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  return resource::ListPending(connection, call, environment_.tokens, today, request, whose.name,
                               sources);
}

}  // namespace qinglian::review
