# The services as processes: a pid file, a log and the command line of each, under $data. Wants layout.sh, say.sh.

pid_of() { cat "$data/run/$1.pid" 2>/dev/null; }

# Whether the process of that name runs, and not another that came by its number.
is_running() {
  local pid
  pid=$(pid_of "$1") && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null &&
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | head -n 1 | grep -qx -- ".*/$(basename "$(binary_of "$1")")"
}

# What a process was started as; another binary or command line is another process.
fingerprint() {
  stat -Lc '%i %Y %s' "$1"
  printf '%s\n' "$@"
}

# start_process NAME ARGUMENT…: does nothing where the same already runs. Sets changed=1 where it started it.
start_process() {
  local name=$1 binary print
  shift
  binary=$(binary_of "$name")
  print=$(fingerprint "$binary" "$@")
  if is_running "$name"; then
    [ "$print" = "$(cat "$data/run/$name.started" 2>/dev/null)" ] && return 0
    stop_process "$name"
  fi
  require_free_ports "$name"
  # A session of its own: the interrupt key of whoever types does not reach it. 9 is the lock of `up`.
  setsid "$binary" "$@" >>"$data/log/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$data/run/$name.pid"
  printf '%s\n' "$print" >"$data/run/$name.started"
  started+=("$name")
}

# stop_process NAME: asks, waits until calls under way have been answered, and insists after half a minute.
stop_process() {
  local pid tick
  is_running "$1" || { rm -f "$data/run/$1.pid" && return 0; }
  pid=$(pid_of "$1")
  [ "$1" != edge ] || leave_edge "$pid"
  kill -TERM "$pid" 2>/dev/null
  for ((tick = 0; tick < 300; tick++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -0 "$pid" 2>/dev/null && kill -KILL "$pid" 2>/dev/null
  rm -f "$data/run/$1.pid"
}

# leave_edge PID: SIGTERM cuts the edge's calls; before that those under way have five seconds.
leave_edge() {
  local tick
  kill -USR1 "$1" 2>/dev/null
  for ((tick = 0; tick < 50; tick++)); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
}

# require_free_ports NAME: those that a process listens on.
require_free_ports() {
  [ "$1" != edge ] || require_free_port "$port"
  require_free_port "$(metrics_port_of "$1")"
}

require_free_port() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 0
  fail "port $1 is taken by another program; choose others with --port"
}

# The last thing a process said that was an error, for one line: plain where it did not start, JSON afterwards.
last_words() {
  local line
  line=$(grep -E '"severity":"ERROR"|^[^{]' "$data/log/$1.log" | tail -n 1)
  [ -n "$line" ] || line=$(tail -n 1 "$data/log/$1.log")
  sed -E "s/^$1: //; "'s/^\{.*"event":"([^"]*)",?(.*)\}$/\1 \2/' <<<"$line" | cut -c 1-300
}

# Whether a process serves: it says so by gRPC's health protocol; the edge and the watchers, who do not speak it, listen.
serves() {
  case " edge ${WATCHERS[*]} " in
    *" $1 "*) (exec 3<>"/dev/tcp/127.0.0.1/$(metrics_port_of "$1")") 2>/dev/null ;;
    *) ctl "--address=$(address_of "$1")" health >/dev/null 2>&1 ;;
  esac
}

# wait_until_ready NAME
wait_until_ready() {
  local tick
  for ((tick = 0; tick < 300; tick++)); do
    serves "$1" && return 0
    is_running "$1" || fail "$1 did not start: $(last_words "$1")"
    sleep 0.2
  done
  fail "$1 is not ready after a minute; its log is $data/log/$1.log"
}
