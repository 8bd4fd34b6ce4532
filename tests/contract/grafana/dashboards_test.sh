#!/usr/bin/env bash
# The dashboards that are committed are those that their source makes, with types that the SDK of Grafana accepts.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
. "$root/tests/lib/check.sh"

TheCommittedDashboardsAreUpToDate() {
  expect "the build" "$root/deploy/grafana/build" "$scratch/made"
  expect "run deploy/grafana/build, and commit" diff -r "$root/deploy/grafana/dashboards" "$scratch/made"
}

APanelThatTheSdkDoesNotKnowIsRefused() {
  cp -r "$root/deploy/grafana" "$scratch/grafana"
  ln -s "$root/deploy/lib" "$scratch/lib"
  ln -s "$root/deploy/packages" "$scratch/packages"
  sed -i 's/\.tags(\["qinglian"\])/.tags(1)/' "$scratch/grafana/panels.ts"
  expect_failure "a number for a list of tags" "is not assignable to parameter of type 'string\[\]'" \
    "$scratch/grafana/build" "$scratch/made"
}

EveryPanelHasATitleInChinese() {
  expect_equal "titles without Chinese" "" "$(node -e '
    for (const file of process.argv.slice(1))
      for (const panel of require(file).panels)
        if (!/\p{Script=Han}/u.test(panel.title)) console.log(panel.title)' "$root"/deploy/grafana/dashboards/*.json)"
}

run_tests TheCommittedDashboardsAreUpToDate APanelThatTheSdkDoesNotKnowIsRefused EveryPanelHasATitleInChinese
