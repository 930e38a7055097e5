#!/usr/bin/env bash
# Makes src/onnx/proto/onnx_pb.ts anew from onnx.proto of Python's package onnx.
set -euo pipefail
cd "$(dirname "$0")/.."
onnx=${1:-1.23.2}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip download --quiet --no-deps --dest "$folder" "onnx==$onnx"
python3 -m zipfile -e "$folder"/onnx-*.whl "$folder/wheel"
mkdir "$folder/onnx"
cp "$folder/wheel/onnx/onnx.proto" "$folder/onnx"
cat >"$folder/buf.gen.yaml" <<'YAML'
version: v2
inputs:
  - proto_file: onnx/onnx.proto
plugins:
  - local: protoc-gen-es
    out: out
    opt: [target=ts, erasable_syntax=true]
YAML
(cd "$folder" && npx --yes -p @bufbuild/buf@1.75.0 -p @bufbuild/protoc-gen-es@2.17.0 buf generate)
cp "$folder/out/onnx/onnx_pb.ts" src/onnx/proto/onnx_pb.ts
npx prettier --write src/onnx/proto/onnx_pb.ts
