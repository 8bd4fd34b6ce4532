#!/usr/bin/env bash
# What goes wrong when Qinglian is set up is said in one clear line, and leaves nothing running.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
. "$root/tests/lib/check.sh"
. "$root/tests/contract/deploy/installation.sh"
up=$root/deploy/up
down=$root/deploy/down

ATakenPortIsNamed() {
  local port
  port=$(free_port)
  occupy "$port"
  expect_one_line "port $port is taken" "$up" --data "$scratch/data" --port "$port" --no-demo
  expect_nothing_running
}

ATakenPortOfTheEdgesMetricsIsNamed() {
  local port
  port=$(free_port)
  occupy $((port + 105))
  expect_one_line "port $((port + 105)) is taken" "$up" "--data=$scratch/data" "--port=$port" --no-demo
  expect_nothing_running
}

ATakenPortOfMetricsIsNamed() {
  local port
  port=$(free_port)
  occupy $((port + 102))
  expect_one_line "port $((port + 102)) is taken" "$up" "--data=$scratch/data" "--port=$port" --no-demo
  expect_nothing_running
}

ATakenPortOfPrometheusIsNamedWhereItIsWanted() {
  local port
  port=$(free_port)
  occupy $((port + 109))
  expect_one_line "port $((port + 109)) is taken" "$up" "--data=$scratch/data" "--port=$port" --no-demo --prometheus
  expect_nothing_running
}

AWrongDatabasePasswordIsSaid() {
  local port
  port=$(free_port)
  "$root/deploy/mysql/server" start "$scratch/server" "$port" durability=relaxed || exit 1
  trap '"$root/deploy/mysql/server" stop "$scratch/server"' EXIT
  mariadb --no-defaults --socket="$scratch/server/mysql.sock" -e "CREATE USER admin@'%' IDENTIFIED BY 'another'"
  expect_one_line "refuses user 'admin': wrong name or password" \
    "$up" --data "$scratch/data" --port "$((port + 5))" --mysql "mysql://admin:s3cret@127.0.0.1:$port/" --no-demo
  expect_equal "the password in what was said" "" "$(cat "$scratch/out" "$scratch/err" | grep s3cret)"
  expect_nothing_running
}

ADatabaseThatDoesNotAnswerIsSaid() {
  local port
  port=$(free_port)
  expect_one_line "no database answers at 127.0.0.1:$port" \
    "$up" --data "$scratch/data" --port "$((port + 1))" --mysql "mysql://admin:x@127.0.0.1:$port/" --no-demo
}

AnAddressOfADatabaseThatIsNoneIsRefused() {
  expect_one_line 'wanted mysql://' "$up" --data "$scratch/data" --mysql postgres://x@y/ --no-demo
  expect_one_line "unknown option 'sockets'" "$up" --data "$scratch/data" --mysql 'mysql://x@y/?sockets=/z' --no-demo
}

ADiskWithoutRoomIsSaid() {
  mkdir "$scratch/data"
  if ! mount -t tmpfs -o size=64m tmpfs "$scratch/data" 2>/dev/null; then
    echo "    (this user may not mount a small disk: not tried)"
    return
  fi
  trap 'umount "$scratch/data"' EXIT
  expect_one_line "has 6[0-9] MB free; a new installation needs 1000 MB" "$up" --data "$scratch/data" --no-demo
  expect_nothing_running
}

# The disk was large enough when it was asked, and fills while the database is created on it.
ADiskThatFillsMeanwhileIsSaid() {
  mkdir "$scratch/small"
  if ! mount -t tmpfs -o size=48m tmpfs "$scratch/small" 2>/dev/null; then
    echo "    (this user may not mount a small disk: not tried)"
    return
  fi
  trap 'umount "$scratch/small"' EXIT
  expect_one_line "the disk that holds $scratch/small/db is full" "$root/deploy/mysql/server" start "$scratch/small/db"
  echo "$scratch/small" >"$scratch/folder"
  expect_equal "processes left" "" "$(grep -lsaF -f "$scratch/folder" /proc/[0-9]*/cmdline | tr '\n' ' ')"
  # Nothing half made is in the way once there is room.
  expect_equal "data left" "" "$(ls "$scratch/small/db/data" 2>/dev/null)"
}

