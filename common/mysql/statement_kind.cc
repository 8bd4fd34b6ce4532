#include <algorithm>
#include <cctype>

#include "common/mysql/core.h"

namespace qinglian::mysql {
namespace {

// START is of a transaction, WITH of a query.
constexpr std::string_view kKinds[] = {
    "SELECT", "INSERT",    "UPDATE",  "DELETE",  "START", "COMMIT", "ROLLBACK", "SET", "WITH",
    "SHOW",   "SAVEPOINT", "RELEASE", "REPLACE", "GRANT", "CREATE", "ALTER",    "DROP"};

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

bool IsWord(std::string_view text, std::string_view word) {
  return text.size() == word.size() &&
         std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

}  // namespace

std::string_view StatementKind(std::string_view sql) {
  const auto* begin = std::find_if(sql.begin(), sql.end(), IsLetter);
  const auto* end = std::find_if_not(begin, sql.end(), IsLetter);
  const std::string_view first =
      sql.substr(static_cast<size_t>(begin - sql.begin()), static_cast<size_t>(end - begin));
  for (const std::string_view kind : kKinds) {
    if (IsWord(first, kind)) return kind;
  }
  return "OTHER";
}

}  // namespace qinglian::mysql
