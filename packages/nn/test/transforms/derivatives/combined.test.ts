import {
  checkpointPolicies,
  cond,
  customJvp,
  customVjp,
  grad,
  hessian,
  hvp,
  jvp,
  linearize,
  Module,
  remat,
  scan,
  Variable,
  vjp,
  vmap,
} from "@nnx-js/nn";
import { stopGradient } from "@nnx-js/tensor";
import { fromGolden, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { caseOf, mlp } from "./models.ts";

const lossOf = (y: tf.Tensor) => tf.sum(tf.mul(y, wave(y.shape, 1, 1.1)));
const tripled: (x: tf.Tensor) => tf.Tensor = customJvp(
  (x: tf.Tensor) => tf.tanh(x),
  ([x], [dx]) => [tripled(x), tf.mul(tf.mul(dx, x), 3)],
);
const clipped: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor = customVjp(
  (x: tf.Tensor, w: tf.Tensor) => tf.mul(tf.tanh(x), w),
  {
    forward: (x, w) => [clipped(x, w), [tf.tanh(x), w] as const],
    backward: ([y, w], g) => [tf.mul(tf.clipByValue(g, -0.5, 0.5), w), tf.sum(tf.mul(g, y))],
  },
);
let rows: tf.Tensor;
let w: tf.Tensor;

beforeAll(() => {
  [rows, w] = [wave([4, 3], 1, 0.2), tf.scalar(1.5)];
});

/** Functions of one row. */
const ROWS: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  customJvp: (x) => lossOf(tripled(x)),
  customVjp: (x) => lossOf(clipped(x, w)),
  remat: (x) => lossOf(remat((x: tf.Tensor) => tf.tanh(tf.square(x)))(x)),
  rematDots: (x) =>
    lossOf(
      remat((x: tf.Tensor) => tf.tanh(tf.matMul(tf.reshape(x, [1, 3]), wave([3, 2]))), {
        policy: checkpointPolicies.dotsSaveable,
      })(x),
    ),
  stopGradient: (x) => tf.sum(tf.mul(x, stopGradient(tf.tanh(x)))),
};

describe("in lanes", () => {
  test.each(Object.entries(ROWS))("%s", async (_name, f) => {
    const one = tf.unstack(rows);
    await expect(vmap(f)(rows)).toBeAllClose(tf.stack(one.map(f)));
    const each = tf.stack(one.map((x) => grad(f)(x)));
    // The gradient of lanes, and lanes of gradients.
    await expect(grad((x: tf.Tensor) => tf.sum(vmap(f)(x)))(rows)).toBeAllClose(each);
    await expect(vmap(grad(f))(rows)).toBeAllClose(each);
    await expect(vjp((x: tf.Tensor) => vmap(f)(x), [rows])[1](tf.ones([4]))[0]).toBeAllClose(each);
  });

  test("what all lanes share gets the gradients of all", async () => {
    const shared = (w: tf.Tensor) => tf.sum(vmap((x: tf.Tensor) => clipped(x, w))(rows));
    await expect(grad(shared)(w)).toBeAllClose(tf.sum(tf.tanh(rows)));
  });

  test("forward mode", async () => {
    const f = ROWS["customJvp"]!;
    const t = wave([4, 3], 0.5);
    const expected = tf.unstack(rows).map((x, i) => jvp(f, [x], [tf.unstack(t)[i]!])[1]);
    await expect(jvp((x: tf.Tensor) => vmap(f)(x), [rows], [t])[1]).toBeAllClose(tf.stack(expected));
    await expect(vmap((x: tf.Tensor, t: tf.Tensor) => jvp(f, [x], [t])[1])(rows, t)).toBeAllClose(
      tf.stack(expected),
    );
  });

  test("Hessians of a batch, as jax.vmap(jax.hessian(f))", async () => {
    const golden = caseOf("hessian.batch");
    const model = mlp(golden.state_before);
    const second = vmap(hessian((x: tf.Tensor) => tf.sum(tf.square(model.forward(x)))));
    await expect(second(fromGolden(golden.inputs[0]!))).toBeAllClose(golden.out);
  });
});

