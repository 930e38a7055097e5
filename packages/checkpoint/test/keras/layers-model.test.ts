/** @file Reading model.json and its files: shards cut anywhere, quantised weights, hostile files. */
import { readFileSync } from "node:fs";
import { FileFormatError, readLayersModel, StorageError } from "@nnx-js/checkpoint";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";

type Json = Record<string, unknown>;
const bytesOf = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

/** A model of one group, `weights`, in one file. */
function model(weights: readonly Json[], data: Uint8Array, paths: readonly string[] = ["weights.bin"]) {
  return { "model.json": bytesOf({ weightsManifest: [{ paths, weights }] }), "weights.bin": data };
}

const kernel = { name: "dense/kernel", shape: [2, 3], dtype: "float32" };
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const six = floats(1, 2, 3, 4, 5, 6);

afterEach(() => vi.restoreAllMocks());

describe("what is read", () => {
  test("weights of every dtype and quantisation, as the converter of TensorFlow.js reads them", async () => {
    const folder = new URL("../golden/tfjs/quantized/", import.meta.url);
    const values = JSON.parse(readFileSync(new URL("values.json", folder), "utf8")) as Record<
      string,
      GoldenArray
    >;
    const file = await readLayersModel(new URL("model.json", folder));
    const before = tf.memory().numTensors;
    for (const [name, golden] of Object.entries(values)) {
      const expected = fromGolden(golden);
      const tensor = await file.tensor(name);
      const parts = tensor.dtype === "complex64" ? tf.stack([tf.real(tensor), tf.imag(tensor)], -1) : tensor;
      expect([name, parts.shape]).toEqual([name, expected.shape]);
      expect([name, ...(await parts.data())].map(Number)).toEqual(
        [name, ...(await expected.data())].map(Number),
      );
      tf.dispose([expected, tensor, parts]);
    }
    tf.disposeVariables();
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 2);
    expect(file.names).toEqual(Object.keys(values));
    expect(file.info("byte")).toEqual({ dtype: "F32", shape: [5, 2], byteLength: 10 });
    expect(file.info("half").dtype).toBe("F16");
    expect(file.info("complex64")).toEqual({ dtype: "F32", shape: [2, 2], byteLength: 32, isComplex: true });
    expect(() => file.info("text")).toThrow(/"text" holds texts/);
    await file.close();
  });

  test("the topology and other texts", async () => {
    const json = { modelTopology: { class_name: "Sequential" }, generatedBy: "us", weightsManifest: [] };
    const { metadata, names } = await readLayersModel({ "model.json": bytesOf(json) });
    expect(names).toEqual([]);
    expect(metadata).toEqual({
      order: "layers",
      generatedBy: "us",
      modelTopology: '{"class_name":"Sequential"}',
    });
  });

  test("a manifest alone", async () => {
    const manifest = [{ paths: ["weights.bin"], weights: [kernel] }];
    const file = await readLayersModel({ "weights_manifest.json": bytesOf(manifest), "weights.bin": six });
    expect(await (await file.tensor("dense/kernel")).array()).toEqual([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
  });

  test("Files", async () => {
    const files = Object.entries(model([kernel], six, ["./weights.bin"])).map(
      ([name, bytes]) => new File([bytes as BlobPart], name),
    );
    expect((await readLayersModel(files)).names).toEqual(["dense/kernel"]);
  });

  test("shards cut anywhere: the same as in one piece, read where the weight is", async () => {
    const weight = fc.record({
      shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      dtype: fc.constantFrom("float32", "int32", "bool"),
    });
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(weight, { minLength: 1, maxLength: 5 }), cuts, async (specs, places) => {
        const weights = specs.map((spec, i) => ({ ...spec, name: `w${i}` }));
        const sizes = specs.map(
          ({ shape, dtype }) => tf.util.sizeFromShape(shape) * (dtype === "bool" ? 1 : 4),
        );
        const total = sizes.reduce((a, b) => a + b, 0);
        const data = Uint8Array.from({ length: total }, (_, i) => (i * 7) % 2);
        const ends = [...places.map((at) => Math.floor(at * total)).sort((a, b) => a - b), total];
        const shards = ends.map((end, i) => [`shard${i}`, data.slice(ends[i - 1] ?? 0, end)] as const);
        const manifest = [{ paths: shards.map(([name]) => name), weights }];
        const json = bytesOf({ weightsManifest: manifest });
        const file = await readLayersModel({ "model.json": json, ...Object.fromEntries(shards) });
        let begin = 0;
        for (const [i, { name, shape, dtype }] of weights.entries()) {
          const tensor = await file.tensor(name);
          expect([tensor.shape, tensor.dtype]).toEqual([shape, dtype]);
          const stored = data.slice(begin, (begin += sizes[i]!));
          const values = tensor.dataSync();
          expect(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).toEqual(stored);
          tensor.dispose();
        }
        await file.close();
      }),
    );
  });

  test("of the files only the bytes of the weight", async () => {
    const reads: [number, number][] = [];
    const source = {
      label: "weights",
      size: 4000,
      read: async (begin: number, into: Uint8Array) => void reads.push([begin, into.length]),
      close: async () => {},
    };
    const weights = [
      { name: "a", shape: [400], dtype: "float32" },
      { name: "b", shape: [600], dtype: "float32" },
    ];
    const json = bytesOf({ weightsManifest: [{ paths: ["w"], weights }] });
    const file = await readLayersModel({ "model.json": json, w: source });
    expect(reads).toEqual([]);
    (await file.tensor("b")).dispose();
    expect(reads.map(([begin]) => begin)).toEqual([1600]);
    expect(reads[0]![1]).toBe(2400);
  });
});

