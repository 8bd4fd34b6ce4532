// What changes organizations: the handlers of OrganizationService's writes, which planned changes
// call too when they fall due.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_CHANGES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_CHANGES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/journal/transaction.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/appointment_talk.pb.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "qinglian/organization/v1/oversight_link.pb.h"
#include "qinglian/organization/v1/post.pb.h"
#include "qinglian/organization/v1/responsibility.pb.h"
#include "qinglian/organization/v1/responsibility_letter.pb.h"
#include "qinglian/organization/v1/term_of_office.pb.h"
#include "services/organization/division_store.h"
#include "services/organization/organization_store.h"
#include "services/organization/person_store.h"

namespace qinglian::organization {

// Each method does what the one of the same name in organization_service.proto says. Thread-safe.
class OrganizationChanges {
 public:
  // `store` outlives it.
  explicit OrganizationChanges(const OrganizationStore& store) : store_(store) {}

  absl::StatusOr<v1::Organization> Create(journal::Transaction& tx,
                                          const v1::CreateOrganizationRequest& request);
  absl::StatusOr<v1::Organization> Update(journal::Transaction& tx,
                                          const v1::UpdateOrganizationRequest& request);
  absl::StatusOr<v1::Organization> Move(journal::Transaction& tx,
                                        const v1::MoveOrganizationRequest& request);
  absl::StatusOr<v1::Organization> Merge(journal::Transaction& tx,
                                         const v1::MergeOrganizationRequest& request);
  absl::StatusOr<v1::Organization> Split(journal::Transaction& tx,
                                         const v1::SplitOrganizationRequest& request);
  absl::StatusOr<v1::Organization> Abolish(journal::Transaction& tx,
                                           const v1::AbolishOrganizationRequest& request);
  absl::StatusOr<v1::Organization> Correct(journal::Transaction& tx,
                                           const v1::CorrectOrganizationRequest& request);

 private:
  // When a change takes effect, and why.
  struct Order {
    absl::CivilDay from;
    Grounds grounds;
  };
  // Who takes over what, by name.
  using Heirs = std::map<std::string, std::string>;

  // Also tells the journal the reason.
  template <class Request>
  absl::StatusOr<Order> OrderOf(journal::Transaction& tx, const Request& request) const;

  absl::StatusOr<v1::Organization> CreateUnder(journal::Transaction& tx,
                                               v1::Organization organization, const Order& order);
  absl::StatusOr<std::string> NameToUpdate(journal::Transaction& tx,
                                           const v1::UpdateOrganizationRequest& request);
  // `before` is what it is now, empty for a new one: what it refers to already may have ended
  // since.
  absl::Status CheckReferences(journal::Transaction& tx, const v1::Organization& organization,
                               const v1::Organization& before);
  // FAILED_PRECONDITION: reason REFERENCE_NOT_FOUND where there is no such division,
  // RESOURCE_ENDED, with what it goes on as, where it is not one of the latest edition's.
  absl::Status CheckDivision(journal::Transaction& tx, const std::string& name);
  // FAILED_PRECONDITION, reason REFERENCE_NOT_FOUND, where a parent, locked and at a path, was not
  // there since a day.
  absl::Status CheckParentThere(journal::Transaction& tx, const std::string& parent,
                                const std::string& path, absl::CivilDay from);
  // Whether something can be made to have been so since a day: nothing changed since then that
  // would have to change too.
  absl::Status CheckUnchangedSince(journal::Transaction& tx, const v1::Organization& organization,
                                   const OrganizationTransition& transition, absl::CivilDay from);
  // Locks the tree and what lies below an organization, which is in a state that the transition
  // leaves.
  absl::StatusOr<v1::Organization> LockWhole(journal::Transaction& tx, const std::string& name,
                                             const std::string& etag,
                                             const OrganizationTransition& transition);
  // Moves one that is locked to below another; `parent` may be empty.
  absl::StatusOr<v1::Organization> MoveTo(journal::Transaction& tx, const v1::Organization& before,
                                          const std::string& parent, std::string_view field,
                                          const Order& order);
  // The path of what something shall lie below in a span: of a parent that exists, and could hold
  // it in all of it. Empty for a root.
  absl::StatusOr<std::string> ParentPathIn(journal::Transaction& tx,
                                           const v1::Organization& organization,
                                           const std::string& parent, std::string_view field,
                                           const OrganizationTransition& transition,
                                           const Span& span);

  absl::StatusOr<std::vector<std::string>> HeirsOf(journal::Transaction& tx,
                                                   const v1::Organization& before,
                                                   const v1::SplitOrganizationRequest& request,
                                                   const Order& order);
  // An heir that exists: locked, and no longer below what ends.
  absl::Status Prepare(journal::Transaction& tx, const v1::Organization& ending,
                       const std::string& heir, std::string_view field,
                       const OrganizationTransition& transition, const Order& order);
  absl::StatusOr<v1::Organization> HandOver(journal::Transaction& tx,
                                            const v1::Organization& before,
                                            const OrganizationTransition& transition,
                                            const std::vector<std::string>& heirs,
                                            const Heirs& takers, const Order& order);
  absl::Status HandOverParts(journal::Transaction& tx, const std::vector<std::string>& parts,
                             const std::string& first, const Heirs& takers, const Order& order);
  absl::Status HandOverPosts(journal::Transaction& tx,
                             const OrganizationStore::Belongings& belongings,
                             const std::string& first, Heirs takers);

  // Abolishes the posts of an organization that is abolished, and what was asked of them.
  absl::Status EndPosts(journal::Transaction& tx, const OrganizationStore::Belongings& belongings,
                        const Order& order);
  // Ends what an organization that ends has as a body of its own, which no heir takes over: its
  // term of office, and who oversees it or is overseen by it.
  absl::Status EndOwn(journal::Transaction& tx, const OrganizationStore::Belongings& belongings,
                      const Order& order);

  const OrganizationStore& store_;
  DivisionStore divisions_;
  PersonStore persons_;
  resource::Store<v1::Post> posts_;
  resource::Store<v1::Assignment> assignments_;
  resource::Store<v1::ResponsibilityLetter> letters_;
  resource::Store<v1::Responsibility> responsibilities_;
  resource::Store<v1::AppointmentTalk> talks_;
  resource::Store<v1::TermOfOffice> terms_;
  resource::Store<v1::OversightLink> links_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_CHANGES_H_
