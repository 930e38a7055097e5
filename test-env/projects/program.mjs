/** @file What every project runs: layers, views, a compiled step, errors. Plain JavaScript, as a user's bundler sees it. */
import { jit } from "@nnx-js/jit";
import { BatchNorm, Dropout, Linear, Module, Param, Rngs, Sequential, relu, valueAndGrad } from "@nnx-js/nn";
import { Optimizer, adam } from "@nnx-js/optim";
import { useBackend } from "@nnx-js/tensor";
import { view, viewInfo } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";

/** Its product does not fit. */
class Wrong extends Module {
  forward(x) {
    return tf.matMul(x, tf.ones([7, 7]));
  }
}

function messageOf(fn) {
  try {
    fn();
    return "nothing was thrown";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

/** The losses of three steps; the second run compiles them. */
function losses(rngs, run) {
  const model = new Sequential(
    new Linear(2, 8, { rngs }),
    new BatchNorm(8, { rngs }),
    relu,
    new Dropout(0.1, { rngs }),
    new Linear(8, 1, { rngs }),
  );
  const train = view(model, { deterministic: false, useRunningAverage: false });
  const optimizer = new Optimizer(train, adam(1e-2), { wrt: Param });
  const [x, y] = [rngs.normal([16, 2]), rngs.normal([16, 1])];
  const step = run((model, optimizer) => {
    const [loss, gradient] = valueAndGrad((m) => tf.mean(tf.square(tf.sub(m.forward(x), y))))(model);
    optimizer.update(model, gradient);
    return loss;
  });
  return Array.from({ length: 3 }, () => step(train, optimizer).dataSync()[0]);
}

/** Work for several threads: whether every call gives the same, and how often it was called. */
async function large(rows, options) {
  const layer = new Linear(256, 512, { rngs: new Rngs(0) });
  const norm = jit((layer, x) => tf.sum(tf.square(layer.forward(x))), options);
  const x = tf.ones([rows, 256]);
  const results = new Set();
  for (let i = 0; i < 12; i++) {
    results.add(norm(layer, x).dataSync()[0]);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return [...results];
}

/** Answers a report of what happened, of JSON only. */
export async function program({ backends = "wasm", wasmPaths, rows = 512, options = {} } = {}) {
  const { backend } = await useBackend(backends, { wasmPaths });
  const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
  const report = {
    backend,
    eager: losses(
      new Rngs(0),
      (fn) =>
        (...args) =>
          tf.tidy(() => fn(...args)),
    ),
    compiled: losses(new Rngs(0), (fn) => jit(fn, options)),
    large: await large(rows, options),
    convolution: [
      ...tf
        .conv2d(tf.reshape(tf.range(1, 19), [1, 2, 9, 1]), tf.ones([3, 1, 1, 1]), [2, 3], "same")
        .dataSync(),
    ],
    modes: viewInfo(new Sequential(new BatchNorm(2, { rngs: new Rngs(0) }), new Dropout(0.5))),
    ours: messageOf(() => new Sequential(new Linear(2, 2, { rngs: new Rngs(0) })).forward(tf.ones([1, 3]))),
    theirs: messageOf(() => new Sequential(new Wrong()).forward(tf.ones([2, 3]))),
    classes: [Linear, Param, Rngs, Optimizer].map(({ name }) => name),
    disposable: [new Dropout(0.5), jit(() => 1), tf.scalar(1)].every(
      (value) => typeof value[dispose] === "function" && !("undefined" in value),
    ),
  };
  if (options.fallback === undefined) return report;
  return { ...report, unavailable: messageOf(() => jit((x) => tf.neg(x))(tf.ones([1]))) };
}
