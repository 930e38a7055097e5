/** @file Tensors of pieces change the order of their axes in place, all others by a copy. */
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { tensorFromPieces, transposeInPlace } from "../../src/index.ts";

/** 0, 1, 2, … in this shape. */
function ramp(shape: readonly number[], dtype: "float32" | "int32" | "bool" = "float32"): Promise<tf.Tensor> {
  return tensorFromPieces(shape, dtype, async (into, begin) => {
    for (let i = 0; i < into.length; i++) into[i] = dtype === "bool" ? ((begin + i) % 3) % 2 : begin + i;
  });
}

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 });
const cases = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    dtype: fc.constantFrom("float32" as const, "int32" as const),
  }),
);

test("every order of axes gives what tf.transpose gives", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ shape, order, dtype }) => {
      const [x, same] = [await ramp(shape, dtype), await ramp(shape, dtype)];
      const [transposed, expected] = [transposeInPlace(x, order), tf.transpose(same, order)];
      expect(transposed.shape).toEqual(expected.shape);
      expect(transposed.dtype).toBe(dtype);
      expect([...(await transposed.data())]).toEqual([...(await expected.data())]);
      tf.dispose([x, same, transposed, expected]);
    }),
    { numRuns: 60 },
  );
});

test.each([
  [
    [70, 45],
    [1, 0],
  ],
  [
    [3, 70, 45],
    [0, 2, 1],
  ],
  [
    [33, 5, 40],
    [2, 1, 0],
  ],
  [
    [0, 4],
    [1, 0],
  ],
])("shape %j in the order %j: squares at the edges are whole", async (shape, order) => {
  const [x, same] = [await ramp(shape), await ramp(shape)];
  const [transposed, expected] = [transposeInPlace(x, order), tf.transpose(same, order)];
  expect([...(await transposed.data())]).toEqual([...(await expected.data())]);
  tf.dispose([x, same, transposed, expected]);
});

test("booleans are moved, too", async () => {
  const x = await ramp([2, 3], "bool");
  const transposed = transposeInPlace(x, [1, 0]);
  expect([...(await transposed.data())]).toEqual([0, 0, 1, 1, 0, 0]);
  tf.dispose([x, transposed]);
});

test("what somebody else can see stays as it is: clones, and tensors on arrays of the caller", async () => {
  const x = await ramp([2, 3]);
  const clone = x.clone();
  const transposed = transposeInPlace(x, [1, 0]);
  expect([...(await clone.data())]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...(await transposed.data())]).toEqual([0, 3, 1, 4, 2, 5]);
  const values = Float32Array.of(0, 1, 2, 3);
  const own = tf.tensor2d(values, [2, 2]);
  const other = transposeInPlace(own, [1, 0]);
  expect([...values]).toEqual([0, 1, 2, 3]);
  expect([...(await other.data())]).toEqual([0, 2, 1, 3]);
  tf.dispose([x, clone, transposed, own, other]);
});

test("a second transpose leaves the first as it is", async () => {
  const x = await ramp([2, 3]);
  const first = transposeInPlace(x, [1, 0]);
  const second = transposeInPlace(first, [1, 0]);
  expect([...(await first.data())]).toEqual([0, 3, 1, 4, 2, 5]);
  expect([...(await second.data())]).toEqual([0, 1, 2, 3, 4, 5]);
  tf.dispose([x, first, second]);
});

test("no tensor is left over", async () => {
  const before = tf.memory().numTensors;
  const x = await ramp([4, 4]);
  const transposed = transposeInPlace(x, [1, 0]);
  tf.dispose([x, transposed]);
  expect(tf.memory().numTensors).toBe(before);
});
