# For tests written in bash. A test is a function named as the sentence of what holds; `run_tests` runs each in a
# shell of its own with a scratch directory $scratch, and ends with how many passed and failed.

# expect "why" command…: the command must succeed.
expect() {
  local why=$1
  shift
  "$@" >"$scratch/expect.out" 2>&1 && return 0
  printf '    %s\n' "expected: $why" >&2
  tail -n 20 "$scratch/expect.out" >&2
  exit 1
}

# expect_failure "why" PATTERN command…: the command must fail and say a line that matches the pattern.
expect_failure() {
  local why=$1 pattern=$2
  shift 2
  if "$@" >"$scratch/expect.out" 2>&1; then
    printf '    expected a failure: %s\n' "$why" >&2
    exit 1
  fi
  grep -Eq -- "$pattern" "$scratch/expect.out" && return 0
  printf '    expected a line like /%s/: %s; got:\n' "$pattern" "$why" >&2
  tail -n 20 "$scratch/expect.out" >&2
  exit 1
}

# expect_equal "what" WANTED GOT
expect_equal() {
  [ "$2" = "$3" ] && return 0
  printf '    %s: wanted %s, got %s\n' "$1" "$2" "$3" >&2
  exit 1
}

# run_tests FUNCTION…
run_tests() {
  local test passed=0 failed=0
  for test in "$@"; do
    scratch=$(mktemp -d)
    if ("$test"); then
      passed=$((passed + 1))
      printf 'ok      %s\n' "$test"
    else
      failed=$((failed + 1))
      printf 'FAILED  %s\n' "$test"
    fi
    rm -rf "$scratch"
  done
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}
