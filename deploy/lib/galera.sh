# Three Galera nodes and the door before them, each node a server of deploy/mysql/server. Wants say.sh and $root; the
# caller sets data, port and durability.

NODES=(node1 node2 node3)
PROVIDER=/usr/lib/galera/libgalera_smm.so
# Who may do everything, through the door.
ADMINISTRATOR=qinglian_administrator

# choose_cluster DIR: sockets lie one folder below.
choose_cluster() {
  data=$(realpath -m -- "$1")
  case $data in
    / | *[^A-Za-z0-9_./@%+=:-]*) fail "--data $1: choose a folder whose path has only letters, digits and ._-" ;;
  esac
  [ ${#data} -le 80 ] || fail "--data $1: the paths of sockets below it are limited; choose a folder of at most 80 characters"
}

take_cluster() {
  mkdir -p "$data" 2>/dev/null && chmod 700 "$data" || fail "cannot create $data"
  exec 9>"$data/.lock" && flock -n 9 || fail "another deploy/galera works on $data"
}

# A node's number, its port for clients, and the ports that nodes have for each other.
number_of() { echo "${1#node}"; }
port_of() { echo $((port + 10 * $(number_of "$1"))); }
group_port_of() { echo $(($(port_of "$1") + 1)); }
transfer_port_of() { echo $(($(port_of "$1") + 2)); }

others() {
  local node
  for node in "${NODES[@]}"; do [ "$node" = "$1" ] || echo "$node"; done
}

group_address() {
  local node list=''
  for node in "${NODES[@]}"; do list+=,127.0.0.1:$(group_port_of "$node"); done
  echo "gcomm://${list#,}"
}

node_runs() { "$root/deploy/mysql/server" status "$data/$1" >/dev/null 2>&1; }

any_node_runs() {
  local node
  for node in "${NODES[@]}"; do node_runs "$node" && return 0; done
  return 1
}

require_cluster_ports() {
  local node wanted
  door_is_open || require_free "$port"
  for node in "${NODES[@]}"; do
    node_runs "$node" && continue
    for wanted in $(port_of "$node") $(group_port_of "$node") $(transfer_port_of "$node"); do require_free "$wanted"; done
  done
}

require_free() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 0
  fail "port $1 is taken by another program; choose others with --port"
}

# on_node NODE: runs the SQL on its input there, as the operator, past the door.
on_node() {
  mariadb --no-defaults --socket="$data/$1/mysql.sock" --user="$(id -un)" --connect-timeout=2 --batch --skip-column-names 2>&1
}

# node_status NODE NAME
node_status() { echo "SHOW STATUS LIKE '$2'" | on_node "$1" | sed -n "s/^$2\t//p"; }

node_is_synced() {
  node_runs "$1" && [ "$(node_status "$1" wsrep_ready) $(node_status "$1" wsrep_local_state)" = 'ON 4' ]
}

node_says() {
  if node_runs "$1"; then
    echo "$(node_status "$1" wsrep_local_state_comment), $(node_status "$1" wsrep_cluster_status) of $(node_status "$1" wsrep_cluster_size), at 127.0.0.1:$(port_of "$1"), process $(cat "$data/$1/mysql.pid")"
  else
    echo "does not run"
  fi
}

await_synced() {
  local tick
  for ((tick = 0; tick < 600; tick++)); do
    node_is_synced "$1" && return 0
    node_runs "$1" || [ $tick -lt 20 ] || fail "$1 has ended; its log is $data/$1/mysql.log"
    sleep 0.2
  done
  fail "$1 is not in step with the cluster after two minutes; its log is $data/$1/mysql.log"
}

