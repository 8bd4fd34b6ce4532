#include "services/organization/division_rules.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace qinglian::organization {
namespace {

constexpr std::string_view kPrefix = "divisions/";
// Digits of a code at each level, from the province down.
constexpr size_t kDigits[] = {0, 2, 4, 6, 9, 12};

bool IsCode(std::string_view code, v1::Division::Level level) {
  return code.size() == kDigits[level] &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view DivisionCodeOf(std::string_view name) {
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : std::string_view();
}

std::string DivisionNameOf(std::string_view code) {
  return code.empty() ? std::string() : std::string(kPrefix).append(code);
}

size_t CodeLengthOf(v1::Division::Level level) {
  return level >= 0 && level <= v1::Division::LEVEL_VILLAGE ? kDigits[level] : 0;
}

void CheckDivision(const v1::Division& division, const std::string& path,
                   status::FieldViolations& violations) {
  const std::string_view name = division.name();
  const std::string_view code = DivisionCodeOf(name);
  const bool level_known = division.level() >= 1 && division.level() <= 5;
  if (!level_known || !IsCode(code, division.level())) {
    violations.Add(path + ".name", "DIVISION_CODE",
                   "the code does not have the digits of its level", "区划代码位数与层级不符");
    return;
  }
  const std::string_view parent = division.parent();
  const bool root = division.level() == v1::Division::LEVEL_PROVINCE;
  const bool placed =
      root ? parent.empty()
           : parent.starts_with(kPrefix) && parent.size() < name.size() && name.starts_with(parent);
  if (!placed) {
    violations.Add(path + ".parent", "DIVISION_PARENT", "the code does not begin with its parent's",
                   "区划代码与上级区划代码不一致");
  }
}

absl::Status CheckDivisions(const v1::ImportDivisionsRequest& request) {
  status::FieldViolations violations;
  for (int i = 0; i < request.divisions_size(); ++i)
    CheckDivision(request.divisions(i), absl::StrCat("divisions[", i, "]"), violations);
  return violations.ToStatus();
}

}  // namespace qinglian::organization
