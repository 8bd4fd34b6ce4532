#!/usr/bin/env bash
# The registry of the demonstration: Zhejiang's real divisions, and organizations that an import can take as they come.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
. "$root/tests/lib/check.sh"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
generate=$root/deploy/data/generate
proto=$root/proto/qinglian/organization/v1/organization.proto

# rows FILE: without the header.
rows() { tail -n +2 "$out/$1"; }

at_level() { rows divisions.csv | awk -F, -v level="$1" '$3 == level' | wc -l; }

TheDivisionsAreThoseOfZhejiangIn2023() {
  expect_equal provinces 1 "$(at_level PROVINCE)"
  expect_equal cities 11 "$(at_level CITY)"
  expect_equal counties 90 "$(at_level COUNTY)"
  expect_equal townships 1364 "$(at_level TOWNSHIP)"
  expect_equal "the vintage" 2023 "$(rows divisions.csv | cut -d, -f5 | sort -u)"
}

EveryDivisionStandsAfterItsParent() {
  expect_equal "divisions before their parent" "" \
    "$(rows divisions.csv | awk -F, '$4 != "" && !($4 in seen) { print $1 } { seen[$1] }')"
}

ExternalIdentifiersAreUnique() {
  expect_equal "repeated identifiers" "" "$(rows organizations.csv | cut -d, -f1,2 | sort | uniq -d)"
}

NamesAreUnique() {
  expect_equal "repeated names" "" "$(rows organizations.csv | cut -d, -f3 | sort | uniq -d)"
}

WhateverARowRefersToStandsBeforeIt() {
  expect_equal "organizations before their superior or competent department" "" "$(rows organizations.csv |
    awk -F, '($8 != "" && !($8 in seen)) || ($9 != "" && !($9 in seen)) { print $2 } { seen[$2] }')"
}

ThereIsOneRoot() {
  expect_equal "roots" zj:33:party-committee "$(rows organizations.csv | awk -F, '$8 == "" { print $2 }')"
}

EveryDivisionOfAnOrganizationExists() {
  expect_equal "unknown divisions" "" \
    "$(comm -13 <(rows divisions.csv | cut -d, -f1 | sort) <(rows organizations.csv | cut -d, -f6 | sort -u))"
}

EveryOrganWithMembersHasAPartyBodyAndTwoOffices() {
  expect_equal "organs with other than three inner bodies" "" "$(rows organizations.csv |
    awk -F, '$5 == "PARTY_BODY" || $5 == "INTERNAL_OFFICE" { inner[$8]++ } END { for (o in inner) if (inner[o] != 3) print o }')"
  expect_equal "departments without inner bodies" "" "$(rows organizations.csv |
    awk -F, '$5 ~ /DEPARTMENT$/ { organ[$2] } { delete organ[$8] } END { for (o in organ) print o }')"
}

EveryKindIsOneOfTheContract() {
  expect_equal "unknown kinds" "" "$(comm -13 <(sed -n 's/^ *KIND_\([A-Z_]*\) = .*/\1/p' "$proto" | sort) \
    <(rows organizations.csv | cut -d, -f5 | sort -u))"
}

OrganizationsCarryTheirTrueNames() {
  local name
  for name in 浙江省财政厅 杭州市西湖区财政局 桐庐县财政局 杭州市公安局西湖分局 建德市公安局 \
    中共景宁畲族自治县委组织部 丽水市生态环境局景宁分局 浙江省宁波市中级人民法院 中共杭州市西湖区教育局机关委员会; do
    expect "$name" grep -qF ",$name," "$out/organizations.csv"
  done
}

TheSameInputMakesTheSameFiles() {
  expect "a second run" "$generate" "$scratch"
  expect "the same divisions" cmp "$out/divisions.csv" "$scratch/divisions.csv"
  expect "the same organizations" cmp "$out/organizations.csv" "$scratch/organizations.csv"
}

"$generate" "$out" || exit 1
run_tests TheDivisionsAreThoseOfZhejiangIn2023 EveryDivisionStandsAfterItsParent ExternalIdentifiersAreUnique \
  NamesAreUnique WhateverARowRefersToStandsBeforeIt ThereIsOneRoot EveryDivisionOfAnOrganizationExists \
  EveryOrganWithMembersHasAPartyBodyAndTwoOffices EveryKindIsOneOfTheContract OrganizationsCarryTheirTrueNames \
  TheSameInputMakesTheSameFiles
