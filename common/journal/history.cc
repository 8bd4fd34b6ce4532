#include "common/journal/history.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/journal/redaction.h"
#include "common/journal/row.h"
#include "common/record/record.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"

namespace qinglian::journal {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;
constexpr size_t kMaxPageBytes = 2 << 20;

// Whether the caller sees a resource of this kind as it is now.
absl::StatusOr<bool> Sees(mysql::Connection& connection, const access::Scope& scope,
                          const std::string& kind, const std::string& name) {
  const auto* message =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(kind);
  // Of a newer program: who may see it is not known here.
  if (message == nullptr) return false;
  return visibility::Sees(connection, record::Plan::Of(message), scope, name);
}

}  // namespace

absl::StatusOr<v1::ListHistoryResponse> History::List(mysql::Connection& connection,
                                                      const access::Scope& scope,
                                                      const v1::ListHistoryRequest& request) const {
  if (request.page_size() < 0) return status::Error(status::kPageSizeInvalid);
  const int size =
      request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kMaxPage);
  HistoryToken before;
  before.set_version(std::numeric_limits<int64_t>::max());
  if (!request.page_token().empty() &&
      (!sealer_.Open(request.page_token(), before) || before.name() != request.name())) {
    return status::Error(status::kPageTokenInvalid);
  }
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat(
              "SELECT p.position, ", kRowColumns,
              " FROM journal j LEFT JOIN journal_position p ON p.journal_id=j.id "
              "WHERE j.resource=? AND j.version>0 AND (j.version<? OR (j.version=? AND j.id<?)) "
              "ORDER BY j.version DESC, j.id DESC LIMIT ?"),
          {request.name(), before.version(), before.version(), before.id(), size + 1}));
  if (rows.size() == 0 && request.page_token().empty()) {
    return status::NotFound("", request.name());
  }
  v1::ListHistoryResponse response;
  size_t bytes = 0;
  bool seen = scope.principal() == nullptr;
  while (rows.Next()) {
    if (response.changes_size() == size || bytes > kMaxPageBytes) {
      before.set_name(request.name());
      response.set_next_page_token(sealer_.Seal(before));
      break;
    }
    const Row row = ReadRow(rows, 1);
    if (!seen) {
      ASSIGN_OR_RETURN(seen, Sees(connection, scope, row.kind, request.name()));
      if (!seen) {
        scope.NoteRefused();
        return status::NotFound("", request.name());
      }
    }
    bytes += row.after.size();
    before.set_version(row.version);
    before.set_id(row.id);
    *response.add_changes() = ToChange(row, rows.IsNull(0) ? 0 : rows.Uint(0));
  }
  const auto changes = response.mutable_changes()->pointer_begin();
  RETURN_IF_ERROR(Redact(connection, scope, {changes, changes + response.changes_size()}));
  return response;
}

}  // namespace qinglian::journal
