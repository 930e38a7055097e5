/** @file Files that we write, read and written again by Python's safetensors: equal bytes, header included. */
import { saveSafetensors, writeSafetensors, type StoredTensor } from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ARRAYS } from "./arrays.ts";

const SCRIPT = fileURLToPath(new URL("../../../../scripts/reference/check_safetensors.py", import.meta.url));

/** A Python that has the library; undefined, with the reason printed, where there is none. */
function findPython(): string | undefined {
  const python = process.env["NNX_PYTHON"] ?? "python3";
  try {
    execFileSync(python, ["-c", "import numpy, safetensors; safetensors.TensorSpec"], { stdio: "pipe" });
    return python;
  } catch (error) {
    const reason =
      `the tests against Python's safetensors cannot run: ${python} has no numpy and safetensors 0.8 ` +
      "(pip install numpy==2.4.6 safetensors==0.8.0; NNX_PYTHON names another Python)";
    if (process.env["NNX_REQUIRE_PYTHON"]) throw new Error(reason, { cause: error });
    console.warn(`SKIPPED: ${reason}`);
    return undefined;
  }
}

interface Report {
  same: boolean;
  tensors: Record<string, [dtype: string, shape: number[], hex: string]>;
  numpy: Record<string, string[]>;
}

const python = findPython();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-python-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What Python finds in files of these bytes. */
async function check(files: Record<string, Uint8Array>): Promise<Record<string, Report>> {
  const own = await mkdtemp(join(folder, "files-"));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(own, name), bytes);
  const { stdout } = await promisify(execFile)(python!, [SCRIPT, own], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as Record<string, Report>;
}

const hex = (data: ArrayBufferView) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");

/** A tensor of random bytes. */
const stored = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(ARRAYS) as (keyof typeof ARRAYS)[])),
    shape: fc.array(fc.nat({ max: 3 }), { maxLength: 4 }),
    seed: fc.integer({ min: 1, max: 250 }),
  })
  .map(({ dtype, shape, seed }): StoredTensor => {
    const length = shape.reduce((product, n) => product * n, 1);
    const bytes = new Uint8Array(length * ARRAYS[dtype].BYTES_PER_ELEMENT).map((_, i) => (i * seed) % 251);
    if (dtype === "BOOL") bytes.forEach((byte, i) => (bytes[i] = byte & 1));
    return { dtype, shape, data: new ARRAYS[dtype](bytes.buffer) };
  });

const anyName = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.string({ unit: "grapheme-ascii" }),
    fc.constantFrom("__proto__", ""),
  )
  .filter((name) => name !== "__metadata__");
const someFile = fc.record({
  tensors: fc.uniqueArray(fc.tuple(anyName, stored), { maxLength: 8, selector: ([name]) => name }),
  metadata: fc.option(
    fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 3 }),
  ),
});

describe.runIf(python)("Python's safetensors", () => {
  test("reads 200 random files, and writes the same bytes", async () => {
    // No tensors and empty metadata are left out: the library writes that as a file which nothing reads.
    const files = fc
      .sample(someFile, 200)
      .filter(({ tensors, metadata }) => tensors.length + Object.keys(metadata ?? { none: "" }).length > 0);
    const written: Record<string, Uint8Array> = {};
    for (const [index, { tensors, metadata }] of files.entries()) {
      written[`${index}.safetensors`] = await writeSafetensors(
        new Map(tensors),
        metadata ? { metadata } : {},
      );
    }
    const report = await check(written);
    for (const [index, { tensors }] of files.entries()) {
      const found = report[`${index}.safetensors`]!;
      expect(found.same).toBe(true);
      const expected = tensors.map(([name, { dtype, shape, data }]) => [name, [dtype, shape, hex(data)]]);
      expect(found.tensors).toEqual(Object.fromEntries(expected));
    }
    expect(files.length).toBeGreaterThan(150);
  });

  test("reads what tensors were written as", async () => {
    const tensors = {
      float: tf.tensor2d([1.5, -0.1, 65504, 0, Infinity, 3], [2, 3]),
      int: tf.tensor1d([1, 2, 127], "int32"),
      bool: tf.tensor1d([true, false], "bool"),
      scalar: tf.scalar(0.5),
      empty: tf.zeros([0, 3]),
    };
    const path = join(folder, "saved.safetensors");
    await saveSafetensors(tensors, path, { metadata: { format: "pt" } });
    const written: Record<string, Uint8Array> = {};
    for (const float of ["F64", "F32", "F16", "BF16"] as const)
      written[float] = await writeSafetensors(tensors, { dtype: float });
    for (const int of ["I64", "I32", "I16", "I8", "U32", "U16", "U8"] as const)
      written[int] = await writeSafetensors(tensors, { dtype: int });
    tf.dispose(tensors);
    const report = await check(
      Object.fromEntries(Object.entries(written).map(([name, bytes]) => [`${name}.safetensors`, bytes])),
    );
    for (const [dtype, { same, tensors: found, numpy }] of Object.entries(report)) {
      const name = dtype.replace(".safetensors", "");
      expect(same).toBe(true);
      expect([found["float"]![0], found["int"]![0]]).toContain(name);
      expect(numpy).toMatchObject({ int: ["1", "2", "127"], bool: ["True", "False"] });
    }
    const tenth = (dtype: string) => report[`${dtype}.safetensors`]!.numpy["float"]![1];
    expect([tenth("F64"), tenth("F32"), tenth("F16")]).toEqual([
      String(Math.fround(-0.1)),
      String(Math.fround(-0.1)),
      "-0.0999755859375",
    ]);
  });
});
