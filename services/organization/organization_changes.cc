#include "services/organization/organization_changes.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/resource/fields.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/assignment_rules.h"
#include "services/organization/organization_rules.h"
#include "services/organization/oversight_link_rules.h"
#include "services/organization/responsibility_rules.h"
#include "services/organization/term_of_office_rules.h"

namespace qinglian::organization {
namespace {

using lifecycle::CheckGuard;

// Whether the caller may put something there: below an organization that he reaches, or at the top
// where he reaches everything.
absl::Status CheckParentReached(journal::Transaction& tx, std::string_view parent) {
  if (!parent.empty()) return visibility::CheckReaches(tx.connection(), tx.scope(), parent);
  if (tx.scope().ReachesAll(access::v1::SENSITIVITY_UNSPECIFIED)) return absl::OkStatus();
  return status::Error(status::kPermissionDenied,
                       {{"permission", "organization.organizations.edit"}});
}

// Gives what belongs to an organization to another: what `names` name, each to whom `heir_of` says.
template <class T>
absl::Status Rehome(journal::Transaction& tx, const resource::Store<T>& store,
                    const std::vector<std::string>& names,
                    absl::FunctionRef<std::string(const T&)> heir_of) {
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const T before, store.LockUnasked(tx, name));
    T after = before;
    after.set_organization(heir_of(before));
    RETURN_IF_ERROR(store.Update(tx, before, std::move(after)).status());
  }
  return absl::OkStatus();
}

std::string HeirOf(const std::map<std::string, std::string>& takers, const std::string& name,
                   const std::string& first) {
  const auto taker = takers.find(name);
  return taker == takers.end() ? first : taker->second;
}

}  // namespace

template <class Request>
absl::StatusOr<OrganizationChanges::Order> OrganizationChanges::OrderOf(
    journal::Transaction& tx, const Request& request) const {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const absl::CivilDay from, EffectiveDay(request.effective_date(), tx.today()));
  return Order{from, {request.reason(), request.document_number()}};
}

absl::StatusOr<v1::Organization> OrganizationChanges::Create(
    journal::Transaction& tx, const v1::CreateOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const Order order, OrderOf(tx, request));
  v1::Organization organization = request.organization();
  resource::KeepInput(organization);
  return CreateUnder(tx, std::move(organization), order);
}

absl::StatusOr<v1::Organization> OrganizationChanges::CreateUnder(journal::Transaction& tx,
                                                                  v1::Organization organization,
                                                                  const Order& order) {
  RETURN_IF_ERROR(CheckConsistency(organization));
  RETURN_IF_ERROR(CheckParentReached(tx, organization.parent()));
  std::string parent_path;
  if (!organization.parent().empty()) {
    ASSIGN_OR_RETURN(parent_path,
                     store_.LockPath(tx, "organization.parent", organization.parent()));
    RETURN_IF_ERROR(CheckParentThere(tx, organization.parent(), parent_path, order.from));
  }
  RETURN_IF_ERROR(CheckPlace(organization, "", parent_path, 1));
  RETURN_IF_ERROR(CheckReferences(tx, organization, {}));
  return store_.Create(tx, std::move(organization), parent_path, order.from, order.grounds);
}

absl::Status OrganizationChanges::CheckParentThere(journal::Transaction& tx,
                                                   const std::string& parent,
                                                   const std::string& path, absl::CivilDay from) {
  // That it is there today its locked row says.
  if (from == tx.today()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const Standing standing,
      store_.history().In(tx.connection(), path.substr(path.size() - kPathStep), {from}));
  if (standing.there && standing.active) return absl::OkStatus();
  return status::Error(status::kReferenceNotFound,
                       {{"field", "organization.parent"}, {"resource", parent}});
}

