#!/usr/bin/env bash
# What an operator gets wrong, and what a service makes of it. What it can never work with ends it at once, with one
# line; what may come right again keeps it waiting, not ready, with one line in the log and a metric, until it does.
# Nothing is damaged by either: the journal verifies.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for part in say layout database; do . "$root/deploy/lib/$part.sh"; done
. "$root/tests/lib/check.sh"

data=$(mktemp -d)
pid=''
leave() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
  "$root/deploy/mysql/server" stop "$data/mysql"
  for small in "$data/small" "$data/mysql"; do mountpoint -q "$small" && umount "$small"; done
  rm -rf "$data"
}
trap leave EXIT

choose_ports() {
  mapfile -t port_of < <(python3 -c 'import socket
held = [socket.socket() for _ in range(3)]
for one in held: one.bind(("127.0.0.1", 0)); print(one.getsockname()[1])')
}

# prepare [OPTION]: a server, with that option, and a schema on it.
prepare() {
  mkdir -p "$data/secrets" "$data/checkpoints" "$data/small"
  "$root/deploy/mysql/server" start "$data/mysql" durability=relaxed "$@" || exit 1
  use_private_server
  make_secret "$(identity_key_file)" 32
  ctl seal make-key "$(sealing_key_file)" >/dev/null || exit 1
  make_schema organization
  migrate organization
  grant_tables organization
  choose_ports
}

# options [OPTION…]: the command line of the service; what is said here comes last and counts.
options() {
  printf '%s\n' serve "--listen=127.0.0.1:${port_of[0]}" "--health_address=127.0.0.1:${port_of[1]}" \
    "--metrics_address=127.0.0.1:${port_of[2]}" "--mysql=$(service_url qinglian_organization qinglian_organization)" \
    "--key_file=$(key_file organization)" "--identity_key_file=$(identity_key_file)" \
    "--sealing_key_file=$(sealing_key_file)" "--checkpoint_dir=$data/checkpoints" "$@"
}

# expect_refused PATTERN OPTION…: the service ends at once, with that one line.
expect_refused() {
  local pattern=$1 command status
  shift
  mapfile -t command < <(options "$@")
  timeout 20 "$(binary_of organization)" "${command[@]}" >"$scratch/out" 2>&1 </dev/null
  status=$?
  [ $status -ne 0 ] && [ $status -lt 124 ] || expect_equal "how it ended ($(head -c 600 "$scratch/out"))" "a failure" "$status"
  expect_equal "lines ($(head -c 600 "$scratch/out"))" 1 "$(wc -l <"$scratch/out")"
  grep -Eq -- "^organization: .*$pattern" "$scratch/out" || expect_equal "the line" "/$pattern/" "$(cat "$scratch/out")"
}

# start [VARIABLE=VALUE…] [OPTION…]
start() {
  local command environment=()
  while [[ ${1-} == [A-Z_]*=* ]]; do environment+=("$1") && shift; done
  mapfile -t command < <(options "$@")
  env "${environment[@]}" "$(binary_of organization)" "${command[@]}" >"$scratch/log" 2>&1 </dev/null &
  pid=$!
  echo $pid >"$scratch/pid"
  trap 'kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null' EXIT
}

health() { ctl "--address=127.0.0.1:${port_of[1]}" --timeout=2s health "$@" 2>/dev/null; }
is_ready() { [ "$(health)" = SERVING ]; }
is_not_ready() { [ "$(health)" = NOT_SERVING ]; }
metric() { curl -s "http://127.0.0.1:${port_of[2]}/metrics" | sed -n -E "s/^$1 //p"; }
obstacle() { metric "service_obstacle\\{.*obstacle=\"$1\".*\\}"; }

# eventually "what" command…: within half a minute, or $patience seconds.
eventually() {
  local what=$1 tick
  shift
  for ((tick = 0; tick < 5 * ${patience-30}; tick++)); do
    "$@" && return 0
    sleep 0.2
  done
  printf '    did not come about: %s\n' "$what" >&2
  tail -n 8 "$scratch/log" >&2
  exit 1
}

# expect_obstacle NAME PATTERN: it lives, is not ready, shows which obstacle it is, and has said so in one line.
expect_obstacle() {
  eventually "not ready, for $1" shown "$1" 1
  eventually "not ready" is_not_ready
  expect_equal "whether it lives" SERVING "$(health live)"
  expect_equal "lines of that ($(grep '"not ready' "$scratch/log"))" 1 "$(grep -c '"event":"not ready' "$scratch/log")"
  grep -Eq -- "\"severity\":\"ERROR\".*$2" "$scratch/log" || expect_equal "the line" "/$2/" "$(grep '"not ready' "$scratch/log")"
}

shown() { [ "$(obstacle "$1")" = "$2" ]; }

# expect_recovered NAME LINE
expect_recovered() {
  eventually "ready again" is_ready
  expect_equal "the obstacle $1" 0 "$(obstacle "$1")"
  expect_equal "lines that tell it is gone" 1 "$(grep -c "\"event\":\"$2\"" "$scratch/log")"
}

