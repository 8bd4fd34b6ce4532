// The encodings that files of clerks come in: UTF-8, and GB18030, which spreadsheets write.
#ifndef QINGLIAN_SERVICES_CTL_TEXT_ENCODING_H_
#define QINGLIAN_SERVICES_CTL_TEXT_ENCODING_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace qinglian::ctl {

enum class TextEncoding { kUtf8, kGb18030 };

// A file as a whole.
struct FileFacts {
  TextEncoding encoding = TextEncoding::kUtf8;
  // SHA-256 of its lines, in hexadecimal digits.
  std::string digest;
};

// Reads a file once. It is GB18030 where most lines beyond plain ASCII are no UTF-8.
// INVALID_ARGUMENT, reason CONFIG_INVALID, where it cannot be read.
absl::StatusOr<FileFacts> FactsOf(const std::string& path);

// A line in UTF-8. INVALID_ARGUMENT where it is not of that encoding.
absl::StatusOr<std::string> ToUtf8(TextEncoding encoding, std::string_view line);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_TEXT_ENCODING_H_
