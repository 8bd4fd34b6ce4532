#include "services/organization/division_edition_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace qinglian::organization {
namespace {

using Change = v1::DivisionEditionChange;

bool IsCode(std::string_view code) {
  return !code.empty() && code.size() <= 12 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

absl::Status CheckRows(const v1::DivisionEdition& edition,
                       const v1::AddDivisionEditionRowsRequest& request) {
  status::FieldViolations violations;
  for (int i = 0; i < request.rows_size(); ++i) {
    const auto& row = request.rows(i);
    const std::string path = absl::StrCat("rows[", i, "]");
    const v1::Division& division = row.division();
    CheckDivision(division, path + ".division", violations);
    if (!division.name().starts_with(edition.division())) {
      violations.Add(path + ".division.name", "WITHIN_EDITION",
                     "the code does not lie within the edition's division",
                     "区划不在本版本覆盖范围内");
    }
    if (division.vintage() != 0 && division.vintage() != edition.vintage()) {
      violations.Add(path + ".division.vintage", "EDITION_VINTAGE",
                     "the vintage is not the edition's", "年份与版本年份不一致");
    }
    for (int j = 0; j < row.former_codes_size(); ++j) {
      if (IsCode(row.former_codes(j)) &&
          !division.name().ends_with(absl::StrCat("/", row.former_codes(j))))
        continue;
      violations.Add(absl::StrCat(path, ".former_codes[", j, "]"), "DIVISION_CODE",
                     "a former code is the code of another division", "原代码须为其他区划的代码");
    }
  }
  return violations.ToStatus();
}

std::vector<Change::Kind> KindsOf(const v1::Division* before, const v1::Division& after,
                                  bool recoded) {
  if (after.state() == v1::Division::STATE_RETIRED) return {Change::KIND_RETIRED};
  if (after.state() == v1::Division::STATE_MERGED)
    return {recoded ? Change::KIND_MOVED : Change::KIND_MERGED};
  if (before == nullptr || before->state() != v1::Division::STATE_ACTIVE)
    return {Change::KIND_ADDED};
  std::vector<Change::Kind> kinds;
  if (before->display_name() != after.display_name()) kinds.push_back(Change::KIND_RENAMED);
  if (before->parent() != after.parent() || before->level() != after.level())
    kinds.push_back(Change::KIND_MOVED);
  return kinds;
}

void Count(const Change& change, v1::DivisionEdition::Counts& counts) {
  for (const int kind : change.kinds()) {
    switch (kind) {
      case Change::KIND_ADDED:
        counts.set_added(counts.added() + 1);
        break;
      case Change::KIND_RENAMED:
        counts.set_renamed(counts.renamed() + 1);
        break;
      case Change::KIND_MOVED:
        counts.set_moved(counts.moved() + 1);
        break;
      case Change::KIND_MERGED:
        counts.set_merged(counts.merged() + 1);
        break;
      case Change::KIND_RETIRED:
        counts.set_retired(counts.retired() + 1);
        break;
      default:
        break;
    }
  }
  if (change.after().state() != v1::Division::STATE_ACTIVE)
    counts.set_organizations(counts.organizations() + change.organization_count());
}

}  // namespace qinglian::organization
