#!/usr/bin/env bash
# Node 20 (V8 11.3): code of WebAssembly's first compiler forgets what a loop has counted when the loop contains
# memory.atomic.wait32: the loop below never ends. Without that compiler (--no-liftoff) it does, as in Node 22 and later.
# A wait in a function of its own is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund node@20.20.2
node=node_modules/node/bin/node
cat >run.cjs <<'JS'
// (module (import "m" "memory" (memory 1 1 shared)) (func (export "run") (result i64) (local i64)
//   loop  local.get 0; i64.const 1; i64.add; local.set 0
//     local.get 0; i64.const 100; i64.gt_u; if
//       i32.const 0; i32.const 0; i64.const 50000; memory.atomic.wait32; drop
//       local.get 0; i64.const 1000; i64.add; local.set 0  end
//     local.get 0; i64.const 10000; i64.lt_u; br_if 0
//   end local.get 0))
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const body = [0x01, 0x01, 0x7e, 0x03, 0x40, 0x20, 0, 0x42, 1, 0x7c, 0x21, 0, 0x20, 0, 0x42, 0xe4, 0x00, 0x56, 0x04, 0x40,
  0x41, 0, 0x41, 0, 0x42, 0xd0, 0x86, 0x03, 0xfe, 0x01, 2, 0, 0x1a, 0x20, 0, 0x42, 0xe8, 0x07, 0x7c, 0x21, 0, 0x0b,
  0x20, 0, 0x42, 0x90, 0xce, 0x00, 0x54, 0x0d, 0, 0x0b, 0x20, 0, 0x0b];
const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7e, 2, 0x0e, 1, 1, 0x6d, 6, ...Buffer.from("memory"), 2, 3, 1, 1,
  3, 2, 1, 0, 7, 7, 1, 3, ...Buffer.from("run"), 0, 0, 10, body.length + 2, 1, body.length, ...body];
const run = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), { m: { memory } }).exports.run;
console.log(String(run()));
JS
if timeout 10 "$node" run.cjs; then
  echo "it ends: no longer as described"
  exit 1
fi
diff <("$node" --no-liftoff --no-wasm-tier-up run.cjs) <(echo 10110)
echo "as described"
