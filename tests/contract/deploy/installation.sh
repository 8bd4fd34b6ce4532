# What tests of installations have in common. Wants check.sh; an installation lies in $scratch/data.

# expect_one_line PATTERN command…: it fails, with that one line on stderr.
expect_one_line() {
  local pattern=$1
  shift
  if "$@" >"$scratch/out" 2>"$scratch/err" </dev/null; then
    echo "    expected a failure: $*" >&2
    exit 1
  fi
  expect_equal "lines on stderr ($(head -c 600 "$scratch/err"))" 1 "$(wc -l <"$scratch/err")"
  grep -Eq -- "$pattern" "$scratch/err" || expect_equal "the line" "/$pattern/" "$(cat "$scratch/err")"
}

# Every process of the installation has its folder on the command line.
expect_nothing_running() {
  echo "$scratch/data" >"$scratch/folder" # by file, or the search finds itself
  expect_equal "processes left" "" "$(grep -lsaF -f "$scratch/folder" /proc/[0-9]*/cmdline | tr '\n' ' ')"
}

# Prints a port of which neither it nor those that an installation takes with it are in use.
free_port() {
  local port taken
  for ((port = 20000 + RANDOM % 20000; ; port += 211)); do
    for taken in 0 100 101 102 103 104 105 106 107 108 109 110; do
      (exec 3<>"/dev/tcp/127.0.0.1/$((port + taken))") 2>/dev/null && continue 2
    done
    echo "$port" && return
  done
}

# occupy PORT: until the test ends.
occupy() {
  node -e 'require("net").createServer().listen(+process.argv[1], "127.0.0.1", () => console.log("listening"))' "$1" \
    >"$scratch/occupied" &
  occupant=$!
  trap 'kill $occupant' EXIT
  until grep -qs listening "$scratch/occupied"; do sleep 0.05; done
}

# beyond_loopback: where the installation in $data listens that other machines reach, a line "program address:port" each.
# All it listens on is left in $scratch/listening, of every program that it consists of.
beyond_loopback() {
  local program
  "$root/tests/contract/deploy/listening.py" "$data" >"$scratch/listening" || return 1
  for program in gateway haproxy mariadbd organization review risk supervision; do
    grep -q "^$program " "$scratch/listening" || echo "$program listens nowhere"
  done
  grep -vE ' (127\.[0-9.]+:[0-9]+|::1:[0-9]+|unix:.*)$' "$scratch/listening"
}
