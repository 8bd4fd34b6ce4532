# The edge: its certificates, its configuration, its reload. Wants layout.sh, processes.sh, say.sh.

# The folder of the edge: server.pem (certificate and key), clients.pem (whose certificates are believed), revoked.pem
# (which no longer are), and what deploy/edge/haproxy.cfg became.
edge_folder() { echo "$data/edge"; }

# An authority for development, what it issued for the edge, and links where the edge looks; what is there stays.
make_certificates() {
  local folder said
  folder=$(edge_folder)
  mkdir -p "$folder" && chmod 700 "$folder" || fail "cannot create $folder"
  if [ ! -e "$folder/clients.pem" ]; then
    [ -e "$folder/ca/revoked.pem" ] || { said=$(ctl certificate authority "--ca=$folder/ca" 2>&1) || fail "${said#qlctl: }"; }
    ln -s ca/ca.pem "$folder/clients.pem" && ln -sfn ca/revoked.pem "$folder/revoked.pem" || fail "cannot write in $folder"
  fi
  [ -e "$folder/server.pem" ] && return 0
  local hosts=(localhost 127.0.0.1)
  case $listen in localhost | 127.0.0.1 | 0.0.0.0 | '::') ;; *) hosts+=("$listen") ;; esac
  said=$(ctl certificate server "${hosts[@]}" "--ca=$folder/ca" "--out=$folder" --days=825 2>&1) || fail "${said#qlctl: }"
}

# The issuer and the audience of the tokens that an installation signs itself.
TOKEN_ISSUER=https://development.qinglian.invalid
TOKEN_AUDIENCE=qinglian

# make_callers: the administrator's certificate and a key for tokens of persons, for development, each once; and what
# every call of qlctl needs. A province has its own authority and its own identity provider: where there is an $issuer,
# no key is made.
make_callers() {
  local folder said host=$listen
  folder=$(edge_folder)
  [ -e "$folder/clients/administrator.pem" ] ||
    said=$(ctl certificate issue administrator "--ca=$folder/ca" "--out=$folder/clients" --days=825 2>&1) ||
    fail "${said#qlctl: }"
  [ -n "$issuer" ] || said=$(ctl token make-key "--token_key=$folder/token.key" 2>&1) || fail "${said#qlctl: }"
  case $host in 127.0.0.1 | 0.0.0.0 | '::') host=localhost ;; esac
  {
    printf '%s\n' "address = $(bracketed "$host"):$port" "edge_ca = $folder/ca/ca.pem" \
      "certificate = $folder/clients/administrator.pem" "certificate_key = $folder/clients/administrator.key"
    [ -n "$issuer" ] ||
      printf '%s\n' "token_key = $folder/token.key" "token_issuer = $TOKEN_ISSUER" "token_audience = $TOKEN_AUDIENCE"
  } >"$(qlctl_settings).new" && mv "$(qlctl_settings).new" "$(qlctl_settings)" || fail "cannot write $(qlctl_settings)"
}

# What the gateway must know of those tokens, or of those of the province's provider, one option a line.
token_options() {
  if [ -n "$issuer" ]; then
    printf '%s\n' "--token_issuer=$issuer" "--token_audience=$audience"
    [ -z "$keys" ] || echo "--token_keys=$keys"
    return
  fi
  printf '%s\n' "--token_issuer=$TOKEN_ISSUER" "--token_audience=$TOKEN_AUDIENCE" \
    "--token_keys=file://$(edge_folder)/token.key.public"
}

# As many connections as the edge may hold: two descriptors each, and some for itself.
edge_connections() {
  local limit
  limit=$(ulimit -Hn)
  [ "$limit" != unlimited ] && [ "$limit" -lt 8300 ] || limit=8300
  echo $(((limit - 300) / 2))
}

# configure_edge GATEWAY…: fills deploy/edge/haproxy.cfg in, with the sockets of the gateways.
configure_edge() {
  local folder template servers='' said i
  folder=$(edge_folder)
  template=$(cat "$root/deploy/edge/haproxy.cfg") || fail "cannot read $root/deploy/edge/haproxy.cfg"
  for ((i = 1; i <= $#; i++)); do servers+="  server gateway$i unix@${!i#unix:}"$'\n'; done
  template=${template//@RUN@/$data/run}
  template=${template//@CERTIFICATES@/$folder}
  template=${template//@LISTEN@/$(bracketed "$listen"):$port}
  template=${template//@METRICS_PORT@/$(metrics_port_of edge)}
  template=${template//@MAXCONN@/$(edge_connections)}
  template=${template//@GATEWAYS@/${servers%$'\n'}}
  printf '%s\n' "$template" >"$folder/haproxy.cfg" || fail "cannot write $folder/haproxy.cfg"
  check_edge
}

# check_edge: whether the edge would start so.
check_edge() {
  local said
  said=$("$(binary_of edge)" -c -f "$(edge_folder)/haproxy.cfg" 2>&1 9>&-) ||
    fail "the edge's configuration or certificates are not right: $(grep -m 1 ALERT <<<"$said" | sed -E 's/^\[ALERT\] *\([0-9]+\) : //')"
}

# reload_edge: new connections meet the certificates and lists as they are now; open calls go on in the old process.
# Returns when that one accepts no more.
reload_edge() {
  local before tick
  is_running edge || fail "the edge of $data does not run"
  check_edge
  before=$(times_replaced)
  kill -USR2 "$(pid_of edge)" || fail "the edge does not take the signal"
  for ((tick = 0; tick < 300; tick++)); do
    [ "$(times_replaced)" = "$before" ] || return 0
    sleep 0.1
  done
  fail "the edge did not take up what is new; its log is $data/log/edge.log"
}

# How often one process of the edge has left its place to another, as its log tells.
times_replaced() { grep -c 'WARNING.*Proxy edge stopped' "$data/log/edge.log"; }

bracketed() { case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac; }
