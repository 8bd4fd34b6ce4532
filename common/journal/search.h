// What the journal says, for auditors.
#ifndef QINGLIAN_COMMON_JOURNAL_SEARCH_H_
#define QINGLIAN_COMMON_JOURNAL_SEARCH_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/access/principal.h"
#include "common/journal/resume_token.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// Answers SearchJournal. Thread-safe.
class Search {
 public:
  // `key` as of LoadKey.
  explicit Search(std::string_view key) : sealer_(key, "qinglian journal search token 1") {}

  // A page, newest first. Left out is what concerns a resource that is hidden from the caller as it
  // is now, and what concerns no resource (refused attempts) where he may not read the journal of
  // the whole installation. INVALID_ARGUMENT: PAGE_TOKEN_INVALID, PAGE_SIZE_INVALID, TIME_INVALID.
  absl::StatusOr<v1::SearchJournalResponse> Find(mysql::Connection& connection,
                                                 const access::Scope& scope,
                                                 const v1::SearchJournalRequest& request) const;

 private:
  const TokenSealer sealer_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_SEARCH_H_
