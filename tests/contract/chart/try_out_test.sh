#!/usr/bin/env bash
# The server for trying out makes its schemas by a script of the chart: here it runs as the entrypoint of the official image
# runs it, in its own shell with its function docker_process_sql, against a private server.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for part in say layout database; do . "$root/deploy/lib/$part.sh"; done
. "$root/tests/lib/check.sh"

data=$(mktemp -d)
leave() {
  "$root/deploy/mysql/server" stop "$data/mysql" >/dev/null 2>&1
  rm -rf "$data"
}
trap leave EXIT

docker_process_sql() { mariadb --no-defaults "--socket=$data/mysql/mysql.sock" "--user=$(id -un)" "$@"; }

# What the ConfigMap has of that name, and the passwords where the pod would have them.
prepare() {
  local service suffix
  port=$(python3 -c 'import socket; one = socket.socket(); one.bind(("127.0.0.1", 0)); print(one.getsockname()[1])')
  "$root/deploy/mysql/server" start "$data/mysql" "$port" durability=relaxed || exit 1
  use_private_server
  node --input-type=module -e '
    import { rendered } from "'"$root"'/tests/contract/chart/render.mjs";
    const [one] = rendered.filter(({ name }) => name === "try-out");
    process.stdout.write(one.of("ConfigMap").find(({ data }) => data["schemas.sh"]).data["schemas.sh"].replaceAll("/etc/qinglian", process.argv[1]));
  ' "$data" >"$data/schemas.sh" || fail "the chart does not render"
  for service in "${SERVICES[@]}"; do
    for suffix in '' -migrate; do
      mkdir -p "$data/$service$suffix"
      # Of what makes trouble in SQL and in a shell; one in two has a newline at its end.
      { printf '%s' "it's \\n \$(no) \`word\` of $service$suffix"; [ -z "$suffix" ] || echo; } >"$data/$service$suffix/password" || exit 1
      chmod 600 "$data/$service$suffix/password"
    done
  done
}

TheScriptMakesEverySchemaAndUser() {
  local service
  expect "the script runs" sourced "$data/schemas.sh"
  for service in "${SERVICES[@]}"; do
    expect "$service migrates and grants what it serves with" "$(binary_of "$service")" migrate \
      "--mysql=mysql://qinglian_${service}_migrate@127.0.0.1:$port/qinglian_$service?password_file=$data/$service-migrate/password" \
      "--runtime_user=qinglian_$service"
    expect_equal "what $service finds" 0 "$(asked_as "$service" "SELECT COUNT(*) FROM qinglian_$service.journal")"
    expect_failure "$service in the schema of another" denied asked_as "$service" "SELECT COUNT(*) FROM qinglian_$(other_than "$service").journal"
  done
}

# As the entrypoint does, which stops at the first thing that fails.
sourced() (
  set -eo pipefail
  . "$1"
)
asked_as() {
  MYSQL_PWD=$(cat "$data/$1/password") mariadb --no-defaults --protocol=tcp --host=127.0.0.1 "--port=$port" "--user=qinglian_$1" \
    --batch --skip-column-names -e "$2"
}
other_than() { if [ "$1" = risk ]; then echo organization; else echo risk; fi; }

prepare
run_tests TheScriptMakesEverySchemaAndUser
