// What a service that follows the organization feed knows of organizations, posts, assignments and
// persons, read from its own tables in the transaction of what it decides.
//
// Names that are malformed, of another type or not known are answered like what does not exist:
// false, UNSPECIFIED or nothing. Errors are those of the database. Thread-safe: nothing is kept.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_REGISTRY_H_
#define QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_REGISTRY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/record/record.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/post.pb.h"

namespace qinglian::organization::follower {

struct KnownOrganization {
  std::string name;
  // Empty for a root.
  std::string parent;
  v1::Organization::Kind kind = v1::Organization::KIND_UNSPECIFIED;
  v1::Organization::State state = v1::Organization::STATE_UNSPECIFIED;
  std::string display_name;
  // `divisions/{code}`.
  std::string division;
  v1::Division::Level level = v1::Division::LEVEL_UNSPECIFIED;
};

struct KnownPost {
  std::string name;
  std::string organization;
  v1::Post::Rank rank = v1::Post::RANK_UNSPECIFIED;
  bool key_post = false;
  v1::Post::State state = v1::Post::STATE_UNSPECIFIED;
};

struct KnownPerson {
  std::string name;
  std::string organization;
  v1::Person::EmploymentState employment_state = v1::Person::EMPLOYMENT_STATE_UNSPECIFIED;
};

// One person in one post.
struct Holding {
  std::string person;
  std::string post;
  std::string organization;
  v1::Post::Rank rank = v1::Post::RANK_UNSPECIFIED;
};

absl::StatusOr<std::optional<KnownOrganization>> FindOrganization(mysql::Connection& connection,
                                                                  std::string_view organization);
absl::StatusOr<std::optional<KnownPost>> FindPost(mysql::Connection& connection,
                                                  std::string_view post);
absl::StatusOr<std::optional<KnownPerson>> FindPerson(mysql::Connection& connection,
                                                      std::string_view person);

// UNSPECIFIED where it is not known.
absl::StatusOr<v1::Organization::State> OrganizationState(mysql::Connection& connection,
                                                          std::string_view organization);
absl::StatusOr<v1::Post::State> PostState(mysql::Connection& connection, std::string_view post);

// Whether it exists: known and ACTIVE.
absl::StatusOr<bool> OrganizationExists(mysql::Connection& connection,
                                        std::string_view organization);
absl::StatusOr<bool> PostExists(mysql::Connection& connection, std::string_view post);
// Whether the person is known and EMPLOYED.
absl::StatusOr<bool> PersonExists(mysql::Connection& connection, std::string_view person);

// Whether the person holds now, in this very organization, a post of `at_least` or a higher rank;
// RANK_PRINCIPAL_LEADER is the highest.
absl::StatusOr<bool> HoldsRank(mysql::Connection& connection, std::string_view person,
                               std::string_view organization, v1::Post::Rank at_least);

// The same for any of the organizations above it.
absl::StatusOr<bool> HoldsRankAbove(mysql::Connection& connection, std::string_view person,
                                    std::string_view organization, v1::Post::Rank at_least);

// Whether the person is employed by the organization or one below it, or holds a post in them now.
absl::StatusOr<bool> PersonInSubtree(mysql::Connection& connection, std::string_view person,
                                     std::string_view root);

// Where the person holds posts now, the highest rank of each organization first, each organization
// once.
absl::StatusOr<std::vector<std::string>> CurrentOrganizationsOf(mysql::Connection& connection,
                                                                std::string_view person);

// What the person holds now, and who holds the post now.
absl::StatusOr<std::vector<Holding>> HoldingsOf(mysql::Connection& connection,
                                                std::string_view person);
absl::StatusOr<std::vector<Holding>> HoldersOf(mysql::Connection& connection,
                                               std::string_view post);

// Whether `organization` is `root` or lies below it.
absl::StatusOr<bool> IsBelow(mysql::Connection& connection, std::string_view organization,
                             std::string_view root);

// For lists: that a resource of `plan` belongs to `root` or an organization below it. None where
// `root` is empty. NOT_FOUND where it is not known.
absl::StatusOr<std::vector<paging::Condition>> SubtreeCondition(mysql::Connection& connection,
                                                                const record::Plan& plan,
                                                                std::string_view root);

}  // namespace qinglian::organization::follower

#endif  // QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_REGISTRY_H_
