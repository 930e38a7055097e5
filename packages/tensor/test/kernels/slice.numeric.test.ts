/** @file Slices of every rank and dtype, against one that picks each element by its place. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";

const EXACT = { rtol: 0, atol: 0 };

/** A shape of up to five axes, and what is taken of each. */
const slices = fc
  .array(
    fc.integer({ min: 1, max: 4 }).chain((length) =>
      fc.integer({ min: 0, max: length - 1 }).chain((begin) =>
        fc.record({
          length: fc.constant(length),
          begin: fc.constant(begin),
          size: fc.oneof(
            { withCrossShrink: true },
            fc.constant(length - begin),
            fc.integer({ min: 1, max: length - begin }),
          ),
        }),
      ),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .filter((axes) => axes.length > 0);

test("take what lies in the given ranges, of float32, int32 and bool", async () => {
  await fc.assert(
    fc.asyncProperty(slices, fc.constantFrom("float32", "int32", "bool"), async (axes, dtype) => {
      const shape = axes.map(({ length }) => length);
      const begin = axes.map((axis) => axis.begin);
      const size = axes.map((axis) => axis.size);
      const all = tf.util.sizeFromShape(shape);
      const values = Array.from({ length: all }, (_, i) => (dtype === "bool" ? ((i * 7) % 3) & 1 : i + 1));
      const expected = Array.from({ length: tf.util.sizeFromShape(size) }, (_, i) => {
        const at = tf.util.indexToLoc(i, size.length, tf.util.computeStrides(size));
        const from = at.map((place, axis) => place + begin[axis]!);
        return values[tf.util.locToIndex(from, shape.length, tf.util.computeStrides(shape))]!;
      });
      using x = tf.tensor(values, shape, dtype);
      using part = tf.slice(x, begin, size);
      expect(part.dtype).toBe(dtype);
      expect(part.shape).toEqual(size);
      await expect(part).toBeAllClose(expected, EXACT);
    }),
    { numRuns: 30 },
  );
});

test("of nothing are nothing", () => {
  using x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  using none = tf.slice(x, [1, 0], [0, 2]);
  expect(none.shape).toEqual([0, 2]);
  expect(none.size).toBe(0);
});