absl::Status OrganizationChanges::CheckReferences(journal::Transaction& tx,
                                                  const v1::Organization& organization,
                                                  const v1::Organization& before) {
  if (organization.division() != before.division())
    RETURN_IF_ERROR(CheckDivision(tx, organization.division()));
  if (organization.competent_department().empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> department =
      store_.Path(tx.connection(), organization.competent_department());
  if (!absl::IsNotFound(department.status())) return department.status();
  return status::Error(status::kReferenceNotFound,
                       {{"field", "organization.competent_department"},
                        {"resource", organization.competent_department()}});
}

absl::Status OrganizationChanges::CheckDivision(journal::Transaction& tx, const std::string& name) {
  const absl::StatusOr<v1::Division> division = divisions_.Get(tx.connection(), name);
  if (absl::IsNotFound(division.status())) {
    return status::Error(status::kReferenceNotFound,
                         {{"field", "organization.division"}, {"resource", name}});
  }
  RETURN_IF_ERROR(division.status());
  if (division->state() == v1::Division::STATE_ACTIVE) return absl::OkStatus();
  return status::Error(status::kResourceEnded,
                       {{"resource", name},
                        {"state", v1::Division::State_Name(division->state())},
                        {"successors", absl::StrJoin(division->successors(), ", ")}});
}

// The organization an update speaks of; empty where it shall be created.
absl::StatusOr<std::string> OrganizationChanges::NameToUpdate(
    journal::Transaction& tx, const v1::UpdateOrganizationRequest& request) {
  const v1::Organization& wanted = request.organization();
  if (!wanted.name().empty()) return wanted.name();
  if (!request.allow_missing() || wanted.external_identifiers().empty()) {
    status::FieldViolations violations;
    violations.Add("organization.name", "REQUIRED",
                   "a name, or allow_missing and an external identifier, is required",
                   "必须给出名称，或给出外部标识并设置 allow_missing");
    return violations.ToStatus();
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> name,
                   store_.Find(tx.connection(), wanted.external_identifiers(0)));
  return name.value_or("");
}

absl::Status OrganizationChanges::CheckUnchangedSince(journal::Transaction& tx,
                                                      const v1::Organization& organization,
                                                      const OrganizationTransition& transition,
                                                      absl::CivilDay from) {
  if (from == tx.today()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string id, store_.plan().type().IdOf(organization.name()));
  ASSIGN_OR_RETURN(const Standing standing, store_.history().In(tx.connection(), id, {from}));
  return CheckGuard(organization, transition, kHistoryStoodStill,
                    standing.there && !standing.changed &&
                        (transition.name == kUpdateOrganization.name || !standing.moved));
}

absl::StatusOr<v1::Organization> OrganizationChanges::Update(
    journal::Transaction& tx, const v1::UpdateOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const Order order, OrderOf(tx, request));
  ASSIGN_OR_RETURN(const std::string name, NameToUpdate(tx, request));
  if (name.empty()) {
    v1::Organization organization = request.organization();
    resource::KeepInput(organization);
    return CreateUnder(tx, std::move(organization), order);
  }
  const absl::StatusOr<v1::Organization> locked = store_.LockTarget(tx, name, request.etag());
  // Who knows it by an external identifier only is told no more than that it is taken.
  if (absl::IsNotFound(locked.status()) && request.organization().name().empty())
    return OrganizationStore::ExternalIdentifierTaken();
  RETURN_IF_ERROR(locked.status());
  const v1::Organization& before = *locked;
  RETURN_IF_ERROR(CheckExists(before, kUpdateOrganization));
  RETURN_IF_ERROR(CheckUnchangedSince(tx, before, kUpdateOrganization, order.from));
  v1::Organization after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.organization(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckConsistency(after));
  RETURN_IF_ERROR(CheckReferences(tx, after, before));
  return store_.Change(tx, before, std::move(after), order.from, order.grounds);
}

absl::StatusOr<v1::Organization> OrganizationChanges::LockWhole(
    journal::Transaction& tx, const std::string& name, const std::string& etag,
    const OrganizationTransition& transition) {
  RETURN_IF_ERROR(store_.LockTree(tx));
  ASSIGN_OR_RETURN(v1::Organization locked, store_.LockFresh(tx, name, etag));
  RETURN_IF_ERROR(CheckExists(locked, transition));
  ASSIGN_OR_RETURN(const std::string path, store_.Path(tx.connection(), name));
  RETURN_IF_ERROR(store_.LockSubtree(tx, path));
  return locked;
}

