/** @file General convolution against its definition, and its gradients against finite differences. */
import { convGeneralDilated, type ConvGeneralDilatedOptions } from "@nnx-js/tensor";
import { expectNoLeak, referenceConvolution, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { describe, expect, inject, test } from "vitest";
import { expectGradients } from "../gradients/check.ts";

async function expectLikeReference(
  shape: number[],
  kernelShape: number[],
  options: ConvGeneralDilatedOptions,
): Promise<void> {
  const [x, kernel] = [wave(shape), wave(kernelShape, 0.5, 1)];
  const y = tf.tidy(() => convGeneralDilated(x, kernel, options));
  const expected = referenceConvolution(
    { shape, data: await x.data() },
    { shape: kernelShape, data: await kernel.data() },
    options,
  );
  expect(y.shape).toEqual(expected.shape);
  await expect(y).toBeAllClose(Array.from(expected.data), { rtol: 1e-5, atol: 5e-6 });
  tf.dispose([x, kernel, y]);
}

/** Shapes and options that fit together. */
const convolutions = (axes: number) => {
  const step = fc.integer({ min: 1, max: 3 });
  const each = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: axes, maxLength: axes });
  return fc
    .record({
      spatial: each(fc.integer({ min: 1, max: 5 })),
      size: each(fc.integer({ min: 1, max: 3 })),
      padding: each(fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 }))),
      strides: each(step),
      inputDilation: each(step),
      kernelDilation: each(step),
      featureGroupCount: step,
      perGroup: fc.integer({ min: 1, max: 2 }),
      outputsPerGroup: fc.integer({ min: 1, max: 2 }),
      batch: fc.integer({ min: 1, max: 2 }),
    })
    .filter(({ spatial, size, padding, inputDilation, kernelDilation }) =>
      spatial.every((n, i) => {
        const [low, high] = padding[i]!;
        const stretched = (n - 1) * inputDilation[i]! + 1;
        const window = (size[i]! - 1) * kernelDilation[i]! + 1;
        return stretched + Math.min(0, low) + Math.min(0, high) > 0 && stretched + low + high >= window;
      }),
    );
};

// A new shader for every shape takes a GPU backend a second.
const numRuns = ["cpu", "wasm"].includes(inject("backend")) ? 60 : 4;

test.each([1, 2, 3])("any options of %i spatial axes give what the definition gives", async (axes) => {
  await fc.assert(
    fc.asyncProperty(
      convolutions(axes),
      async ({ batch, spatial, size, perGroup, outputsPerGroup, ...options }) => {
        const groups = options.featureGroupCount;
        const [inputs, outputs] = [perGroup * groups, outputsPerGroup * groups];
        await expectLikeReference([batch, ...spatial, inputs], [...size, perGroup, outputs], options);
      },
    ),
    { numRuns },
  );
});

describe("the gradients of both orders match finite differences", () => {
  const pair = (x: number[], kernel: number[]) => () => [wave(x), wave(kernel, 0.5, 1)];
  test.each<[string, number[], number[], ConvGeneralDilatedOptions]>([
    [
      "stretched and dilated",
      [1, 4, 2],
      [2, 2, 1],
      { inputDilation: [2], kernelDilation: [3], padding: [[2, 1]] },
    ],
    ["in groups", [1, 3, 4, 4], [2, 2, 2, 2], { strides: [1, 2], featureGroupCount: 2, padding: [[1, 0], [0, 1]] }], // prettier-ignore
    ["channel by channel", [2, 5, 4, 2], [2, 2, 1, 4], { strides: [2, 1], kernelDilation: [2, 2], featureGroupCount: 2 }], // prettier-ignore
    ["in space", [1, 3, 4, 2, 1], [2, 2, 1, 1, 2], { padding: [[1, 0], [0, 0], [-1, 0]], inputDilation: [1, 2, 1] }], // prettier-ignore
  ])("%s", async (_, x, kernel, options) => {
    await expectGradients({ f: (a, b) => convGeneralDilated(a, b, options), at: pair(x, kernel) });
  });
});

test("nothing is left behind, forwards and backwards", async () => {
  const [x, kernel] = [wave([1, 4, 4, 2]), wave([3, 3, 1, 4])];
  const f = (a: tf.Tensor, b: tf.Tensor) =>
    tf.sum(convGeneralDilated(a, b, { featureGroupCount: 2, kernelDilation: [2, 1], padding: [[2, 2], [1, 1]] })); // prettier-ignore
  await expectNoLeak(() => tf.dispose(tf.tidy(() => tf.grads(f)([x, kernel]))));
});
