// The lifecycle of role bindings.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_RULES_H_

#include <string>
#include <string_view>
#include <vector>

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
    "NO_ADMINISTRATOR_YET",
    "the installation has no administrator yet, or all but one of those it had are gone",
    "系统已有管理员"};

inline constexpr status::Guard kInPerson{
    "IN_PERSON", "who acts for somebody grants and approves nothing in his name",
    "代行期间不得授予或批准角色"};

// The administrators of the whole installation.
struct Administrators {
  // The names of the bindings that let somebody in today.
  std::vector<std::string> in_force;
  // How many bindings there ever were, whatever became of them.
  int ever = 0;

  // Whether there is one only, and never was another: nobody else can approve.
  bool OnlyTheFirst() const { return in_force.size() == 1 && ever == 1; }
};

struct GrantFacts {
  lifecycle::Actor granter;
  const access::v1::Role& role;
  bool bound_already = false;
  // Before this.
  Administrators administrators = {};
};

// Fills what the server knows of a new binding: ACTIVE, or PENDING_APPROVAL where a second person
// has to approve. The first administrator makes the second one alone, once: nobody else could
// approve, and who had revoked all others could otherwise put whom he likes in their place.
// FAILED_PRECONDITION with the guard that is not met.
absl::Status Grant(v1::RoleBinding& binding, const GrantFacts& facts);
absl::Status Approve(v1::RoleBinding& binding, const lifecycle::Actor& approver);
absl::Status Refuse(v1::RoleBinding& binding, const lifecycle::Actor& approver,
                    const std::string& reason);
absl::Status Revoke(v1::RoleBinding& binding, const std::string& actor, const std::string& reason,
                    const Administrators& administrators);

// Whether whoever runs the machine may make an administrator: the first one, or another where all
// but one are gone, so that nobody is left to approve a second.
absl::Status CheckAdministratorWanted(const v1::RoleBinding& binding,
                                      const Administrators& administrators);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_RULES_H_
