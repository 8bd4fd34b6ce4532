// Page tokens: opaque, bound to the question they were given for, and forged by nobody.
#ifndef QINGLIAN_COMMON_PAGING_PAGE_TOKEN_H_
#define QINGLIAN_COMMON_PAGING_PAGE_TOKEN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace qinglian::paging {

// Where the next page begins: strictly after this row.
struct Position {
  // The value of the ordering column, as text; empty where rows are ordered by id alone.
  std::string key;
  // The bytes of the id column.
  std::string id;
};

// Makes and opens page tokens. Thread-safe.
class TokenCodec {
 public:
  // `keys`: secrets of at least 16 bytes; the first makes tokens, all open them, so that tokens
  // outlive a rotation.
  explicit TokenCodec(std::vector<std::string> keys);

  // `question`: all arguments that choose and order the rows.
  std::string Encode(std::string_view question, const Position& position) const;

  // INVALID_ARGUMENT, reason PAGE_TOKEN_INVALID, for a token that was not made here or not for this
  // question.
  absl::StatusOr<Position> Decode(std::string_view question, std::string_view token) const;

 private:
  std::string Mac(const std::string& key, std::string_view text) const;

  std::vector<std::string> keys_;
};

}  // namespace qinglian::paging

#endif  // QINGLIAN_COMMON_PAGING_PAGE_TOKEN_H_
