import {
  cond,
  customVjp,
  debugNaN,
  grad,
  jvp,
  Linear,
  List,
  Module,
  NaNError,
  type Param,
  Rngs,
  scan,
  vmap,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const caught = (run: () => unknown): NaNError => {
  try {
    run();
  } catch (error) {
    return error as NaNError;
  }
  throw new Error("nothing was thrown");
};

test("names the operation that made the first NaN, with the line", () => {
  const f = debugNaN((x: tf.Tensor) => tf.mul(tf.sqrt(tf.sub(x, 2)), 3));
  expect([...f(tf.tensor1d([3, 6])).dataSync()]).toEqual([3, 6]);
  const error = caught(() => f(tf.tensor1d([1, 3])));
  expect(error).toBeInstanceOf(NaNError);
  expect(error.kernelName).toBe("Sqrt");
  expect(error.source).toMatch(/debug-nan\.test\.ts:\d+/);
  expect(error.message).toMatch(
    /^debugNaN\(anonymous\): expected numbers, found the first NaN in the result of Sqrt of \[2\] at /,
  );
  f.dispose();
});

test("looks into gradients, and gives Variables back what they held", () => {
  const model = new Linear(1, 1, { rngs: new Rngs(0) });
  const before = model.kernel.value.dataSync()[0];
  const step = debugNaN((model: Linear, x: tf.Tensor) => {
    // The root of 0 is 0, and its slope is infinite: infinity times 0.
    const grads = grad((m: Linear) => tf.sum(tf.mul(tf.sqrt(tf.mul(m.forward(x), 0)), 1)))(model);
    model.kernel.value = tf.sub(model.kernel.value, grads.leaf<Param>("kernel").value);
  });
  expect(caught(() => step(model, tf.ones([1, 1]))).kernelName).toBeDefined();
  expect(model.kernel.value.dataSync()[0]).toBe(before);
  step.dispose();
});

test("a NaN that was there before is told as such", () => {
  const f = debugNaN((x: tf.Tensor) => tf.add(x, 1));
  const error = caught(() => f(tf.tensor1d([NaN])));
  expect(error.kernelName).toBeUndefined();
  expect(error.message).toMatch(/an argument, float32 \[1\], before anything ran/);
  f.dispose();
});

test("leaves nothing behind", async () => {
  const x = tf.tensor1d([1, 3]);
  const f = debugNaN((x: tf.Tensor) => tf.sqrt(tf.sub(x, 2)));
  await expectNoLeak(() => {
    caught(() => f(x));
    return Promise.resolve();
  });
  f.dispose();
});

test("looks into loops, and at branches as they are taken", () => {
  const f = debugNaN(
    (x: tf.Tensor) =>
      scan(
        function step(c: tf.Tensor, x: tf.Tensor) {
          const root = cond(
            tf.greaterEqual(x, 0),
            (x: tf.Tensor) => tf.sqrt(x),
            (x: tf.Tensor) => tf.mul(x, 2),
            x,
          );
          const sum = tf.add(c, root);
          return [tf.log(sum), sum];
        },
        tf.scalar(3),
        x,
      )[1],
  );
  const second = Math.log(5) - 1;
  const sums = [...f(tf.tensor1d([4, -0.5, 9])).dataSync()];
  for (const [i, sum] of [5, second, Math.log(second) + 3].entries()) expect(sums[i]).toBeCloseTo(sum, 5);
  const error = caught(() => f(tf.tensor1d([1, -2, 4])));
  expect([error.kernelName, error.message]).toEqual([
    "Log",
    expect.stringContaining("the result of Log of [] in turn 1 of step at ") as string,
  ]);
  f.dispose();
});

test("names the method of the Module, and the line, however many operations there are", () => {
  class Root extends Module {
    readonly linear = new Linear(1, 1, { rngs: new Rngs(0) });
    forward(x: tf.Tensor): tf.Tensor {
      let y = this.linear.forward(x);
      for (let i = 0; i < 1200; i++) y = tf.mul(y, 1);
      return tf.mul(tf.div(y, tf.zeros([1, 1])), 0);
    }
  }
  class Net extends Module {
    readonly blocks = new List([new Linear(1, 1, { rngs: new Rngs(1) }), new Root()]);
    forward(x: tf.Tensor): tf.Tensor {
      return (this.blocks.at(1) as Root).forward(x);
    }
  }
  const f = debugNaN((net: Net, x: tf.Tensor) => tf.tidy(() => net.forward(x)));
  const error = caught(() => f(new Net(), tf.ones([1, 1])));
  expect([error.kernelName, error.modulePath]).toEqual(["Multiply", "blocks.1.forward"]);
  expect(error.source).toMatch(/debug-nan\.test\.ts:\d+/);
  expect(error.message).toContain("the result of Multiply of [1, 1], [] in blocks.1.forward at ");
  f.dispose();
});

test("a function of one lane is looked at in all of them", async () => {
  const f = debugNaN((x: tf.Tensor) => tf.sqrt(x));
  const all = vmap(f);
  tf.dispose(all(tf.tensor1d([1, 2])));
  await f.check();
  tf.dispose(all(tf.tensor1d([1, 2, -3, -4])));
  await expect(f.check()).rejects.toMatchObject({ kernelName: "Sqrt", lanes: [2] });
  await f.check();
  f.dispose();
});

test("has derivatives, those of customVjp included", () => {
  const twice = customVjp((x: tf.Tensor) => tf.clone(x), {
    forward: (x) => [tf.clone(x), undefined],
    backward: (_, gradient) => [tf.mul(gradient, 2)],
  });
  const f = debugNaN((x: tf.Tensor) => tf.sum(tf.square(vmap(twice)(twice(x)))));
  expect([...grad(f)(tf.tensor1d([1, 3])).dataSync()]).toEqual([8, 24]);
  expect([
    ...jvp((x: tf.Tensor) => debugNaN(sums)(x), [tf.tensor1d([1, 3])], [tf.ones([2])])[1].dataSync(),
  ]).toEqual([3]);
  f.dispose();
});

const sums = (x: tf.Tensor) => scan((c: tf.Tensor, x: tf.Tensor) => [tf.add(c, tf.mul(x, 1.5)), x], tf.scalar(0), x)[0] as tf.Tensor; // prettier-ignore
