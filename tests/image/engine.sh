# A machine for pods: networks, processes and podman's containers of its own, of which nothing is left when the script ends.
# Wants $root, say.sh; $data is its folder.

# Where this machine answers pods: MySQL, DNS. Nobody else is in the network of its own.
NODE=10.203.0.1

expect_root() { [ "$(id -u)" -eq 0 ] || fail "podman runs as root here"; }

# on_a_machine_of_its_own "$0" "$@": begins the script anew there. When it ends, or whoever started it does, all that it
# started ends too.
on_a_machine_of_its_own() {
  [ -z "${QINGLIAN_TEST_MACHINE-}" ] || return 0
  QINGLIAN_TEST_MACHINE=1 exec unshare --net --mount --pid --fork --kill-child --mount-proc "$@"
}

# Podman keeps locks, networks and what runs in places that are the machine's.
prepare_machine() {
  local resolver
  mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm || fail "cannot mount"
  ip link set lo up || fail "cannot set a network up"
  echo "nameserver $NODE" >"$data/resolv.conf"
  resolver=$(realpath -m /etc/resolv.conf)
  [ -e "$resolver" ] || { mkdir -p "${resolver%/*}" && : >"$resolver"; }
  mount --bind "$data/resolv.conf" "$resolver" || fail "cannot tell this machine its DNS"
}

# In a file of its own, for whoever is not a shell.
prepare_engine() {
  mkdir -p "$data/networks"
  # The limits of whoever may not raise them.
  printf '%s\n' '[containers]' 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]' \
    '[network]' 'network_backend = "netavark"' "network_config_dir = \"$data/networks\"" >"$data/containers.conf"
  printf '%s\n' '#!/bin/sh' "CONTAINERS_CONF=$data/containers.conf exec podman --root $data/store --runroot $data/runroot \\" \
    '  --storage-driver vfs --runtime runc --cgroup-manager cgroupfs --events-backend none "$@"' >"$data/podman"
  chmod 755 "$data/podman"
  engine network create --disable-dns --subnet 10.203.0.0/24 pods >/dev/null &&
    make_bridge "$(engine network inspect --format '{{.NetworkInterface}}' pods)" || fail "podman makes no network"
}

# make_bridge NAME: what podman would make itself, but then with the hardware address of one of the pods: when that one leaves, no
# other reaches the bridge for half a minute. One with something on it is not taken away with the last pod.
make_bridge() {
  ip link add "$1" type bridge && ip link set "$1" address 02:00:0a:cb:00:01 up && ip address add "$NODE/24" dev "$1" &&
    ip link add keeper type veth peer name kept && ip link set keeper master "$1" up && ip link set kept up
}

engine() { "$data/podman" "$@"; }

# load_images FOLDER: what deploy/image/build put there, with the tag test.
load_images() {
  local archive
  for archive in "$1"/*.tar; do
    engine load --quiet --input "$archive" >/dev/null || fail "podman cannot load $archive"
  done
}

# The images of the commit, whatever else lies in this checkout; made once for each and kept below build-image; $images says
# where. QINGLIAN_TEST_IMAGES names another folder where deploy/image/build has put some with the tag test: those do.
build_images() {
  local kept=$root/build-image/of-commits commit
  images=${QINGLIAN_TEST_IMAGES-}
  [ -z "$images" ] || return 0
  commit=$(git -C "$root" rev-parse HEAD) || fail "$root is no checkout of git"
  images=$kept/$commit
  [ ! -e "$images" ] || return 0
  git clone -q "$root" "$data/checkout" && cp -rs "$root/deploy/packages/node_modules" "$data/checkout/deploy/packages/node_modules" ||
    fail "cannot make a checkout in $data"
  "$data/checkout/deploy/image/build" "--out=$data/images" --tag=test >"$data/build.log" 2>&1 ||
    { tail -n 5 "$data/build.log" >&2; fail "no images"; }
  rm -rf "$kept" "$data/checkout" "$data/images/.store" "$data/images/.run"
  mkdir -p "$kept" && mv "$data/images" "$images" || fail "cannot write in $kept"
}