# lacking PACKAGE-LIST: a deploy folder that wants a package which is nowhere, and a mirror that cannot be reached.
lacking() {
  mkdir "$scratch/bin"
  printf '#!/bin/sh\necho "Temporary failure resolving the mirror" >&2\nexit 100\n' >"$scratch/bin/apt-get"
  printf '#!/bin/sh\n[ "$1" = -n ] && shift\n[ "$1" = true ] || exec "$@"\n' >"$scratch/bin/sudo"
  chmod +x "$scratch/bin/apt-get" "$scratch/bin/sudo"
  cp -r "$root/deploy" "$scratch/deploy" 2>/dev/null
  echo no-such-package-of-qinglian >>"$scratch/deploy/packages/$1.txt"
}

AMissingPackageIsNamed() {
  lacking apt-run
  PATH=$scratch/bin:$PATH expect_one_line \
    '^install: missing: .*no-such-package-of-qinglian; apt-get update failed: is the package mirror reachable' \
    "$scratch/deploy/up" --data "$scratch/data" --no-demo
  expect_nothing_running
}

WhatOnlyTheBackportsHaveIsDoneWithout() {
  local said
  lacking backports-build
  said=$(PATH=$scratch/bin:$PATH "$scratch/deploy/install" build 2>&1)
  expect_equal "exit code" 0 $?
  expect_equal "what it says" \
    "going on without no-such-package-of-qinglian: this release has it in its backports alone, and it cannot be had from there" "$said"
}

AnUnknownOptionIsRefused() {
  expect_one_line "unknown option '--prot'" "$up" --prot 7200
  expect_one_line "port eighty: wanted a number" "$up" --data "$scratch/data" --port eighty
  expect_one_line "listen a b: wanted an address" "$up" --data "$scratch/data" --listen 'a b'
  expect_one_line "token-issuer wants --no-demo" "$up" --data "$scratch/data" --token-issuer https://id.example
  expect_one_line "token-keys want --token-issuer" \
    "$up" --data "$scratch/data" --no-demo --token-keys https://id.example/keys
  expect_one_line "token-issuer a b: wanted no blanks" "$up" --data "$scratch/data" --no-demo --token-issuer 'a b'
  expect_one_line "alarms wants --prometheus" "$up" --data "$scratch/data" --no-demo --alarms https://duty.example/
  expect_one_line "alarms duty: wanted http" "$up" --data "$scratch/data" --no-demo --prometheus --alarms duty
  expect_one_line "traces collector: wanted HOST:PORT" "$up" --data "$scratch/data" --no-demo --traces collector
  expect_one_line "traces-ca wants --traces" "$up" --data "$scratch/data" --no-demo --traces-ca /dev/null
  expect_one_line "traces-ca: there is no such file" \
    "$up" --data "$scratch/data" --no-demo --traces collector:4317 --traces-ca "$scratch/none"
  expect_one_line "choose a folder" "$up" --data "$scratch/with blank"
  expect_one_line "choose a folder of at most 80" "$up" --data "$scratch/$(printf 'x%.0s' {1..80})"
}

OnlyOneAtATimeWorksOnAnInstallation() {
  mkdir "$scratch/data"
  exec 8>"$scratch/data/.lock"
  flock 8
  expect_one_line "another deploy/up or deploy/down works on" "$up" --data "$scratch/data" --no-demo
}

DownForgetsNothingThatIsNoInstallation() {
  mkdir "$scratch/data"
  echo precious >"$scratch/data/letter"
  expect_one_line "is no installation of Qinglian" "$down" --data "$scratch/data" --purge
  expect_equal "what was there" precious "$(cat "$scratch/data/letter")"
  expect "nothing to stop is no failure" "$down" --data "$scratch/nothing"
}

run_tests ATakenPortIsNamed ATakenPortOfTheEdgesMetricsIsNamed ATakenPortOfMetricsIsNamed \
  ATakenPortOfPrometheusIsNamedWhereItIsWanted AWrongDatabasePasswordIsSaid \
  ADatabaseThatDoesNotAnswerIsSaid AnAddressOfADatabaseThatIsNoneIsRefused ADiskWithoutRoomIsSaid \
  ADiskThatFillsMeanwhileIsSaid AMissingPackageIsNamed WhatOnlyTheBackportsHaveIsDoneWithout \
  AnUnknownOptionIsRefused OnlyOneAtATimeWorksOnAnInstallation DownForgetsNothingThatIsNoInstallation
