// Forms of text that are more than a pattern, as predicates. All thread-safe; texts are valid
// UTF-8.
#ifndef QINGLIAN_COMMON_VALIDATE_FORMATS_H_
#define QINGLIAN_COMMON_VALIDATE_FORMATS_H_

#include <cstddef>
#include <string_view>

#include "qinglian/validate/v1/validate.pb.h"

namespace qinglian::validate {

// Unicode code points in `text`.
size_t Length(std::string_view text);

// Whether `text` has the form. True for FORMAT_UNSPECIFIED.
bool HasFormat(v1::Format format, std::string_view text);

// GB 32100-2015: 18 of 0-9 and A-Z without I, O, S, V, Z, the third to eighth digits, the last the
// check character over the others.
bool IsCreditCode(std::string_view text);

// GB 11643-1999: 17 digits, of which the seventh to the fourteenth are a day that exists (1800 to
// 2199), and the check character (ISO 7064 MOD 11-2) over them, X in upper case.
bool IsIdentityNumber(std::string_view text);

}  // namespace qinglian::validate

#endif  // QINGLIAN_COMMON_VALIDATE_FORMATS_H_
