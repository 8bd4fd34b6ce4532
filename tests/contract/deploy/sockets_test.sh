#!/usr/bin/env bash
# Of a whole installation only the edge can be reached from other machines, and that only where it is told to listen there;
# and whoever reaches it finds a gateway behind it.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
. "$root/tests/lib/check.sh"
. "$root/tests/contract/deploy/installation.sh"

OnlyTheEdgeListensBeyondLoopbackAndThatWhereItIsToldTo() {
  port=$(free_port) data=$scratch/data
  trap '"$root/deploy/down" --data "$data" --purge >/dev/null' EXIT
  expect "an installation that others reach" "$root/deploy/up" --data "$data" --port "$port" --listen 0.0.0.0 --no-demo
  expect_equal "gateways that the edge missed" "" "$(grep 'is DOWN' "$data/log/edge.log")"
  expect_equal "what others reach" "haproxy 0.0.0.0:$port" "$(beyond_loopback)"
  expect "one that nobody else reaches" "$root/deploy/up" --data "$data" --listen 127.0.0.1
  expect_equal "what others reach" "" "$(beyond_loopback)"
  expect "the edge on loopback" grep -qxF "haproxy 127.0.0.1:$port" "$scratch/listening"
}

run_tests OnlyTheEdgeListensBeyondLoopbackAndThatWhereItIsToldTo
