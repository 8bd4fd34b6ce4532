// The history of a resource, from the journal.
#ifndef QINGLIAN_COMMON_JOURNAL_HISTORY_H_
#define QINGLIAN_COMMON_JOURNAL_HISTORY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/access/principal.h"
#include "common/journal/resume_token.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// Answers ListHistory. Thread-safe.
class History {
 public:
  // `key` as of LoadKey.
  explicit History(std::string_view key) : sealer_(key, "qinglian journal history token 1") {}

  // A page, newest change first; changes that have no position yet are among them. Pages hold fewer
  // changes than asked for where these are large. NOT_FOUND: the journal knows no such resource, or
  // it is hidden from the caller as it is now.
  // INVALID_ARGUMENT: PAGE_TOKEN_INVALID, PAGE_SIZE_INVALID.
  absl::StatusOr<v1::ListHistoryResponse> List(mysql::Connection& connection,
                                               const access::Scope& scope,
                                               const v1::ListHistoryRequest& request) const;

 private:
  const TokenSealer sealer_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_HISTORY_H_
