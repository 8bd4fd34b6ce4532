#include "services/organization/organization_walk.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/organization_keys.h"

namespace qinglian::organization {
namespace {

constexpr char kCollection[] = "organizations/";

paging::Condition IsActive() { return {"organizations.state = 'STATE_ACTIVE'", {}}; }

}  // namespace

v1::ExternalIdentifier IdentifierOf(const v1::Organization& organization) {
  if (!organization.external_identifiers().empty()) return organization.external_identifiers(0);
  v1::ExternalIdentifier own;
  own.set_source(kOwnSource);
  own.set_id(organization.name().substr(std::string_view(kCollection).size()));
  return own;
}

paging::Condition HoldsOneOf(std::string_view column, const std::vector<std::string>& ids) {
  paging::Condition condition;
  condition.sql = absl::StrCat(std::string(column), " IN (",
                               absl::StrJoin(std::vector<std::string>(kIdsAtOnce, "?"), ", "), ")");
  for (size_t i = 0; i < kIdsAtOnce; ++i)
    condition.values.AddOwned(ids[std::min(i, ids.size() - 1)]);
  return condition;
}

absl::Status OrganizationWalk::Run(const std::string& subtree, access::v1::Sensitivity sensitivity,
                                   Visit visit) {
  ASSIGN_OR_RETURN(std::vector<v1::Organization> found, Tops(subtree, sensitivity));
  // The ids of those whose parts are to be visited.
  std::deque<std::string> ahead;
  while (true) {
    std::vector<v1::Organization> fresh;
    for (v1::Organization& organization : found) {
      ASSIGN_OR_RETURN(const std::string id, store_.plan().type().IdOf(organization.name()));
      if (!visited_.insert(id).second) continue;
      ahead.push_back(id);
      if (organization.name() == begin_at_) begin_at_.clear();
      if (begin_at_.empty()) fresh.push_back(std::move(organization));
    }
    if (!fresh.empty()) RETURN_IF_ERROR(visit(fresh));
    if (ahead.empty()) break;
    if (call_.cancelled()) return status::Error(status::kCancelled);
    const size_t size = std::min(kIdsAtOnce, ahead.size());
    const std::vector<std::string> parents(ahead.begin(), ahead.begin() + size);
    ahead.erase(ahead.begin(), ahead.begin() + size);
    ASSIGN_OR_RETURN(found, Active("organizations.parent", parents));
    Sort(parents, found);
  }
  return begin_at_.empty() ? absl::OkStatus() : status::Error(status::kPageTokenInvalid);
}

void OrganizationWalk::Sort(const std::vector<std::string>& parents,
                            std::vector<v1::Organization>& parts) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < parents.size(); ++i)
    places[record::Plan::Of(v1::Organization::descriptor()).type().NameOf(parents[i])] = i;
  using Key = std::tuple<size_t, std::string, std::string>;
  std::vector<std::pair<Key, v1::Organization>> sorted;
  for (v1::Organization& part : parts) {
    const v1::ExternalIdentifier identifier = IdentifierOf(part);
    const auto place = places.find(part.parent());
    sorted.emplace_back(
        Key(place == places.end() ? 0 : place->second, identifier.source(), identifier.id()),
        std::move(part));
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& one, const auto& other) { return one.first < other.first; });
  parts.clear();
  for (auto& [key, part] : sorted) parts.push_back(std::move(part));
}

absl::StatusOr<std::vector<v1::Organization>> OrganizationWalk::Active(
    std::string_view column, const std::vector<std::string>& ids) const {
  std::vector<v1::Organization> all;
  for (size_t done = 0; done < ids.size(); done += kIdsAtOnce) {
    const std::vector<std::string> some(ids.begin() + done,
                                        ids.begin() + std::min(done + kIdsAtOnce, ids.size()));
    ASSIGN_OR_RETURN(std::vector<v1::Organization> found,
                     ReadAll<v1::Organization>(store_, environment_, call_, [&] {
                       std::vector<paging::Condition> conditions;
                       conditions.push_back(HoldsOneOf(column, some));
                       conditions.push_back(IsActive());
                       return conditions;
                     }));
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return all;
}

absl::StatusOr<std::vector<v1::Organization>> OrganizationWalk::Tops(
    const std::string& subtree, access::v1::Sensitivity sensitivity) const {
  std::vector<v1::Organization> tops;
  if (!subtree.empty()) {
    ASSIGN_OR_RETURN(mysql::Connection * connection, call_.database().Acquire());
    RETURN_IF_ERROR(visibility::CheckReaches(*connection, call_.scope(), subtree));
    RETURN_IF_ERROR(store_.Path(*connection, subtree).status());
    ASSIGN_OR_RETURN(const std::string id, store_.plan().type().IdOf(subtree));
    ASSIGN_OR_RETURN(tops, Active("organizations.id", {id}));
  } else if (call_.scope().principal() == nullptr || call_.scope().ReachesAll(sensitivity)) {
    ASSIGN_OR_RETURN(tops, ReadAll<v1::Organization>(store_, environment_, call_, [] {
                       std::vector<paging::Condition> conditions;
                       conditions.push_back({"organizations.parent IS NULL", {}});
                       conditions.push_back(IsActive());
                       return conditions;
                     }));
  } else {
    ASSIGN_OR_RETURN(const std::vector<std::string> roots, Roots(sensitivity));
    ASSIGN_OR_RETURN(tops, Active("organizations.id", roots));
  }
  Sort({}, tops);
  return tops;
}

absl::StatusOr<std::vector<std::string>> OrganizationWalk::Roots(
    access::v1::Sensitivity sensitivity) const {
  ASSIGN_OR_RETURN(mysql::Connection * connection, call_.database().Acquire());
  std::vector<std::pair<std::string, std::string>> paths;
  for (const std::string_view id : call_.scope().Roots(sensitivity)) {
    const absl::StatusOr<std::string> path =
        store_.Path(*connection, store_.plan().type().NameOf(id));
    if (path.ok()) paths.emplace_back(*path, std::string(id));
    if (!path.ok() && !absl::IsNotFound(path.status())) return path.status();
  }
  // In the order of paths what lies below another comes behind it.
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> roots;
  std::string above;
  for (const auto& [path, id] : paths) {
    if (!above.empty() && path.starts_with(above)) continue;
    above = path;
    roots.push_back(id);
  }
  return roots;
}

absl::StatusOr<std::map<std::string, v1::Organization>> OrganizationWalk::Named(
    const std::vector<std::string>& names) const {
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::string id, store_.plan().type().IdOf(name));
    ids.push_back(std::move(id));
  }
  ASSIGN_OR_RETURN(std::vector<v1::Organization> found, Active("organizations.id", ids));
  std::map<std::string, v1::Organization> named;
  for (v1::Organization& organization : found) {
    const std::string name = organization.name();
    named[name] = std::move(organization);
  }
  return named;
}

}  // namespace qinglian::organization
