#!/usr/bin/env bash
# The examples of the integrator's guide (proto/README.md), each against a house of its own making, through the edge, by a
# certificate that qlctl issued. QINGLIAN_TEST_HOUSE is the folder of one that runs elsewhere: qlctl.conf, and the authority of
# its callers in made/outside.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
. "$root/tests/lib/check.sh"
. "$root/tests/contract/deploy/installation.sh"
here=$root/tests/contract/examples
google=$root/deploy/packages/node_modules/google-proto-files

start_house() {
  local port
  port=$(free_port)
  trap '"$root/deploy/down" --data "$house/data" >/dev/null 2>&1; rm -rf "$house"' EXIT
  "$root/deploy/up" --data "$house/data" --port "$port" --no-demo >"$house/up" 2>&1 || { cat "$house/up" >&2; exit 1; }
  settings=$house/data/qlctl.conf authority=$house/data/edge/ca
}

use_house() {
  trap 'rm -rf "$house"' EXIT
  settings=$QINGLIAN_TEST_HOUSE/qlctl.conf authority=$QINGLIAN_TEST_HOUSE/made/outside
}

# approve BINDING: where a year has been told there is another administrator, DEMO-0020, who has to.
approve() {
  local request
  request=$(node -p 'const { name, etag } = JSON.parse(process.argv[1]); JSON.stringify({ name, etag })' "$1") &&
    qlctl --staff_number=DEMO-0020 call ApproveRoleBinding "$request" >/dev/null
}

# make_platform: as the guide says, up to a certificate and its roles.
make_platform() {
  qlctl import divisions "$root/tests/flow/year/divisions.csv" >/dev/null || exit 1
  qlctl call CreateClient '{"client": {"name": "clients/example", "display_name": "示例平台"}}' >/dev/null || exit 1
  local role binding
  for role in administrator platform; do
    binding=$(qlctl --output=json call GrantRole "{\"role_binding\": {\"subject\": \"clients/example\", \"role\": \"roles/$role\",
      \"reason\": \"对接示例\"}}") || exit 1
    case $binding in *PENDING_APPROVAL*) approve "$binding" || exit 1 ;; esac
  done
  "$root/build/services/ctl/qlctl" certificate issue example "--ca=$authority" "--out=$house/example" \
    >/dev/null || exit 1
  ADDRESS=$(sed -n 's/^address = //p' "$settings")
  export ADDRESS CA=$authority/ca.pem
  export CERTIFICATE=$house/example/example.pem KEY=$house/example/example.key
}

qlctl() { "$root/build/services/ctl/qlctl" "--config=$settings" "$@"; }

# expect_example command…: it prints what the guide promises.
expect_example() {
  local said created
  said=$("$@" 2>"$scratch/err") || { cat "$scratch/err" >&2; exit 1; }
  created=$(sed -n 's/^created //p' <<<"$said")
  grep -qE '^organizations/[0-9a-f-]{36}$' <<<"$created" || expect_equal "the name of what was created" a "$created"
  expect_equal "the answer to the repeated request" "$created" "$(sed -n 's/^repeated //p' <<<"$said")"
  grep -qE '^walked ([3-9]|[0-9]{2,}) of which different \1$' <<<"$said" ||
    expect_equal "the walk through the pages" "walked N of which different N" "$(grep '^walked' <<<"$said")"
  expect_equal "the error" "refused INVALID_ARGUMENT FIELDS_INVALID" "$(grep '^refused' <<<"$said")"
  expect_equal "its field" "field organization.display_name" "$(grep '^field' <<<"$said")"
  grep -qE '^resumed organizations/[0-9a-f-]{36}$' <<<"$said" ||
    expect_equal "what was missed" "resumed organizations/…" "$(grep '^resumed' <<<"$said")"
}

TheExampleInPythonDoesWhatTheGuideSays() {
  "$here/python/generate.sh" "$root/proto" "$google" "$scratch" || exit 1
  PYTHONPATH=$scratch PYTHONDONTWRITEBYTECODE=1 expect_example /usr/bin/python3 "$here/python/example.py"
}

TheExampleInNodeDoesWhatTheGuideSays() {
  NODE_PATH=$root/deploy/packages/node_modules PROTO=$root/proto GOOGLE=$google \
    expect_example node "$here/node/example.js"
}

TheExampleInGoDoesWhatTheGuideSays() {
  "$here/go/generate.sh" "$root/proto" "$google" "$scratch" || exit 1
  GO111MODULE=off GOCACHE=$scratch/cache GOPATH=$scratch:/usr/share/gocode \
    go build -o "$scratch/example" "$here/go/example.go" || exit 1
  GRPC_GO_RETRY=on expect_example "$scratch/example"
}

TheExampleInJavaDoesWhatTheGuideSays() {
  "$here/java/generate.sh" "$root/proto" "$google" "$scratch" || exit 1
  local path
  path=$(cat "$scratch/class_path")
  javac -proc:none -d "$scratch/classes" -cp "$path" "$here/java/Example.java" || exit 1
  expect_example java "-Djava.library.path=$scratch" -cp "$path" Example
}

house=$(mktemp -d)
if [ -n "${QINGLIAN_TEST_HOUSE-}" ]; then use_house; else start_house; fi
make_platform
# Two, so that there are pages to walk through whichever runs first.
for name in 甲单位 乙单位; do
  qlctl call CreateOrganization "{\"organization\": {\"display_name\": \"$name\", \"kind\": \"KIND_GOVERNMENT_DEPARTMENT\",
    \"level\": \"LEVEL_PROVINCE\", \"division\": \"divisions/33\"}}" >/dev/null || exit 1
done
run_tests TheExampleInPythonDoesWhatTheGuideSays TheExampleInNodeDoesWhatTheGuideSays \
  TheExampleInGoDoesWhatTheGuideSays TheExampleInJavaDoesWhatTheGuideSays
