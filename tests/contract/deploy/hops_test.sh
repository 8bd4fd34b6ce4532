#!/usr/bin/env bash
# The whole house as pods have it: every process takes calls over the network, and nobody is heard without the mark of
# the hop before; rights on tables come with the migration.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for part in say layout database; do . "$root/deploy/lib/$part.sh"; done
. "$root/tests/lib/check.sh"

data=$(mktemp -d)
pids=()
leave() {
  [ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
  "$root/deploy/mysql/server" stop "$data/mysql"
  rm -rf "$data"
}
trap leave EXIT

# Three ports a process, for calls, health and metrics, all different; held by nobody a moment ago.
choose_ports() {
  local i=0 all name
  mapfile -t all < <(python3 -c 'import socket
held = [socket.socket() for _ in range(18)]
for one in held: one.bind(("127.0.0.1", 0)); print(one.getsockname()[1])')
  declare -gA calls health metrics
  for name in "${PROCESSES[@]}"; do
    calls[$name]=${all[i]} health[$name]=${all[i + 1]} metrics[$name]=${all[i + 2]}
    i=$((i + 3))
  done
}

mark_of() { printf '%s\n' "--hop_certificate_file=$data/hop/$1.pem" "--hop_key_file=$data/hop/$1.key" "--hop_ca_file=$data/house/ca.pem"; }

prepare_secrets() {
  local name
  ctl certificate authority "--ca=$data/house" && ctl certificate authority "--ca=$data/outside" || exit 1
  for name in "${PROCESSES[@]}" qlctl; do
    ctl certificate process "$name" "--ca=$data/house" "--out=$data/hop" || exit 1
  done
  ctl certificate server localhost "--ca=$data/outside" "--out=$data/edge" || exit 1
  ctl certificate issue administrator "--ca=$data/outside" "--out=$data/clients" || exit 1
  cat "$data/hop/edge.pem" "$data/hop/edge.key" >"$data/hop/edge.both"
  make_secret "$(identity_key_file)" 32
  ctl seal make-key "$(sealing_key_file)"
}

# A schema whose migrating user may grant in it, brought to its head as the Job of the chart does.
prepare_schema() {
  local schema
  schema=$(schema_of "$1")
  make_schema "$1"
  echo "GRANT SELECT, INSERT, UPDATE, DELETE, LOCK TABLES ON \`$schema\`.* TO '${schema}_migrate'@'localhost' WITH GRANT OPTION;" | sql || exit 1
  "$(binary_of "$1")" migrate "--mysql=$(service_url "${schema}_migrate" "$schema")" "--runtime_user=$schema@localhost" || exit 1
}

start() {
  local name=$1
  shift
  "$@" >"$data/$name.log" 2>&1 </dev/null &
  pids+=($!)
  disown
}

start_service() {
  local name=$1 schema followed options=()
  schema=$(schema_of "$name")
  mkdir -p "$data/checkpoints/$name"
  mapfile -t options < <(mark_of "$name")
  case $name in organization) options+=("--sealing_key_file=$(sealing_key_file)") ;; esac
  for followed in organization supervision; do
    case "$name $followed" in
      'supervision organization' | 'risk '* | 'review '*) options+=("--${followed}_address=dns:///localhost:${calls[$followed]}") ;;
    esac
  done
  start "$name" "$(binary_of "$name")" serve "--listen=0.0.0.0:${calls[$name]}" "--health_address=0.0.0.0:${health[$name]}" \
    "--metrics_address=0.0.0.0:${metrics[$name]}" --metrics_beyond_loopback "--mysql=$(service_url "$schema" "$schema")" \
    "--key_file=$(key_file "$name")" "--identity_key_file=$(identity_key_file)" "--checkpoint_dir=$data/checkpoints/$name" "${options[@]}"
}

start_gateway() {
  local name upstream='' options=()
  for name in "${SERVICES[@]}"; do upstream+=,$name=dns:///localhost:${calls[$name]}; done
  mapfile -t options < <(mark_of gateway)
  start gateway "$(binary_of gateway)" serve "--listen=0.0.0.0:${calls[gateway]}" "--health_address=0.0.0.0:${health[gateway]}" \
    "--metrics_address=0.0.0.0:${metrics[gateway]}" --metrics_beyond_loopback "--upstream=${upstream#,}" \
    "--identity_key_file=$(identity_key_file)" "${options[@]}"
}

