#include "common/config/config.h"

namespace qinglian::config {

// Alone in its file, so that a new version compiles nothing else anew.
std::string_view Version() { return QINGLIAN_VERSION; }

}  // namespace qinglian::config
