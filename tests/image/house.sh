# A house from its images, in containers of podman that run what the chart renders. Wants $root, say.sh, layout.sh and
# database.sh; $data is its folder.

# A store of its own, so that nothing of the machine's is touched.
engine() {
  CONTAINERS_CONF=$data/containers.conf podman --root "$data/store" --runroot "$data/runroot" --storage-driver vfs \
    --runtime runc --cgroup-manager cgroupfs --events-backend none "$@"
}

prepare_engine() {
  # The limits of whoever may not raise them.
  printf '%s\n' '[containers]' 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]' >"$data/containers.conf"
}

# load_images FOLDER: what deploy/image/build put there, with the tag test.
load_images() {
  local archive
  for archive in "$1"/*.tar; do
    engine load --quiet --input "$archive" || return
  done
}

# A loopback address each, of a network that nobody else is likely to have chosen.
choose_addresses() {
  local i=1 name net=127.$((RANDOM % 200 + 20)).$((RANDOM % 250))
  declare -gA address
  for name in "${PROCESSES[@]}"; do
    address[$name]=$net.$((i++))
    echo "$name ${address[$name]}"
  done >"$data/addresses"
}

# secret NAME KEY FILE: as a kubelet mounts it, for the pod's group alone.
secret() {
  install -D -m 440 -g 65532 "$3" "$data/secrets/$1/$2" || fail "cannot write $data/secrets"
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
  ctl certificate server localhost "${address[edge]}" "--ca=$made/outside" "--out=$made/edge" || exit 1
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
  printf '%s\n' "address = ${address[edge]}:8443" "edge_ca = $data/made/outside/ca.pem" \
    "certificate = $data/made/clients/administrator.pem" "certificate_key = $data/made/clients/administrator.key" \
    "token_key = $data/made/token.key" "token_issuer = https://development.qinglian.invalid" "token_audience = qinglian" >"$(qlctl_settings)"
}

# run_pod NAME [OPTION…]: with what the chart says of it.
run_pod() {
  local name=$1 line=() empty
  shift
  mapfile -t line <"$data/pods/$name"
  while read -r empty; do
    install -d -m 770 -g 65532 "$empty"
  done < <(sed -n "s|^--volume=\($data/empty/[^:]*\):.*|\1|p" "$data/pods/$name")
  engine run --name "$name" --network host --pull never "$@" "${line[@]}"
}

log_of() { engine logs "$1" 2>&1; }

# ready NAME: as its probe asks.
ready() {
  if [ "$1" = edge ]; then
    curl -sf -o /dev/null "http://${address[edge]}:9100/ready"
  else
    ctl "--address=${address[$1]}:8081" health >/dev/null 2>&1
  fi
}

await_ready() {
  local tick
  for ((tick = 0; tick < 300; tick++)); do
    ready "$1" && return 0
    [ "$(engine inspect --format '{{.State.Running}}' "$1")" = true ] || break
    sleep 0.3
  done
  log_of "$1" | tail -n 5 >&2
  fail "$1 does not become ready"
}

# Migrations first, as the chart's hooks are, then the pods, then the first administrator.
start_house() {
  local name
  for name in "${SERVICES[@]}"; do
    run_pod "$name-migrate" --rm || fail "$name does not migrate"
  done
  for name in "${PROCESSES[@]}"; do run_pod "$name" --detach >/dev/null || fail "podman does not start $name"; done
  for name in "${PROCESSES[@]}"; do await_ready "$name"; done
  run_pod qlctl --rm || fail "nobody becomes administrator"
}

# Whatever came of it.
forget_house() {
  engine rm --all --force --time 5 >/dev/null 2>&1
  "$root/deploy/mysql/server" stop "$data/mysql" >/dev/null 2>&1
  rm -rf "$data"
}
