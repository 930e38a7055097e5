import { jit } from "@nnx-js/jit";
import {
  checkpointPolicies,
  customJvp,
  customVjp,
  debugNaN,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  Linear,
  linearize,
  Module,
  Rngs,
  remat,
  State,
  state,
  valueAndGrad,
  vjp,
  Dropout,
  BatchNorm,
} from "@nnx-js/nn";
import { stopGradient } from "@nnx-js/tensor";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

class Block extends Module {
  readonly linear: Linear;
  readonly norm: BatchNorm;
  readonly dropout: Dropout;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.linear = new Linear(3, 3, { rngs });
    this.norm = new BatchNorm(3, { momentum: 0.9, rngs });
    this.dropout = new Dropout(0.4, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.add(x, tf.tanh(this.dropout.forward(this.norm.forward(this.linear.forward(x)))));
  }
}

const lossOf = (y: tf.Tensor) => tf.sum(tf.mul(y, wave(y.shape, 1, 1.1)));
const cube = (m: Linear, x: tf.Tensor) => tf.pow(tf.tanh(m.forward(x)), 3);
const tripled: (x: tf.Tensor) => tf.Tensor = customJvp(
  (x: tf.Tensor) => tf.square(x),
  ([x], [dx]) => [tf.square(x), tf.mul(tf.mul(dx, x), 3)],
);
const clipped: (x: tf.Tensor) => tf.Tensor = customVjp((x: tf.Tensor) => tf.square(x), {
  forward: (x) => [clipped(x), x],
  backward: (x, g) => [tf.mul(tf.clipByValue(g, -0.5, 0.5), x)],
});

/** Functions of a layer and a tensor that give tensors. */
const FUNCTIONS: Record<string, (m: Linear, x: tf.Tensor) => tf.Tensor | State | unknown[]> = {
  vjp: (m, x) => {
    const [y, pullback] = vjp(cube, [m, x]);
    return [y, ...pullback(wave(y.shape))];
  },
  jvp: (m, x) => jvp(cube, [m, x], [undefined, wave(x.shape, 1, 0.3)]),
  linearize: (m, x) => linearize(cube, [m, x])[1](state(m), wave(x.shape)),
  jacfwd: (m, x) => jacfwd(cube, { argnums: 1 })(m, x),
  jacrev: (m, x) => jacrev(cube)(m, x),
  hessian: (m, x) => hessian((x: tf.Tensor) => lossOf(cube(m, x)))(x),
  hvp: (m, x) => hvp((x: tf.Tensor) => lossOf(cube(m, x)), [x], [wave(x.shape)]),
  customJvp: (m, x) => grad((x: tf.Tensor) => lossOf(tripled(m.forward(x))))(x),
  customVjp: (m, x) => grad((m: Linear) => lossOf(clipped(m.forward(x))))(m),
  stopGradient: (m, x) => jvp((x: tf.Tensor) => tf.mul(m.forward(x), stopGradient(m.forward(x))), [x], [x]),
  gradOfJvp: (m, x) =>
    grad((x: tf.Tensor) => lossOf(jvp((x: tf.Tensor) => cube(m, x), [x], [tf.onesLike(x)])[1]))(x),
  jvpOfJvp: (m, x) => {
    const first = (x: tf.Tensor) => jvp((x: tf.Tensor) => cube(m, x), [x], [tf.onesLike(x)])[1];
    return jvp(first, [x], [wave(x.shape)]);
  },
};

function tensorsOf(value: unknown): tf.Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  if (value instanceof State)
    return value.entries.map(([, leaf]) => (leaf instanceof tf.Tensor ? leaf : leaf.value));
  return Array.isArray(value) ? value.flatMap(tensorsOf) : [];
}

for (const [name, f] of Object.entries(FUNCTIONS)) {
  test(`${name} compiled gives what it gives eagerly`, async () => {
    const model = new Linear(3, 2, { rngs: new Rngs(0) });
    const x = wave([4, 3], 1, 0.7);
    const expected = tensorsOf(f(model, x));
    using compiled = jit(f, { name });
    const found = tensorsOf(compiled(model, x));
    expect(found.length).toBe(expected.length);
    for (const [i, tensor] of found.entries()) await expect(tensor, String(i)).toBeAllClose(expected[i]!);
  });
}

for (const policy of ["nothingSaveable", "dotsSaveable", "everythingSaveable"] as const) {
  test(`remat (${policy}) compiled: the same values, gradients, masks and statistics`, async () => {
    const plain = (m: Block, x: tf.Tensor) => m.forward(m.forward(x));
    const again = remat(plain, { policy: checkpointPolicies[policy] });
    const results: tf.Tensor[][] = [];
    for (const f of [plain, again]) {
      const model = new Block({ rngs: new Rngs(0) });
      using compiled = jit((m: Block, x: tf.Tensor) => valueAndGrad((m: Block) => lossOf(f(m, x)))(m), {
        name: policy,
      });
      const [loss, grads] = compiled(model, wave([5, 3]));
      results.push([loss, ...tensorsOf(grads), ...tensorsOf(state(model))].map((tensor) => tensor.clone()));
    }
    for (const [i, tensor] of results[0]!.entries())
      await expect(results[1]![i]!, String(i)).toBeAllClose(tensor);
  });
}

test("debugNaN compiled goes on, and says afterwards which operation it was", async () => {
  const checked = debugNaN((x: tf.Tensor) => tf.mul(tf.log(tf.sub(x, 2)), 3));
  using compiled = jit(checked, { name: "checked" });
  compiled(tf.tensor1d([3, 4]));
  await checked.check();
  const [y] = await compiled(tf.tensor1d([1, 4])).data();
  expect(y).toBeNaN();
  await expect(checked.check()).rejects.toThrow(
    /found the first NaN in the result of Log of \[2\] at .*derivatives/,
  );
  await checked.check();
  checked.dispose();
});
