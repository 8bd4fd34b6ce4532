# Building, the same way for `up` and for the tests. Wants $root, and say.sh.

# As many compilers at once as there are cores, and 1.5 GB of memory for each: the gRPC headers take that much.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# configure FOLDER OPTION…: quiet where nothing changed.
configure() {
  local folder=$1 with
  shift
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 # so that another checkout finds what this one compiled
  # What a build does without where it is not there is looked for anew when it has come.
  with="$* $(dpkg-query -W -f='${Version}' opentelemetry-cpp-dev 2>/dev/null)"
  [ -e "$folder/build.ninja" ] && [ "$with" = "$(cat "$folder/.configured-with" 2>/dev/null)" ] && return 0
  mkdir -p "$folder"
  step "configuring ${folder##*/}" cmake -S "$root" -B "$folder" -G Ninja "$@" ||
    fail "cmake could not configure ${folder##*/}"
  echo "$with" >"$folder/.configured-with"
}

# Of ninja's lines, what shows that it goes on where nobody sees a terminal: every 20th, the last, and all that is
# no progress.
thinned() {
  awk -F'[][/ ]' '/^\[[0-9]+\/[0-9]+ / { if ($2 % 20 == 0 || $2 == $3) { print; fflush() } next } { print; fflush() }'
}

# build FOLDER [TARGET…]
build() {
  local folder=$1
  shift
  if [ -t 1 ]; then
    NINJA_STATUS='[%f/%t %es] ' ninja -C "$folder" -j "$(build_jobs)" "$@" </dev/null
  else
    NINJA_STATUS='[%f/%t %es] ' ninja -C "$folder" -j "$(build_jobs)" "$@" </dev/null 2>&1 | thinned
    [ "${PIPESTATUS[0]}" -eq 0 ]
  fi
}
