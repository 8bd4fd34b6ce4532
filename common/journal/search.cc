#include "common/journal/search.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/crypto/crypto.h"
#include "common/journal/row.h"
#include "common/record/record.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "common/visibility/visibility.h"
#include "qinglian/record/v1/record.pb.h"

namespace qinglian::journal {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;

// What is asked for, without the page.
std::string QuestionOf(v1::SearchJournalRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return crypto::Sha256(request.SerializeAsString());
}

// A WHERE clause and its parameters.
struct Clause {
  std::string sql = "TRUE";
  record::Values values;

  void Add(std::string_view condition, const std::string& value) {
    absl::StrAppend(&sql, " AND ", status::View(condition));
    values.AddOwned(value);
  }
  void Add(std::string_view condition, absl::Time value) {
    absl::StrAppend(&sql, " AND ", status::View(condition));
    values.Add(value);
  }
};

void AddOperations(const v1::SearchJournalRequest& request, Clause& clause) {
  if (request.operations().empty()) return;
  std::string places;
  for (const int operation : request.operations()) {
    places += places.empty() ? "?" : ",?";
    clause.values.AddOwned(
        v1::Change::Operation_Name(static_cast<v1::Change::Operation>(operation)));
  }
  absl::StrAppend(&clause.sql, " AND j.operation IN (", places, ")");
}

absl::StatusOr<Clause> ClauseOf(const v1::SearchJournalRequest& request) {
  Clause clause;
  if (!request.actor().empty()) clause.Add("j.actor=?", request.actor());
  if (!request.resource().empty()) clause.Add("j.resource=?", request.resource());
  AddOperations(request, clause);
  if (request.has_since_time()) {
    ASSIGN_OR_RETURN(const absl::Time since, clock::ToTime(request.since_time()));
    clause.Add("j.time>=?", since);
  }
  if (request.has_until_time()) {
    ASSIGN_OR_RETURN(const absl::Time until, clock::ToTime(request.until_time()));
    clause.Add("j.time<?", until);
  }
  return clause;
}

void GoOnAfter(const SearchToken& token, Clause& clause) {
  const absl::Time time = absl::FromUnixMicros(token.time_micros());
  clause.Add("j.time<=?", time);
  clause.Add("(j.time<? ", time);
  clause.sql += "OR j.id<?)";
  clause.values.Add(token.id());
}

// Whether the caller sees what rows are about; asks once for each resource of a page.
class Sight {
 public:
  Sight(mysql::Connection& connection, const access::Scope& scope)
      : connection_(connection), scope_(scope) {}

  absl::StatusOr<bool> Sees(const Row& row) {
    if (scope_.principal() == nullptr) return true;
    const auto [known, added] = seen_.try_emplace(row.resource, false);
    if (added) {
      ASSIGN_OR_RETURN(known->second, Ask(row));
    }
    return known->second;
  }

 private:
  absl::StatusOr<bool> Ask(const Row& row) {
    const auto* kind =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(row.kind);
    const bool stored = kind != nullptr && kind->options().HasExtension(record::v1::table);
    // Of no resource, of a part of one, or of a newer program.
    if (row.resource.empty() || !stored)
      return scope_.ReachesAll(access::v1::SENSITIVITY_CONFIDENTIAL);
    return visibility::Sees(connection_, record::Plan::Of(kind), scope_, row.resource);
  }

  mysql::Connection& connection_;
  const access::Scope& scope_;
  std::map<std::string, bool> seen_;
};

v1::Change EntryOf(const Row& row, uint64_t position) {
  v1::Change entry = ToChange(row, position);
  if (entry.operation() != v1::Change::OPERATION_REFUSED) entry.clear_after();
  return entry;
}

}  // namespace

absl::StatusOr<v1::SearchJournalResponse> Search::Find(
    mysql::Connection& connection, const access::Scope& scope,
    const v1::SearchJournalRequest& request) const {
  if (request.page_size() < 0) return status::Error(status::kPageSizeInvalid);
  const int size =
      request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kMaxPage);
  ASSIGN_OR_RETURN(Clause clause, ClauseOf(request));
  SearchToken token;
  if (!request.page_token().empty()) {
    if (!sealer_.Open(request.page_token(), token) || token.question() != QuestionOf(request))
      return status::Error(status::kPageTokenInvalid);
    GoOnAfter(token, clause);
  }
  clause.values.Add(int64_t{size} + 1);
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT p.position, ", kRowColumns,
                                    " FROM journal j LEFT JOIN journal_position p ON "
                                    "p.journal_id=j.id WHERE ",
                                    clause.sql, " ORDER BY j.time DESC, j.id DESC LIMIT ?"),
                       clause.values.params()));
  v1::SearchJournalResponse response;
  Sight sight(connection, scope);
  for (int taken = 0; rows.Next(); ++taken) {
    if (taken == size) {
      token.set_question(QuestionOf(request));
      response.set_next_page_token(sealer_.Seal(token));
      break;
    }
    const Row row = ReadRow(rows, 1);
    token.set_time_micros(absl::ToUnixMicros(row.time));
    token.set_id(row.id);
    ASSIGN_OR_RETURN(const bool seen, sight.Sees(row));
    if (seen) *response.add_changes() = EntryOf(row, rows.IsNull(0) ? 0 : rows.Uint(0));
  }
  return response;
}

}  // namespace qinglian::journal