# What makes a server a node. Where a node is too far behind to be told what it missed, it is made anew by make_anew;
# no node ever copies itself to another on its own (deploy/mysql/wsrep_sst_told).
write_node_options() {
  cat >"$data/$1/node.options" <<END
--wsrep-on=ON
--wsrep-provider=$PROVIDER
--wsrep-cluster-name=qinglian
--wsrep-cluster-address=$(group_address)
--wsrep-node-name=$1
--wsrep-node-address=127.0.0.1:$(group_port_of "$1")
--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:$(group_port_of "$1");ist.recv_addr=127.0.0.1:$(transfer_port_of "$1");gcache.size=128M;gcache.recover=yes
--wsrep-sst-method=told
--wsrep-slave-threads=2
--wsrep-retry-autocommit=0
--binlog-format=ROW
--innodb-autoinc-lock-mode=2
END
}

# start_node NODE SETTING…: with settings for this start alone.
start_node() {
  local node=$1
  shift
  write_node_options "$node"
  printf '%s\n' "$@" >>"$data/$node/node.options"
  PATH=$PATH:$root/deploy/mysql "$root/deploy/mysql/server" start "$data/$node" "$(port_of "$node")" buffer_pool=128M "durability=$durability" \
    "more=$data/$node/node.options" || exit 1
  await_synced "$node"
}

# recovered NODE: up to where a node that does not run has what the cluster decided, as UUID:NUMBER; found in its
# data, which tells more than the file of a node that died. Nothing where it never was in a cluster.
recovered() {
  local found
  found=$(mariadbd --no-defaults "--datadir=$data/$1/data" "--user=$(id -un)" "--log-error=$data/$1/recovery.log" \
    --innodb-log-file-size=96M --skip-networking "--socket=$data/$1/recovery.sock" \
    --wsrep-on=ON "--wsrep-provider=$PROVIDER" --wsrep-cluster-address=gcomm:// --binlog-format=ROW --wsrep-recover >/dev/null 2>&1
    sed -n 's/.*Recovered position: *//p' "$data/$1/recovery.log" | tail -n 1)
  rm -f "$data/$1/recovery.log" "$data/$1/recovery.sock"
  [[ $found == *-*:[0-9]* && $found != 00000000-* ]] && echo "$found"
}

# write_position NODE POSITION BOOTSTRAP: what the provider reads before anything else.
write_position() {
  printf '# GALERA saved state\nversion: 2.1\nuuid: %s\nseqno: %s\nsafe_to_bootstrap: %s\n' \
    "${2%%:*}" "${2#*:}" "$3" >"$data/$1/data/grastate.dat"
}

