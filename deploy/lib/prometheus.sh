# Who watches an installation: Prometheus with its rules and console pages, the exporters it reads, Alertmanager. Wants
# layout.sh, processes.sh, database.sh, edge.sh, say.sh.

prometheus_folder() { echo "$data/prometheus"; }

# Whether it is watched and where alarms are told: as said now, or as it was.
settle_prometheus() {
  [ -n "$watched" ] || watched=$(recall prometheus)
  : "${watched:=no}"
  [ -n "$alarms" ] || alarms=$(recall alarms)
  [ -z "$alarms" ] || [ "$watched" = yes ] || fail "--alarms wants --prometheus"
  [[ $alarms =~ ^(https?://[^[:space:]\"\']+)?$ ]] || fail "--alarms $alarms: wanted http://… or https://…"
}

# watchers: which of them are wanted, in the order they start.
watchers() {
  local watcher
  [ "$watched" = yes ] || return 0
  for watcher in "${WATCHERS[@]}"; do
    [ "$watcher" != alertmanager ] || [ -n "$alarms" ] || continue
    echo "$watcher"
  done
}

# fill TEMPLATE TO NAME VALUE…: puts each value in the place of @NAME@. What somebody changed in a file that was made here
# stays, until it would be made otherwise.
fill() {
  local template to=$2
  template=$(cat "$1") || fail "cannot read $1"
  shift 2
  while [ $# -gt 0 ]; do
    template=${template//@$1@/$2}
    shift 2
  done
  [ ! -e "$to" ] || [ "$template" != "$(cat "$to.made" 2>/dev/null)" ] || return 0
  printf '%s\n' "$template" >"$to" && printf '%s\n' "$template" >"$to.made" || fail "cannot write $to"
}

# What the exporter asks the server as: it sees how the server does, and no row of any table.
make_exporter_user() {
  local user=qinglian_exporter host said
  host=$(client_host)
  make_secret "$(password_file $user)" 24
  said=$({
    echo "CREATE USER IF NOT EXISTS '$user'@'$host' IDENTIFIED BY '$(cat "$(password_file $user)")' WITH MAX_USER_CONNECTIONS 3;"
    echo "ALTER USER '$user'@'$host' IDENTIFIED BY '$(cat "$(password_file $user)")';"
    echo "GRANT PROCESS ON *.* TO '$user'@'$host';"
  } | sql 2>&1) || fail "could not make the database user $user: $(explain_sql "$said")"
  (umask 077 && {
    printf '[client]\nuser=%s\npassword=%s\n' "$user" "$(cat "$(password_file $user)")"
    if [ -n "$server_socket" ]; then echo "socket=$server_socket"; else printf 'host=%s\nport=%s\n' "$server_host" "$server_port"; fi
  } >"$(prometheus_folder)/exporter.cnf") || fail "cannot write in $(prometheus_folder)"
}

# One alarms' block for Prometheus, or none.
alarm_targets() {
  [ -z "$alarms" ] || printf 'alerting:\n  alertmanagers:\n    - static_configs: [{targets: ["%s"]}]' "$(address_of alertmanager)"
}

service_targets() {
  local process
  for process in gateway "${SERVICES[@]}"; do
    printf '      - {targets: ["127.0.0.1:%s"], labels: {process: %s}}\n' "$(metrics_port_of "$process")" "$process"
  done
}

configure_prometheus() {
  local folder said host=$listen
  folder=$(prometheus_folder)
  mkdir -p "$folder/data" && chmod 700 "$folder" || fail "cannot create $folder"
  case $host in 0.0.0.0 | '::') host=127.0.0.1 ;; esac
  fill "$root/deploy/prometheus/prometheus.yml" "$folder/prometheus.yml" RULES "$root/deploy/prometheus/rules" \
    ALERTING "$(alarm_targets)" SERVICES "$(service_targets)" EDGE "127.0.0.1:$(metrics_port_of edge)" \
    MYSQL "$(address_of mysqld-exporter)" BLACKBOX "$(address_of blackbox-exporter)" \
    MACHINE "$(address_of node-exporter)" \
    PROMETHEUS "$(address_of prometheus)" PUBLIC "$(bracketed "$host"):$port"
  fill "$root/deploy/prometheus/blackbox.yml" "$folder/blackbox.yml" CA "$(edge_folder)/ca/ca.pem"
  fill "$root/deploy/prometheus/alertmanager.yml" "$folder/alertmanager.yml" ALARMS "${alarms:-http://127.0.0.1:9/}"
  said=$(promtool check config "$folder/prometheus.yml" 2>&1) ||
    fail "Prometheus would not start so: $(grep -m 1 FAILED <<<"$said")"
}

# watcher_options WATCHER: its command line, one option a line.
watcher_options() {
  local folder
  folder=$(prometheus_folder)
  case $1 in
    mysqld-exporter) printf '%s\n' "--web.listen-address=$(address_of "$1")" "--config.my-cnf=$folder/exporter.cnf" ;;
    blackbox-exporter) printf '%s\n' "--web.listen-address=$(address_of "$1")" "--config.file=$folder/blackbox.yml" ;;
    # Of the machine only how full its file systems are.
    node-exporter)
      printf '%s\n' "--web.listen-address=$(address_of "$1")" --collector.disable-defaults --collector.filesystem
      ;;
    alertmanager)
      printf '%s\n' "--web.listen-address=$(address_of "$1")" "--config.file=$folder/alertmanager.yml" \
        "--storage.path=$folder/alertmanager" --cluster.listen-address=
      ;;
    prometheus)
      printf '%s\n' "--web.listen-address=$(address_of "$1")" "--config.file=$folder/prometheus.yml" \
        "--storage.tsdb.path=$folder/data" --storage.tsdb.retention.time=90d \
        "--web.console.templates=$root/deploy/prometheus/consoles" \
        "--web.console.libraries=$root/deploy/prometheus/console_libraries"
      ;;
  esac
}

# After all others: what is not there yet is no alarm.
start_watchers() {
  local watcher options
  for watcher in "${WATCHERS[@]}"; do
    grep -qxF "$watcher" <<<"$(watchers)" || stop_process "$watcher"
  done
  [ "$watched" = yes ] || return 0
  configure_prometheus
  make_exporter_user
  for watcher in $(watchers); do
    mapfile -t options < <(watcher_options "$watcher")
    # Who runs already takes up rules and settings that are new; these exporters have none, and would end.
    [[ $watcher =~ ^(mysqld|node)-exporter$ ]] || ! is_running "$watcher" || kill -HUP "$(pid_of "$watcher")"
    start_process "$watcher" "${options[@]}"
  done
  for watcher in $(watchers); do wait_until_ready "$watcher"; done
}
