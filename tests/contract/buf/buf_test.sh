#!/usr/bin/env bash
# The proto gate: the contract is in style and documented, and nothing that clients live on has gone.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
. "$root/tests/lib/check.sh"
buf=$root/deploy/packages/node_modules/.bin/buf
baseline=$root/proto/baseline.binpb

# A copy of the contract that a test may spoil. Google's protos are linked, as they are in the checkout.
copy_contract() {
  mkdir -p "$scratch/deploy/packages"
  cp -r "$root/proto" "$root/buf.yaml" "$scratch/"
  ln -s "$root/deploy/packages/node_modules" "$scratch/deploy/packages/node_modules"
}

EveryProtoIsInStyleAndDocumented() {
  cd "$root" && expect "buf lint finds nothing" "$buf" lint proto
  expect_equal "warnings of buf" "" "$(cat "$scratch/expect.out")"
}

NothingThatClientsLiveOnHasGone() {
  expect "a baseline to compare with (proto/renew-baseline makes it)" test -s "$baseline"
  cd "$root" && expect "no breaking change; one made on purpose is followed by proto/renew-baseline" \
    "$buf" breaking proto --against "$baseline"
}

AMessageThatLosesAFieldIsCaught() {
  copy_contract
  local file=$scratch/proto/qinglian/journal/v1/journal.proto
  sed -i -E '0,/^  [a-z][A-Za-z0-9_.]* [a-z_]+ = [0-9]+( \[.*\])?;/{//d}' "$file"
  cd "$scratch" && expect_failure "journal.proto lost its first field" "was deleted" \
    "$buf" breaking proto --against "$baseline"
}

AMethodWithoutACommentIsCaught() {
  copy_contract
  mkdir -p "$scratch/proto/qinglian/bare/v1"
  printf 'syntax = "proto3";\npackage qinglian.bare.v1;\nmessage Bare {}\n' >"$scratch/proto/qinglian/bare/v1/bare.proto"
  cd "$scratch" && expect_failure "a message has no comment" 'should have a non-empty comment' "$buf" lint proto
}

run_tests EveryProtoIsInStyleAndDocumented NothingThatClientsLiveOnHasGone AMessageThatLosesAFieldIsCaught \
  AMethodWithoutACommentIsCaught
