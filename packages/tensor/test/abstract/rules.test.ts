/** @file Each shape rule against what the kernel does on the cpu backend. */
import { full, kernelShapes, runAbstract, shapeRuleOf } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutCases } from "./cases/layout.ts";
import { mathCases } from "./cases/math.ts";
import { windowCases } from "./cases/window.ts";

/** What is left of a tensor without its values. */
const specs = (outputs: tf.Tensor | tf.Tensor[]) =>
  [outputs].flat().map(({ shape, dtype }) => ({ shape, dtype }));

const cases = [...mathCases, ...layoutCases, ...windowCases];
const seen = new Set<string>();

describe("each rule gives the shape and dtype that the cpu backend gives", () => {
  it.each(cases)("%s", async (_, run) => {
    const before = tf.memory().numTensors;
    let real: ReturnType<typeof specs> = [];
    const { kernelNames } = await tf.profile(() => {
      real = tf.tidy(() => specs(run()));
      return tf.scalar(0);
    });
    for (const name of kernelNames) seen.add(name);
    expect(runAbstract(() => specs(run()))).toEqual(real);
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it("and no rule is left out", () => {
    // One that TensorFlow.js itself does not launch, and those that refuse.
    const untested =
      /^(LogicalXor|Unique|Ragged.*|StringNGrams|StringSplit|Sparse(Fill|Res|Seg).*|NonMax.*|BroadcastArgs)$/;
    // Others are of packages that add kernels to be recorded only.
    const rules = tf
      .getKernelsForBackend("nnx-abstract")
      .map(({ kernelName }) => kernelName)
      .filter((name) => tf.getKernel(name, "cpu") !== undefined);
    expect(
      rules.filter((name) => !seen.has(name) && !untested.test(name) && !(name in kernelShapes)),
    ).toEqual([]);
  });
});

it("every kernel of the cpu backend has a rule, but the one that draws on a canvas", () => {
  const kernels = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  expect(kernels.filter((name) => !shapeRuleOf(name))).toEqual(["Draw"]);
});

describe("rules refuse what TensorFlow.js refuses", () => {
  const wrong: [string, RegExp, () => unknown][] = [
    [
      "shapes that cannot be broadcast",
      /could not be broadcast/,
      () => tf.add(full([2, 3], 1), full([4], 1)),
    ],
    [
      "inner sizes of a product that differ",
      /inner shapes/,
      () => tf.matMul(full([2, 3], 1), full([4, 5], 1)),
    ],
    ["a reshape to another size", /must match the product/, () => tf.reshape(full([2, 3], 1), [4, 2])],
    ["joining different shapes", /Error in concat2D/, () => tf.concat([full([2, 3], 1), full([2, 4], 1)], 0)],
    ["stacking different shapes", /matching shapes/, () => tf.stack([full([2, 3], 1), full([2, 4], 1)])],
    ["a slice beyond the end", /begin\[1\] \+ size\[1\]/, () => tf.slice(full([2, 3], 1), [0, 2], [2, 2])],
    ["an axis that is not there", /must be in range/, () => tf.sum(full([2, 3], 1), 2)],
    ["a new axis that is out of range", /Axis must be/, () => tf.expandDims(full([2, 3], 1), 4)],
    ["a split that leaves a rest", /evenly divide/, () => tf.split(full([5, 3], 1), 2)],
    [
      "einsum's sizes that differ",
      /dimension .* does not match|Expected dimension/,
      () => tf.einsum("ij,jk->ik", full([2, 3], 1), full([4, 5], 1)),
    ],
    [
      "channels of a filter that differ",
      /depth of input/,
      () => tf.conv2d(full<tf.Rank.R4>([1, 4, 4, 3], 1), full<tf.Rank.R4>([2, 2, 2, 5], 1), 1, "same"),
    ],
  ];
  it.each(wrong)("%s", (_, message, run) => {
    expect(() => tf.tidy(() => void run())).toThrow(message);
    expect(() => runAbstract(run)).toThrow(message);
  });
});

/** Two shapes that can be broadcast against each other. */
const broadcastable = fc
  .array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 })
  .chain((shape) =>
    fc
      .tuple(
        fc.tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
        fc.tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
      )
      .map((choices) =>
        choices.map(([from, ones]) => shape.slice(from).map((size, axis) => (ones[axis] ? 1 : size))),
      ),
  );

it("operands of any shapes that can be broadcast give the real shape", () => {
  fc.assert(
    fc.property(broadcastable, ([a = [], b = []]) => {
      const run = () => specs([tf.add(full(a, 1), full(b, 1)), tf.less(full(a, 1), full(b, 1))]);
      expect(runAbstract(run)).toEqual(tf.tidy(run));
    }),
  );
});

it("batches of matrices of any shapes that can be broadcast give the real shape", () => {
  fc.assert(
    fc.property(broadcastable, fc.boolean(), fc.boolean(), ([a = [], b = []], transposeA, transposeB) => {
      const run = () =>
        specs(
          tf.matMul(
            full([...a.slice(-2), ...(transposeA ? [3, 2] : [2, 3])], 1),
            full([...b.slice(-2), ...(transposeB ? [4, 3] : [3, 4])], 1),
            transposeA,
            transposeB,
          ),
        );
      expect(runAbstract(run)).toEqual(tf.tidy(run));
    }),
  );
});
