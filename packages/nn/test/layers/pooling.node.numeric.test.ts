/** @file Pooling with all its options, forwards and backwards, against loops over indices. */
import { avgPool, maxPool, minPool, pool, type PoolPadding } from "@nnx-js/nn";
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expect, inject, test } from "vitest";

// A new shader for every shape takes a GPU backend seconds.
const numRuns = ["cpu", "wasm"].includes(inject("backend")) ? 30 : 1;

const each = <T>(axes: number, of: fc.Arbitrary<T>) => fc.array(of, { minLength: axes, maxLength: axes });

/** Windows of 1 to 3 elements an axis; explicit padding is smaller, so that each window sees an element. */
const settings = (axes: number) =>
  each(axes, fc.integer({ min: 1, max: 3 })).chain((window) => {
    const explicit = fc.tuple(
      ...window.map((size) =>
        fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.integer({ min: 0, max: size - 1 })),
      ),
    );
    return fc.record({
      window: fc.constant(window),
      batch: fc.constantFrom<number[][]>([], [2], [2, 1]),
      spatial: each(axes, fc.integer({ min: 3, max: 5 })),
      features: fc.constantFrom(1, 2),
      strides: fc.option(each(axes, fc.integer({ min: 1, max: 3 })), { nil: undefined }),
      padding: fc.oneof(
        fc.constantFrom<(PoolPadding | undefined)[]>("SAME", "SAME_LOWER", "VALID", "same", undefined),
        explicit,
      ),
      countIncludePad: fc.constantFrom(true, false, undefined),
    });
  });

type Settings = ReturnType<typeof settings> extends fc.Arbitrary<infer T> ? T : never;

/** Where windows lie along one axis: the indices that each sees, padding left out. */
function alongAxis(axis: number, { spatial, window, strides, padding = "VALID" }: Settings): number[][] {
  const [size, reach, stride] = [spatial[axis]!, window[axis]!, strides?.[axis] ?? 1];
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  const half = Math.floor(total / 2);
  const pads = {
    SAME: [half, total - half],
    SAME_LOWER: [total - half, half],
    VALID: [0, 0],
  };
  const isWord = (pad: PoolPadding): pad is Extract<PoolPadding, string> => typeof pad === "string";
  const word = isWord(padding) ? (padding.toUpperCase() as keyof typeof pads) : undefined;
  const [low, high] = (word ? pads[word] : padding[axis]) as [number, number];
  const windows: number[][] = [];
  for (let start = -low; start + reach <= size + high; start += stride) {
    const seen = Array.from({ length: reach }, (_, i) => start + i);
    windows.push(seen.filter((i) => i >= 0 && i < size));
  }
  return windows;
}

/** For each output, the flat indices of the elements in its window; and the shape of the output. */
function windowsOf(given: Settings): { seen: number[][]; shape: number[] } {
  const { batch, spatial, features } = given;
  const axes = spatial.map((_, axis) => alongAxis(axis, given));
  const whole = (length: number) => Array.from({ length }, (_, i) => [i]);
  let seen: number[][] = [[0]];
  const sizes = [tf.util.sizeFromShape(batch), ...spatial, features];
  for (const [axis, windows] of [whole(sizes[0]!), ...axes, whole(features)].entries()) {
    seen = seen.flatMap((lead) =>
      windows.map((indices) => lead.flatMap((i) => indices.map((j) => i * sizes[axis]! + j))),
    );
  }
  return { seen, shape: [...batch, ...axes.map(({ length }) => length), features] };
}

type Pooling = (x: tf.Tensor, given: Settings) => tf.Tensor;

/** What each element of a window counts for in the output, beside its value. */
type Shares = (values: number[], given: Settings) => number[];

/** All to the first element that is `best` of all. */
const onlyTo =
  (best: (...values: number[]) => number): Shares =>
  (values) => {
    const first = values.indexOf(best(...values));
    return values.map((_, i) => (i === first ? 1 : 0));
  };

const POOLS: Record<string, [Pooling, Shares]> = {
  avgPool: [
    (x, { window, ...options }) => avgPool(x, window, options),
    (values, { window, countIncludePad = true }) =>
      values.map(() => 1 / (countIncludePad ? tf.util.sizeFromShape(window) : values.length)),
  ],
  maxPool: [(x, { window, strides, padding }) => maxPool(x, window, { strides, padding }), onlyTo(Math.max)],
  minPool: [(x, { window, strides, padding }) => minPool(x, window, { strides, padding }), onlyTo(Math.min)],
  "pool by a sum": [
    (x, { window, strides, padding }) => pool(x, 0, tf.add, window, { strides, padding }),
    (values) => values.map(() => 1),
  ],
};

for (const [name, [f, sharesOf]] of Object.entries(POOLS)) {
  test.each([1, 2, 3])(`${name} with any options over %i spatial axes`, async (axes) => {
    await fc.assert(
      fc.asyncProperty(settings(axes), fc.constantFrom(-2, 0, 2), async (given, offset) => {
        const x = tf.add(wave([...given.batch, ...given.spatial, given.features], 1, 0.3), offset);
        const values = await x.data();
        const { seen, shape } = windowsOf(given);
        const dy = wave(shape, 1, 0.8);
        const slopes = await dy.data();
        const [y, dx] = [new Float64Array(seen.length), new Float64Array(x.size)];
        for (const [i, indices] of seen.entries()) {
          const window = indices.map((j) => values[j]!);
          for (const [k, share] of sharesOf(window, given).entries()) {
            y[i]! += share * window[k]!;
            dx[indices[k]!]! += share * slopes[i]!;
          }
        }
        const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => tf.sum(tf.mul(f(t, given), dy)))(x);
        await expect(f(x, given)).toBeAllClose(tf.tensor(Array.from(y), shape));
        await expect(grad).toBeAllClose(tf.tensor(Array.from(dx), x.shape));
        tf.dispose([value, grad]);
      }),
      { numRuns },
    );
  });
}

test("pool reduces by any function, and pads with what leaves it as it is", async () => {
  const x = tf.tensor3d([2, 3, 5, 7], [1, 4, 1]);
  await expect(pool(x, 1, tf.mul, [3], { padding: "SAME" })).toBeAllClose([6, 30, 105, 35]);
  await expect(pool(x, -Infinity, tf.maximum, [2], { strides: [2] })).toBeAllClose([3, 7]);
  await expect(pool(x, Infinity, tf.minimum, [2], { padding: [[1, 0]] })).toBeAllClose([2, 2, 3, 5]);
});

test("windows of four axes", async () => {
  const x = tf.reshape(tf.range(1, 17), [1, 2, 2, 2, 2, 1]);
  await expect(maxPool(x, [2, 2, 2, 2])).toBeAllClose([16]);
  await expect(minPool(x, [2, 2, 2, 2])).toBeAllClose([1]);
  await expect(avgPool(x, [2, 2, 2, 2])).toBeAllClose([8.5]);
});

test("gradients of pooling leave nothing behind", async () => {
  const x = wave([2, 4, 4, 1]);
  for (const [f] of Object.values(POOLS)) {
    const given = { window: [2, 2], strides: [2, 1], padding: "SAME", countIncludePad: false } as Settings;
    await expectNoLeak(() => tf.dispose(tf.grad((t) => tf.sum(tf.square(f(t, given))))(x)));
  }
});