absl::StatusOr<std::string> OrganizationChanges::ParentPathIn(
    journal::Transaction& tx, const v1::Organization& organization, const std::string& parent,
    std::string_view field, const OrganizationTransition& transition, const Span& span) {
  if (parent.empty()) return std::string();
  ASSIGN_OR_RETURN(std::string path, store_.LockPath(tx, field, parent));
  if (span.from == tx.today()) return path;
  ASSIGN_OR_RETURN(
      const Standing standing,
      store_.history().In(tx.connection(), path.substr(path.size() - kPathStep), span));
  RETURN_IF_ERROR(CheckGuard(organization, transition, kHistoryStoodStill, standing.CanHold()));
  return standing.path;
}

absl::StatusOr<v1::Organization> OrganizationChanges::Move(
    journal::Transaction& tx, const v1::MoveOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const Order order, OrderOf(tx, request));
  ASSIGN_OR_RETURN(const v1::Organization before,
                   LockWhole(tx, request.name(), request.etag(), kMoveOrganization));
  RETURN_IF_ERROR(CheckParentReached(tx, request.parent()));
  return MoveTo(tx, before, request.parent(), "parent", order);
}

absl::StatusOr<v1::Organization> OrganizationChanges::MoveTo(journal::Transaction& tx,
                                                             const v1::Organization& before,
                                                             const std::string& parent,
                                                             std::string_view field,
                                                             const Order& order) {
  const Span span{order.from};
  RETURN_IF_ERROR(CheckUnchangedSince(tx, before, kMoveOrganization, order.from));
  ASSIGN_OR_RETURN(const std::string path, store_.Path(tx.connection(), before.name()));
  ASSIGN_OR_RETURN(const std::string parent_path,
                   ParentPathIn(tx, before, parent, field, kMoveOrganization, span));
  ASSIGN_OR_RETURN(const size_t deepest, store_.history().Deepest(tx.connection(), path, span));
  RETURN_IF_ERROR(CheckPlace(before, path, parent_path, (deepest - path.size()) / kPathStep + 1));
  if (parent == before.parent()) return before;
  v1::Organization after = before;
  after.set_parent(parent);
  return store_.Move(tx, before, std::move(after), path, parent_path, order.from, order.grounds);
}

absl::StatusOr<v1::Organization> OrganizationChanges::Merge(
    journal::Transaction& tx, const v1::MergeOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const Order order, OrderOf(tx, request));
  ASSIGN_OR_RETURN(const v1::Organization before,
                   LockWhole(tx, request.name(), request.etag(), kMergeOrganization));
  RETURN_IF_ERROR(CheckUnchangedSince(tx, before, kMergeOrganization, order.from));
  RETURN_IF_ERROR(Prepare(tx, before, request.into(), "into", kMergeOrganization, order));
  return HandOver(tx, before, kMergeOrganization, {request.into()}, {}, order);
}

absl::Status OrganizationChanges::Prepare(journal::Transaction& tx, const v1::Organization& ending,
                                          const std::string& heir, std::string_view field,
                                          const OrganizationTransition& transition,
                                          const Order& order) {
  RETURN_IF_ERROR(CheckParentReached(tx, heir));
  RETURN_IF_ERROR(CheckGuard(ending, transition, kNoCycle, heir != ending.name()));
  RETURN_IF_ERROR(store_.LockPath(tx, field, heir).status());
  ASSIGN_OR_RETURN(const v1::Organization found, store_.LockUnasked(tx, heir));
  // What lay right below it takes its place; what lies deeper would have to be moved first.
  if (found.parent() == ending.name())
    return MoveTo(tx, found, ending.parent(), field, order).status();
  ASSIGN_OR_RETURN(const std::string ending_path, store_.Path(tx.connection(), ending.name()));
  ASSIGN_OR_RETURN(const std::string path, store_.Path(tx.connection(), heir));
  return CheckGuard(ending, transition, kNoCycle, !path.starts_with(ending_path));
}

