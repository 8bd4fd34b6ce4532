#!/usr/bin/env bash
# Backups from the operator's side: what is taken and shipped can be listed, checked and restored, and each mistake is
# one line.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
. "$root/tests/lib/check.sh"

backup=$root/deploy/backup
all=$(mktemp -d)
trap '"$root/deploy/mysql/server" stop "$all/mysql"; rm -rf "$all"' EXIT
url="mysql://$(id -un)@localhost/?socket=$all/mysql/mysql.sock"

run() { mariadb --no-defaults --socket="${2-$all/mysql}/mysql.sock" --batch --skip-column-names -e "$1"; }

# A schema with a journal that follows another, two changes after the full backup, each in a log of its own.
prepare() {
  "$root/deploy/mysql/server" start "$all/mysql" durability=relaxed buffer_pool=128M binlog=on || exit 1
  run "CREATE DATABASE kept; CREATE DATABASE other;
    CREATE TABLE kept.journal_lease (head_position INT, incarnation BINARY(16));
    CREATE TABLE other.journal_lease (head_position INT, incarnation BINARY(16));
    CREATE TABLE kept.texts (text TEXT); INSERT INTO kept.texts VALUES ('a text in clear');
    CREATE TABLE kept.projections (feed VARCHAR(20), position INT);
    INSERT INTO kept.journal_lease VALUES (7, UNHEX(REPEAT('ab', 16)));
    INSERT INTO other.journal_lease VALUES (3, UNHEX(REPEAT('cd', 16)));
    INSERT INTO kept.projections VALUES ('other', 3)" || exit 1
  "$backup/make-key" "$all/key" && "$backup/make-key" "$all/other-key" &&
    "$backup/take" --store "$all/store" --recipient "$all/key.public" --mysql "$url" || exit 1
  run "UPDATE kept.journal_lease SET head_position = 8; INSERT INTO kept.texts VALUES ('a text in clear')" && ship || exit 1
  run 'UPDATE kept.journal_lease SET head_position = 9' && ship || exit 1
}

ship() { "$backup/ship" --store "$all/store" --mysql "$url"; }

copy_store() { cp -r "$all/store" "$scratch/store"; }

# restore_here OPTION…, into a folder of the test, which the end of the test stops.
restore_here() {
  trap '"$root/deploy/mysql/server" stop "$scratch/restored"' EXIT
  "$backup/restore" --store "$all/store" --key "$all/key" --into "$scratch/restored" "$@"
}

head_of_restored() { run 'SELECT head_position FROM kept.journal_lease' "$scratch/restored"; }

AListShowsWhichPositionsBelongTogether() {
  "$backup/list" --store "$all/store" >"$scratch/said" || exit 1
  expect "the full backup" grep -qE '^  [0-9T]+Z .* MB   log binlog\.000001:[0-9]+$' "$scratch/said"
  expect "the schema that follows" grep -qE '^  kept +journal +9 +incarnation (ab){16}   follows other=3$' "$scratch/said"
  expect "the schema that does not" grep -qE '^  other +journal +3 +incarnation (cd){16}   follows nobody$' "$scratch/said"
}

AllThatWasShippedComesBack() {
  expect "a restore" restore_here
  expect_equal "the position" 9 "$(head_of_restored)"
}

APlaceInTheLogAndOneSchemaComeBackAlone() {
  local place
  place=$(awk -F'\t' '{ print $2 }' "$all/store/marks.tsv" | head -n 1)
  expect "a restore" restore_here --until "$place" --schema kept
  expect_equal "the position" 8 "$(head_of_restored)"
  expect_equal "the other schema" "" "$(run "SHOW DATABASES LIKE 'other'" "$scratch/restored")"
}

NothingInTheBackupsIsInClearOrOpenToOthers() {
  expect_equal "files that others may read" "" "$(find "$all/store" "$all/key" -perm /077)"
  expect_equal "files with a text of the data" "" "$(grep -rl 'a text in clear' "$all/store")"
}

ALogThatWasChangedIsFoundAndNotPlayed() {
  copy_store
  printf x >>"$scratch/store/binlog/binlog.000002.age"
  expect_failure "a check" 'binlog.000002.age is not as it was written' "$backup/check" --store "$scratch/store"
  expect_failure "a restore" 'the log binlog.000002 is missing or not as it was written' \
    "$backup/restore" --store "$scratch/store" --key "$all/key" --into "$scratch/restored"
  "$root/deploy/mysql/server" stop "$scratch/restored"
}

AForgedFileWithItsDigestDoesNotOpen() {
  copy_store
  head -c 300 /dev/urandom >"$scratch/store/binlog/binlog.000001.age"
  sed -i "1s/[0-9a-f]\{64\}/$(sha256sum <"$scratch/store/binlog/binlog.000001.age" | cut -d ' ' -f 1)/" "$scratch/store/binlogs.tsv"
  expect "a check of digests alone" "$backup/check" --store "$scratch/store"
  expect_failure "a check with the key" 'does not open' "$backup/check" --store "$scratch/store" --key "$all/key"
}

ALogThatIsMissingIsFound() {
  copy_store
  sed -i 1d "$scratch/store/binlogs.tsv"
  expect_failure "a check" 'begin after the oldest full backup' "$backup/check" --store "$scratch/store"
}

BackupsThatNobodyBringsUpToDateAreFound() {
  sleep 1.1
  expect_failure "a check" 'reach only to .*is deploy/backup/ship running' "$backup/check" --store "$all/store" --max-age 0
}

