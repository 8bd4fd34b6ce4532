#include "services/organization/export_place.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::organization {

absl::StatusOr<ExportPlace> PlaceOf(const paging::TokenCodec& tokens, std::string_view question,
                                    std::string_view token) {
  ExportPlace place;
  if (token.empty()) return place;
  ASSIGN_OR_RETURN(const paging::Position position, tokens.Decode(question, token));
  const std::vector<std::string> names = absl::StrSplit(position.id, ' ');
  if (names.size() != 2 || !absl::SimpleAtoi(position.key, &place.line))
    return status::Error(status::kPageTokenInvalid);
  place.organization = names[0];
  place.person = names[1];
  return place;
}

std::string TokenOf(const paging::TokenCodec& tokens, std::string_view question,
                    const ExportPlace& place) {
  return tokens.Encode(question, {.key = absl::StrCat(place.line),
                                  .id = absl::StrCat(place.organization, " ", place.person)});
}

}  // namespace qinglian::organization
