// Ids that are codes given from outside, such as the "3301" of "divisions/3301".
#ifndef QINGLIAN_COMMON_ID_CODE_H_
#define QINGLIAN_COMMON_ID_CODE_H_

#include <string_view>

namespace qinglian::id {

// 1 to 64 of `0-9A-Za-z_-`. A UUID is a code too. Thread-safe.
bool IsCode(std::string_view text);

}  // namespace qinglian::id

#endif  // QINGLIAN_COMMON_ID_CODE_H_
