# The database from the administrator's side: a schema and two users a service. Wants layout.sh, say.sh.
#
# The runtime user reads and writes rows and can change no schema. It may only insert into the journal and its
# positions, and deletes only from the tables that services/<service>/migrations/deletable.txt names, besides those
# of the frame. The migrating user owns the schema and nothing else.

# What the frame itself deletes from, in every service.
FRAME_DELETABLE=(journal_pending evidence_pieces)
FRAME_INSERT_ONLY=(journal journal_position)
FRAME_READ_ONLY=(schema_migrations schema_lease)
FRAME_UPDATE_ONLY=(journal_lease)

decode() { printf '%b' "${1//%/\\x}"; }

# parse_server URL: mysql://user:password@host:port/?socket=/path&password_file=/path, as the services read it.
# Sets the variables server_*; says what is wrong without quoting what may hold a password.
parse_server() {
  local url=$1 query='' pair login host
  [[ $url == mysql://?*@?* ]] || fail "--mysql: wanted mysql://user:password@host:port/"
  url=${url#mysql://}
  [[ $url == *\?* ]] && query=${url#*\?}
  url=${url%%\?*}
  login=${url%@*}
  host=${url##*@}
  host=${host%%/*}
  server_user=$(decode "${login%%:*}")
  server_password=''
  [[ $login == *:* ]] && server_password=$(decode "${login#*:}")
  server_port=3306
  [[ $host =~ :([0-9]+)$ ]] && server_port=${BASH_REMATCH[1]} && host=${host%:*}
  server_host=$host
  server_socket=''
  while IFS= read -r -d '&' pair; do
    case $pair in
      '') ;;
      socket=*) server_socket=$(decode "${pair#*=}") ;;
      password_file=*) server_password=$(cat "$(decode "${pair#*=}")") || fail "--mysql: cannot read the password file" ;;
      *) fail "--mysql: unknown option '${pair%%=*}'; known are socket and password_file" ;;
    esac
  done <<<"$query&"
}

# use_private_server: the one that deploy/mysql/server runs in $data/mysql, whose root is whoever runs it.
use_private_server() {
  server_user=$(id -un) server_password='' server_host=localhost server_port=3306
  server_socket=$data/mysql/mysql.sock
}

# Where the server is, for people and for telling one from another; no user and no password.
server_name() {
  if [ -n "$server_socket" ]; then echo "$server_socket"; else echo "$server_host:$server_port"; fi
}

# From where the services come, as the server sees them.
client_host() {
  if [ -n "$server_socket" ]; then echo localhost; else echo %; fi
}

# sql: runs the statements on its input as the administrator. The password does not show in the process list.
sql() {
  local where=(--protocol=tcp "--host=$server_host" "--port=$server_port")
  [ -z "$server_socket" ] || where=("--socket=$server_socket")
  MYSQL_PWD=$server_password mariadb --no-defaults "${where[@]}" "--user=$server_user" --connect-timeout=5 \
    --batch --skip-column-names --default-character-set=utf8mb4
}

# check_server: one clear line for each of the common troubles.
check_server() {
  local said
  said=$(echo 'SELECT 1' | sql 2>&1) && return 0
  case $said in
    *'ERROR 1045'* | *'ERROR 1698'*) fail "the database at $(server_name) refuses user '$server_user': wrong name or password" ;;
    *'1130 - '*) fail "the database at $(server_name) accepts nobody from this machine" ;;
    *'ERROR 2002'* | *'ERROR 2003'* | *'ERROR 2005'*) fail "no database answers at $(server_name)" ;;
    *'ERROR 1040'*) fail "the database at $(server_name) has too many connections" ;;
    *) fail "the database at $(server_name) cannot be used: ${said##*$'\n'}" ;;
  esac
}

# make_secret FILE BYTES: random, in hexadecimal digits, once and for all.
make_secret() {
  [ -s "$1" ] && return 0
  (umask 077 && mkdir -p "${1%/*}" && head -c "$2" /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$1.new" &&
    mv "$1.new" "$1") || fail "cannot write $1"
}

# make_schema SERVICE: the schema and its two users; what is there already stays, with the passwords of our files.
make_schema() {
  local schema user rights host said
  schema=$(schema_of "$1")
  host=$(client_host)
  make_secret "$(key_file "$1")" 32
  said=$({
    echo "CREATE DATABASE IF NOT EXISTS \`$schema\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"
    for user in "$schema" "${schema}_migrate"; do
      make_secret "$(password_file "$user")" 24
      echo "CREATE USER IF NOT EXISTS '$user'@'$host' IDENTIFIED BY '$(cat "$(password_file "$user")")';"
      echo "ALTER USER '$user'@'$host' IDENTIFIED BY '$(cat "$(password_file "$user")")';"
    done
    rights='SELECT, INSERT, UPDATE, DELETE, CREATE, CREATE VIEW, ALTER, DROP, INDEX, REFERENCES, LOCK TABLES'
    echo "GRANT $rights ON \`$schema\`.* TO '${schema}_migrate'@'$host';"
  } | sql 2>&1) || fail "could not create schema $schema: $(explain_sql "$said")"
}

explain_sql() {
  case $1 in
    *'ERROR 1044'* | *'ERROR 1227'* | *'ERROR 1142'*) echo "user '$server_user' may not create schemas, users and grants" ;;
    *) echo "${1##*$'\n'}" ;;
  esac
}

# deletable_tables SERVICE
deletable_tables() {
  printf '%s\n' "${FRAME_DELETABLE[@]}"
  [ ! -e "$root/services/$1/migrations/deletable.txt" ] ||
    sed -E '/^ *(#|$)/d; s/ .*//' "$root/services/$1/migrations/deletable.txt"
}

rights_on() {
  local service=$1 table=$2
  case " ${FRAME_INSERT_ONLY[*]} " in *" $table "*) echo 'SELECT, INSERT' && return ;; esac
  case " ${FRAME_READ_ONLY[*]} " in *" $table "*) echo 'SELECT' && return ;; esac
  case " ${FRAME_UPDATE_ONLY[*]} " in *" $table "*) echo 'SELECT, UPDATE' && return ;; esac
  if deletable_tables "$service" | grep -xF "$table" >/dev/null; then
    echo 'SELECT, INSERT, UPDATE, DELETE'
  else
    echo 'SELECT, INSERT, UPDATE'
  fi
}

# grant_tables SERVICE: after each migration, since a new table has no grants yet. LOCK TABLES is what MySQL wants for
# a locking read of a table that may not be updated.
grant_tables() {
  local schema table user said
  schema=$(schema_of "$1")
  user="'$schema'@'$(client_host)'"
  said=$({
    echo "GRANT LOCK TABLES ON \`$schema\`.* TO $user;"
    while read -r table; do
      echo "GRANT $(rights_on "$1" "$table") ON \`$schema\`.\`$table\` TO $user;"
    done < <(echo "SELECT table_name FROM information_schema.tables WHERE table_schema = '$schema'" | sql)
  } | sql 2>&1) || fail "could not grant rights in $schema: $(explain_sql "$said")"
}

# service_url USER SCHEMA: how a service reaches its schema.
service_url() {
  if [ -n "$server_socket" ]; then
    echo "mysql://$1@localhost/$2?socket=$server_socket&password_file=$(password_file "$1")"
  else
    echo "mysql://$1@$server_host:$server_port/$2?password_file=$(password_file "$1")"
  fi
}

# migrate SERVICE: to the head of this build; a service that runs goes on meanwhile.
migrate() {
  local schema said
  schema=$(schema_of "$1")
  said=$("$(binary_of "$1")" migrate "--mysql=$(service_url "${schema}_migrate" "$schema")" 2>&1 </dev/null 9>&-) ||
    fail "could not migrate $schema: ${said##*$'\n'}"
}

# drop_schemas: everything that make_schema made, and the user of the exporter.
drop_schemas() {
  local service schema user
  {
    for service in "${SERVICES[@]}"; do
      schema=$(schema_of "$service")
      echo "DROP DATABASE IF EXISTS \`$schema\`;"
      for user in "$schema" "${schema}_migrate"; do
        echo "DROP USER IF EXISTS '$user'@'$(client_host)';"
      done
    done
    echo "DROP USER IF EXISTS 'qinglian_exporter'@'$(client_host)';"
  } | sql 2>&1 || fail "could not drop the schemas at $(server_name)"
}
