// Visits the organizations that a caller sees in an order that depends on nothing but what they
// are.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_WALK_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_WALK_H_

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/paging/filter.h"
#include "common/resource/store.h"
#include "common/rpc/call.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// The identifier that an export calls an organization by: its first, or one of kOwnSource where it
// has none.
v1::ExternalIdentifier IdentifierOf(const v1::Organization& organization);

// The condition that a column holds one of some ids, at most kIdsAtOnce: filled up by repeating, so
// that one statement serves all.
inline constexpr size_t kIdsAtOnce = 64;
paging::Condition HoldsOneOf(std::string_view column, const std::vector<std::string>& ids);

// All rows that the caller sees under a condition, which `condition` makes anew for each page.
template <class T>
absl::StatusOr<std::vector<T>> ReadAll(
    const resource::Store<T>& store, const serving::Environment& environment, rpc::Call& call,
    absl::FunctionRef<std::vector<paging::Condition>()> condition) {
  static const auto& listing = *new resource::Listing{.filter_fields = {}};
  std::vector<T> all;
  std::string token;
  do {
    absl::StatusOr<mysql::Connection*> connection = call.database().Acquire();
    if (!connection.ok()) return connection.status();
    std::deque<T> page;
    absl::StatusOr<std::string> next =
        store.messages().List(**connection, call.scope(), environment.tokens, listing,
                              {.page_size = listing.max_page_size,
                               .page_token = token,
                               .filter = "",
                               .order_by = "",
                               .conditions = condition()},
                              [&] { return &page.emplace_back(); });
    if (!next.ok()) return next.status();
    std::move(page.begin(), page.end(), std::back_inserter(all));
    token = *std::move(next);
  } while (!token.empty());
  return all;
}

// One walk: over all that exists, or over a subtree. Each level comes before the next, so parents
// before their parts; siblings by their identifiers. Read piece by piece, outside any transaction.
// Used by one thread.
class OrganizationWalk {
 public:
  using Visit = absl::FunctionRef<absl::Status(const std::vector<v1::Organization>&)>;

  // All of them outlive it.
  OrganizationWalk(const serving::Environment& environment, const OrganizationStore& store,
                   rpc::Call& call)
      : environment_(environment), store_(store), call_(call) {}

  // Leaves out what Run would visit before this organization. Before Run.
  void BeginAt(std::string name) { begin_at_ = std::move(name); }

  // Calls `visit` with some at a time, until it returns an error, which is returned. `subtree`: its
  // root; empty for all. NOT_FOUND where the caller does not see that. `sensitivity`: how protected
  // what the caller asks for there is. INVALID_ARGUMENT, reason PAGE_TOKEN_INVALID, where it never
  // came to the organization that it was to begin at.
  absl::Status Run(const std::string& subtree, access::v1::Sensitivity sensitivity, Visit visit);

  // Those of these organizations that exist and that the caller sees, by name.
  absl::StatusOr<std::map<std::string, v1::Organization>> Named(
      const std::vector<std::string>& names) const;

 private:
  absl::StatusOr<std::vector<v1::Organization>> Tops(const std::string& subtree,
                                                     access::v1::Sensitivity sensitivity) const;
  // Those of the roots of what the caller reaches that lie below no other of them.
  absl::StatusOr<std::vector<std::string>> Roots(access::v1::Sensitivity sensitivity) const;
  absl::StatusOr<std::vector<v1::Organization>> Active(std::string_view column,
                                                       const std::vector<std::string>& ids) const;
  // Sorts parts by their parents' places and by their identifiers.
  static void Sort(const std::vector<std::string>& parents, std::vector<v1::Organization>& parts);

  const serving::Environment& environment_;
  const OrganizationStore& store_;
  rpc::Call& call_;
  // Empty where visits have begun.
  std::string begin_at_;
  // One that is moved meanwhile is visited once.
  absl::flat_hash_set<std::string> visited_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_WALK_H_