start_edge() {
  local template place
  place="  server gateway1 127.0.0.1:${calls[gateway]} ssl alpn h2 check-alpn h2 verify required verifyhost gateway ca-file $data/house/ca.pem crt $data/hop/edge.both"
  template=$(<"$root/deploy/edge/haproxy.cfg")
  template=${template//@RUN@/$data}
  template=${template//@CERTIFICATES@\/server.pem/$data/edge/server.pem}
  template=${template//@CERTIFICATES@\/clients.pem/$data/outside/ca.pem}
  template=${template//@CERTIFICATES@/$data/outside}
  template=${template//@LISTEN@/127.0.0.1:${calls[edge]}}
  template=${template//@METRICS_PORT@/${metrics[edge]}}
  template=${template//@MAXCONN@/200}
  template=${template//@GATEWAYS@/$place}
  printf '%s\n' "$template" >"$data/haproxy.cfg"
  start edge haproxy -db -f "$data/haproxy.cfg"
}

# await NAME command…: for a minute at most.
await() {
  local name=$1 tick
  shift
  for ((tick = 0; tick < 300; tick++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  tail -n 5 "$data/$name.log" >&2
  fail "$name does not serve"
}

asked() { ctl "--address=127.0.0.1:$1" health; }
edge_says() { [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:${metrics[edge]}/$1")" = "$2" ]; }

prepare() {
  local name
  mkdir -p "$data/secrets"
  "$root/deploy/mysql/server" start "$data/mysql" durability=relaxed || exit 1
  use_private_server
  choose_ports
  prepare_secrets >/dev/null
  for name in "${SERVICES[@]}"; do prepare_schema "$name" >/dev/null; done
  start_edge
  await edge edge_says live 200
  edge_says ready 503 || fail "the edge says it is ready without a gateway"
  for name in "${SERVICES[@]}"; do start_service "$name"; done
  start_gateway
  for name in "${SERVICES[@]}" gateway; do await "$name" asked "${health[$name]}"; done
  await edge edge_says ready 200
}

make_administrator() {
  ctl administrator make administrator "--organization_address=dns:///localhost:${calls[organization]}" \
    "--identity_key_file=$(identity_key_file)" "$@"
}

through_edge() {
  ctl "--address=localhost:${calls[edge]}" "--edge_ca=$data/outside/ca.pem" "--certificate=$data/clients/administrator.pem" \
    "--certificate_key=$data/clients/administrator.key" "$@"
}

# answered SERVICE METHOD CODE: whether it has answered such a call.
answered() { curl -s "http://127.0.0.1:${metrics[$1]}/metrics" | grep -E "^rpc_server_requests_total\{.*code=\"$3\".*method=\"$2\".*\} [1-9]"; }

APlatformReachesEveryServiceThroughThreeHops() {
  local service options
  mapfile -t options < <(mark_of qlctl)
  expect "the first administrator" make_administrator "${options[@]}"
  expect_failure "another first one" 'NO_ADMINISTRATOR_YET' make_administrator "${options[@]}"
  expect "another first one, where that is no failure" make_administrator "${options[@]}" --unless_there_is_one
  for service in "${SERVICES[@]}"; do
    # An administrator is no auditor; that the service itself said so is in its metrics.
    expect_failure "the journal of $service" "PERMISSION_DENIED" through_edge call "qinglian.$service.v1.JournalService/SearchJournal" '{}'
    expect "$service was asked" answered "$service" SearchJournal PERMISSION_DENIED
  done
  expect "a list" through_edge list organizations
}

NobodyIsHeardWithoutAMark() {
  local name
  for name in gateway "${SERVICES[@]}"; do
    expect_failure "$name, in clear" 'UNAVAILABLE|unavailable|refused|closed|reset|connect' ctl "--address=127.0.0.1:${calls[$name]}" --timeout=5s health
  done
  expect_failure "the mark of another process" 'is of another process' make_administrator \
    "--hop_certificate_file=$data/hop/risk.pem" "--hop_key_file=$data/hop/risk.key" "--hop_ca_file=$data/house/ca.pem"
  expect_failure "no mark" 'UNAVAILABLE' make_administrator
  expect_failure "no mark, on another machine" 'others with --hop_certificate_file' ctl administrator make administrator \
    --organization_address=dns:///organization.example.cn:7200 "--identity_key_file=$(identity_key_file)"
}

TheMigrationGrantsWhatDeployUpGrants() {
  local service schema rights before
  rights='SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = '
  for service in "${SERVICES[@]}"; do
    schema=$(schema_of "$service")
    before=$(echo "$rights \"'$schema'@'localhost'\" ORDER BY 1, 2" | sql)
    expect "there are rights" [ -n "$before" ]
    echo "REVOKE ALL PRIVILEGES, GRANT OPTION FROM '$schema'@'localhost'" | sql
    grant_tables "$service"
    expect_equal "the rights in $schema" "$before" "$(echo "$rights \"'$schema'@'localhost'\" ORDER BY 1, 2" | sql)"
  done
}

prepare
run_tests APlatformReachesEveryServiceThroughThreeHops NobodyIsHeardWithoutAMark TheMigrationGrantsWhatDeployUpGrants
