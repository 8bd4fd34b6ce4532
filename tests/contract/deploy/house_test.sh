#!/usr/bin/env bash
# An installation from the first `up` to `down --purge`, in a checkout of its own: what a new user does, in order.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
. "$root/tests/lib/check.sh"
. "$root/tests/contract/deploy/installation.sh"

# copy_checkout FOLDER: the sources as they are here, built nowhere. The npm packages are linked.
copy_checkout() {
  mkdir -p "$1"
  tar -C "$root" --exclude='./build*' --exclude=./.data --exclude=node_modules -cf - . | tar -C "$1" -xf -
  ln -s "$root/deploy/packages/node_modules" "$1/deploy/packages/node_modules"
}

# A checkout and an installation of it, which the end of the test forgets.
new_house() {
  house=$scratch/house data=$scratch/data port=$(free_port)
  copy_checkout "$house"
  trap '"$house/deploy/down" --data "$data" --purge >/dev/null' EXIT
}

ctl() { "$house/build/services/ctl/qlctl" "--config=$data/qlctl.conf" "$@"; }

running() { pgrep -f "$data" | sort | tr '\n' ' '; }

UpTwiceDownAndUpAgainKeepTheDataAndPurgeForgetsIt() {
  local begun line
  new_house
  expect "a first up" "$house/deploy/up" --data "$data" --port "$port" --no-demo
  cp "$scratch/expect.out" "$scratch/said"
  for line in "edge           127.0.0.1:$port" "gateway        unix:$data/run/gateway.sock" "journal verify risk" "Stop: deploy/down --data $data"; do
    expect "up ends with: $line" grep -qF -- "$line" "$scratch/said"
  done
  expect "divisions are registered" ctl import divisions "$root/tests/flow/year/divisions.csv"
  begun=$(running)
  expect "a second up" "$house/deploy/up" --data "$data"
  expect_equal "processes after a second up" "$begun" "$(running)"
  expect_equal "what other machines reach" "" "$(beyond_loopback)"
  sleep 1 # until the sequencer has given the last change its position
  expect "the journal, verified as up says" eval "${house}/$(grep -A1 'journal verify risk' "$scratch/said" |
    sed 's/risk/organization/g; s/^ *[^ ]*build/build/; s/\\$//' | tr '\n' ' ')"
  expect "down" "$house/deploy/down" --data "$data"
  expect_nothing_running
  expect "up after down" "$house/deploy/up" --data "$data"
  expect "what was registered is there" ctl get divisions/33
  expect "down --purge" "$house/deploy/down" --data "$data" --purge
  expect_nothing_running
  expect_equal "the data" "" "$(ls "$data" 2>/dev/null)"
}

AServiceThatDoesNotStartIsSaidAndNothingIsLeftRunning() {
  new_house
  mkdir -p "$data/secrets"
  echo "no key" >"$data/secrets/review.key"
  expect_one_line "review did not start: .*key" "$house/deploy/up" --data "$data" --port "$port" --no-demo
  expect_nothing_running
}

TheTestsAreBuiltAlsoWhereUpConfiguredWithoutThem() {
  new_house
  (
    . "$house/deploy/lib/say.sh"
    . "$house/deploy/lib/build.sh"
    root=$house
    configure "$house/build" -DQINGLIAN_TESTS=OFF
  ) >/dev/null
  expect "the unit tests" "$house/tests/run" unit
}

run_tests UpTwiceDownAndUpAgainKeepTheDataAndPurgeForgetsIt AServiceThatDoesNotStartIsSaidAndNothingIsLeftRunning \
  TheTestsAreBuiltAlsoWhereUpConfiguredWithoutThem
