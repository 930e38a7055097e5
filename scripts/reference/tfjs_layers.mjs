/**
 * @file Makes packages/checkpoint/test/golden/tfjs: models of TensorFlow.js's layers as `model.save` writes them, and
 * what they answer. Run: node scripts/reference/tfjs_layers.mjs
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../packages/examples/package.json", import.meta.url));
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");

const folder = fileURLToPath(new URL("../../packages/checkpoint/test/golden/tfjs", import.meta.url));

let state = 1;
/** Numbers between -1 and 1, the same in each run. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.round(((state >>> 8) / 2 ** 23 - 1) * 1000) / 1000;
}

const numbers = (shape) => tf.tensor(Array.from({ length: tf.util.sizeFromShape(shape) }, random), shape);

/** Other numbers than the ones and zeros that norms and biases begin with; variances are positive. */
function randomise(model) {
  for (const weight of model.weights) {
    const values = numbers(weight.shape);
    weight.write(/variance/.test(weight.name) ? tf.add(tf.abs(values), 0.5) : values);
  }
}

const layers = tf.layers;
const single = (layer, inputShape) => {
  const x = tf.input({ shape: inputShape });
  return tf.model({ inputs: x, outputs: layer.apply(x) });
};

const CASES = {
  dense: [() => single(layers.dense({ units: 3 }), [4])],
  conv1d: [() => single(layers.conv1d({ filters: 3, kernelSize: 3, padding: "same" }), [6, 2])],
  conv2d: [
    () => single(layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: 2, padding: "same" }), [6, 5, 2]),
  ],
  conv3d: [() => single(layers.conv3d({ filters: 2, kernelSize: 2 }), [3, 4, 3, 2])],
  depthwise_conv2d: [
    () => single(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same" }), [5, 4, 3]),
  ],
  separable_conv2d: [
    () => single(layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }), [5, 4, 3]),
  ],
  conv2d_transpose: [
    () =>
      single(layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }), [4, 3, 2]),
  ],
  conv2d_transpose_valid: [
    () => single(layers.conv2dTranspose({ filters: 3, kernelSize: [2, 4], strides: [2, 1] }), [3, 4, 2]),
  ],
  conv3d_transpose: [
    () => single(layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2 }), [2, 3, 2, 3]),
  ],
  batch_normalization: [() => single(layers.batchNormalization(), [4, 3])],
  layer_normalization: [() => single(layers.layerNormalization(), [4, 3])],
  embedding: [() => single(layers.embedding({ inputDim: 5, outputDim: 3 }), [4]), { integers: 5 }],
  lstm: [
    () => single(layers.lstm({ units: 3, returnSequences: true, recurrentActivation: "sigmoid" }), [4, 2]),
  ],
  lstm_without_bias: [
    () =>
      single(
        layers.lstm({ units: 3, returnSequences: true, recurrentActivation: "sigmoid", useBias: false }),
        [4, 2],
      ),
  ],
  gru: [
    () => single(layers.gru({ units: 3, returnSequences: true, recurrentActivation: "sigmoid" }), [4, 2]),
  ],
  simple_rnn: [() => single(layers.simpleRNN({ units: 3, returnSequences: true }), [4, 2])],
  bidirectional: [
    () =>
      single(
        layers.bidirectional({
          layer: layers.lstm({ units: 3, returnSequences: true, recurrentActivation: "sigmoid" }),
          mergeMode: "concat",
        }),
        [4, 2],
      ),
  ],
  prelu: [() => single(layers.prelu({ sharedAxes: [1] }), [4])],
  time_distributed: [() => single(layers.timeDistributed({ layer: layers.dense({ units: 3 }) }), [4, 2])],
  // Frozen layers come last in the file, and names of layers say nothing of those here.
  classifier: [
    () => {
      const model = tf.sequential({
        layers: [
          layers.conv2d({
            filters: 4,
            kernelSize: 3,
            activation: "relu",
            inputShape: [6, 6, 1],
            trainable: false,
          }),
          layers.batchNormalization(),
          layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", padding: "same" }),
          layers.flatten(),
          layers.dense({ units: 5, activation: "relu", trainable: false }),
        ],
      });
      const head = tf.sequential({ layers: [layers.dense({ units: 5, inputShape: [5] })] });
      model.add(head);
      model.add(layers.dense({ units: 5, activation: "softmax", name: "last" }));
      model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
      return model;
    },
    { includeOptimizer: true },
  ],
};

const plain = (tensor) => ({
  shape: tensor.shape,
  dtype: tensor.dtype,
  data: [...tensor.dataSync()].map((x) => Number(String(x))),
});

rmSync(folder, { recursive: true, force: true });
const figures = {};
for (const [name, [make, { integers, includeOptimizer = false } = {}]] of Object.entries(CASES)) {
  const model = make();
  randomise(model);
  const shape = [2, ...model.inputs[0].shape.slice(1)];
  const x = integers
    ? tf.tensor(
        Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i * 3) % integers),
        shape,
        "int32",
      )
    : numbers(shape);
  if (includeOptimizer) await model.fit(x, tf.oneHot(tf.tensor1d([0, 1], "int32"), 5), { verbose: 0 });
  figures[name] = { inputs: [plain(x)], outputs: [plain(model.predict(x))] };
  mkdirSync(join(folder, name), { recursive: true });
  // TensorFlow.js writes the files, and sends them here.
  const fetchFunc = async (_url, { body }) => {
    for (const file of body.values()) {
      writeFileSync(join(folder, name, file.name), new Uint8Array(await file.arrayBuffer()));
    }
    return new Response();
  };
  await model.save(tf.io.http("http://localhost/", { fetchFunc }), { includeOptimizer });
}
const lines = Object.entries(figures).map(
  ([name, figure]) => `${JSON.stringify(name)}: ${JSON.stringify(figure)}`,
);
writeFileSync(join(folder, "cases.json"), `{\n${lines.join(",\n")}\n}\n`);