absl::StatusOr<v1::Organization> OrganizationChanges::Split(
    journal::Transaction& tx, const v1::SplitOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const Order order, OrderOf(tx, request));
  ASSIGN_OR_RETURN(const v1::Organization before,
                   LockWhole(tx, request.name(), request.etag(), kSplitOrganization));
  RETURN_IF_ERROR(CheckUnchangedSince(tx, before, kSplitOrganization, order.from));
  ASSIGN_OR_RETURN(const std::vector<std::string> heirs, HeirsOf(tx, before, request, order));
  Heirs takers;
  bool each_once = true;
  for (int i = 0; i < request.heirs_size(); ++i) {
    for (const std::string& taken : request.heirs(i).takes())
      each_once &= takers.emplace(taken, heirs[i]).second;
  }
  RETURN_IF_ERROR(CheckGuard(before, kSplitOrganization, kPartsItsOwn, each_once));
  return HandOver(tx, before, kSplitOrganization, heirs, takers, order);
}

absl::StatusOr<std::vector<std::string>> OrganizationChanges::HeirsOf(
    journal::Transaction& tx, const v1::Organization& before,
    const v1::SplitOrganizationRequest& request, const Order& order) {
  std::vector<std::string> heirs;
  for (int i = 0; i < request.heirs_size(); ++i) {
    const auto& heir = request.heirs(i);
    if (heir.existing().empty() != heir.has_organization()) {
      status::FieldViolations violations;
      violations.Add(absl::StrCat("heirs[", i, "]"), "REQUIRED",
                     "exactly one of existing and organization",
                     "existing 与 organization 须且只须给出一项");
      return violations.ToStatus();
    }
    if (!heir.existing().empty()) {
      RETURN_IF_ERROR(Prepare(tx, before, heir.existing(), absl::StrCat("heirs[", i, "].existing"),
                              kSplitOrganization, order));
      heirs.push_back(heir.existing());
      continue;
    }
    v1::Organization fresh = heir.organization();
    resource::KeepInput(fresh);
    if (fresh.parent().empty()) fresh.set_parent(before.parent());
    ASSIGN_OR_RETURN(const v1::Organization made, CreateUnder(tx, std::move(fresh), order));
    heirs.push_back(made.name());
  }
  return heirs;
}

absl::StatusOr<v1::Organization> OrganizationChanges::HandOver(
    journal::Transaction& tx, const v1::Organization& before,
    const OrganizationTransition& transition, const std::vector<std::string>& heirs,
    const Heirs& takers, const Order& order) {
  ASSIGN_OR_RETURN(const OrganizationStore::Belongings belongings,
                   store_.BelongingsOf(tx.connection(), before.name()));
  RETURN_IF_ERROR(CheckGuard(before, transition, kFewEnough, belongings.size() <= kMaxHandedOver));
  std::set<std::string> own;
  for (const auto* names : {&belongings.organizations, &belongings.posts, &belongings.persons})
    own.insert(names->begin(), names->end());
  RETURN_IF_ERROR(CheckGuard(before, transition, kPartsItsOwn,
                             std::all_of(takers.begin(), takers.end(), [&](const auto& taken) {
                               return own.contains(taken.first);
                             })));
  RETURN_IF_ERROR(HandOverParts(tx, belongings.organizations, heirs.front(), takers, order));
  RETURN_IF_ERROR(HandOverPosts(tx, belongings, heirs.front(), takers));
  RETURN_IF_ERROR(EndOwn(tx, belongings, order));
  v1::Organization after = before;
  organization::End(after, transition, heirs, order.from);
  return store_.End(tx, before, std::move(after), order.from, order.grounds);
}