# create_first_node: a server as any other, with an administrator who comes through the door.
create_first_node() {
  local secret=$data/administrator.password
  [ ! -s "$secret" ] || [ ! -e "$data/node1/data/.qinglian-created" ] || return 0
  "$root/deploy/mysql/server" start "$data/node1" "$(port_of node1)" buffer_pool=128M "durability=$durability" || exit 1
  (umask 077 && head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$secret.new") || fail "cannot write $secret"
  echo "CREATE OR REPLACE USER '$ADMINISTRATOR'@'%' IDENTIFIED BY '$(cat "$secret.new")';
    GRANT ALL PRIVILEGES ON *.* TO '$ADMINISTRATOR'@'%' WITH GRANT OPTION;" | on_node node1 >/dev/null ||
    fail "could not make the administrator of $data/node1"
  "$root/deploy/mysql/server" stop "$data/node1" || exit 1
  mv "$secret.new" "$secret"
}

# begin_cluster: with the node that knows most. Equal ones: the first.
begin_cluster() {
  local node position best=node1 most=-1 where=''
  for node in "${NODES[@]}"; do
    [ -e "$data/$node/data/.qinglian-created" ] || continue
    position=$(recovered "$node") || continue
    [ "${position#*:}" -gt "$most" ] || continue
    best=$node most=${position#*:} where=$position
  done
  [ -z "$where" ] || write_position "$best" "$where" 1
  say "$best begins a cluster${where:+, at $where}"
  start_node "$best" --wsrep-new-cluster ${where:+"--wsrep-start-position=$where"}
}

# join_cluster NODE: told what it missed where some node still has that, else made anew.
join_cluster() {
  local node=$1 position
  if [ ! -e "$data/$node/data/.qinglian-created" ] || ! position=$(recovered "$node") || ! is_kept "$position"; then
    make_anew "$node"
    position=$(recovered "$node") || fail "$node does not know where it stands; its folder is $data/$node"
  fi
  write_position "$node" "$position" 0
  say "$node joins, at $position"
  start_node "$node" "--wsrep-start-position=$position"
}

# is_kept POSITION: whether a node that is in step can tell what came after it.
is_kept() {
  local node
  for node in "${NODES[@]}"; do
    node_is_synced "$node" || continue
    [ "$(node_status "$node" wsrep_cluster_state_uuid)" = "${1%%:*}" ] || continue
    [ "$(node_status "$node" wsrep_local_cached_downto)" -gt $((${1#*:} + 1)) ] || return 0
    [ "$(node_status "$node" wsrep_last_committed)" -gt "${1#*:}" ] || return 0
  done
  return 1
}

# make_anew NODE: a copy of a node that is in step and is not the writer, where there is one; it goes on meanwhile.
make_anew() {
  local node=$1 from=''
  for from in $(others "$(last_writer)") $(last_writer); do
    [ "$from" != "$node" ] && node_is_synced "$from" && break
  done
  node_is_synced "$from" || fail "no node is in step with the cluster, to copy $node from"
  say "$node is made anew, as a copy of $from"
  rm -rf "${data:?}/$node" && mkdir -p "$data/$node" || fail "cannot write in $data/$node"
  {
    mariadb-backup --no-defaults --backup --galera-info "--target-dir=$data/$node/data" "--socket=$data/$from/mysql.sock" \
      "--user=$(id -un)" && mariadb-backup --no-defaults --prepare "--target-dir=$data/$node/data"
  } >"$data/$node/copy.log" 2>&1 || fail "could not copy $from to $node: $(tail -n 1 "$data/$node/copy.log")"
  : >"$data/$node/data/.qinglian-created"
}

# --- The door ---------------------------------------------------------------------------------------------------------

door_process() { cat "$data/door.pid" 2>/dev/null; }
door_is_open() { kill -0 "$(door_process)" 2>/dev/null && grep -qaF -- "$data/door.cfg" "/proc/$(door_process)/cmdline"; }

write_door() {
  local template node nodes=''
  for node in "${NODES[@]}"; do nodes+="  server $node 127.0.0.1:$(port_of "$node") check"$'\n'; done
  template=$(<"$root/deploy/mysql/door.cfg")
  template=${template//@DATA@/$data}
  template=${template//@PORT@/$port}
  template=${template//@NODES@/$nodes}
  printf '%s\n' "$template" >"$data/door.cfg"
  # The check is told only the names of servers: it finds their folders beside itself.
  ln -sfn "$root/deploy/mysql/is-synced" "$data/is-synced"
}

open_door() {
  local tick
  door_is_open && return 0
  write_door
  setsid haproxy -db -f "$data/door.cfg" >"$data/door.log" 2>&1 </dev/null 9>&- &
  echo $! >"$data/door.pid"
  for ((tick = 0; tick < 100; tick++)); do
    [ -n "$(writer)" ] && return 0
    door_is_open || fail "the door did not open: $(grep -m1 ALERT "$data/door.log")"
    sleep 0.1
  done
  fail "the door leads to no node after ten seconds; its log is $data/door.log"
}

close_door() {
  local tick pid
  door_is_open || return 0
  pid=$(door_process)
  kill -TERM "$pid"
  for ((tick = 0; tick < 100; tick++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  rm -f "$data/door.pid"
}

# writer: where the door leads now; nothing where it leads nowhere.
writer() {
  local found
  found=$(echo 'SELECT @@wsrep_node_name' | MYSQL_PWD=$(cat "$data/administrator.password") mariadb --no-defaults \
    --protocol=tcp --host=127.0.0.1 "--port=$port" "--user=$ADMINISTRATOR" --connect-timeout=2 --batch --skip-column-names 2>/dev/null)
  [ -n "$found" ] || return 1
  echo "$found" | tee "$data/writer"
}

# last_writer: as far as anybody asked.
last_writer() { cat "$data/writer" 2>/dev/null || echo node1; }
