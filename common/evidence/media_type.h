// The types of files that are taken as evidence, and what their content begins with.
#ifndef QINGLIAN_COMMON_EVIDENCE_MEDIA_TYPE_H_
#define QINGLIAN_COMMON_EVIDENCE_MEDIA_TYPE_H_

#include <string_view>
#include <vector>

namespace qinglian::evidence {

// Documents, pictures, recordings and text; nothing that a viewer would run. Thread-safe.
std::vector<std::string_view> TakenMediaTypes();
bool IsTaken(std::string_view media_type);

// Whether a file that begins with `head` (all of it, or its first 4,096 bytes) can be of the type,
// by its signature; text holds no zero bytes. False for a type that is not taken.
bool LooksLike(std::string_view media_type, std::string_view head);

}  // namespace qinglian::evidence

#endif  // QINGLIAN_COMMON_EVIDENCE_MEDIA_TYPE_H_
