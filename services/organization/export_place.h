// Where an export stands, and how one that broke off goes on from there.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_EXPORT_PLACE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_EXPORT_PLACE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/paging/page_token.h"

namespace qinglian::organization {

// The last row that was sent.
struct ExportPlace {
  // Of the export, counted from 1; 0 where none was sent.
  int64_t line = 0;
  std::string organization;
  // Empty in exports of organizations.
  std::string person;
};

// Where `token` says that an export goes on; the beginning, where it is empty. `question`: what is
// exported. INVALID_ARGUMENT, reason PAGE_TOKEN_INVALID, for a token of another question.
absl::StatusOr<ExportPlace> PlaceOf(const paging::TokenCodec& tokens, std::string_view question,
                                    std::string_view token);

std::string TokenOf(const paging::TokenCodec& tokens, std::string_view question,
                    const ExportPlace& place);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_EXPORT_PLACE_H_
