// What the generic store does not know of responsibility letters: which are in force for a post.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/responsibility_letter.pb.h"

namespace qinglian::organization {

// Storage of letters. Thread-safe: it holds no state.
class ResponsibilityLetterStore : public resource::Store<v1::ResponsibilityLetter> {
 public:
  // The names of the letters not yet ended whose signatory is a post that a person holds now.
  absl::StatusOr<std::vector<std::string>> OfPostsHeldBy(mysql::Connection& connection,
                                                         std::string_view person) const;

  // The names of the letters in force that a post signed for a year.
  absl::StatusOr<std::vector<std::string>> InForce(mysql::Connection& connection,
                                                   std::string_view signatory_post, int year) const;

  // The letters that stand and were signed for a post, locked, in the order of their names.
  absl::StatusOr<std::vector<v1::ResponsibilityLetter>> LockSigned(
      journal::Transaction& tx, std::string_view signatory_post) const;

  // The names of at most `limit` letters in force for years before this one.
  absl::StatusOr<std::vector<std::string>> Outlived(mysql::Connection& connection, int year,
                                                    int limit) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_STORE_H_
