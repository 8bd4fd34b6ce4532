#include "services/ctl/text_encoding.h"

#include <iconv.h>
#include <utf8proc.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "services/ctl/context.h"

namespace qinglian::ctl {
namespace {

// The most bytes that a character takes.
constexpr size_t kLongest = 4;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

bool IsUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (size_t done = 0; done < text.size();) {
    utf8proc_int32_t character = 0;
    const auto size = utf8proc_iterate(
        bytes + done, static_cast<utf8proc_ssize_t>(text.size() - done), &character);
    if (size < 1) return false;
    done += static_cast<size_t>(size);
  }
  return true;
}

}  // namespace

absl::StatusOr<FileFacts> FactsOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  crypto::Sha256Stream digest;
  // Lines that are not plain ASCII: by chance one of GB18030 may look like UTF-8, but not most.
  int64_t utf8 = 0, others = 0;
  std::string line;
  while (std::getline(file, line)) {
    digest.Add(line);
    digest.Add("\n");
    if (IsAscii(line)) continue;
    ++(IsUtf8(line) ? utf8 : others);
  }
  if (!file.eof()) return Usage(absl::StrCat("cannot read ", path));
  return FileFacts{.encoding = others > utf8 ? TextEncoding::kGb18030 : TextEncoding::kUtf8,
                   .digest = absl::BytesToHexString(digest.Finish())};
}

absl::StatusOr<std::string> ToUtf8(TextEncoding encoding, std::string_view line) {
  if (encoding == TextEncoding::kUtf8) {
    if (!IsUtf8(line)) return absl::InvalidArgumentError("not UTF-8, as most of the file is");
    return std::string(line);
  }
  const iconv_t converter = iconv_open("UTF-8", "GB18030");
  if (converter == reinterpret_cast<iconv_t>(-1))
    return Usage("this system does not know the encoding GB18030");
  // No character takes more bytes than that.
  std::string text(line.size() * 2 + kLongest, '\0');
  std::string input(line);
  char* in = input.data();
  char* out = text.data();
  size_t in_left = input.size(), out_left = text.size();
  const bool converted =
      iconv(converter, &in, &in_left, &out, &out_left) != static_cast<size_t>(-1);
  iconv_close(converter);
  if (!converted) return absl::InvalidArgumentError("not GB18030, as most of the file is");
  text.resize(text.size() - out_left);
  return text;
}

}  // namespace qinglian::ctl
