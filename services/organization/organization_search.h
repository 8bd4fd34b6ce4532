// How organizations are found by a part of a name they have or had, however many there are.
//
// Whatever is asked for (a piece of the name, a subtree, a division, a kind) is a set of
// organizations, and the answer lies in all of them. How large they are is counted up to a few
// thousand, which an index does in a millisecond; the least leads the way, and the rest is looked
// up in its rows. Where all are large their common part is hardly small, and the rows come in the
// order of the answer, so that the first page is soon full. A set of some thousand is looked
// through only after a few of those that come in order did not fill the page.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_SEARCH_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_SEARCH_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/principal.h"
#include "common/mysql/mysql.h"
#include "common/paging/page_token.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// What is few and what is many, in rows; tests make it little.
struct SearchLimits {
  // Up to this many rows of each set are counted first; a set of fewer leads the way.
  int few = 500;
  // Up to this many are counted then.
  int many = 10'000;
  // A set of at least this many is looked through in no order only after `tried` rows of a piece.
  int long_scan = 2'000;
  int tried = 2'000;
};

// Thread-safe: it holds no state.
class OrganizationSearch {
 public:
  // `store` outlives it.
  explicit OrganizationSearch(const OrganizationStore& store, const SearchLimits& limits = {})
      : store_(store), limits_(limits) {}

  // A page of what the method of that name answers. INVALID_ARGUMENT where the query has less than
  // two characters once it is normalized, or page size, token or filter are wrong; NOT_FOUND where
  // the subtree's root does not exist.
  absl::StatusOr<v1::SearchOrganizationsResponse> Find(
      mysql::Connection& connection, const access::Scope& scope, const paging::TokenCodec& tokens,
      const v1::SearchOrganizationsRequest& request) const;

 private:
  // A set that holds every answer.
  struct Set {
    // As it stands after FROM, with the index that gives it.
    std::string from;
    paging::Condition condition;
    // Whether its rows are those of organization_pieces.
    bool pieces = false;
  };

  // The ways to go, one after another until one fills a page; the last finds all there is.
  absl::StatusOr<std::vector<resource::Way>> ShortWays(
      mysql::Connection& connection, const access::Scope& scope,
      const v1::SearchOrganizationsRequest& request, const std::vector<std::string>& pieces) const;
  // The sets of what the filter, the subtree and the caller's scope leave. `area`: where they leave
  // a single one.
  absl::Status AddBounds(mysql::Connection& connection, const access::Scope& scope,
                         const v1::SearchOrganizationsRequest& request, std::vector<Set>& sets,
                         std::string& kind, std::string& area) const;
  // The place in `sets` of the least, or of the first where all are large; and how large it is, as
  // far as it was counted.
  absl::StatusOr<std::pair<size_t, int64_t>> Least(mysql::Connection& connection,
                                                   const std::vector<Set>& sets) const;
  // A way along a set; along its first `most` rows in the order of ids where that is not 0.
  static resource::Way Along(const Set& set, int most);
  // Says of those found by a former name which one it is.
  absl::Status AddFormerNames(mysql::Connection& connection, const std::string& text,
                              v1::SearchOrganizationsResponse& response) const;

  const OrganizationStore& store_;
  const SearchLimits limits_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_SEARCH_H_