journal() {
  ctl journal verify organization "--mysql=$(service_url qinglian_organization qinglian_organization)" \
    "--checkpoint_dir=${1-$data/checkpoints}" "--key_file=$(key_file organization)"
}

stop_database() { "$root/deploy/mysql/server" stop "$data/mysql" || exit 1; }
start_database() { "$root/deploy/mysql/server" start "$data/mysql" durability=relaxed || exit 1; }

AWrongPasswordEndsItWithOneLine() {
  echo wrong >"$scratch/password"
  expect_refused 'refuses the user name or the password; correct them in the database URL or its password file. \(MySQL error 1045' \
    "--mysql=mysql://qinglian_organization@localhost/qinglian_organization?socket=$data/mysql/mysql.sock&password_file=$scratch/password"
}

AMissingSecretEndsItWithOneLineThatNamesTheFile() {
  local option
  for option in key_file identity_key_file sealing_key_file; do
    expect_refused "$scratch/none cannot be read" "--$option=$scratch/none"
  done
  expect_refused "$scratch/none cannot be read" \
    "--mysql=mysql://qinglian_organization@localhost/qinglian_organization?socket=$data/mysql/mysql.sock&password_file=$scratch/none"
  expect_refused 'checkpoint' "--checkpoint_dir=$scratch/none"
}

ACertificateOfAnotherAuthorityEndsItWithOneLine() {
  ctl certificate authority "--ca=$scratch/house" >/dev/null && ctl certificate authority "--ca=$scratch/other" >/dev/null || exit 1
  ctl certificate process organization "--ca=$scratch/other" "--out=$scratch/hop" >/dev/null || exit 1
  expect_refused "hop/organization.pem would be refused by whoever believes .*house/ca.pem" \
    "--hop_certificate_file=$scratch/hop/organization.pem" "--hop_key_file=$scratch/hop/organization.key" \
    "--hop_ca_file=$scratch/house/ca.pem"
}

ADatabaseThatIsAwayAtTheStartIsWaitedFor() {
  trap start_database EXIT
  stop_database
  start
  trap 'kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null; start_database' EXIT
  expect_obstacle database '"event":"not ready: the database cannot be used".*MySQL error 2002'
  start_database
  expect_recovered database 'the database can be used again'
  expect "the journal verifies" journal
}

WhoWaitsForItsDatabaseEndsWhenItIsTold() {
  trap start_database EXIT
  stop_database
  start
  trap 'kill -KILL $pid 2>/dev/null; start_database' EXIT
  expect_obstacle database 'MySQL error 2002'
  kill -TERM "$pid"
  wait "$pid"
  expect_equal "how it ended" 0 $?
}

ADatabaseThatGoesAwayIsWaitedFor() {
  start
  eventually ready is_ready
  trap 'kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null; start_database' EXIT
  stop_database
  expect_obstacle database '"event":"not ready: the database cannot be used"'
  start_database
  expect_recovered database 'the database can be used again'
  expect "the journal verifies" journal
}

