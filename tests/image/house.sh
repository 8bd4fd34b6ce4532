# What a house of pods needs, and one without a cluster. Wants $root, say.sh, layout.sh, database.sh and engine.sh; $data is its
# folder.

# The name that a cluster's DNS has for the pods of a process.
host_of() { echo "house-qinglian-$1.office.svc.cluster.local"; }

# secret NAME KEY FILE
secret() {
  install -D -m 400 "$3" "$data/secrets/$1/$2" || fail "cannot write $data/secrets"
}

# The Secrets that the chart's README asks for, made as it says.
make_secrets() {
  local name made=$data/made
  ctl certificate authority "--ca=$made/house" && ctl certificate authority "--ca=$made/outside" || exit 1
  for name in "${PROCESSES[@]}" qlctl; do
    ctl certificate process "$name" "--ca=$made/house" "--out=$made/hop" || exit 1
    secret "qinglian-hop-$name" tls.crt "$made/hop/$name.pem"
    secret "qinglian-hop-$name" tls.key "$made/hop/$name.key"
    secret "qinglian-hop-$name" ca.crt "$made/house/ca.pem"
  done
  ctl certificate server "$(host_of edge)" "--ca=$made/outside" "--out=$made/edge" || exit 1
  openssl x509 -in "$made/edge/server.pem" -out "$made/edge/tls.crt" && openssl pkey -in "$made/edge/server.pem" -out "$made/edge/tls.key" ||
    fail "openssl cannot read what qlctl made"
  for name in tls.crt tls.key; do secret qinglian-edge-server "$name" "$made/edge/$name"; done
  secret qinglian-edge-clients clients.pem "$made/outside/ca.pem"
  secret qinglian-edge-clients revoked.pem "$made/outside/revoked.pem"
  make_secret "$made/identity.key" 32 && secret qinglian-identity identity.key "$made/identity.key"
  ctl seal make-key "$made/sealing.key" && secret qinglian-sealing sealing.key "$made/sealing.key"
  for name in "${SERVICES[@]}"; do
    make_secret "$made/$name.key" 32 && secret "qinglian-$name" key "$made/$name.key"
    make_secret "$made/$name" 24 && secret "qinglian-$name" password "$made/$name"
    make_secret "$made/$name-migrate" 24 && secret "qinglian-$name-migrate" password "$made/$name-migrate"
  done
}

# Where pods reach it.
start_mysql() {
  echo "--bind-address=$NODE" >"$data/mysql.settings"
  "$root/deploy/mysql/server" start "$data/mysql" 3306 durability=relaxed "more=$data/mysql.settings" || exit 1
  use_private_server
}

# Schemas and users as the chart's README says.
make_schemas() {
  local name schema
  for name in "${SERVICES[@]}"; do
    schema=$(schema_of "$name")
    cat <<SQL
CREATE DATABASE $schema CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER '$schema'@'%' IDENTIFIED BY '$(cat "$data/made/$name")';
CREATE USER '${schema}_migrate'@'%' IDENTIFIED BY '$(cat "$data/made/$name-migrate")';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, CREATE VIEW, ALTER, DROP, INDEX, REFERENCES, LOCK TABLES
  ON $schema.* TO '${schema}_migrate'@'%' WITH GRANT OPTION;
SQL
  done | sql || fail "could not make schemas"
}

# What qlctl needs to be the administrator, or a person of the demonstration, through the edge.
make_callers() {
  ctl certificate issue administrator "--ca=$data/made/outside" "--out=$data/made/clients" &&
    ctl token make-key "--token_key=$data/made/token.key" || exit 1
  mkdir -p "$data/demonstration"
  cp "$data/made/token.key.public" "$data/demonstration/" && echo 2025-01-02T01:00:00Z >"$data/demonstration/clock"
  printf '%s\n' "address = $(host_of edge):8443" "edge_ca = $data/made/outside/ca.pem" \
    "certificate = $data/made/clients/administrator.pem" "certificate_key = $data/made/clients/administrator.key" \
    "token_key = $data/made/token.key" "token_issuer = https://development.qinglian.invalid" "token_audience = qinglian" >"$(qlctl_settings)"
}

# An address for each process, and the DNS that knows it.
start_names() {
  local i=10 name
  declare -gA address
  for name in "${PROCESSES[@]}"; do
    address[$name]=10.203.0.$((i++))
    echo "$(host_of "$name") ${address[$name]}"
  done >"$data/addresses"
  node "$root/tests/image/nameserver.mjs" "$NODE" "$data/addresses" &
}

# run_process NAME
run_process() { engine play kube --network pods --ip "${address[$1]}" "$data/pods/$1" >/dev/null; }

# run_job NAME CONTAINER: until it ends well.
run_job() {
  local code
  engine play kube --network pods "$data/pods/$1" >/dev/null && code=$(engine wait "$1-$2") || return
  [ "$code" -eq 0 ] || engine logs "$1-$2" >&2
  engine pod rm --force "$1" >/dev/null
  return "$code"
}

log_of() { engine logs "$1-$1" 2>&1; }

# ready NAME: as its probe asks.
ready() {
  if [ "$1" = edge ]; then
    curl -sf -o /dev/null "http://$(host_of edge):9100/ready"
  else
    ctl "--address=$(host_of "$1"):8081" health >/dev/null 2>&1
  fi
}

await_ready() {
  local tick
  for ((tick = 0; tick < 300; tick++)); do
    ready "$1" && return 0
    [ "$(engine inspect --format '{{.State.Running}}' "$1-$1")" = true ] || break
    sleep 0.3
  done
  log_of "$1" | tail -n 5 >&2
  fail "$1 does not become ready"
}

# Migrations first, as the chart's hooks are, then the pods, then the first administrator.
start_house() {
  local name
  for name in "${SERVICES[@]}"; do
    run_job "$name-migrate" migrate || fail "$name does not migrate"
  done
  for name in "${PROCESSES[@]}"; do run_process "$name" || fail "podman does not start $name"; done
  for name in "${PROCESSES[@]}"; do await_ready "$name"; done
  run_job qlctl qlctl || fail "nobody becomes administrator"
}

# Whatever came of it.
forget_house() {
  engine pod rm --all --force --time 0 >/dev/null 2>&1
  "$root/deploy/mysql/server" stop "$data/mysql" >/dev/null 2>&1
  rm -rf "$data"
}
