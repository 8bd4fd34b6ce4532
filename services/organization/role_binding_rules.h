// The lifecycle of role bindings.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_RULES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/lifecycle/actor.h"
#include "common/lifecycle/transition.h"
#include "qinglian/access/v1/role.pb.h"
#include "qinglian/organization/v1/role_binding.pb.h"

namespace qinglian::organization {

inline constexpr std::string_view kAdministratorRole = "roles/administrator";

using RoleTransition = lifecycle::Transition<v1::RoleBinding>;

inline constexpr RoleTransition kGrantRole{
    "grant", lifecycle::OneOf(v1::RoleBinding::STATE_UNSPECIFIED), v1::RoleBinding::STATE_ACTIVE};
inline constexpr RoleTransition kApproveRole{
    "approve", lifecycle::OneOf(v1::RoleBinding::STATE_PENDING_APPROVAL),
    v1::RoleBinding::STATE_ACTIVE};
inline constexpr RoleTransition kRefuseRole{
    "refuse", lifecycle::OneOf(v1::RoleBinding::STATE_PENDING_APPROVAL),
    v1::RoleBinding::STATE_REFUSED};
inline constexpr RoleTransition kRevokeRole{
    "revoke",
    lifecycle::OneOf(v1::RoleBinding::STATE_PENDING_APPROVAL, v1::RoleBinding::STATE_ACTIVE),
    v1::RoleBinding::STATE_REVOKED};

inline constexpr status::Guard kNotOneself{"NOT_ONESELF", "nobody grants to himself",
                                           "不得为本人授权"};
inline constexpr status::Guard kSubjectFits{
    "SUBJECT_FITS", "the role is one that such a subject can hold", "该角色不适用于此类主体"};
inline constexpr status::Guard kNotBoundYet{
    "NOT_BOUND_YET", "the subject does not hold the role there yet", "该主体在该范围内已有此角色"};
inline constexpr status::Guard kRoleFourEyes{
    "FOUR_EYES", "who approves or refuses a powerful role neither granted it nor would hold it",
    "批准人不得是授予人或被授权人"};
inline constexpr status::Guard kAdministratorLeft{
    "ADMINISTRATOR_LEFT", "an administrator of the whole installation stays",
    "须至少保留一名全局管理员"};
inline constexpr status::Guard kNoAdministratorYet{
    "NO_ADMINISTRATOR_YET", "the installation has no administrator yet", "系统已有管理员"};

inline constexpr status::Guard kInPerson{
    "IN_PERSON", "who acts for somebody grants and approves nothing in his name",
    "代行期间不得授予或批准角色"};

struct GrantFacts {
  lifecycle::Actor granter;
  const access::v1::Role& role;
  bool bound_already = false;
  // Administrators of the whole installation that are in force, before this.
  int administrators = 0;
};

// Fills what the server knows of a new binding: ACTIVE, or PENDING_APPROVAL where a second person
// has to approve. The only administrator there is makes the second one alone: nobody else could
// approve. FAILED_PRECONDITION with the guard that is not met.
absl::Status Grant(v1::RoleBinding& binding, const GrantFacts& facts);
absl::Status Approve(v1::RoleBinding& binding, const lifecycle::Actor& approver);
absl::Status Refuse(v1::RoleBinding& binding, const lifecycle::Actor& approver,
                    const std::string& reason);
// `administrators` as in GrantFacts.
absl::Status Revoke(v1::RoleBinding& binding, const std::string& actor, const std::string& reason,
                    int administrators);

// Whether a binding in force makes its subject an administrator of the whole installation.
bool IsAdministrator(const v1::RoleBinding& binding);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_RULES_H_
