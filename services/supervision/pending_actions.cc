#include "services/supervision/pending_actions.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/lifecycle/actor.h"
#include "common/status/macros.h"
#include "common/status/text.h"
#include "qinglian/supervision/v1/inspection.pb.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"

namespace qinglian::supervision {
namespace {

using resource::PendingSource;
using status::View;

// Whose work is listed: everybody's where the name is empty.
struct Whose {
  std::string name;
  // The bytes of his id; empty for a client or a service, for whom nothing waits.
  std::string id;
};

// One kind of thing that waits. `his` narrows it to one person, whose id is its only placeholder.
struct Waiting {
  std::string_view service;
  std::string_view method;
  std::string_view where;
  std::string_view his;
};

// That the person holds a post in the organization of the column.
constexpr std::string_view kOfOrganization =
    "organization IN (SELECT organization FROM known_assignments WHERE person = ? AND "
    "state = 'STATE_CURRENT')";
constexpr std::string_view kIssuedItems =
    "issuing_organization IN (SELECT organization FROM known_assignments WHERE person = ? AND "
    "state = 'STATE_CURRENT')";
constexpr std::string_view kHeadsOrganization =
    "organization IN (SELECT organization FROM known_assignments WHERE person = ? AND "
    "state = 'STATE_CURRENT' AND `rank` = 'RANK_PRINCIPAL_LEADER')";

// That he leads the organization next above that of the column.
constexpr std::string_view kLeadsAbove =
    "organization IN (SELECT o.id FROM known_organizations o JOIN known_assignments a ON "
    "a.organization = o.parent WHERE a.person = ? AND a.state = 'STATE_CURRENT' AND a.`rank` IN "
    "('RANK_PRINCIPAL_LEADER', 'RANK_LEADER_IN_CHARGE'))";

constexpr Waiting kInspections[] = {
    {"InspectionService", "StartInspection", "state = 'STATE_PLANNED'", "leader = ?"},
    {"InspectionService", "ConcludeInspection", "state = 'STATE_IN_PROGRESS'", "leader = ?"},
};

constexpr Waiting kCases[] = {
    {"SupervisionCaseService", "AcceptSupervisionCase", "state = 'STATE_RECEIVED'",
     kOfOrganization},
    {"SupervisionCaseService", "AssignSupervisionCase", "state = 'STATE_ACCEPTED'",
     kOfOrganization},
    {"SupervisionCaseService", "SubmitCaseOpinion", "state = 'STATE_IN_HANDLING'",
     "id IN (SELECT supervision_case FROM case_handlers WHERE person = ?)"},
    {"SupervisionCaseService", "DecideSupervisionCase", "state = 'STATE_PENDING_DECISION'",
     kOfOrganization},
    {"SupervisionCaseService", "RequestCaseClosure",
     "state = 'STATE_IN_RECTIFICATION' AND NOT EXISTS (SELECT 1 FROM rectification_items i WHERE "
     "i.supervision_case = supervision_cases.id AND i.state NOT IN ('STATE_CLOSED_OUT', "
     "'STATE_EXCUSED'))",
     "id IN (SELECT supervision_case FROM case_handlers WHERE person = ?)"},
    {"SupervisionCaseService", "CloseSupervisionCase", "state = 'STATE_PENDING_CLOSURE'",
     kOfOrganization},
};

// While more time is asked for, an item waits for who decides on that.
constexpr Waiting kItems[] = {
    {"RectificationItemService", "AcknowledgeRectificationItem", "state = 'STATE_ISSUED'",
     kHeadsOrganization},
    {"RectificationItemService", "SubmitRectificationPlan",
     "state = 'STATE_ACKNOWLEDGED' AND extension_pending = 0", kOfOrganization},
    {"RectificationItemService", "StartRectificationItem",
     "state IN ('STATE_PLANNED', 'STATE_REOPENED') AND extension_pending = 0",
     "responsible_person = ?"},
    {"RectificationItemService", "ReviewRectificationItem",
     "state = 'STATE_IN_PROGRESS' AND extension_pending = 0 AND head_reviewed = 0",
     kHeadsOrganization},
    {"RectificationItemService", "ReviewRectificationItem",
     "state = 'STATE_IN_PROGRESS' AND extension_pending = 0 AND head_reviewed = 1 AND "
     "superior_reviewed = 0 AND organization IN (SELECT id FROM known_organizations WHERE parent "
     "IS "
     "NOT NULL)",
     kLeadsAbove},
    {"RectificationItemService", "ApplyRectificationCloseout",
     "state = 'STATE_IN_PROGRESS' AND extension_pending = 0", "responsible_person = ?"},
    {"RectificationItemService", "ApproveRectificationExtension",
     "extension_pending = 1 AND state IN ('STATE_ACKNOWLEDGED', 'STATE_PLANNED', "
     "'STATE_IN_PROGRESS', 'STATE_REOPENED')",
     kIssuedItems},
    {"RectificationItemService", "AcceptRectificationItem", "state = 'STATE_PENDING_VERIFICATION'",
     kIssuedItems},
};

// The six columns of a source, with what is due when.
constexpr std::string_view kFromInspections =
    "SELECT id, organization, state, display_name, IF(state = 'STATE_PLANNED', "
    "planned_start_date, planned_end_date) AS due_date, update_time FROM inspections WHERE ";
constexpr std::string_view kFromCases =
    "SELECT id, organization, state, display_name, IF(state = 'STATE_RECEIVED', accept_due_date, "
    "NULL) AS due_date, update_time FROM supervision_cases WHERE ";
constexpr std::string_view kFromItems =
    "SELECT id, organization, state, display_name, deadline, update_time FROM rectification_items "
    "WHERE ";

template <size_t N>
void AddSources(const google::protobuf::Descriptor* type, std::string_view select,
                const Waiting (&rows)[N], const Whose& whose, std::vector<PendingSource>& sources) {
  for (const Waiting& row : rows) {
    PendingSource source{.resource = type,
                         .method = absl::StrCat("qinglian.supervision.v1.", View(row.service), ".",
                                                View(row.method)),
                         .select = absl::StrCat(View(select), View(row.where)),
                         .values = {}};
    if (!whose.name.empty()) {
      absl::StrAppend(&source.select, " AND ", View(row.his));
      source.values.AddOwned(whose.id);
    }
    sources.push_back(std::move(source));
  }
}

}  // namespace

PendingActions::PendingActions(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.supervision.v1.PendingActionService",
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
  AddSources(v1::Inspection::descriptor(), kFromInspections, kInspections, whose, sources);
  AddSources(v1::SupervisionCase::descriptor(), kFromCases, kCases, whose, sources);
  AddSources(v1::RectificationItem::descriptor(), kFromItems, kItems, whose, sources);
  return resource::ListPending(connection, call, environment_.tokens,
                               clock::DayOf(environment_.business_clock.Now()), request, whose.name,
                               sources);
}

}  // namespace qinglian::supervision
