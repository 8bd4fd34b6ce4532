#!/usr/bin/env bash
# The whole system from images of this commit, in podman as the chart's pods have it, and what flows through its edge. Wants
# root, as podman does here. QINGLIAN_TEST_IMAGES: tests/image/engine.sh.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for part in say layout database; do . "$root/deploy/lib/$part.sh"; done
. "$root/tests/lib/check.sh"
. "$root/tests/image/engine.sh"
. "$root/tests/image/house.sh"

expect_root
[ -n "${QINGLIAN_TEST_MACHINE-}" ] || "$root/deploy/install" run build test image containers || exit 1
on_a_machine_of_its_own "$0" "$@"
data=$(mktemp -d)
trap forget_house EXIT

prepare() {
  build_images
  prepare_machine
  prepare_engine
  load_images "$images"
  start_mysql
  make_secrets >/dev/null && make_callers >/dev/null && make_schemas
  node "$root/tests/image/pods.mjs" "$data" "$NODE" --values "$root/tests/image/values.yaml" --set "mysql.host=$NODE" ||
    fail "the chart does not render"
  start_names
  start_house
}

pid_of() { engine inspect --format '{{.State.Pid}}' "$1-$1"; }
status_of() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$(pid_of "$1")/status"; }

EveryProcessIsNobodyInParticularAndCanBecomeNobodyElse() {
  local name
  for name in "${PROCESSES[@]}"; do
    expect_equal "the user of $name" 65532 "$(status_of "$name" Uid)"
    expect_equal "what $name is capable of" 0000000000000000 "$(status_of "$name" CapEff)"
    expect_equal "what it could be" 0000000000000000 "$(status_of "$name" CapBnd)"
    expect_equal "whether $name can gain rights" 1 "$(status_of "$name" NoNewPrivs)"
    expect_equal "whether the calls of $name to the kernel are filtered" 2 "$(status_of "$name" Seccomp)"
    expect_equal "the root of $name" ro "$(awk '$5 == "/" { print $6 }' "/proc/$(pid_of "$name")/mountinfo" | cut -d, -f1)"
  done
}

TheYearIsToldThroughTheEdgeAndTellingItAgainChangesNothing() {
  local service before=() after=()
  expect "divisions" qlctl import divisions "$root/tests/flow/year/divisions.csv"
  expect "organizations" qlctl import organizations "$root/tests/flow/year/organizations.csv"
  expect "the year" qlctl demo year "--demonstration_clock=$data/demonstration/clock"
  for service in "${SERVICES[@]}"; do before+=("$(changes_of "$service")"); done
  expect "there is something" [ "${before[1]}" -gt 10 ]
  expect "the year again" qlctl demo year "--demonstration_clock=$data/demonstration/clock"
  for service in "${SERVICES[@]}"; do after+=("$(changes_of "$service")"); done
  expect_equal "changes in the journals" "${before[*]}" "${after[*]}"
}

# Of resources alone: that somebody was shown or refused something is on record too.
changes_of() { echo "SELECT COUNT(DISTINCT resource, version) FROM qinglian_$1.journal WHERE version > 0" | sql; }

TheGuidesExamplesDoWhatItSays() { expect "the examples" env "QINGLIAN_TEST_HOUSE=$data" "$root/tests/contract/examples/examples_test.sh"; }

NobodyIsHeardWithoutAMark() {
  local name
  for name in gateway "${SERVICES[@]}"; do
    expect_failure "$name, in clear" 'UNAVAILABLE' ctl "--address=$(host_of "$name"):7200" --timeout=5s health
  done
  expect_failure "nobody known, at the edge" 'CALLER_MISSING' ctl "--address=$(host_of edge):8443" "--edge_ca=$data/made/outside/ca.pem" list organizations
}

# Last: who is gone stays gone. The container is told, and its pod keeps its network until it has left.
EachLeavesInGoodOrderWhenItIsAskedTo() {
  local name
  for name in edge gateway "${SERVICES[@]}"; do
    expect "$name stops" engine stop --time 45 "$name-$name"
    expect_equal "the exit code of $name" 0 "$(engine inspect --format '{{.State.ExitCode}}' "$name-$name")"
  done
}

prepare
run_tests EveryProcessIsNobodyInParticularAndCanBecomeNobodyElse TheYearIsToldThroughTheEdgeAndTellingItAgainChangesNothing \
  TheGuidesExamplesDoWhatItSays NobodyIsHeardWithoutAMark EachLeavesInGoodOrderWhenItIsAskedTo
