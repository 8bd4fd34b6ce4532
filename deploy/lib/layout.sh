# What an installation consists of and where its parts lie. Wants $root; the caller sets data, port and server.

SERVICES=(organization risk supervision review)
# In the order they start; the gateway last, and first to go.
PROCESSES=("${SERVICES[@]}" gateway)

# port_of PROCESS: the gateway has the port the user chose, the services those after it.
port_of() {
  local i
  [ "$1" != gateway ] || { echo "$port" && return; }
  for i in "${!SERVICES[@]}"; do
    [ "${SERVICES[i]}" != "$1" ] || echo $((port + 1 + i))
  done
}

# Metrics are served a hundred ports further on.
metrics_port_of() { echo $(($(port_of "$1") + 100)); }

address_of() { echo "127.0.0.1:$(port_of "$1")"; }

binary_of() {
  case $1 in
    qlctl) echo "$root/build/services/ctl/qlctl" ;;
    *) echo "$root/build/services/$1/$1" ;;
  esac
}

qlctl() { "$(binary_of qlctl)" "--address=$(address_of gateway)" "$@" </dev/null; }

schema_of() { echo "qinglian_$1"; }

# A file for each user's password, readable by its owner alone.
password_file() { echo "$data/secrets/$1.password"; }

# The secret of a service's tokens and checkpoints.
key_file() { echo "$data/secrets/$1.key"; }

# What proves identities from the gateway to the services.
identity_key_file() { echo "$data/secrets/identity.key"; }

clock_file() { echo "$data/demonstration_clock"; }

# What an installation was created with, a line `name=value` each.
recall() { sed -n "s/^$1=//p" "$data/installation" 2>/dev/null | tail -n 1; }
remember() {
  recall "$1" | grep -qxF -- "$2" && return 0
  { grep -v "^$1=" "$data/installation" 2>/dev/null; printf '%s=%s\n' "$1" "$2"; } >"$data/installation.new" &&
    mv "$data/installation.new" "$data/installation"
}

# choose_data DIR: an absolute path without what would need quoting in addresses.
choose_data() {
  data=$(realpath -m -- "$1")
  case $data in
    / | *[^A-Za-z0-9_./@%+=:-]*) fail "--data $1: choose a folder whose path has only letters, digits and ._-" ;;
  esac
}