absl::Status OrganizationChanges::HandOverParts(journal::Transaction& tx,
                                                const std::vector<std::string>& parts,
                                                const std::string& first, const Heirs& takers,
                                                const Order& order) {
  for (const std::string& name : parts) {
    ASSIGN_OR_RETURN(const v1::Organization part, store_.LockUnasked(tx, name));
    RETURN_IF_ERROR(MoveTo(tx, part, HeirOf(takers, name, first), "takes", order).status());
  }
  return absl::OkStatus();
}

absl::Status OrganizationChanges::HandOverPosts(journal::Transaction& tx,
                                                const OrganizationStore::Belongings& belongings,
                                                const std::string& first, Heirs takers) {
  const auto by_name = [&](const auto& resource) { return HeirOf(takers, resource.name(), first); };
  RETURN_IF_ERROR(Rehome<v1::Post>(tx, posts_, belongings.posts, by_name));
  // Who holds a post goes where it goes, unless he himself is named.
  RETURN_IF_ERROR(Rehome<v1::Assignment>(
      tx, assignments_, belongings.assignments, [&](const v1::Assignment& assignment) {
        const std::string heir = HeirOf(takers, assignment.post(), first);
        takers.emplace(assignment.person(), heir);
        return heir;
      }));
  RETURN_IF_ERROR(Rehome<v1::ResponsibilityLetter>(
      tx, letters_, belongings.letters, [&](const v1::ResponsibilityLetter& letter) {
        return HeirOf(takers, letter.signatory_post(), first);
      }));
  RETURN_IF_ERROR(Rehome<v1::Responsibility>(
      tx, responsibilities_, belongings.responsibilities,
      [&](const v1::Responsibility& line) { return HeirOf(takers, line.post(), first); }));
  RETURN_IF_ERROR(Rehome<v1::AppointmentTalk>(
      tx, talks_, belongings.talks,
      [&](const v1::AppointmentTalk& talk) { return HeirOf(takers, talk.person(), first); }));
  return Rehome<v1::Person>(tx, persons_, belongings.persons, by_name);
}

