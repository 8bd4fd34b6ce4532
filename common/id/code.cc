#include "common/id/code.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace qinglian::id {

bool IsCode(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
}

}  // namespace qinglian::id