describe("what is refused", () => {
  const load = (json: unknown, data = six) =>
    readLayersModel({ "model.json": bytesOf(json), "weights.bin": data });
  const loadWeights = (...weights: Json[]) => readLayersModel(model(weights, six));

  test.each([
    ["no manifest", {}, /expected a list of groups for weightsManifest, got nothing/],
    ["a text for one", { weightsManifest: "x" }, /got a string/],
    [
      "a group without paths",
      { weightsManifest: [{ weights: [] }] },
      /weightsManifest\[0\]: expected a list of file names/,
    ],
    [
      "a group without weights",
      { weightsManifest: [{ paths: [] }] },
      /expected a list for weights, got nothing/,
    ],
    ["a group that is null", { weightsManifest: [null] }, /weightsManifest\[0\]/],
  ])("%s", async (_, json, message) => {
    await expect(load(json)).rejects.toThrow(message);
    await expect(load(json)).rejects.toThrow(FileFormatError);
  });

  test.each([
    ["no name", { shape: [1], dtype: "float32" }, /weights\[0\]: expected a text for name, got nothing/],
    ["an unknown dtype", { ...kernel, dtype: "float64" }, /"dense\/kernel": unknown dtype "float64"/],
    ["a dtype of the prototype", { ...kernel, dtype: "toString" }, /unknown dtype "toString"/],
    ["no shape", { ...kernel, shape: undefined }, /expected a list of sizes for shape/],
    ["a negative size", { ...kernel, shape: [-1, 6] }, /got \[-1,6\]/],
    ["a fraction", { ...kernel, shape: [1.5] }, /got \[1.5\]/],
    ["an absurd size", { ...kernel, shape: [2 ** 50, 2 ** 50] }, /2\^53 elements/],
    [
      "more than there is",
      { ...kernel, shape: [2 ** 40] },
      /needs the bytes 0 to 4398046511104, and there are 24/,
    ],
    ["less than there is", { ...kernel, shape: [5] }, /the weights take 20 bytes, and there are 24/],
    [
      "an unknown quantisation",
      { ...kernel, quantization: { dtype: "uint4" } },
      /unknown dtype "uint4" of its quant/,
    ],
    ["no scale", { ...kernel, quantization: { dtype: "uint8", min: 0 } }, /got nothing and 0/],
    [
      "half integers",
      { ...kernel, dtype: "int32", quantization: { dtype: "float16" } },
      /int32 cannot be quantized/,
    ],
    ["texts that are longer", { ...kernel, dtype: "string" }, /there are 24/],
  ])("%s", async (_, weight, message) => {
    await expect(loadWeights(weight)).rejects.toThrow(message);
    await expect(loadWeights(weight)).rejects.toThrow(FileFormatError);
  });

  test("a name that stands twice", async () => {
    const half = { ...kernel, shape: [3] };
    await expect(loadWeights(half, half)).rejects.toThrow(/"dense\/kernel" stands twice/);
  });

  test("names of prototypes are names", async () => {
    const file = await readLayersModel(model([{ ...kernel, name: "__proto__" }], six));
    expect(file.names).toEqual(["__proto__"]);
    expect(() => file.info("toString")).toThrow(/no weight "toString"/);
  });

  test.each([
    "../weights.bin",
    "/weights.bin",
    "a/../../weights.bin",
    "C:weights.bin",
    "https://x.y/w",
    "a\\b",
    "",
    "a//b",
    "a/./b",
    "%2e%2e/../x",
    "x\0",
  ])("the path %j", async (path) => {
    const opened = vi.fn<() => Promise<never>>();
    const json = {
      label: "model.json",
      size: bytesOf({ weightsManifest: [{ paths: [path], weights: [] }] }).length,
      read: async (begin: number, into: Uint8Array) =>
        into.set(bytesOf({ weightsManifest: [{ paths: [path], weights: [] }] }).subarray(begin)),
      sibling: opened,
      close: async () => {},
    };
    await expect(readLayersModel(json)).rejects.toThrow(/is not the name of a file in the same folder/);
    expect(opened).not.toHaveBeenCalled();
  });

  test("a file that is missing", async () => {
    const files = model([kernel], six, ["weight.bin"]);
    await expect(readLayersModel(files)).rejects.toThrow(
      /needs the file weight.bin.*Did you mean weights.bin\?/s,
    );
    await expect(readLayersModel(files)).rejects.toThrow(StorageError);
    await expect(readLayersModel(new URL("nowhere/model.json", import.meta.url))).rejects.toThrow(
      StorageError,
    );
  });

  test("a model.json without its folder", async () => {
    const { "model.json": json } = model([kernel], six);
    await expect(readLayersModel(json)).rejects.toThrow(/"model.json": json, "weights.bin": weights/);
    await expect(readLayersModel({ "a.json": json, "b.json": json })).rejects.toThrow(
      /expected a model.json/,
    );
    const files = { ...model([kernel], six), "metadata.json": json };
    expect((await readLayersModel(files)).names).toEqual(["dense/kernel"]);
  });

  test("a name that is not there", async () => {
    const file = await readLayersModel(model([kernel], six));
    await expect(file.tensor("dense/kernal")).rejects.toThrow(
      /no weight "dense\/kernal". Did you mean dense\/kernel\?/,
    );
  });

  test("model.json cut at every byte, and with any byte changed: a model, or an error of ours", async () => {
    const whole = model([kernel, { ...kernel, name: "b", quantization: { dtype: "uint8", scale: 1, min: 0 } }], new Uint8Array(30)); // prettier-ignore
    const json = whole["model.json"];
    for (let length = 0; length < json.length; length++) {
      const cut = { ...whole, "model.json": json.slice(0, length) };
      await expect(readLayersModel(cut)).rejects.toThrow(FileFormatError);
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(json.length - 1), fc.nat(255), async (at, byte) => {
        const changed = json.slice();
        changed[at] = byte;
        const file = await readLayersModel({ ...whole, "model.json": changed }).catch((error: unknown) => {
          // Another name of a file may be the one that changed.
          if (!(error instanceof FileFormatError || error instanceof StorageError)) throw error;
        });
        for (const name of file?.names ?? []) (await file!.tensor(name)).dispose();
      }),
    );
  });
});
