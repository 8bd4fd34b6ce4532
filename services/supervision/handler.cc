#include "services/supervision/handler.h"

#include "common/id/names.h"
#include "common/number/number.h"
#include "common/status/macros.h"

namespace qinglian::supervision {

absl::StatusOr<std::string> TakeNumber(journal::Transaction& tx, std::string_view organization,
                                       std::string_view kind, std::string_view prefix) {
  ASSIGN_OR_RETURN(const id::Uuid owner, id::ParseName("organizations", organization));
  const int year = static_cast<int>(tx.today().year());
  ASSIGN_OR_RETURN(const int64_t number, number::Next(tx.connection(), owner, kind, year));
  return number::Format(prefix, year, number);
}

}  // namespace qinglian::supervision
