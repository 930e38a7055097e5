/** @file Numbers that a dtype cannot hold are told, not changed. */
import { loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";

const read = async (source: readonly unknown[] | Uint32Array, dtype?: "int32" | "float32" | "bool") => {
  const all: number[] = [];
  for await (const batch of loader(source as unknown[], {
    batchSize: source.length,
    dropLast: true,
    dtype,
  })) {
    all.push(...(batch as unknown as tf.Tensor).dataSync());
  }
  return all;
};

test.each<
  [
    what: string,
    source: readonly unknown[] | Uint32Array,
    dtype: "int32" | "bool" | undefined,
    message: RegExp,
  ]
>([
  [
    "uint32 from 2^31 on",
    Uint32Array.of(1, 2 ** 31),
    undefined,
    /example 1 of epoch 0: .*as int32 holds, found 2147483648/,
  ],
  [
    "rows of uint32",
    [Uint32Array.of(1, 2), Uint32Array.of(3, 4e9)],
    undefined,
    /example 1 .*found 4000000000/,
  ],
  ["floats after integers", [Int32Array.of(1), Float32Array.of(0.5)], undefined, /example 1 .*found 0\.5/],
  [
    "nested",
    [{ a: [Int8Array.of(1)] }, { a: [Float64Array.of(NaN)] }],
    undefined,
    /example 1 of epoch 0, a\.0: .*found NaN/,
  ],
  [
    "a number after booleans",
    [true, 0.5],
    undefined,
    /example 1 .*expected 0 or 1, as bool holds, found 0\.5/,
  ],
  ["a number beside booleans", [[false, 2]], undefined, /example 0 .*found 2\./],
  ["fractions as int32", [1, 2.5], "int32", /found 2\.5. Nothing is rounded/],
  ["infinity as int32", [Infinity], "int32", /found Infinity/],
  ["255 as bool", [Uint8Array.of(255)], "bool", /found 255/],
])("%s", async (_what, source, dtype, message) => {
  const before = tf.memory().numTensors;
  const error: unknown = await read(source, dtype).catch((error: unknown) => error);
  expect(error).toMatchObject({ name: "DataSourceError" });
  expect((error as Error).message).toMatch(message);
  expect(tf.memory().numTensors).toBe(before);
});

test("what a dtype holds stays as it is", async () => {
  expect(await read(Uint32Array.of(0, 2 ** 31 - 1))).toEqual([0, 2 ** 31 - 1]);
  expect(await read(Uint32Array.of(2 ** 31), "float32")).toEqual([2 ** 31]);
  expect(await read([Int32Array.of(-(2 ** 31)), Float32Array.of(7)])).toEqual([-(2 ** 31), 7]);
  expect(await read([0, 1], "bool")).toEqual([0, 1]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer(), { minLength: 1 }), async (values) => {
      expect(await read(values, "int32")).toEqual(values);
      expect(await read([Float64Array.from(values)], "int32")).toEqual(values);
    }),
    { numRuns: 20 },
  );
});

test("tensors that are disposed of are named", async () => {
  const x = tf.ones([4, 2]);
  const y = tf.ones([4]);
  const data = loader({ x, pair: [y] }, { batchSize: 2, dropLast: true });
  const late = async () => {
    for await (const _batch of data) y.dispose();
  };
  await expect(late()).rejects.toThrow("loader: pair.0: the tensor is disposed of.");
  const rows = loader({ x, pair: [x] }, { batchSize: 2, dropLast: true, map: (row) => row });
  x.dispose();
  await expect(
    (async () => {
      for await (const _batch of rows);
    })(),
  ).rejects.toThrow("the tensor is disposed of.");
  const shared = tf.ones([2]);
  const twice = loader([1, 2, 3, 4], { batchSize: 2, dropLast: true, map: () => ({ shared }) });
  await expect(
    (async () => {
      for await (const _batch of twice);
    })(),
  ).rejects.toThrow(/example 2 of epoch 0, shared: the tensor is disposed of.*x\.clone\(\)/);
});
