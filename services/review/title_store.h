// What the generic store does not know of titles: which are in force.
#ifndef QINGLIAN_SERVICES_REVIEW_TITLE_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_TITLE_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/title.pb.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class TitleStore : public resource::Store<v1::Title> {
 public:
  // Whether the organization holds an ACTIVE title of the programme on `today`.
  absl::StatusOr<bool> Holds(mysql::Connection& connection, std::string_view organization,
                             std::string_view programme, absl::CivilDay today) const;
  // The names of the units' ACTIVE titles.
  absl::StatusOr<std::vector<std::string>> ActiveOf(mysql::Connection& connection,
                                                    const std::vector<std::string>& units) const;
  // The names of at most `limit` titles in force whose last day is before `today`.
  absl::StatusOr<std::vector<std::string>> Outlived(mysql::Connection& connection,
                                                    absl::CivilDay today, int limit) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_TITLE_STORE_H_
