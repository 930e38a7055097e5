/** @file Loops and branches go forward as those of JAX: figures of `scripts/reference/forward_loops.py`. */
import { cond, foriLoop, hvp, jacfwd, jvp, linearize, scan, vmap, whileLoop } from "@nnx-js/nn";
import { recordBody } from "@nnx-js/nn/trace";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import figures from "../../golden/forward-loops.json" with { type: "json" };
import { det } from "./models.ts";

type Fn = (x: tf.Tensor, w: tf.Tensor) => tf.Tensor;

// It cannot give values at once.
const isWebgpu = inject("backend") === "webgpu";

const xs = () => det([4, 3], 0.7, 0.4);
const times = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.reshape(tf.matMul(tf.reshape(x, [1, 3]), w), [3]);
const firstRow = (w: tf.Tensor) => tf.reshape(tf.slice(w, 0, 1), [3]);

const recurrent =
  (reverse: boolean): Fn =>
  (x, w) => {
    const step = (h: tf.Tensor, x: tf.Tensor) => {
      const next = tf.tanh(tf.add(times(h, w), x));
      return [next, tf.mul(next, x)] as const;
    };
    const [last, ys] = scan(step, x, xs(), { reverse });
    return tf.add(last, tf.sum(ys, 0));
  };

const grown: Fn = (x, w) => {
  const [turns, y] = whileLoop(
    ([, y]: [tf.Tensor, tf.Tensor]) => tf.less(tf.sum(tf.abs(y)), 20),
    ([i, y]) => [tf.add(i, tf.scalar(1, "int32")), tf.add(tf.add(tf.tanh(times(y, w)), tf.mul(y, 1.5)), 0.1)],
    [tf.scalar(0, "int32"), x],
  );
  return tf.mul(y, tf.cast(turns, "float32"));
};

const FUNCTIONS: Record<string, Fn> = {
  recurrent: recurrent(false),
  reversed: recurrent(true),
  grown,
  while_in_scan: (x, w) => {
    const step = (h: tf.Tensor, s: tf.Tensor) => {
      const large = whileLoop(
        (v: tf.Tensor) => tf.less(tf.max(tf.abs(v)), 1),
        (v) => tf.add(tf.mul(v, 1.3), tf.mul(firstRow(w), 0.1)),
        tf.mul(h, 0.5),
      );
      return [tf.add(tf.mul(large, 0.7), s), large] as const;
    };
    const [last, ys] = scan(step, x, xs());
    return tf.add(last, tf.mean(ys, 0));
  },
  branches_in_scan: (x, w) => {
    const step = (h: tf.Tensor, s: tf.Tensor) => {
      const next = cond(
        tf.greater(tf.sum(h), tf.sum(s)),
        (h: tf.Tensor): tf.Tensor => tf.tanh(times(h, w)),
        (h) => tf.sub(tf.mul(h, h), s),
        h,
      );
      return [next, null] as const;
    };
    return scan(step, x, xs())[0];
  },
  scan_in_branch: (x, w) =>
    cond(
      tf.greater(tf.sum(x), 0),
      (x: tf.Tensor) => recurrent(false)(x, w),
      (x) => tf.mul(x, 2),
      x,
    ),
  while_in_branch: (x, w) =>
    cond(
      tf.greater(tf.sum(x), 0),
      (x: tf.Tensor) => grown(x, w),
      (x) => tf.mul(x, 2),
      x,
    ),
  counted: (x, w) =>
    foriLoop(
      tf.scalar(1, "int32"),
      tf.add(tf.argMax(firstRow(w)), tf.scalar(3, "int32")),
      (i, y: tf.Tensor): tf.Tensor => tf.add(tf.sin(times(y, w)), tf.div(y, tf.cast(i, "float32"))),
      x,
    ),
};

const given = () => [det([3], 0.8, 0.2), det([3, 3], 0.6, 0.9)] as [tf.Tensor, tf.Tensor];
const directions = () => [det([3], 1, 2), det([3, 3], 1, 3)] as [tf.Tensor, tf.Tensor];

describe.skipIf(isWebgpu).each(figures.cases)("$name", ({ name, out, tangent, jacobian, hvp: products }) => {
  const f = FUNCTIONS[name]!;

  test("in a direction", async () => {
    const [y, dy] = jvp(f, given(), directions());
    await expect(y).toBeAllClose(fromGolden(out));
    await expect(dy).toBeAllClose(fromGolden(tangent));
  });

  test("in a direction that is not known yet", async () => {
    const [y, linear] = linearize(f, given());
    await expect(y).toBeAllClose(fromGolden(out));
    await expect(linear(...directions())).toBeAllClose(fromGolden(tangent));
    linear.dispose();
  });

  test("in all directions, and in lanes", async () => {
    const [x, w] = given();
    await expect(jacfwd(f)(x, w)).toBeAllClose(fromGolden(jacobian));
    const lanes = vmap((dx: tf.Tensor) => jvp(f, [x, w], [dx, undefined])[1]);
    const all = tf.transpose(lanes(tf.eye(3) as tf.Tensor));
    await expect(all).toBeAllClose(fromGolden(jacobian));
  });

  test.skipIf(!products)("of a gradient", async () => {
    const found = hvp((x: tf.Tensor, w: tf.Tensor) => tf.sum(f(x, w)), given(), directions()) as tf.Tensor[];
    for (const [i, product] of found.entries()) await expect(product).toBeAllClose(fromGolden(products![i]!));
  });
});

test("a loop and its derivative are one loop", () => {
  const body = recordBody((x, w) => jvp(recurrent(false), [x, w], directions()), [det([3]), det([3, 3])].map(({ shape, dtype }) => ({ shape, dtype })), { caller: "test", name: "test" }); // prettier-ignore
  expect(body.graph.nodes.filter(({ kernelName }) => kernelName === "Scan").length).toBe(1);
  body.dispose();
});
