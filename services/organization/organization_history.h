// What was true of organizations when, and what was known of it when: the rows of
// organization_versions.
//
// A row says that an organization was so on the days [valid_from, valid_to), as was known in
// [recorded_from, recorded_to). Of what is known now the rows of an organization join without gaps
// from its first day on. Nothing is ever deleted: what turns out to be otherwise is closed on the
// axis of the record.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_HISTORY_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_HISTORY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/paging/page_token.h"
#include "common/record/record.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {

// Why something is recorded.
struct Grounds {
  std::string reason;
  std::string document_number;
};

// The rows of the history. Thread-safe: it holds no state.
class OrganizationHistory {
 public:
  explicit OrganizationHistory(const record::Plan& plan) : plan_(plan) {}

  // The organizations as they were on a day, by what was known at a time, or is known now: for
  // Question::rows.
  paging::Condition AsOf(absl::CivilDay day, std::optional<absl::Time> known) const;

  // What is known now of an organization in a span.
  absl::StatusOr<Standing> In(mysql::Connection& connection, std::string_view id,
                              const Span& span) const;

  // The longest path of what lay below a path in a span, itself included.
  absl::StatusOr<size_t> Deepest(mysql::Connection& connection, std::string_view path,
                                 const Span& span) const;

  // Whether something that was ACTIVE lay right below a path in a span.
  absl::StatusOr<bool> HasParts(mysql::Connection& connection, std::string_view path,
                                const Span& span) const;

  // A page of what was true of an organization when, as the method of that name answers it. That
  // the caller may see the organization was decided. INVALID_ARGUMENT where page size or token are
  // wrong.
  absl::StatusOr<v1::ListOrganizationVersionsResponse> List(
      mysql::Connection& connection, const paging::TokenCodec& tokens,
      const v1::ListOrganizationVersionsRequest& request) const;

  // The first day of what an organization is today.
  absl::StatusOr<absl::CivilDay> SameSince(mysql::Connection& connection,
                                           std::string_view id) const;

  // When a change of the tree is recorded: after every other, and after all that is known of what
  // lies below `path`. The tree is locked.
  absl::StatusOr<absl::Time> RecordInTree(journal::Transaction& tx, std::string_view path) const;

  // A new organization, there from a day on, below a parent that was there since: with the paths
  // that the parent had. `parent_path` is where that is now, its row locked; empty for a root.
  absl::Status Begin(journal::Transaction& tx, const v1::Organization& organization,
                     std::string_view parent_path, absl::CivilDay from,
                     const Grounds& grounds) const;

  // New organizations, there from today on, as their table has them. `parents` are ids.
  absl::Status BeginMany(journal::Transaction& tx, const std::vector<std::string>& ids,
                         const std::vector<std::string>& parents) const;

  // Rewrites what an organization was in a span; `change` is called for each of its rows there,
  // with its own span, and may change the path too. `recorded` as of RecordInTree, or nothing for a
  // change that leaves the tree as it is. Without grounds the rows keep theirs.
  using Change = absl::FunctionRef<absl::Status(const Span&, v1::Organization&, std::string& path)>;
  absl::Status Rewrite(journal::Transaction& tx, std::string_view id, const Span& span,
                       const Grounds* grounds, std::optional<absl::Time> recorded,
                       Change change) const;

  // What lay below a path in a span lay below another.
  absl::Status MoveBelow(journal::Transaction& tx, std::string_view old_path,
                         std::string_view new_path, const Span& span, const Grounds& grounds,
                         absl::Time recorded) const;

 private:
  struct Row;
  // Where something lay in a span, and when that was recorded.
  struct Place {
    Span span;
    absl::Time recorded;
    std::string path;
  };

  // Where the parent at a path was since a day.
  absl::StatusOr<std::vector<Place>> PlacesBelow(journal::Transaction& tx,
                                                 std::string_view parent_path,
                                                 absl::CivilDay from) const;
  absl::StatusOr<std::vector<Row>> RowsIn(mysql::Connection& connection, std::string_view id,
                                          const Span& span) const;
  absl::Status Insert(journal::Transaction& tx, std::string_view id, const Row& row,
                      absl::Time recorded) const;

  const record::Plan& plan_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_HISTORY_H_
