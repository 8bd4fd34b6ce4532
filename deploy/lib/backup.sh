# What the backups consist of, and how they are read and written. Wants say.sh, layout.sh, database.sh; the caller
# sets store.
#
#   recipient                 the public key that everything is encrypted to
#   full/TIME/base.age        all of a server's data, compressed, encrypted
#   full/TIME/about           lines name=value: when and up to where in the binary log, and the digest
#   binlog/NAME.age           a binary log of the server, encrypted
#   binlogs.tsv               of each: name, size, digest, when it was closed (Unix time)
#   marks.tsv                 moments of all schemas: time, place in the binary log, schema, position and incarnation
#                             of its journal, positions of the feeds it follows
#   checkpoints/              copies of the signed checkpoints of the journals
#
# A store is of one server and one life of it: a server that was restored counts its logs from one again.

umask 077

# option NAME "$@": whether the option at the front has its value.
wants_value() { [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 wants a value"; }

# choose_store DIR [new]: the folder of the backups; made only where it is to be written to.
choose_store() {
  [ -n "$1" ] || fail "--store DIR is missing: the folder of the backups, on another disk than the data"
  store=$(realpath -m -- "$1")
  if [ "${2-}" = new ]; then
    mkdir -p "$store/full" "$store/binlog" "$store/checkpoints" 2>/dev/null || fail "cannot create $store"
    chmod 700 "$store"
  fi
  [ -d "$store/full" ] || fail "$store holds no backups"
}

# take_store: one at a time writes to it.
take_store() {
  exec 8>"$store/.lock" || fail "cannot write in $store"
  flock -w 60 8 || fail "another backup works on $store"
}

# settle_recipient FILE: the public key, said once and kept in the store. Another one later is a mistake.
settle_recipient() {
  local key
  if [ -n "$1" ]; then
    [ -r "$1" ] || fail "--recipient $1: cannot be read"
    key=$(grep -v '^#' "$1" | head -n 1)
    [[ $key =~ ^age1[a-z0-9]{58}$ ]] ||
      fail "--recipient $1: wanted the public half of a key; deploy/backup/make-key makes both"
    [ ! -s "$store/recipient" ] || [ "$key" = "$(cat "$store/recipient")" ] ||
      fail "$store is encrypted to another key; begin a new store for this one"
    printf '%s\n' "$key" >"$store/recipient"
  fi
  [ -s "$store/recipient" ] || fail "--recipient FILE is missing: the public half of what deploy/backup/make-key made"
}

# encrypt: from input to output, for the recipient; what is cut off or changed later does not open.
encrypt() { age --encrypt --recipients-file "$store/recipient"; }
decrypt() { age --decrypt --identity "$key" "$1"; }

# require_key FILE: sets key; whether it is the one that the store is encrypted to.
require_key() {
  [ -n "$1" ] || fail "--key FILE is missing: the key that deploy/backup/make-key made"
  [ -r "$1" ] || fail "--key $1: cannot be read"
  key=$(realpath -- "$1")
  [ "$(age-keygen -y "$key" 2>/dev/null)" = "$(cat "$store/recipient" 2>/dev/null)" ] ||
    fail "--key $1 is not the key of $store"
}

# use_server URL: a server of the user's, or the private one of an installation. A file for the clients keeps the
# password off the process list.
use_server() {
  if [ -n "$1" ]; then parse_server "$1"; else use_private_server; fi
  check_server
  client=$(mktemp) || fail "cannot write a temporary file"
  {
    echo '[client]'
    printf 'user="%s"\n' "$server_user"
    [ -z "$server_password" ] || printf 'password="%s"\n' "${server_password//[\"\\]/\\&}"
    if [ -n "$server_socket" ]; then
      printf 'socket="%s"\n' "$server_socket"
    else
      printf 'protocol=tcp\nhost="%s"\nport=%s\n' "$server_host" "$server_port"
    fi
  } >"$client"
  [ "$(ask 'SELECT @@log_bin')" = 1 ] ||
    fail "the database at $(server_name) keeps no binary log; start it with one (deploy/mysql/server: binlog=on)"
}

# ask SQL: tab-separated, without a heading.
ask() { sql <<<"$1"; }

# Every schema that has a journal.
journalled_schemas() { ask "SELECT table_schema FROM information_schema.tables WHERE table_name = 'journal_lease'"; }
following_schemas() { ask "SELECT table_schema FROM information_schema.tables WHERE table_name = 'projections'"; }

# moment: lines of marks.tsv, all as of one place in the binary log.
moment() {
  local schema schemas followers feeds said
  schemas=$(journalled_schemas) && followers=$(following_schemas) || return 1
  said=$({
    echo 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT;'
    echo "SHOW STATUS LIKE 'binlog_snapshot_%';"
    for schema in $schemas; do
      feeds="''"
      grep -qxF "$schema" <<<"$followers" &&
        feeds="(SELECT GROUP_CONCAT(feed, '=', position ORDER BY feed) FROM \`$schema\`.projections)"
      echo "SELECT 'schema', '$schema', head_position, LOWER(HEX(incarnation)), COALESCE($feeds, '') FROM \`$schema\`.journal_lease;"
    done
  } | sql) || return 1
  awk -F'\t' -v time="$(date -u +%Y-%m-%dT%H:%M:%SZ)" -v OFS='\t' '
    $1 == "Binlog_snapshot_file" { file = $2 }
    $1 == "Binlog_snapshot_position" { place = $2 }
    $1 == "schema" { print time, file ":" place, $2, $3, $4, $5 }' <<<"$said"
}

# about FULL NAME: what a full backup says of itself.
about() { sed -n "s/^$2=//p" "$store/full/$1/about"; }

# Names of the full backups that were finished, oldest first.
full_backups() { find "$store/full" -mindepth 2 -maxdepth 2 -name about -printf '%P\n' | sed 's,/about$,,' | sort; }

# number_of NAME: of a binary log.
number_of() { echo $((10#${1##*.})); }

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

# utc UNIX-TIME, for people and for mariadb-binlog.
utc() { date -u -d "@$1" '+%Y-%m-%d %H:%M:%S'; }
