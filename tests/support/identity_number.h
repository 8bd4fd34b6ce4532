// Identity numbers that are valid and nobody's: of a region that there is not.
#ifndef QINGLIAN_TESTS_SUPPORT_IDENTITY_NUMBER_H_
#define QINGLIAN_TESTS_SUPPORT_IDENTITY_NUMBER_H_

#include <string>

#include "absl/strings/str_cat.h"

namespace qinglian::test {

// What all of them begin with.
inline constexpr char kIdentityNumberPrefix[] = "99000019700101";

// `serial`: 0 to 999.
inline std::string IdentityNumberOf(int serial) {
  std::string number = absl::StrCat(kIdentityNumberPrefix, absl::Dec(serial, absl::kZeroPad3));
  // GB 11643: weights are powers of 2 modulo 11, from the right.
  int sum = 0;
  int weight = 1;
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit) {
    weight = weight * 2 % 11;
    sum += (*digit - '0') * weight;
  }
  return number + "10X98765432"[sum % 11];
}

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_IDENTITY_NUMBER_H_
