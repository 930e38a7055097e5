/** @file Slices of every rank and dtype, against one that picks each element by its place. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";

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

/** The shapes of what is split, an axis, and lengths along it. */
const splits = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
    fc.nat(3),
  )
  .map(([others, lengths, place]) => {
    const axis = place % (others.length + 1);
    const whole = lengths.reduce((sum, length) => sum + length, 0);
    return { axis, lengths, shape: others.toSpliced(axis, 0, whole) };
  })
  .filter(({ lengths }) => lengths.some((length) => length > 0));

test("parts of a tensor put together are the tensor", async () => {
  await fc.assert(
    fc.asyncProperty(splits, fc.constantFrom("float32", "int32", "bool"), async (split, dtype) => {
      const { axis, lengths, shape } = split;
      const all = tf.util.sizeFromShape(shape);
      const values = Array.from({ length: all }, (_, i) => (dtype === "bool" ? ((i * 7) % 3) & 1 : i + 1));
      const strides = [...tf.util.computeStrides(shape), 1];
      const pick = (begin: number, length: number) =>
        values.filter((_, i) => {
          const place = Math.floor(i / strides[axis]!) % shape[axis]!;
          return place >= begin && place < begin + length;
        });
      using x = tf.tensor(values, shape, dtype);
      // From the end as well.
      const parts = tf.split(x, lengths, axis - shape.length);
      let begin = 0;
      for (const [i, part] of parts.entries()) {
        expect(part.dtype).toBe(dtype);
        expect(part.shape).toEqual(shape.with(axis, lengths[i]!));
        await expect(part).toBeAllClose(pick(begin, lengths[i]!), EXACT);
        begin += lengths[i]!;
      }
      const rows = tf.unstack(x, axis - shape.length);
      expect(rows).toHaveLength(shape[axis]!);
      for (const [i, row] of rows.entries()) {
        expect(row.shape).toEqual(shape.toSpliced(axis, 1));
        await expect(row).toBeAllClose(pick(i, 1), EXACT);
      }
      tf.dispose([parts, rows]);
    }),
    { numRuns: 30 },
  );
});

test.runIf(inject("backend") === "wasm")("cost no copy of the whole on wasm", () => {
  const backend = tf.backend();
  const readSync = backend.readSync.bind(backend);
  const read: unknown[] = [];
  backend.readSync = (dataId) => {
    read.push(dataId);
    return readSync(dataId);
  };
  try {
    tf.tidy(() => {
      const x = tf.zeros([6, 4]);
      tf.slice(x, [1, 0], [2, 4]);
      tf.split(x, 3);
      tf.split(x, [1, 3], 1);
      tf.unstack(x);
      tf.stridedSlice(x, [0, 0], [6, 4], [1, 1]);
    });
  } finally {
    // The class has its own.
    Reflect.deleteProperty(backend, "readSync");
  }
  expect(read).toEqual([]);
});
