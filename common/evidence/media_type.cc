#include "common/evidence/media_type.h"

#include <algorithm>

namespace qinglian::evidence {
namespace {

using std::string_view_literals::operator""sv;

struct Signature {
  std::string_view media_type;
  // What the content begins with at `offset`; empty for text.
  std::string_view bytes;
  size_t offset = 0;
};

constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kOle = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

// A type with several signatures stands several times.
constexpr Signature kSignatures[] = {
    {"application/pdf", "%PDF-"},
    // GB/T 33190, the layout format of official documents.
    {"application/ofd", kZip},
    {"application/zip", kZip},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", kZip},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", kZip},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", kZip},
    {"application/msword", kOle},
    {"application/vnd.ms-excel", kOle},
    {"application/vnd.ms-powerpoint", kOle},
    {"image/png", "\x89PNG\r\n\x1A\n"},
    {"image/jpeg", "\xFF\xD8\xFF"},
    {"image/tiff", "II*\0"sv},
    {"image/tiff", "MM\0*"sv},
    {"audio/mpeg", "ID3"},
    {"audio/mpeg", "\xFF\xFB"},
    {"audio/wav", "WAVE", 8},
    {"video/mp4", "ftyp", 4},
    {"text/plain", ""},
    {"text/csv", ""},
};

bool Matches(const Signature& signature, std::string_view head) {
  if (signature.bytes.empty()) return head.find('\0') == std::string_view::npos;
  return head.size() >= signature.offset + signature.bytes.size() &&
         head.substr(signature.offset, signature.bytes.size()) == signature.bytes;
}

}  // namespace

std::vector<std::string_view> TakenMediaTypes() {
  std::vector<std::string_view> types;
  for (const Signature& signature : kSignatures) {
    if (types.empty() || types.back() != signature.media_type)
      types.push_back(signature.media_type);
  }
  return types;
}

bool IsTaken(std::string_view media_type) {
  return std::any_of(std::begin(kSignatures), std::end(kSignatures),
                     [media_type](const Signature& s) { return s.media_type == media_type; });
}

bool LooksLike(std::string_view media_type, std::string_view head) {
  return std::any_of(std::begin(kSignatures), std::end(kSignatures), [&](const Signature& s) {
    return s.media_type == media_type && Matches(s, head);
  });
}

}  // namespace qinglian::evidence
