// A row of the journal as the database keeps it, and the hashes over it.
#ifndef QINGLIAN_COMMON_JOURNAL_ROW_H_
#define QINGLIAN_COMMON_JOURNAL_ROW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "google/protobuf/message.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// The columns of `journal`, see migrations/. Ids and hashes are bytes.
struct Row {
  uint64_t id = 0;
  absl::Time time;
  std::string actor;
  std::string acting_for;
  std::string client;
  std::string method;
  std::string request_id;
  uint64_t ordinal = 0;
  std::string request_hash;
  std::string resource;
  int64_t version = 0;
  std::string kind;
  // The name of a v1::Change::Operation; one that a newer binary wrote is kept as it is.
  std::string operation;
  std::optional<std::string> organization;
  std::string after;
  std::optional<std::string> response_type;
  std::optional<std::string> response;
  // Paths with commas between them.
  std::string changed_fields;
  std::string reason;
  std::optional<std::string> cause_service;
  std::optional<uint64_t> cause_position;
  std::string trace_id;
  std::string content_hash;

  // A receipt says that a request was done and changed nothing.
  bool is_receipt() const { return resource.empty(); }
};

// A row with the facts of a request, as a receipt.
Row RowOf(const Facts& facts, absl::Time time, uint64_t ordinal);

// The columns in the order of Row, each with the prefix "j.": for `SELECT … FROM journal j`.
extern const char kRowColumns[];
inline constexpr int kRowColumnCount = 23;

// The row that `rows` stands on, whose columns kRowColumns begin at `first`.
Row ReadRow(const mysql::Rows& rows, int first);

// What a change that is watched consists of, each column with the prefix "j.": fewer than a Row,
// because most rows of a journal are read for those who watch.
extern const char kChangeColumns[];

// Fills `change` from the row that `rows` stands on, whose columns kChangeColumns begin at `first`,
// as ToChange(ReadRow(…)) would; answers the id of its organization as bytes, empty where it has
// none. A receipt has no resource, and nothing else is filled then; nor of a reading.
std::string ReadChange(const mysql::Rows& rows, int first, uint64_t position, v1::Change& change);

// SHA-256 over every column but id and content_hash: 32 bytes.
std::string ContentHash(const Row& row);

// The hash at `position`, from the one before it (32 zero bytes before the first) and a content
// hash.
std::string ChainHash(std::string_view previous, uint64_t position, std::string_view content_hash);

// The chain hash before position 1.
std::string GenesisHash();

// SHA-256 over a request without its field `request_id`. Fields that this binary does not know are
// part of it. A request whose type may hold sealed values (qinglian.access.v1.field) is hashed with
// `key`, so that nobody finds out by trying what was in it.
std::string RequestHash(const google::protobuf::Message& request, std::string_view key);

// What followers and readers of the history see of a row. `position` may be zero: not known.
v1::Change ToChange(const Row& row, uint64_t position);

// Inserts rows and their pending entries in the open transaction of `connection`. All are of one
// request, ordinals rising from 0; content_hash is filled in. ALREADY_EXISTS, by the key
// journal_by_request, where the request was done before; other errors as of mysql::Connection.
absl::Status InsertRows(mysql::Connection& connection, std::vector<Row>& rows);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_ROW_H_
