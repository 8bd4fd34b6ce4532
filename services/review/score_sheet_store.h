// What the generic store does not know of score sheets: which there are about an application.
#ifndef QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/score_sheet.pb.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class ScoreSheetStore : public resource::Store<v1::ScoreSheet> {
 public:
  // The sheets of an application in the order of their names, locked.
  absl::StatusOr<std::vector<v1::ScoreSheet>> LockOf(journal::Transaction& tx,
                                                     std::string_view application) const;
  // The same, only read.
  absl::StatusOr<std::vector<v1::ScoreSheet>> Of(mysql::Connection& connection,
                                                 std::string_view application) const;
  // Whether the reviewer submitted a sheet in the round about one of the organizations.
  absl::StatusOr<bool> SubmittedAbout(mysql::Connection& connection, std::string_view round,
                                      std::string_view reviewer,
                                      const std::vector<std::string>& organizations) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_STORE_H_
