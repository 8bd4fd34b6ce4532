#!/usr/bin/env bash
# generate.sh PROTO GOOGLE OUT: Python's stubs of the contracts in PROTO (the folder proto/ of Qinglian) and of Google's
# own (the folder of npm google-proto-files, or a clone of googleapis), with Debian's protoc and its plugin.
set -eu
cd "$1"
mapfile -t contracts < <(find qinglian/{access,journal,organization,record,validate} -name '*.proto')
protoc -I . -I "$2" --python_out="$3" --grpc_python_out="$3" \
  --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" "${contracts[@]}"
cd "$2"
protoc -I . --python_out="$3" google/api/{field_behavior,resource,annotations,http}.proto \
  google/rpc/{error_details,status,code}.proto google/type/date.proto
