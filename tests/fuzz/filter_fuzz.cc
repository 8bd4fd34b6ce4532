// Whatever a caller filters by, the SQL made of it has as many places as values, and none of the
// caller's text.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/paging/filter.h"
#include "qinglian/organization/v1/organization.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<std::string_view, 6> kFields = {
      "display_name", "kind", "division", "parent", "create_time", "founding_date"};
  static const auto& plan =
      qinglian::record::Plan::Of(qinglian::organization::v1::Organization::descriptor());
  const std::string_view filter(reinterpret_cast<const char*>(data), size);
  auto condition = qinglian::paging::ParseFilter(plan, kFields, filter);
  if (!condition.ok()) return 0;
  const auto places = std::count(condition->sql.begin(), condition->sql.end(), '?');
  if (static_cast<size_t>(places) != condition->values.size()) abort();
  if (condition->sql.find_first_of("'\";\\") != std::string::npos) abort();
  return 0;
}
