#include "services/organization/pending_actions.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/lifecycle/actor.h"
#include "common/resource/store.h"
#include "common/status/macros.h"
#include "common/visibility/visibility.h"
#include "qinglian/organization/v1/assignment.pb.h"

namespace qinglian::organization {
namespace {

using Letter = v1::ResponsibilityLetter;

// The posts that a person holds now.
constexpr char kHisPosts[] =
    "(SELECT post FROM assignments WHERE person = ? AND state = 'STATE_CURRENT')";

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{.filter_fields = {}, .max_page_size = 500};
  return listing;
}

// What waits for anybody: a letter to be issued, signed or countersigned, and one to be followed by
// another because its signatory has left his post.
constexpr char kWaits[] =
    "((responsibility_letters.state IN ('STATE_DRAFT', 'STATE_ISSUED', 'STATE_PARTIALLY_SIGNED') "
    "AND responsibility_letters.re_sign_required = 0) OR (responsibility_letters.state IN "
    "('STATE_PARTIALLY_SIGNED', 'STATE_IN_FORCE') AND responsibility_letters.re_sign_required = 1 "
    "AND NOT EXISTS (SELECT 1 FROM responsibility_letters later WHERE later.signatory_post = "
    "responsibility_letters.signatory_post AND later.year = responsibility_letters.year AND "
    "later.re_sign_required = 0 AND later.delete_time IS NULL AND later.state IN ('STATE_DRAFT', "
    "'STATE_ISSUED', 'STATE_PARTIALLY_SIGNED', 'STATE_IN_FORCE'))))";

// The method that moves a letter on from where it stands.
std::string NextMethod(const Letter& letter) {
  const char* verb = letter.re_sign_required()                ? "Create"
                     : letter.state() == Letter::STATE_DRAFT  ? "Issue"
                     : letter.state() == Letter::STATE_ISSUED ? "Sign"
                                                              : "Countersign";
  return absl::StrCat("qinglian.organization.v1.ResponsibilityLetterService.", verb,
                      "ResponsibilityLetter");
}

// Letters that wait for a person: issued ones for who holds the signatory's post, all others for
// who holds the issuer's, unless it was he who signed. The only persons that `details` names are
// those who signed.
paging::Condition WaitsFor(std::string_view person) {
  paging::Condition condition{
      absl::StrCat(kWaits,
                   " AND ((responsibility_letters.state <> 'STATE_ISSUED' AND "
                   "responsibility_letters.issuer_post IN ",
                   kHisPosts,
                   " AND (responsibility_letters.state <> 'STATE_PARTIALLY_SIGNED' OR "
                   "INSTR(responsibility_letters.details, ?) = 0)) OR "
                   "(responsibility_letters.state = 'STATE_ISSUED' AND "
                   "responsibility_letters.signatory_post IN ",
                   kHisPosts, "))"),
      {}};
  const record::ResourceType* persons =
      record::ReferenceOf(v1::Assignment::descriptor()->FindFieldByName("person"));
  // A client or a service holds no posts.
  const std::string id = persons->IdOf(person).value_or("");
  condition.values.AddOwned(id);
  condition.values.AddOwned(std::string(person));
  condition.values.AddOwned(id);
  return condition;
}

absl::StatusOr<paging::Condition> BelongsTo(const record::Plan& plan,
                                            std::string_view organization) {
  paging::Condition condition{absl::StrCat(kWaits, " AND responsibility_letters.organization = ?"),
                              {}};
  ASSIGN_OR_RETURN(std::string id, plan.Find("organization")->reference->IdOf(organization));
  condition.values.AddOwned(std::move(id));
  return condition;
}

void Fill(const Letter& letter, absl::CivilDay today, journal::v1::PendingAction& action) {
  // A letter is for a year: what is not signed by its last day is late.
  const absl::CivilDay due(letter.year(), 12, 31);
  action.set_resource(letter.name());
  action.set_method(NextMethod(letter));
  action.set_organization(letter.organization());
  action.set_state(Letter::State_Name(letter.state()));
  action.set_title(letter.title());
  *action.mutable_due_date() = clock::ToDate(due);
  action.set_overdue(today > due);
  *action.mutable_waiting_since() = letter.update_time();
}

}  // namespace

PendingActions::PendingActions(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.PendingActionService",
               environment.journal) {
  methods_.Read("ListPendingActions", this, &PendingActions::List);
}

absl::StatusOr<journal::v1::ListPendingActionsResponse> PendingActions::List(
    rpc::Call& call, mysql::Connection& connection,
    const journal::v1::ListPendingActionsRequest& request) {
  std::vector<paging::Condition> conditions;
  // What waits for the caller himself is shown wherever it is.
  access::Scope scope = call.scope();
  if (!request.organization().empty()) {
    RETURN_IF_ERROR(visibility::CheckReaches(connection, scope, request.organization()));
    ASSIGN_OR_RETURN(paging::Condition condition,
                     BelongsTo(letters_.plan(), request.organization()));
    conditions.push_back(std::move(condition));
  }
  if (request.organization().empty() || !request.person().empty()) {
    const lifecycle::Actor actor{call.caller().actor, call.caller().acting_for};
    const std::string& person = request.person().empty() ? actor.holder() : request.person();
    if (actor.Is(person)) scope = access::Scope();
    conditions.push_back(WaitsFor(person));
  }
  const resource::Question question{.page_size = request.page_size(),
                                    .page_token = request.page_token(),
                                    .filter = "",
                                    .order_by = "update_time",
                                    .conditions = std::move(conditions)};
  std::vector<std::unique_ptr<Letter>> letters;
  ASSIGN_OR_RETURN(
      std::string next,
      letters_.messages().List(connection, scope, environment_.tokens, Listed(), question, [&] {
        letters.push_back(std::make_unique<Letter>());
        return letters.back().get();
      }));
  journal::v1::ListPendingActionsResponse response;
  const absl::CivilDay today = clock::DayOf(environment_.business_clock.Now());
  for (const auto& letter : letters) Fill(*letter, today, *response.add_actions());
  response.set_next_page_token(std::move(next));
  return response;
}

}  // namespace qinglian::organization
