#include "services/organization/responsibility_letter_store.h"

#include "common/id/names.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

// The names of the letters whose ids are the first column.
std::vector<std::string> NamesIn(const record::Plan& plan, mysql::Rows& rows) {
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan.type().NameOf(rows.Bytes(0)));
  return names;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ResponsibilityLetterStore::InForce(
    mysql::Connection& connection, std::string_view signatory_post, int year) const {
  ASSIGN_OR_RETURN(const std::string post,
                   plan().Find("signatory_post")->reference->IdOf(signatory_post));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT id FROM responsibility_letters WHERE signatory_post = ? AND year = ? AND "
          "state = 'STATE_IN_FORCE'",
          {post, year}));
  return NamesIn(plan(), rows);
}

absl::StatusOr<std::vector<std::string>> ResponsibilityLetterStore::OfPostsHeldBy(
    mysql::Connection& connection, std::string_view person) const {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("persons", person));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT l.id FROM responsibility_letters l JOIN assignments a ON a.post = "
          "l.signatory_post AND a.person = ? AND a.state = 'STATE_CURRENT' WHERE l.state IN "
          "('STATE_ISSUED', 'STATE_PARTIALLY_SIGNED', 'STATE_IN_FORCE') AND "
          "l.delete_time IS NULL ORDER BY l.id",
          {id.Bytes()}));
  return NamesIn(plan(), rows);
}

absl::StatusOr<std::vector<v1::ResponsibilityLetter>> ResponsibilityLetterStore::LockSigned(
    journal::Transaction& tx, std::string_view signatory_post) const {
  ASSIGN_OR_RETURN(const std::string post,
                   plan().Find("signatory_post")->reference->IdOf(signatory_post));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      tx.connection().Query(
          "SELECT id FROM responsibility_letters WHERE signatory_post = ? AND state IN "
          "('STATE_PARTIALLY_SIGNED', 'STATE_IN_FORCE') ORDER BY id",
          {post}));
  std::vector<v1::ResponsibilityLetter> letters;
  for (const std::string& name : NamesIn(plan(), rows)) {
    ASSIGN_OR_RETURN(letters.emplace_back(), Lock(tx, name));
  }
  return letters;
}

absl::StatusOr<std::vector<std::string>> ResponsibilityLetterStore::Outlived(
    mysql::Connection& connection, int year, int limit) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT id FROM responsibility_letters WHERE state = 'STATE_IN_FORCE' AND "
                       "year < ? LIMIT ?",
                       {year, limit}));
  return NamesIn(plan(), rows);
}

}  // namespace qinglian::organization
