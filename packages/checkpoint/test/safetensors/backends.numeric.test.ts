/** @file Safetensors on every backend: every dtype read, tensors written, nothing left over, memory read in pieces. */
import { readSafetensors, writeSafetensors, type ByteSource, type StoredTensor } from "@nnx-js/checkpoint";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const stored = (dtype: StoredTensor["dtype"], data: StoredTensor["data"]): StoredTensor => ({
  dtype,
  shape: [data.length],
  data,
});

const STORED: Record<string, StoredTensor> = {
  F64: stored("F64", Float64Array.of(0.1, -1e-300, 1e300, NaN)),
  F32: stored("F32", Float32Array.of(0.1, -0, Infinity, 3e38)),
  F16: stored("F16", Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00)),
  BF16: stored("BF16", Uint16Array.of(0x3f80, 0xc000, 0x4049, 0xff80)),
  I64: stored("I64", BigInt64Array.of(1n, -1n, 2n ** 31n - 1n, -(2n ** 31n))),
  I32: stored("I32", Int32Array.of(2 ** 31 - 1, -(2 ** 31), 0, 123456789)),
  I16: stored("I16", Int16Array.of(32767, -32768)),
  I8: stored("I8", Int8Array.of(127, -128)),
  U32: stored("U32", Uint32Array.of(2 ** 31 - 1, 0)),
  U16: stored("U16", Uint16Array.of(65535)),
  U8: stored("U8", Uint8Array.of(255)),
  BOOL: stored("BOOL", Uint8Array.of(1, 0, 1)),
};

const VALUES: Record<string, number[]> = {
  F64: [0.1, -0, Infinity, NaN].map(Math.fround),
  F32: [0.1, -0, Infinity, 3e38].map(Math.fround),
  F16: [1, -2, 2 ** -24, Infinity],
  BF16: [1, -2, 3.140625, -Infinity],
  I64: [1, -1, 2 ** 31 - 1, -(2 ** 31)],
  I32: [2 ** 31 - 1, -(2 ** 31), 0, 123456789],
  I16: [32767, -32768],
  I8: [127, -128],
  U32: [2 ** 31 - 1, 0],
  U16: [65535],
  U8: [255],
  BOOL: [1, 0, 1],
};

test("every dtype", async () => {
  const bytes = await writeSafetensors(STORED);
  await expectNoLeak(async () => {
    const file = await readSafetensors(bytes);
    for (const name of file.names) {
      using tensor = await file.tensor(name);
      expect([name, Array.from(await tensor.data(), Number)]).toEqual([name, VALUES[name]]);
    }
  }, 1);
});

test("tensors that kernels made, in every dtype that they can be written as", async () => {
  await expectNoLeak(async () => {
    using ramp = tf.range(0, 12, 1, "float32");
    using matrix = tf.tidy(() => tf.add(tf.reshape(ramp, [3, 4]), 0.5));
    using whole = tf.tidy(() => tf.add(tf.range(0, 6, 1, "int32"), tf.scalar(3, "int32")));
    using mask = tf.greater(ramp, 5);
    using empty = tf.zeros([2, 0]);
    for (const [float, integer] of [
      ["F32", "I32"],
      ["F64", "I64"],
      ["F16", "I16"],
      ["BF16", "I8"],
      ["F32", "U32"],
      ["F32", "U16"],
      ["F32", "U8"],
    ] as const) {
      const bytes = await writeSafetensors(
        { matrix, whole, mask, empty },
        {
          dtype: (name, { dtype }) => (dtype === "float32" ? float : dtype === "int32" ? integer : undefined),
        },
      );
      const file = await readSafetensors(bytes);
      expect([file.info("matrix").dtype, file.info("whole").dtype, file.info("mask").dtype]).toEqual([
        float,
        integer,
        "BOOL",
      ]);
      const read = await Promise.all(["matrix", "whole", "mask", "empty"].map((name) => file.tensor(name)));
      const values = await Promise.all(read.map(async (tensor) => [...(await tensor.data())]));
      expect(values).toEqual([
        Array.from({ length: 12 }, (_, i) => i + 0.5),
        [3, 4, 5, 6, 7, 8],
        Array.from({ length: 12 }, (_, i) => Number(i > 5)),
        [],
      ]);
      expect(read.map(({ shape, dtype }) => [shape, dtype])).toEqual([
        [[3, 4], "float32"],
        [[6], "int32"],
        [[12], "bool"],
        [[2, 0], "float32"],
      ]);
      tf.dispose(read);
    }
  }, 1);
});

test("a large tensor is read in pieces, beside the array that stays the tensor's", async () => {
  const length = 1_500_001;
  const half = new Uint16Array(length).map((_, i) => 0x3f80 + (i % 64));
  for (const tensor of [stored("F32", new Float32Array(length).fill(2.5)), stored("BF16", half)]) {
    const bytes = await writeSafetensors({ a: tensor });
    let longest = 0;
    const source: ByteSource = {
      label: "large.safetensors",
      size: bytes.length,
      async read(begin, into) {
        longest = Math.max(longest, into.length);
        into.set(bytes.subarray(begin, begin + into.length));
      },
      close: async () => {},
    };
    const file = await readSafetensors(source);
    using read = await file.tensor("a");
    const values = await read.data();
    const expected = (i: number) => (tensor.dtype === "F32" ? 2.5 : 1 + (i % 64) / 128);
    expect(values.findIndex((value, i) => value !== expected(i))).toBe(-1);
    const whole = tf.getBackend() !== "wasm" && tensor.dtype === "F32";
    expect(longest <= 1 << 20).toBe(!whole);
  }
});
