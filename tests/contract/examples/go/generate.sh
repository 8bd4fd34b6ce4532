#!/usr/bin/env bash
# generate.sh PROTO GOOGLE OUT: Go's stubs of the contracts in PROTO (the folder proto/ of Qinglian), as a GOPATH in OUT;
# Google's own come with google.golang.org/genproto. GOOGLE is the folder of npm google-proto-files.
set -eu
cd "$1"
mkdir -p "$3/src"
mapfile -t contracts < <(find qinglian/{access,journal,organization,record,validate} -name '*.proto')
packages=''
for proto in "${contracts[@]}"; do packages+=",M$proto=${proto%/*}"; done
for folder in qinglian/{access,journal,organization,record,validate}/v1; do
  protoc -I . -I "$2" --go_out="$3/src" --go_opt="paths=source_relative$packages" \
    --go-grpc_out="$3/src" --go-grpc_opt="paths=source_relative$packages" "$folder"/*.proto
done
