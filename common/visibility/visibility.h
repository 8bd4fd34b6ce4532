// What a caller sees of a service's tables: his scope (common/access), turned into SQL.
//
// Every schema has a table or view `known_organizations` (id, path): the organizations as the
// service knows them, each with the ids from the top of the tree down to itself.
#ifndef QINGLIAN_COMMON_VISIBILITY_VISIBILITY_H_
#define QINGLIAN_COMMON_VISIBILITY_VISIBILITY_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/principal.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/record/record.h"
#include "common/visibility/protection.h"
#include "google/protobuf/message.h"

namespace qinglian::visibility {

// What must hold, beside the question itself, for the caller to see a row of a type: the subtree,
// the denials and the need to know. For WHERE, before LIMIT and inside counts. Empty where he sees
// all.
absl::StatusOr<std::vector<paging::Condition>> Conditions(mysql::Connection& connection,
                                                          const record::Plan& plan,
                                                          const access::Scope& scope);

// The paths of the organizations at the roots of what the caller reaches of a type; nothing where
// that leaves nothing out. The type belongs to an organization. For whoever looks for a short way
// to what Conditions let through.
absl::StatusOr<std::optional<std::vector<std::string>>> ReachedPaths(mysql::Connection& connection,
                                                                     const record::Plan& plan,
                                                                     const access::Scope& scope);

// That the caller is shown data as protected as `sensitivity` of a row: for questions about what
// only some are shown. The type belongs to an organization.
absl::StatusOr<paging::Condition> ShownAs(mysql::Connection& connection, const record::Plan& plan,
                                          const access::Scope& scope,
                                          access::v1::Sensitivity sensitivity);

// The denials and the need to know alone: for lists of what is the caller's own.
std::vector<paging::Condition> AudienceConditions(const record::Plan& plan,
                                                  const access::Scope& scope);

// Whether the caller sees the resource of that name, as it is now.
absl::StatusOr<bool> Sees(mysql::Connection& connection, const record::Plan& plan,
                          const access::Scope& scope, std::string_view name);

// Those of these resources of one type that the caller sees as they are now, by their names. At
// most a few hundred at a time.
absl::StatusOr<std::set<std::string>> SeenOf(mysql::Connection& connection,
                                             const record::Plan& plan, const access::Scope& scope,
                                             const std::set<std::string>& names);

// Those of them that no audience hides from the caller, wherever they are and whatever his roles
// show. At most a few hundred at a time.
absl::StatusOr<std::set<std::string>> KnownOf(mysql::Connection& connection,
                                              const record::Plan& plan, const access::Scope& scope,
                                              const std::set<std::string>& names);

// Whether the caller reaches an organization, by its name. One that is not known is reached only by
// who reaches everything.
absl::StatusOr<bool> Reaches(mysql::Connection& connection, const access::Scope& scope,
                             std::string_view organization);

// OK where he does; otherwise NOT_FOUND, as if it did not exist.
absl::Status CheckReaches(mysql::Connection& connection, const access::Scope& scope,
                          std::string_view organization);

// A column for SELECT lists: the path of the organization that a row of the type belongs to. "NULL"
// for types that belong to none.
std::string PathColumn(const record::Plan& plan);

// Decides about a resource that was read, with its path as PathColumn gave it (empty for NULL).
absl::StatusOr<access::Decision> Decide(mysql::Connection& connection, const record::Plan& plan,
                                        const access::Scope& scope, Use use,
                                        const google::protobuf::Message& resource,
                                        std::string_view organization_path);

// The most protected data that the caller may see of what belongs to an organization, by its path;
// an empty one is not known.
access::v1::Sensitivity ViewOf(const access::Scope& scope, std::string_view organization_path);

// The paths of these organizations, by their names; of those that are known.
absl::StatusOr<std::map<std::string, std::string>> PathsOfOrganizations(
    mysql::Connection& connection, const std::set<std::string>& names);

// Stores who a resource's audience is, as it says itself: after it was inserted or changed. Nothing
// for types without one.
absl::Status StoreAudience(mysql::Connection& connection, const record::Plan& plan,
                           const google::protobuf::Message* before,
                           const google::protobuf::Message& after);

}  // namespace qinglian::visibility

#endif  // QINGLIAN_COMMON_VISIBILITY_VISIBILITY_H_
