#!/usr/bin/env bash
# The C++ of the house is laid out as .clang-format says, so that a change shows what changed.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
. "$root/tests/lib/check.sh"

EveryFileIsLaidOutAsClangFormatWouldDoIt() {
  cd "$root" && expect "clang-format -i on the files named finds nothing to do" \
    sh -c 'find common services tests \( -name "*.cc" -o -name "*.h" \) -print0 |
           xargs -0 -P "$(nproc)" -n 40 clang-format --dry-run --Werror --ferror-limit=1'
}

AFileOutOfStyleIsCaught() {
  cp "$root/.clang-format" "$scratch/"
  printf 'int  x ;\n' >"$scratch/wrong.cc"
  expect_failure "two spaces" "wrong.cc:1" clang-format --dry-run --Werror "$scratch/wrong.cc"
}

run_tests EveryFileIsLaidOutAsClangFormatWouldDoIt AFileOutOfStyleIsCaught
