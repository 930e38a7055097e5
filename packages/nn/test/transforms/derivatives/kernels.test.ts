import { jvp, vjp, grad } from "@nnx-js/nn";
import { recordBody } from "@nnx-js/nn/trace";
import { shapeRuleNames } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CASES, type KernelCase } from "./kernel-cases.ts";

/** Kernels whose results do not change by steps, or are no floats: their derivative is zero or undefined. */
// prettier-ignore
const CONSTANT = [
  "All", "Any", "ArgMax", "ArgMin", "BitwiseAnd", "Cast", "Ceil", "Equal", "Floor", "FloorDiv", "Greater", "GreaterEqual",
  "Increment", "IsFinite", "IsInf", "IsNan", "Less", "LessEqual", "LogicalAnd", "LogicalNot", "LogicalOr", "LogicalXor", "Multinomial",
  "NotEqual", "OneHot", "OnesLike", "Round", "SearchSorted", "Sign", "Step", "ThreefryFoldIn",
  "ThreefryRandom", "ThreefrySplit", "ThreefryTake", "ZerosLike",
];

/** Kernels whose results have shapes that depend on values, so that they cannot be recorded. */
const UNRECORDED = ["NonMaxSuppressionV3", "NonMaxSuppressionV4", "SparseSegmentMean", "SparseSegmentSum"];

/** Kernels that only graphs have, which code in the same process may have registered. */
const OF_GRAPHS = [
  "AxisMax",
  "AxisMean",
  "AxisMin",
  "AxisSum",
  "Call",
  "Cond",
  "OptimizationBarrier",
  "Scan",
  "StopGradient",
  "While",
];

test("each kernel with a gradient and a shape has a case", () => {
  // Chooses the backend, with which the gradients come.
  tf.square(1).dispose();
  const differentiable = shapeRuleNames().filter((name) => tf.getGradient(name));
  const missing = differentiable.filter((name) => !(name in CASES) && !CONSTANT.includes(name) && !UNRECORDED.includes(name) && !OF_GRAPHS.includes(name)); // prettier-ignore
  expect(missing).toEqual([]);
});

const dot = (a: readonly tf.Tensor[], b: readonly tf.Tensor[]) =>
  a.reduce((sum, tensor, i) => sum + tf.sum(tf.mul(tensor, b[i]!)).dataSync()[0]!, 0);

/** Random tensors of these shapes. */
function drawn(shapes: readonly (readonly number[])[], [low, high]: readonly [number, number]) {
  return fc.tuple(
    ...shapes.map((shape) => {
      const size = tf.util.sizeFromShape([...shape]);
      return fc
        .array(fc.integer({ min: 1, max: 9999 }), { minLength: size, maxLength: size })
        .map((numbers) =>
          tf.tensor(
            numbers.map((n) => low + ((high - low) * n) / 10_000),
            [...shape],
          ),
        );
    }),
  );
}

const listOf =
  (run: KernelCase["run"]) =>
  (...xs: tf.Tensor[]) =>
    [run(...xs)].flat();

describe("the derivative in a direction fits the gradient", () => {
  test.each(Object.entries(CASES))("%s", (name, { run, shapes, range = [-2, 2] }) => {
    const f = listOf(run);
    const specs = shapes.map((shape) => ({ shape, dtype: "float32" as const }));
    const body = recordBody(f, specs, { caller: "test", name });
    const launched = body.graph.nodes.map(({ kernelName }) => kernelName);
    // Copies are left out.
    expect([...launched, "Identity"]).toContain(name);
    const outputs = body.graph.outputs.map(({ value }) => value.shape);
    body.dispose();
    fc.assert(
      fc.property(drawn(shapes, range), drawn(shapes, [-1, 1]), drawn(outputs, [-1, 1]), (xs, ts, cs) => {
        tf.tidy(() => {
          const [ys, changes] = jvp(f, xs, ts);
          const expected = f(...xs);
          for (const [i, y] of ys.entries()) expect([...y.dataSync()]).toEqual([...expected[i]!.dataSync()]);
          const [, pullback] = vjp(f, xs);
          const [forward, back] = [dot(changes, cs), dot(ts, pullback(cs))];
          expect(Math.abs(forward - back)).toBeLessThan(
            1e-4 * (1 + Math.abs(forward)) * Math.sqrt(expected[0]!.size),
          );
        });
      }),
      { numRuns: 2 },
    );
  });
});

describe("derivatives of derivatives: forward over reverse is symmetric, reverse over forward equals it", () => {
  const smooth = Object.entries(CASES).filter(([name]) => !["AdamDirection", "Int8MatMul", "LRN", "Dilation2D", "Atan2"].includes(name)); // prettier-ignore
  test.each(smooth)("%s", (_name, { run, shapes, range = [-2, 2] }) => {
    const scalar = (...xs: tf.Tensor[]) =>
      tf.addN<tf.Scalar>(listOf(run)(...xs).map((y) => tf.sum(tf.mul(tf.square(y), 0.5))));
    const gradients = (...xs: tf.Tensor[]) => vjp(scalar, xs)[1](tf.scalar(1));
    fc.assert(
      fc.property(drawn(shapes, range), drawn(shapes, [-1, 1]), drawn(shapes, [-1, 1]), (xs, t, u) => {
        tf.tidy(() => {
          const [, forward] = jvp(gradients, xs, t);
          const [, other] = jvp(gradients, xs, u);
          const [a, b] = [dot(forward, u), dot(other, t)];
          const tolerance = 2e-4 * (1 + Math.abs(a) + Math.abs(b)) * Math.sqrt(xs[0]!.size);
          expect(Math.abs(a - b)).toBeLessThan(tolerance);
          const along = (...ys: tf.Tensor[]) => jvp(scalar, ys, t)[1];
          const argnums = xs.map((_, i) => i);
          const reverse = grad(along, { argnums })(...xs);
          expect(Math.abs(dot(reverse, u) - a)).toBeLessThan(tolerance);
        });
      }),
      { numRuns: 1 },
    );
  });
});