# age_full NAME DAYS OLD-NAME: a full backup as it would be if it had been taken that long ago.
age_full() {
  local taken=$(($(date +%s) - $2 * 86400))
  mv "$scratch/store/full/$1" "$scratch/store/full/$3"
  sed -i "s/^taken=.*/taken=$taken/" "$scratch/store/full/$3/about"
}

WhatIsPrunedIsNeededForNoMomentThatIsKept() {
  local full
  copy_store
  full=$(basename "$scratch/store/full/"*Z)
  # Three full backups: of ten and five days ago, and of today in the last of the logs.
  cp -r "$scratch/store/full/$full" "$scratch/store/full/copy" && age_full copy 10 20000101T000000Z
  cp -r "$scratch/store/full/$full" "$scratch/store/full/copy" && age_full copy 5 20000106T000000Z
  sed -i "s/^place=.*/place=$(tail -n 1 "$scratch/store/binlogs.tsv" | cut -f 1):4/" "$scratch/store/full/$full/about"
  expect "a prune that reaches beyond all" "$backup/prune" --store "$scratch/store" --keep-days 30
  expect_equal "full backups then" 3 "$(find "$scratch/store/full" -name about | wc -l)"
  expect "a prune" "$backup/prune" --store "$scratch/store" --keep-days 3
  expect_equal "full backups then" "20000106T000000Z $full" "$(ls "$scratch/store/full" | tr '\n' ' ' | sed 's/ $//')"
  expect_equal "logs then" "$(cat "$all/store/binlogs.tsv")" "$(cat "$scratch/store/binlogs.tsv")"
  expect "a check" "$backup/check" --store "$scratch/store" --key "$all/key"
  expect "a prune to today" "$backup/prune" --store "$scratch/store" --keep-days 0
  expect_equal "full backups then" "$full" "$(ls "$scratch/store/full")"
  expect_equal "logs then" "$(tail -n 1 "$all/store/binlogs.tsv")" "$(cat "$scratch/store/binlogs.tsv")"
  expect_equal "files of logs then" 1 "$(ls "$scratch/store/binlog" | wc -l)"
  expect "a check" "$backup/check" --store "$scratch/store" --key "$all/key"
  expect "shipping goes on" "$backup/ship" --store "$scratch/store" --mysql "$url"
}

AnotherServerDoesNotGoOnWithAStore() {
  trap '"$root/deploy/mysql/server" stop "$scratch/another"' EXIT
  "$root/deploy/mysql/server" start "$scratch/another" durability=relaxed buffer_pool=128M binlog=on || exit 1
  expect_failure "shipping" 'not the continuation' "$backup/ship" --store "$all/store" \
    --mysql "mysql://$(id -un)@localhost/?socket=$scratch/another/mysql.sock"
}

AServerWithoutALogIsRefused() {
  trap '"$root/deploy/mysql/server" stop "$scratch/another"' EXIT
  "$root/deploy/mysql/server" start "$scratch/another" durability=relaxed buffer_pool=128M || exit 1
  expect_failure "a full backup" 'keeps no binary log' "$backup/take" --store "$scratch/store" \
    --recipient "$all/key.public" --mysql "mysql://$(id -un)@localhost/?socket=$scratch/another/mysql.sock"
}

MistakesAreOneLineEach() {
  expect_failure "no store" '^take: --store DIR is missing' "$backup/take" --mysql "$url"
  expect_failure "a prune without days" '--keep-days N is missing' "$backup/prune" --store "$all/store"
  expect_failure "no backups" 'holds no backups' "$backup/list" --store "$scratch"
  expect_failure "a private key for the public one" 'wanted the public half' "$backup/take" --store "$scratch/new" \
    --recipient "$all/key" --mysql "$url"
  expect_failure "another key" 'encrypted to another key' "$backup/take" --store "$all/store" \
    --recipient "$all/other-key.public" --mysql "$url"
  expect_failure "the wrong key" 'is not the key of' restore_here --key "$all/other-key"
  expect_failure "a moment to come" 'reach only to' restore_here --until '2099-01-01'
  expect_failure "a moment before all backups" 'no full backup is as old' restore_here --until '2020-01-01'
  expect_failure "no moment" 'neither a time nor a place' restore_here --until 'yesterdayish'
  expect_failure "a key that would be lost" 'is there already' "$backup/make-key" "$all/key"
  mkdir -p "$scratch/full" && : >"$scratch/full/something"
  expect_failure "a folder with something in it" 'is not empty' restore_here --into "$scratch/full"
  expect_failure "an unknown option" "unknown option '--stor'" "$backup/check" --stor x
}

prepare >"$all/prepared" 2>&1 || { cat "$all/prepared" >&2 && exit 1; }
run_tests AListShowsWhichPositionsBelongTogether AllThatWasShippedComesBack APlaceInTheLogAndOneSchemaComeBackAlone \
  NothingInTheBackupsIsInClearOrOpenToOthers ALogThatWasChangedIsFoundAndNotPlayed AForgedFileWithItsDigestDoesNotOpen \
  ALogThatIsMissingIsFound WhatIsPrunedIsNeededForNoMomentThatIsKept BackupsThatNobodyBringsUpToDateAreFound AnotherServerDoesNotGoOnWithAStore \
  AServerWithoutALogIsRefused MistakesAreOneLineEach
