# How the deploy scripts speak: progress on stdout, one clear line on stderr when something fails.

say() { printf '%s\n' "$*"; }

# Says what went wrong and ends the script. Traps of the caller still run.
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# step "what is being done" command…: runs the command with its output kept in a file; shows the time it took,
# or, where it fails, the last lines of that output, so that what the caller then says on stderr stays one line. A
# long step shows that it lives.
step() {
  local what=$1 output status started=$SECONDS
  shift
  output=$(mktemp)
  printf '  %-44s ' "$what"
  if [ -t 1 ]; then with_dots "$output" "$@"; else "$@" >"$output" 2>&1; fi
  status=$?
  if [ $status -eq 0 ]; then
    printf '%ds\n' $((SECONDS - started))
  else
    printf 'failed\n'
    tail -n 15 "$output"
  fi
  rm -f "$output"
  return $status
}

with_dots() {
  local output=$1 pid
  shift
  "$@" >"$output" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    [ $((SECONDS % 5)) -ne 0 ] || printf '.'
  done
  wait "$pid"
}
