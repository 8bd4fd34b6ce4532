#!/usr/bin/env bash
# What deploy/image/build makes of a commit, in two checkouts of it. Wants root, as buildah does here.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
. "$root/deploy/lib/say.sh"
. "$root/tests/lib/check.sh"

NAMES=(organization risk supervision review gateway edge qlctl)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# checkout NAME: the commit by itself, whatever else lies in this one.
checkout() {
  git clone -q "$root" "$work/$1" && cp -rs "$root/deploy/packages/node_modules" "$work/$1/deploy/packages/node_modules" ||
    fail "cannot make a checkout in $work"
}

images_of() { "$work/$1/deploy/image/build" --out="$work/$1.images" --tag=test >"$work/$1.log" 2>&1 || { tail -n 5 "$work/$1.log" >&2; fail "no images"; }; }
store() { buildah --storage-driver vfs --root "$work/one.images/.store" --runroot "$work/one.images/.run" "$@"; }

# in_image NAME: the folder that the image unfolds to.
in_image() {
  local container
  container=$(store from "qinglian-$1:test") && store mount "$container"
}

TwoBuildsOfACommitGiveTheSameProgramsAndLists() {
  local name kind
  for name in "${NAMES[@]}"; do
    for kind in sha256 sbom.json; do
      expect "$name.$kind of both" cmp "$work/one.images/$name.$kind" "$work/two.images/$name.$kind"
    done
  done
}

EveryProgramRunsInItsImageAsNobodyInParticular() {
  local name folder program
  for name in "${NAMES[@]}"; do
    folder=$(in_image "$name") || fail "no image of $name"
    program=/usr/bin/$name
    [ "$name" != edge ] || program=/usr/sbin/haproxy
    expect "$name says its version" chroot --userspec=65532:65532 "$folder" "$program" "$([ "$name" = edge ] && echo -v || echo --version)"
    expect_equal "the user of $name" '65532:65532' "$(store inspect --type image --format '{{.OCIv1.Config.User}}' "qinglian-$name:test")"
  done
}

NoImageHoldsAShellACompilerOrAPackageManager() {
  local name folder
  for name in "${NAMES[@]}"; do
    folder=$(in_image "$name") || fail "no image of $name"
    expect_equal "programs of $name" 1 "$(find "$folder"/usr/bin "$folder"/usr/sbin -type f | wc -l)"
    expect_equal "other shells of $name" "" "$(find "$folder" -type f -name '*sh' -perm /111)"
    expect_equal "what others than root may write in $name" "$folder/tmp" "$(find "$folder" ! -type l -perm /022)"
    expect_equal "what gains rights in $name" "" "$(find "$folder" -perm /6000)"
  done
}

EveryLibraryIsInThePackageListWithItsVersion() {
  local name folder wanted
  for name in "${NAMES[@]}"; do
    folder=$(in_image "$name") || fail "no image of $name"
    wanted=$(dpkg-query -W -f '${Version}' libc6)
    expect "the C library of $name" grep -A1 '"name": "libc6"' "$work/one.images/$name.sbom.json"
    expect "its version" grep -F "\"version\": \"$wanted\"" "$work/one.images/$name.sbom.json"
    expect_equal "packages without a licence in $name" "" \
      "$(sed -n 's/^      "name": "\([^"]*\)",$/\1/p' "$work/one.images/$name.sbom.json" | grep -v '^qinglian-' | while read -r package; do
        [ -e "$folder/usr/share/doc/$package/copyright" ] || echo "$package"
      done)"
  done
}

WhatIsInNoCommitMakesNoImage() {
  touch "$work/two/left-over"
  expect_failure "a file that is in no commit" 'images are made of commits' "$work/two/deploy/image/build" qlctl
  rm "$work/two/left-over"
}

[ "$(id -u)" -eq 0 ] || fail "images are made and looked into as root"
"$root/deploy/install" run build image || exit 1
for one in one two; do checkout "$one" && images_of "$one"; done
run_tests TwoBuildsOfACommitGiveTheSameProgramsAndLists EveryProgramRunsInItsImageAsNobodyInParticular \
  NoImageHoldsAShellACompilerOrAPackageManager EveryLibraryIsInThePackageListWithItsVersion WhatIsInNoCommitMakesNoImage