APasswordThatIsChangedBehindItsBackIsSaid() {
  local old
  old=$(cat "$(password_file qinglian_organization)")
  start
  eventually ready is_ready
  {
    echo "ALTER USER qinglian_organization@localhost IDENTIFIED BY 'another';"
    echo 'KILL USER qinglian_organization@localhost;'
  } | sql || exit 1
  expect_obstacle database 'refuses the user name or the password'
  echo "ALTER USER qinglian_organization@localhost IDENTIFIED BY '$old';" | sql
  expect_recovered database 'the database can be used again'
}

ADatabaseThatTakesNoWritesIsSaid() {
  start
  eventually ready is_ready
  # As a server on a full disk: it answers, and lets nobody write.
  echo 'FLUSH TABLES WITH READ LOCK; SELECT SLEEP(20);' | sql >/dev/null 2>&1 &
  brake=$!
  trap 'kill -KILL $pid $brake 2>/dev/null; wait $pid 2>/dev/null' EXIT
  expect_obstacle journal '"event":"not ready: nothing is written to the journal".*its disk may be full'
  echo "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'" | sql | sql
  expect_recovered journal 'the journal is written to again'
  expect "the journal verifies" journal
}

AClockThatIsAnHourAheadIsSaid() {
  local library
  library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 | head -n 1)
  start "LD_PRELOAD=$library" FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1
  expect_obstacle clock '"event":"not ready: the clock is wrong".*it is 3(599|600|601) s ahead of the database'
  expect_equal "the difference in hours" 1 "$(metric 'service_clock_difference_seconds.*' | awk '{ print int($1 / 3600 + 0.5) }')"
  expect "the journal verifies" journal
}

AFullDiskOfCheckpointsIsSaid() {
  if ! mount -t tmpfs -o size=64k tmpfs "$data/small" 2>/dev/null; then
    echo "    (this user may not mount a small disk: not tried)"
    return
  fi
  dd if=/dev/zero of="$data/small/filler" bs=4k >/dev/null 2>&1
  start "--checkpoint_dir=$data/small"
  trap 'kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null; umount "$data/small"' EXIT
  expect_obstacle checkpoints '"event":"not ready: checkpoints of the journal cannot be written".*No space left'
  rm "$data/small/filler"
  expect_recovered checkpoints 'checkpoints of the journal are written again'
  expect "the journal verifies, by the checkpoints that were written" journal "$data/small"
}

# The server itself, on a disk that fills: it waits for room, and looks for it once a minute.
ADatabaseOnAFullDiskIsSaidAndGoesOnWhenThereIsRoom() {
  start
  eventually ready is_ready
  dd if=/dev/zero of="$data/mysql/filler" bs=64k >/dev/null 2>&1
  expect_obstacle journal '"event":"not ready: nothing is written to the journal".*its disk may be full'
  rm "$data/mysql/filler"
  patience=150 expect_recovered journal 'the journal is written to again'
  expect "the journal verifies" journal
}

# With what deploy/up gives its own server: the log for restores.
on_a_small_disk() {
  mkdir "$data/mysql"
  if ! mount -t tmpfs -o size=400m tmpfs "$data/mysql" 2>/dev/null; then
    echo "this user may not mount a small disk: not tried"
    exit 0
  fi
  prepare binlog=on
  run_tests ADatabaseOnAFullDiskIsSaidAndGoesOnWhenThereIsRoom
}

if [ "${1-}" = long ]; then
  on_a_small_disk
  exit
fi
prepare
run_tests AWrongPasswordEndsItWithOneLine AMissingSecretEndsItWithOneLineThatNamesTheFile \
  ACertificateOfAnotherAuthorityEndsItWithOneLine ADatabaseThatIsAwayAtTheStartIsWaitedFor \
  WhoWaitsForItsDatabaseEndsWhenItIsTold ADatabaseThatGoesAwayIsWaitedFor APasswordThatIsChangedBehindItsBackIsSaid \
  ADatabaseThatTakesNoWritesIsSaid AClockThatIsAnHourAheadIsSaid AFullDiskOfCheckpointsIsSaid
