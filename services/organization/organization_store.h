// What the generic store does not know of organizations: paths, history, identifiers and names to
// search by.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_STORE_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "services/organization/organization_history.h"

namespace qinglian::organization {

// Storage of organizations. Thread-safe.
class OrganizationStore : public resource::Store<v1::Organization> {
 public:
  // Locks the tree against every other structural change until the transaction ends.
  absl::Status LockTree(journal::Transaction& tx) const;

  // What was true of organizations when.
  const OrganizationHistory& history() const { return history_; }

  // The path of an organization, its row locked: nobody moves it until the transaction ends.
  // FAILED_PRECONDITION, reason REFERENCE_NOT_FOUND, naming the field that refers to it, where it
  // does not exist; reason RESOURCE_ENDED, with its heirs, where it has ended.
  absl::StatusOr<std::string> LockPath(journal::Transaction& tx, std::string_view field,
                                       std::string_view name) const;

  // The path of an organization, as `rows` of OrganizationHistory::AsOf have it; empty for now.
  // NOT_FOUND where it does not exist.
  absl::StatusOr<std::string> Path(mysql::Connection& connection, std::string_view name,
                                   const paging::Condition& rows = {}) const;

  // Locks all rows of the subtree of a path.
  absl::Status LockSubtree(journal::Transaction& tx, std::string_view path) const;

  // Inserts an organization below `parent_path`, there from a day on, with history, identifiers and
  // pieces of its names. ALREADY_EXISTS where its credit code or an identifier is taken.
  absl::StatusOr<v1::Organization> Create(journal::Transaction& tx, v1::Organization organization,
                                          std::string_view parent_path, absl::CivilDay from,
                                          const Grounds& grounds) const;

  // What Create and Change answer where the credit code is taken.
  static absl::Status CreditCodeTaken();
  static absl::Status ExternalIdentifierTaken();

  // Inserts many, whose names and paths are given and whose keys are known to be free: one
  // statement a table and chunk instead of one a row.
  absl::Status CreateMany(journal::Transaction& tx, std::vector<v1::Organization>& organizations,
                          const std::vector<std::string>& paths) const;

  // Writes a change that leaves the tree as it is and holds from a day on.
  absl::StatusOr<v1::Organization> Change(journal::Transaction& tx, const v1::Organization& before,
                                          v1::Organization after, absl::CivilDay from,
                                          const Grounds& grounds) const;

  // Writes that an organization without parts has ended; the tree is locked.
  absl::StatusOr<v1::Organization> End(journal::Transaction& tx, const v1::Organization& before,
                                       v1::Organization after, absl::CivilDay from,
                                       const Grounds& grounds) const;

  // Writes a move from a day on: `after.parent` is the new parent, whose path is given; everything
  // below moves along. The tree is locked.
  absl::StatusOr<v1::Organization> Move(journal::Transaction& tx, const v1::Organization& before,
                                        v1::Organization after, std::string_view old_path,
                                        std::string_view new_parent_path, absl::CivilDay from,
                                        const Grounds& grounds) const;

  // Writes that in a span the organization was as `correct` makes it, and below another parent
  // where `parent_path` is given; the tree is locked then. `after` is what it is now.
  absl::StatusOr<v1::Organization> Correct(
      journal::Transaction& tx, const v1::Organization& before, v1::Organization after,
      const Span& span, const Standing& standing, std::optional<std::string_view> parent_path,
      const Grounds& grounds, absl::FunctionRef<absl::Status(v1::Organization&)> correct) const;

  // What belongs to an organization itself, by name: the parts that exist, and of the others those
  // that are in force. Locks nothing: whoever gives it something locks the organization.
  struct Belongings {
    std::vector<std::string> organizations;
    std::vector<std::string> posts;
    std::vector<std::string> persons;
    std::vector<std::string> assignments;
    std::vector<std::string> letters;
    std::vector<std::string> responsibilities;
    std::vector<std::string> talks;
    std::vector<std::string> terms;
    // Of either side.
    std::vector<std::string> links;

    size_t size() const {
      return organizations.size() + posts.size() + persons.size() + assignments.size() +
             letters.size() + responsibilities.size() + talks.size() + terms.size() + links.size();
    }
  };
  absl::StatusOr<Belongings> BelongingsOf(mysql::Connection& connection,
                                          std::string_view name) const;

  // The name of the organization that a source knows by an id; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> Find(mysql::Connection& connection,
                                                  const v1::ExternalIdentifier& identifier) const;

  // Those of many divisions that are the latest edition's, by name.
  absl::StatusOr<std::set<std::string>> DivisionsThatExist(
      mysql::Connection& connection, const std::set<std::string>& divisions) const;

  // The condition that an organization lies in a subtree, as `rows` have the tree (of AsOf; empty
  // for now). NOT_FOUND where the subtree's root does not exist.
  absl::StatusOr<paging::Condition> Subtree(mysql::Connection& connection, std::string_view root,
                                            const paging::Condition& rows = {}) const;

  // The condition that a resource of another table belongs to an organization of a subtree: none
  // where `root` is empty. NOT_FOUND where it does not exist.
  absl::StatusOr<std::vector<paging::Condition>> BelongsToSubtree(mysql::Connection& connection,
                                                                  const record::Plan& plan,
                                                                  std::string_view root) const;

 private:
  absl::Status AddIdentifiers(journal::Transaction& tx, std::string_view id,
                              const v1::Organization& organization) const;
  // Identifiers of a changed organization, written anew.
  absl::Status RewriteIdentifiers(journal::Transaction& tx, std::string_view id,
                                  const v1::Organization& after) const;
  absl::Status MovePaths(journal::Transaction& tx, std::string_view old_path,
                         std::string_view new_path) const;

  OrganizationHistory history_{plan()};
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_STORE_H_
