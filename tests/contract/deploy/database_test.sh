#!/usr/bin/env bash
# What deploy/up makes in the database: a schema and two users a service, each with no more rights than it needs.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for part in say layout database; do . "$root/deploy/lib/$part.sh"; done
. "$root/tests/lib/check.sh"

data=$(mktemp -d)
trap '"$root/deploy/mysql/server" stop "$data/mysql"; rm -rf "$data"' EXIT

# as USER STATEMENT: as one of the service's users, in its schema.
as() {
  mariadb --no-defaults --socket="$data/mysql/mysql.sock" --user="$1" --password="$(cat "$(password_file "$1")")" \
    --skip-column-names --batch qinglian_risk -e "$2"
}

prepare() {
  "$root/deploy/mysql/server" start "$data/mysql" durability=relaxed || exit 1
  use_private_server
  make_schema risk
  as qinglian_risk_migrate 'CREATE TABLE journal (id INT PRIMARY KEY, resource INT);
    CREATE TABLE journal_position (position INT PRIMARY KEY, journal_id INT);
    CREATE TABLE journal_pending (journal_id INT PRIMARY KEY);
    CREATE TABLE schema_migrations (number INT PRIMARY KEY);
    CREATE TABLE journal_lease (name INT PRIMARY KEY, epoch INT);
    INSERT INTO journal_lease VALUES (1, 0);
    CREATE TABLE risk_points (id INT PRIMARY KEY, version INT)' || exit 1
  grant_tables risk
}

TheRuntimeUserReadsAndWritesRows() {
  expect "an insert" as qinglian_risk 'INSERT INTO risk_points VALUES (1, 1)'
  expect "an update" as qinglian_risk 'UPDATE risk_points SET version = 2 WHERE id = 1'
  expect_equal "what it reads" 2 "$(as qinglian_risk 'SELECT version FROM risk_points')"
}

TheRuntimeUserChangesNoSchema() {
  local statement
  for statement in 'CREATE TABLE other (id INT)' 'DROP TABLE risk_points' 'CREATE INDEX v ON risk_points (version)' \
    'ALTER TABLE risk_points ADD COLUMN note INT' 'TRUNCATE TABLE risk_points'; do
    expect_failure "$statement" 'ERROR 1142' as qinglian_risk "$statement"
  done
}

TheJournalIsInsertOnly() {
  expect "an insert" as qinglian_risk 'INSERT INTO journal VALUES (1, 1); INSERT INTO journal_position VALUES (1, 1)'
  expect "a locking read" as qinglian_risk 'SELECT * FROM journal FOR UPDATE'
  local table
  local -A column=([journal]=resource [journal_position]=journal_id)
  for table in journal journal_position; do
    expect_failure "an update of $table" 'ERROR 1142' as qinglian_risk "UPDATE $table SET ${column[$table]} = 2"
    expect_failure "a delete from $table" 'ERROR 1142' as qinglian_risk "DELETE FROM $table"
  done
}

OnlyWhatIsPendingIsDeleted() {
  expect "what is pending" as qinglian_risk 'INSERT INTO journal_pending VALUES (1); DELETE FROM journal_pending'
  expect_failure "a resource" 'ERROR 1142' as qinglian_risk 'DELETE FROM risk_points'
}

TheRecordOfMigrationsIsOnlyRead() {
  expect "a read" as qinglian_risk 'SELECT * FROM schema_migrations'
  expect_failure "a write" 'ERROR 1142' as qinglian_risk 'INSERT INTO schema_migrations VALUES (1)'
}

TheLeaseOfTheJournalIsOnlyUpdated() {
  expect "an update" as qinglian_risk 'UPDATE journal_lease SET epoch = 1'
  expect_failure "an insert" 'ERROR 1142' as qinglian_risk 'INSERT INTO journal_lease VALUES (2, 0)'
}

NoUserSeesAnotherSchema() {
  make_schema review
  expect_failure "the runtime user" 'ERROR 1044|ERROR 1142' as qinglian_risk 'USE qinglian_review'
  expect_failure "the migrating user" 'ERROR 1044|ERROR 1142' as qinglian_risk_migrate 'USE qinglian_review'
}

PasswordsAreForTheirOwnerAlone() {
  expect_equal "the mode of the folder and the files" "600 700" \
    "$(stat -c %a "$data/secrets" "$data"/secrets/* | sort -u | tr '\n' ' ' | sed 's/ $//')"
}

MakingASchemaAgainChangesNothing() {
  local before
  before=$(cat "$data"/secrets/*)
  make_schema risk
  grant_tables risk
  expect_equal "the passwords" "$before" "$(cat "$data"/secrets/*)"
  expect "the runtime user still reads" as qinglian_risk 'SELECT * FROM risk_points'
}

EveryTableThatAServiceDeletesFromExistsInItsMigrations() {
  local service table
  for service in "${SERVICES[@]}"; do
    for table in $(deletable_tables "$service" | grep -vxF "$(printf '%s\n' "${FRAME_DELETABLE[@]}")"); do
      expect "$service creates $table" \
        grep -rqiE "CREATE TABLE (IF NOT EXISTS )?\`?$table\b" "$root/services/$service/migrations" "$root/common"
    done
  done
}

# A delete that was not granted would fail only where it runs.
WhateverTheCodeDeletesFromIsGranted() {
  local file table allowed service
  while IFS=: read -r file table; do
    case $file in
      */common/mysql/*) continue ;; # the record of migrations, which the migrating user keeps
      */services/*) allowed=$(deletable_tables "$(cut -d/ -f2 <<<"${file#"$root"/}")") ;;
      *) allowed=$(for service in "${SERVICES[@]}"; do deletable_tables "$service"; done) ;; # of some of them
    esac
    expect "${file#"$root"/} deletes from $table: services/…/migrations/deletable.txt names it" \
      grep -xF "${table#DELETE FROM }" <<<"$allowed"
  done < <(grep -roE --include='*.cc' --include='*.h' 'DELETE FROM [a-z_]+' "$root/common" "$root/services")
}

prepare
run_tests TheRuntimeUserReadsAndWritesRows TheRuntimeUserChangesNoSchema TheJournalIsInsertOnly \
  OnlyWhatIsPendingIsDeleted TheRecordOfMigrationsIsOnlyRead TheLeaseOfTheJournalIsOnlyUpdated \
  NoUserSeesAnotherSchema PasswordsAreForTheirOwnerAlone \
  MakingASchemaAgainChangesNothing EveryTableThatAServiceDeletesFromExistsInItsMigrations \
  WhateverTheCodeDeletesFromIsGranted
