// UUIDs (RFC 9562): made by the server, 16 bytes in the schema, lower-case text on the wire.
#ifndef QINGLIAN_COMMON_ID_UUID_H_
#define QINGLIAN_COMMON_ID_UUID_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace qinglian::id {

// A value of 16 bytes, ordered bytewise; UUIDs of version 7 therefore order by time. The default is
// nil.
class Uuid {
 public:
  static constexpr size_t kSize = 16;

  constexpr Uuid() = default;

  // Version 7 of the millisecond of `now`, the rest random: the primary key of most resources. Two
  // of the same millisecond have no order. A time before 1970 counts as 1970. Thread-safe.
  static Uuid NewV7(absl::Time now);
  // Version 4, all random: for what must not tell when it was made. Thread-safe.
  static Uuid NewV4();
  // Version 5, a function of its arguments: for what must be the same when computed again.
  static Uuid V5(const Uuid& ns, std::string_view name);

  // 36 characters, hexadecimal in lower case, dashes in place, of any version; everything else is
  // INVALID_ARGUMENT, reason UUID_INVALID.
  static absl::StatusOr<Uuid> Parse(std::string_view text);
  // Exactly 16 bytes, as Bytes() gives them; INVALID_ARGUMENT, reason UUID_INVALID, otherwise.
  static absl::StatusOr<Uuid> FromBytes(std::string_view bytes);

  // "0192d3a4-…", lower case.
  std::string ToString() const;
  // The 16 bytes, for BINARY(16).
  std::string Bytes() const;

  // 0 to 15; 7, 4 or 5 of what is made here.
  int version() const { return bytes_[6] >> 4; }
  bool is_nil() const { return *this == Uuid(); }
  // When a version 7 was made, to the millisecond; meaningless for the others.
  absl::Time time() const;

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  friend bool operator==(const Uuid&, const Uuid&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const Uuid& uuid) {
    return H::combine(std::move(state), uuid.bytes_);
  }
  friend std::ostream& operator<<(std::ostream& out, const Uuid& uuid) {
    return out << uuid.ToString();
  }

 private:
  void SetVersion(int version);

  std::array<uint8_t, kSize> bytes_ = {};
};

}  // namespace qinglian::id

#endif  // QINGLIAN_COMMON_ID_UUID_H_
