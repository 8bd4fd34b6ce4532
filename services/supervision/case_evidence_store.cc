#include "services/supervision/case_evidence_store.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/id/names.h"
#include "common/resource/store.h"
#include "common/status/macros.h"
#include "services/supervision/rectification_item_rules.h"
#include "services/supervision/supervision_case_rules.h"

namespace qinglian::supervision {
namespace {

using v1::RectificationItem;
using v1::SupervisionCase;

// Cases that are looked at at once.
constexpr int kAtOnce = 200;

// `handling`: the id of the organization that handles the case, where the case itself refers to
// the contents.
absl::Status Note(mysql::Connection& connection, std::string_view case_name,
                  const std::vector<std::string_view>& digests,
                  const std::optional<std::string>& handling) {
  ASSIGN_OR_RETURN(const id::Uuid the_case, id::ParseName("cases", case_name));
  const std::string id = the_case.Bytes();
  for (const std::string_view digest : digests) {
    RETURN_IF_ERROR(
        connection
            .Execute("INSERT INTO case_evidence (supervision_case, digest, organization) VALUES "
                     "(?, ?, ?) ON DUPLICATE KEY UPDATE organization = "
                     "COALESCE(VALUES(organization), organization)",
                     {id, digest, handling})
            .status());
  }
  return absl::OkStatus();
}

// The rows of one column of ids.
absl::StatusOr<std::vector<std::string>> Ids(mysql::Connection& connection, std::string_view sql,
                                             std::string_view id) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, {id}));
  std::vector<std::string> ids;
  while (rows.Next()) ids.push_back(rows.Bytes(0));
  return ids;
}

absl::Status NoteEarlierOf(mysql::Connection& connection, const std::string& case_id) {
  const resource::Store<SupervisionCase> cases;
  const resource::Store<RectificationItem> items;
  ASSIGN_OR_RETURN(const SupervisionCase the_case,
                   cases.Get(connection, cases.plan().type().NameOf(case_id)));
  RETURN_IF_ERROR(NoteEvidence(connection, SupervisionCase(), the_case));
  ASSIGN_OR_RETURN(
      const std::vector<std::string> of_case,
      Ids(connection, "SELECT id FROM rectification_items WHERE supervision_case = ?", case_id));
  for (const std::string& id : of_case) {
    ASSIGN_OR_RETURN(const RectificationItem item,
                     items.Get(connection, items.plan().type().NameOf(id)));
    RETURN_IF_ERROR(NoteEvidence(connection, RectificationItem(), item));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status NoteEvidence(mysql::Connection& connection, const SupervisionCase& before,
                          const SupervisionCase& after) {
  const std::vector<std::string_view> digests = KnownDigests(after);
  if (digests == KnownDigests(before)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const id::Uuid handling, id::ParseName("organizations", after.organization()));
  return Note(connection, after.name(), digests, handling.Bytes());
}

absl::Status NoteEvidence(mysql::Connection& connection, const RectificationItem& before,
                          const RectificationItem& after) {
  const std::vector<std::string_view> digests = KnownDigests(after);
  if (digests == KnownDigests(before)) return absl::OkStatus();
  return Note(connection, after.supervision_case(), digests, std::nullopt);
}

absl::Status NoteEarlierEvidence(mysql::Connection& connection) {
  std::string last;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                     Ids(connection,
                         absl::StrCat("SELECT id FROM supervision_cases WHERE id > ? AND NOT "
                                      "EXISTS (SELECT 1 FROM case_evidence e WHERE "
                                      "e.supervision_case = supervision_cases.id) ORDER BY id "
                                      "LIMIT ",
                                      kAtOnce),
                         last));
    if (ids.empty()) return absl::OkStatus();
    for (const std::string& id : ids) RETURN_IF_ERROR(NoteEarlierOf(connection, id));
    last = ids.back();
  }
}

}  // namespace qinglian::supervision
