#!/usr/bin/env bash
# generate.sh PROTO GOOGLE OUT: Java's stubs of the contracts in PROTO (the folder proto/ of Qinglian) and of Google's own
# (the folder of npm google-proto-files, or a clone of googleapis), compiled into OUT/classes; the class path of who uses
# them stands in OUT/class_path. With Debian's packages; others take gRPC from where they take all else.
set -eu
mkdir -p "$3/source" "$3/classes"
cd "$1"
mapfile -t contracts < <(find qinglian/{access,journal,organization,record,validate} -name '*.proto')
protoc -I . -I "$2" --java_out="$3/source" --grpc-java_out="$3/source" \
  --plugin=protoc-gen-grpc-java="$(command -v grpc_java_plugin)" "${contracts[@]}"
cd "$2"
protoc -I . --java_out="$3/source" google/api/{field_behavior,resource,annotations,http}.proto \
  google/rpc/{error_details,status,code}.proto google/type/date.proto
jars=(grpc-{api,context,core,netty,protobuf,protobuf-lite,stub} netty-{buffer,codec,codec-http,codec-http2,common}
  netty-{handler,resolver,tcnative,transport} guava protobuf jsr305 geronimo-annotation-1.3-spec perfmark-api opencensus-api gson)
printf -v path '/usr/share/java/%s.jar:' "${jars[@]}"
printf '%s' "$path$3/classes" >"$3/class_path"
# Debian's Netty speaks TLS through its native library alone, which it looks for under another name, and no link.
cp /usr/lib/*/jni/libnetty-tcnative.so "$3/libnetty_tcnative.so"
find "$3/source" -name '*.java' >"$3/sources"
javac -nowarn -proc:none -d "$3/classes" -cp "$path" "@$3/sources"