describe("in loops", () => {
  test.each(Object.entries(ROWS))("%s", async (_name, f) => {
    const looped = (x: tf.Tensor) =>
      scan(
        (c: tf.Tensor, row: tf.Tensor) => [tf.add(c, f(row)), f(row)] as [tf.Tensor, tf.Tensor],
        tf.scalar(0),
        x,
      )[0];
    const each = tf.stack(tf.unstack(rows).map((x) => grad(f)(x)));
    await expect(grad(looped)(rows)).toBeAllClose(each);
    // Recorded, where the loop is one operation.
    await expect(vjp(looped, [rows])[1](tf.scalar(1))[0]).toBeAllClose(each);
  });

  test("forward mode through a recorded loop and a branch", async () => {
    const looped = (x: tf.Tensor) =>
      scan(
        (c: tf.Tensor, row: tf.Tensor) =>
          [tf.mul(tf.sin(tf.add(c, row)), 2), undefined] as [tf.Tensor, undefined],
        tf.zeros([3]),
        x,
      )[0];
    const unrolled = (x: tf.Tensor) =>
      tf.unstack(x).reduce((c, row) => tf.mul(tf.sin(tf.add(c, row)), 2), tf.zeros<tf.Rank>([3]));
    const t = wave([4, 3], 0.5, 2);
    const [, expected] = jvp(unrolled, [rows], [t]);
    await expect(jvp(looped, [rows], [t])[1]).toBeAllClose(expected);
    await expect(linearize(looped, [rows])[1](t)).toBeAllClose(expected);
    const branch = (x: tf.Tensor) =>
      cond(
        tf.greater(tf.sum(x), 0),
        (x: tf.Tensor) => tf.sin(x),
        (x: tf.Tensor) => tf.square(x),
        x,
      );
    for (const sign of [1, -1]) {
      const x = tf.mul(tf.abs(rows), sign);
      const [, change] = jvp(branch, [x], [t]);
      await expect(change).toBeAllClose(jvp(sign > 0 ? tf.sin : tf.square, [x], [t])[1]);
    }
  });
});

test("second derivatives of custom rules", async () => {
  const f = (x: tf.Tensor) => tf.sum(tripled(x));
  // f' = 3x by the rule, f'' = 3.
  await expect(hessian(f)(tf.tensor1d([0.3, 0.7]))).toBeAllClose([3, 0, 0, 3]);
  await expect(hvp(f, [tf.tensor1d([0.3, 0.7])], [tf.tensor1d([1, 2])])).toBeAllClose([3, 6]);
  const square = customVjp((x: tf.Tensor) => tf.square(x), {
    forward: (x) => [tf.square(x), tf.mul(x, 2)],
    backward: (slope, g) => [tf.mul(g, slope)],
  });
  const g = (x: tf.Tensor) => tf.sum(square(tf.sin(x)));
  const plain = (x: tf.Tensor) => tf.sum(tf.square(tf.sin(x)));
  await expect(hessian(g)(tf.tensor1d([0.3, 0.7]))).toBeAllClose(hessian(plain)(tf.tensor1d([0.3, 0.7])));
});

class Meter extends Module {
  readonly level = new Variable<tf.Tensor>(tf.scalar(0.3));
  read(x: tf.Tensor): tf.Tensor {
    this.level.value = tf.add(tf.mul(this.level.value, 0.8), tf.mean(x));
    return tf.mul(x, this.level.value);
  }
}

test("what is differentiated may be written in each turn of a loop, and in branches", () => {
  const always = () => tf.greater(tf.scalar(1), 0);
  const ways: Record<string, (meter: Meter, x: tf.Tensor) => tf.Tensor> = {
    written: (meter, x) => meter.read(meter.read(x)),
    loop: (meter, x) => scan((c: tf.Tensor) => [meter.read(c), null] as const, x, tf.zeros<tf.Rank>([2]))[0],
    branch: (meter, x) =>
      cond(
        always(),
        (x: tf.Tensor) => meter.read(meter.read(x)),
        (x: tf.Tensor) => meter.read(x),
        x,
      ),
  };
  const figures = Object.values(ways).map((f) => {
    const x: tf.Tensor = tf.tensor1d([0.5, -1, 2]);
    const [forward, backward] = [new Meter(), new Meter()];
    const [y, dy] = jvp(f, [forward, x], [new Meter(), tf.ones<tf.Rank>([3])]);
    const [, pullback] = vjp(f, [backward, x]);
    const [ofMeter, dx] = pullback(tf.ones<tf.Rank>([3]));
    const { value } = ofMeter.leaf("level");
    const all = [y, dy, forward.level.value, backward.level.value, value, dx];
    return all.flatMap((tensor) => Array.from(tensor.dataSync(), (number) => number.toFixed(4)));
  });
  expect(figures[1]).toEqual(figures[0]);
  expect(figures[2]).toEqual(figures[0]);
});