absl::Status OrganizationChanges::EndOwn(journal::Transaction& tx,
                                         const OrganizationStore::Belongings& belongings,
                                         const Order& order) {
  for (const std::string& name : belongings.terms) {
    ASSIGN_OR_RETURN(const v1::TermOfOffice term, terms_.LockUnasked(tx, name));
    v1::TermOfOffice concluded = term;
    RETURN_IF_ERROR(Conclude(concluded, {}, order.grounds.reason, tx.today()));
    RETURN_IF_ERROR(terms_.Update(tx, term, std::move(concluded)).status());
  }
  for (const std::string& name : belongings.links) {
    ASSIGN_OR_RETURN(const v1::OversightLink link, links_.LockUnasked(tx, name));
    v1::OversightLink ended = link;
    RETURN_IF_ERROR(organization::End(ended, order.grounds.reason, tx.today()));
    RETURN_IF_ERROR(links_.Update(tx, link, std::move(ended)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Organization> OrganizationChanges::Abolish(
    journal::Transaction& tx, const v1::AbolishOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const Order order, OrderOf(tx, request));
  ASSIGN_OR_RETURN(const v1::Organization before,
                   LockWhole(tx, request.name(), request.etag(), kAbolishOrganization));
  RETURN_IF_ERROR(CheckUnchangedSince(tx, before, kAbolishOrganization, order.from));
  ASSIGN_OR_RETURN(const OrganizationStore::Belongings belongings,
                   store_.BelongingsOf(tx.connection(), before.name()));
  ASSIGN_OR_RETURN(const std::string path, store_.Path(tx.connection(), before.name()));
  ASSIGN_OR_RETURN(const bool parts,
                   store_.history().HasParts(tx.connection(), path, {order.from}));
  RETURN_IF_ERROR(CheckAbolish(before, {.parts = parts || !belongings.organizations.empty(),
                                        .holders = !belongings.assignments.empty(),
                                        .persons = !belongings.persons.empty()}));
  RETURN_IF_ERROR(CheckGuard(before, kAbolishOrganization, kFewEnough,
                             belongings.posts.size() <= kMaxHandedOver));
  RETURN_IF_ERROR(EndPosts(tx, belongings, order));
  RETURN_IF_ERROR(EndOwn(tx, belongings, order));
  v1::Organization after = before;
  organization::End(after, kAbolishOrganization, {}, order.from);
  return store_.End(tx, before, std::move(after), order.from, order.grounds);
}

absl::Status OrganizationChanges::EndPosts(journal::Transaction& tx,
                                           const OrganizationStore::Belongings& belongings,
                                           const Order& order) {
  for (const std::string& name : belongings.responsibilities) {
    ASSIGN_OR_RETURN(const v1::Responsibility line, responsibilities_.LockUnasked(tx, name));
    v1::Responsibility ended = line;
    RETURN_IF_ERROR(organization::End(ended, order.grounds.reason, tx.today()));
    RETURN_IF_ERROR(responsibilities_.Update(tx, line, std::move(ended)).status());
  }
  for (const std::string& name : belongings.posts) {
    ASSIGN_OR_RETURN(const v1::Post post, posts_.LockUnasked(tx, name));
    v1::Post abolished = post;
    RETURN_IF_ERROR(organization::Abolish(abolished, PostFacts{}));
    RETURN_IF_ERROR(posts_.Update(tx, post, std::move(abolished)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Organization> OrganizationChanges::Correct(
    journal::Transaction& tx, const v1::CorrectOrganizationRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Span span,
                   CorrectedSpan(request.first_date(), request.last_date(), tx.today()));
  google::protobuf::FieldMask mask = request.update_mask();
  const auto named = std::find(mask.paths().begin(), mask.paths().end(), "parent");
  const bool replaced = named != mask.paths().end();
  if (replaced) mask.mutable_paths()->erase(named);
  if (replaced) RETURN_IF_ERROR(store_.LockTree(tx));
  ASSIGN_OR_RETURN(const v1::Organization before,
                   store_.LockFresh(tx, request.organization().name(), request.etag()));
  ASSIGN_OR_RETURN(const std::string id, store_.plan().type().IdOf(before.name()));
  ASSIGN_OR_RETURN(const Standing standing, store_.history().In(tx.connection(), id, span));
  RETURN_IF_ERROR(CheckGuard(before, kCorrectOrganization, kHistoryKnown, standing.there));
  const std::string& parent = request.organization().parent();
  const auto correct = [&](v1::Organization& was) -> absl::Status {
    if (!mask.paths().empty())
      RETURN_IF_ERROR(resource::ApplyUpdate(request.organization(), mask, was));
    if (replaced) was.set_parent(parent);
    return CheckConsistency(was);
  };
  std::optional<std::string> parent_path;
  if (replaced) {
    RETURN_IF_ERROR(store_.LockSubtree(tx, standing.path));
    RETURN_IF_ERROR(CheckParentReached(tx, parent));
    RETURN_IF_ERROR(CheckGuard(before, kCorrectOrganization, kHistoryStoodStill, !standing.moved));
    ASSIGN_OR_RETURN(parent_path, ParentPathIn(tx, before, parent, "organization.parent",
                                               kCorrectOrganization, span));
    ASSIGN_OR_RETURN(const size_t deepest,
                     store_.history().Deepest(tx.connection(), standing.path, span));
    RETURN_IF_ERROR(CheckPlace(before, standing.path, *parent_path,
                               (deepest - standing.path.size()) / kPathStep + 1));
  }
  v1::Organization after = before;
  if (span.to == kEndOfTime) {
    RETURN_IF_ERROR(correct(after));
    RETURN_IF_ERROR(CheckReferences(tx, after, before));
  }
  return store_.Correct(tx, before, std::move(after), span, standing, parent_path,
                        {request.reason(), request.document_number()}, correct);
}

}  // namespace qinglian::organization
