#include "services/risk/registry.h"

#include <optional>
#include <string>

#include "common/journal/actor.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/follower/registry.h"

namespace qinglian::risk {
namespace {

namespace follower = organization::follower;
using organization::v1::Post;
using v1::ScoringModel;

absl::Status Check(const absl::StatusOr<bool>& known, std::string_view field,
                   std::string_view name) {
  RETURN_IF_ERROR(known.status());
  if (*known) return absl::OkStatus();
  return status::Error(status::kReferenceNotFound,
                       {{"field", std::string(field)}, {"resource", std::string(name)}});
}

Post::Rank RankOf(ScoringModel::ApproverRank rank) {
  switch (rank) {
    case ScoringModel::APPROVER_RANK_OFFICE_HEAD:
      return Post::RANK_OFFICE_HEAD;
    case ScoringModel::APPROVER_RANK_LEADER_IN_CHARGE:
      return Post::RANK_LEADER_IN_CHARGE;
    default:
      return Post::RANK_PRINCIPAL_LEADER;
  }
}

}  // namespace

absl::Status Registry::CheckOrganization(mysql::Connection& connection, std::string_view field,
                                         std::string_view organization) const {
  if (organization.empty()) return absl::OkStatus();
  return Check(follower::OrganizationExists(connection, organization), field, organization);
}

absl::Status Registry::CheckPost(mysql::Connection& connection, std::string_view field,
                                 std::string_view post) const {
  if (post.empty()) return absl::OkStatus();
  return Check(follower::PostExists(connection, post), field, post);
}

absl::Status Registry::CheckPerson(mysql::Connection& connection, std::string_view field,
                                   std::string_view person) const {
  if (person.empty()) return absl::OkStatus();
  return Check(follower::PersonExists(connection, person), field, person);
}

absl::StatusOr<bool> Registry::OrganizationExists(mysql::Connection& connection,
                                                  std::string_view organization) const {
  return follower::OrganizationExists(connection, organization);
}

absl::StatusOr<bool> Registry::PostValid(mysql::Connection& connection, std::string_view post,
                                         std::string_view organization) const {
  ASSIGN_OR_RETURN(const std::optional<follower::KnownPost> known,
                   follower::FindPost(connection, post));
  return known.has_value() && known->state == Post::STATE_ACTIVE &&
         known->organization == organization;
}

absl::StatusOr<bool> Registry::ResponsibleResolvable(mysql::Connection& connection,
                                                     const v1::RiskPoint& point) const {
  ASSIGN_OR_RETURN(const bool leader,
                   follower::PersonExists(connection, point.responsible_leader()));
  ASSIGN_OR_RETURN(const bool office,
                   follower::OrganizationExists(connection, point.responsible_office()));
  ASSIGN_OR_RETURN(const bool person,
                   follower::PersonExists(connection, point.responsible_person()));
  return leader && office && person;
}

absl::StatusOr<Decider> Registry::DeciderOn(journal::Transaction& tx, const Scoring& scoring,
                                            std::string_view organization, v1::Grade grade) const {
  Decider decider{.actor = journal::ActorOf(tx), .rank_suffices = false};
  ASSIGN_OR_RETURN(decider.rank_suffices,
                   follower::HoldsRank(tx.connection(), decider.actor.holder(), organization,
                                       RankOf(scoring.ApproverRank(grade))));
  return decider;
}

absl::StatusOr<std::vector<paging::Condition>> Registry::BelongsToSubtree(
    mysql::Connection& connection, const record::Plan& plan, std::string_view root) const {
  return follower::SubtreeCondition(connection, plan, root);
}

}  // namespace qinglian::risk
