#!/usr/bin/env bash
# TensorFlow.js 4.22.0 on webgl, in Chromium: tf.matMul of a column and a row, one product for each element, answers twice
# that where both were computed on the GPU as vectors, [n], by packed kernels (such as tf.mul of two vectors) and then reshaped to [1, n].
# The product reads rows in pairs, and beyond the only row lie the same numbers once more. Vectors that were uploaded as
# [1, n] are multiplied right, and so are computed ones by broadcasting. CHROMIUM names another browser.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0
cat >page.html <<'HTML'
<!doctype html>
<script src="node_modules/@tensorflow/tfjs/dist/tf.min.js"></script>
<body>
<script>
  (async () => {
    // Small tensors would be computed in JavaScript.
    tf.env().set("WEBGL_CPU_FORWARD", false);
    await tf.setBackend("webgl");
    const text = (tensor) => [...tensor.dataSync()].join(" ");
    const a = tf.mul(tf.tensor1d([1, 2, 3]), tf.tensor1d([2, 2, 2]));
    const b = tf.mul(tf.tensor1d([1, 10]), tf.tensor1d([1, 1]));
    const [column, row] = [tf.reshape(a, [1, 3]), tf.reshape(b, [1, 2])];
    const lines = [
      ["computed", text(tf.matMul(column, row, true, false))],
      ["by broadcasting", text(tf.mul(tf.reshape(a, [3, 1]), row))],
      ["uploaded", text(tf.matMul(tf.tensor2d([[2, 4, 6]]), tf.tensor2d([[1, 10]]), true, false))],
    ];
    document.body.textContent = lines.map((line) => line.join(": ")).join("\n") + "\n";
  })();
</script>
</body>
HTML
diff <("${CHROMIUM:-chromium}" --headless --no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader \
  --virtual-time-budget=30000 --dump-dom "file://$PWD/page.html" 2>/dev/null | grep -oE '(computed|by broadcasting|uploaded): [0-9 ]+') - <<'OUT'
computed: 4 40 8 80 12 120
by broadcasting: 2 20 4 40 6 60
uploaded: 2 20 4 40 6 60
OUT
echo "as described"
