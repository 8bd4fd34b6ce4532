#include "services/organization/oversight_link_store.h"

#include "common/status/macros.h"

namespace qinglian::organization {

absl::StatusOr<bool> OversightLinkStore::Linked(mysql::Connection& connection,
                                                const v1::OversightLink& link) const {
  ASSIGN_OR_RETURN(const std::string overseer,
                   plan().Find("overseer")->reference->IdOf(link.overseer()));
  ASSIGN_OR_RETURN(const std::string overseen,
                   plan().Find("overseen")->reference->IdOf(link.overseen()));
  const bool peers = link.kind() != v1::OversightLink::KIND_DISPATCHED;
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM oversight_links WHERE state = 'STATE_ACTIVE' AND kind = ? "
                       "AND ((overseer = ? AND overseen = ?) OR (? AND overseer = ? AND "
                       "overseen = ?)) LIMIT 1",
                       {v1::OversightLink::Kind_Name(link.kind()), overseer, overseen, peers,
                        overseen, overseer}));
  return rows.Next();
}

}  // namespace qinglian::organization
