// A text that must not be seen.
#ifndef QINGLIAN_COMMON_SEAL_SECRET_H_
#define QINGLIAN_COMMON_SEAL_SECRET_H_

#include <string>
#include <string_view>
#include <utility>

#include "common/crypto/crypto.h"

namespace qinglian::seal {

// A plaintext on its way between a request and the cipher. It cannot be printed, logged, compared
// or copied by accident, and what it held is overwritten when it goes. A value; used by one thread.
class Secret {
 public:
  Secret() = default;
  // Takes the text and leaves nothing of it behind.
  explicit Secret(std::string&& text) : text_(text) { crypto::Cleanse(text); }
  Secret(Secret&& other) noexcept : text_(other.text_) { crypto::Cleanse(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    crypto::Cleanse(text_);
    text_ = other.text_;
    crypto::Cleanse(other.text_);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { crypto::Cleanse(text_); }

  bool empty() const { return text_.empty(); }

  // The text itself, for as long as the secret lives. Whoever calls this answers for where it goes.
  std::string_view Reveal() const { return text_; }

 private:
  std::string text_;
};

}  // namespace qinglian::seal

#endif  // QINGLIAN_COMMON_SEAL_SECRET_H_
