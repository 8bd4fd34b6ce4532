// Tokens of feeds and histories: encrypted and authenticated, so that they are opaque and nobody
// makes his own.
#ifndef QINGLIAN_COMMON_JOURNAL_RESUME_TOKEN_H_
#define QINGLIAN_COMMON_JOURNAL_RESUME_TOKEN_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/journal/resume_token.pb.h"
#include "google/protobuf/message_lite.h"

namespace qinglian::journal {

// Seals messages into URL-safe text for one purpose, and opens what it sealed. Thread-safe.
class TokenSealer {
 public:
  // `key` as of LoadKey; tokens of one purpose do not open for another.
  TokenSealer(std::string_view key, std::string_view purpose);

  std::string Seal(const google::protobuf::MessageLite& token) const;
  // False where `text` was not sealed with this key for this purpose, or a single bit of it
  // differs.
  bool Open(std::string_view text, google::protobuf::MessageLite& token) const;

 private:
  const std::string key_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_RESUME_TOKEN_H_
