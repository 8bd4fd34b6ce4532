# What an installation consists of and where its parts lie. Wants $root; the caller sets data, port, listen and server.

SERVICES=(organization risk supervision review)
# In the order they start; the edge last, and first to go.
PROCESSES=("${SERVICES[@]}" gateway edge)

# What watches the others where it is asked to; who is asked first starts first.
WATCHERS=(mysqld-exporter blackbox-exporter alertmanager prometheus node-exporter)

# Metrics are served on loopback, a hundred ports further on than the edge: those of the gateway, of the services, of
# the edge; the watchers come after them.
metrics_port_of() {
  local i all=(gateway "${SERVICES[@]}" edge "${WATCHERS[@]}")
  for i in "${!all[@]}"; do
    [ "${all[i]}" != "$1" ] || echo $((port + 100 + i))
  done
}

# address_of PROCESS: only the edge is reached over the network; the others by sockets that this user alone may open.
address_of() {
  case $1 in
    edge) echo "$listen:$port" ;;
    mysqld-exporter | blackbox-exporter | alertmanager | prometheus | node-exporter) echo "127.0.0.1:$(metrics_port_of "$1")" ;;
    *) echo "unix:$data/run/$1.sock" ;;
  esac
}

binary_of() {
  case $1 in
    qlctl) echo "$root/build/services/ctl/qlctl" ;;
    edge) command -v haproxy || echo haproxy ;;
    prometheus) command -v prometheus || echo prometheus ;;
    mysqld-exporter | blackbox-exporter | node-exporter | alertmanager) command -v "prometheus-$1" || echo "prometheus-$1" ;;
    *) echo "$root/build/services/$1/$1" ;;
  esac
}

ctl() { "$(binary_of qlctl)" "$@" </dev/null; }
# As the administrator, through the edge.
qlctl() { ctl "--config=$(qlctl_settings)" "$@"; }
qlctl_settings() { echo "$data/qlctl.conf"; }

schema_of() { echo "qinglian_$1"; }

# A file for each user's password, readable by its owner alone.
password_file() { echo "$data/secrets/$1.password"; }

# The secret of a service's tokens and checkpoints.
key_file() { echo "$data/secrets/$1.key"; }

# What proves identities from the gateway to the services.
identity_key_file() { echo "$data/secrets/identity.key"; }

# What identity numbers are sealed with. Who loses it loses them.
sealing_key_file() { echo "$data/secrets/sealing.key"; }

clock_file() { echo "$data/demonstration_clock"; }

# What an installation was created with, a line `name=value` each.
recall() { sed -n "s/^$1=//p" "$data/installation" 2>/dev/null | tail -n 1; }
remember() {
  recall "$1" | grep -qxF -- "$2" && return 0
  { grep -v "^$1=" "$data/installation" 2>/dev/null; printf '%s=%s\n' "$1" "$2"; } >"$data/installation.new" &&
    mv "$data/installation.new" "$data/installation"
}

# The path of a socket has at most 107 bytes; the longest here is /run/organization.sock, with what the edge appends to
# its own until it listens.
LONGEST_DATA=80

# choose_data DIR: an absolute path without what would need quoting in addresses.
choose_data() {
  data=$(realpath -m -- "$1")
  case $data in
    / | *[^A-Za-z0-9_./@%+=:-]*) fail "--data $1: choose a folder whose path has only letters, digits and ._-" ;;
  esac
  [ ${#data} -le $LONGEST_DATA ] ||
    fail "--data $1: the paths of sockets below it are limited; choose a folder of at most $LONGEST_DATA characters"
}
