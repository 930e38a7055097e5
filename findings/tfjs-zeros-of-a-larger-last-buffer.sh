#!/usr/bin/env bash
# The loader of @tensorflow/tfjs-core 4.22.0 takes files of weights for equally long, but for the last, which it takes
# to be shorter. A last file that is longer than the first gives zeros for all weights in it that begin further from its
# begin than the first file is long; there is no error. A typed array that is a view of a part of its buffer is read
# from the begin of the buffer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat >run.cjs <<'JS'
console.warn = () => {};
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
const specs = ["a", "b", "c"].map((name) => ({ name, shape: [1], dtype: "float32" }));
const bytes = (...values) => Float32Array.from(values).buffer;
const read = (data) => Object.values(tf.io.decodeWeights(data, specs)).map((w) => w.dataSync()[0] ?? "nothing");
console.log("one file", ...read(bytes(1, 2, 3)));
console.log("the last is shorter", ...read([bytes(1, 2), bytes(3)]));
console.log("the last is longer", ...read([bytes(1), bytes(2, 3)]));
console.log("a view", ...read(Float32Array.from([9, 1, 2, 3]).subarray(1)));
JS
# Seen: 1 2 3 in the first two, 1 2 0 in the third, 9 1 2 in the last.
diff <(node run.cjs 2>/dev/null | grep -v -e '^=' -e '^Hi' -e '^$') - <<'OUT'
one file 1 2 3
the last is shorter 1 2 3
the last is longer 1 2 0
a view 9 1 2
OUT
echo "as described"
