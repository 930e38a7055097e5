/** @file Files that Python's library wrote, of every dtype: values against those that Python prints. */
import {
  FileFormatError,
  LossyConversionError,
  readSafetensors,
  writeSafetensors,
  type ReadOptions,
  type StoredTensor,
  type TensorFile,
} from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, test } from "vitest";
import { ARRAYS } from "./arrays.ts";

interface Values {
  shape: number[];
  data: (string | boolean)[];
}

/** Opened by a test, closed after it. */
const opened: TensorFile[] = [];
afterEach(() => Promise.all(opened.splice(0).map((file) => file.close())));

async function open(name: string, options: ReadOptions = {}): Promise<TensorFile> {
  const file = await readSafetensors(golden(`${name}.safetensors`), options);
  opened.push(file);
  return file;
}

const golden = (name: string) => new URL(`../golden/${name}`, import.meta.url);
const values = JSON.parse(await readFile(golden("safetensors_values.json"), "utf8")) as Record<
  string,
  Record<string, Values>
>;

const special: Record<string, number> = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const toNumber = (text: string | boolean) => special[String(text)] ?? Number(text);

/** The nearest float32 of a whole number of any size, by comparing the two that enclose it exactly. */
function nearestFloat32(value: bigint): number {
  const guess = Math.fround(Number(value));
  if (Math.abs(guess) < 2 ** 24) return guess;
  const next = (x: number, by: number) => {
    const bits = new Int32Array(new Float32Array([x]).buffer);
    bits[0] = bits[0]! + by;
    return new Float32Array(bits.buffer)[0]!;
  };
  const far = (x: number) => (BigInt(x) > value ? BigInt(x) - value : value - BigInt(x));
  return [next(guess, -1), next(guess, 1)].reduce((best, x) => (far(x) < far(best) ? x : best), guess);
}

test.each(["numpy_dtypes", "torch_dtypes", "flax_dtypes", "names"])("%s", async (name) => {
  const file = await open(name, {
    integers: (tensor) => (tensor === "key" ? "wrap" : undefined),
  });
  expect([...file.names].sort()).toEqual(Object.keys(values[name]!).sort());
  for (const [tensorName, expected] of Object.entries(values[name]!)) {
    using tensor = await file.tensor(tensorName);
    expect([tensorName, file.info(tensorName).shape]).toEqual([tensorName, expected.shape]);
    expect(tensor.shape).toEqual(expected.shape);
    const numbers = expected.data.map(toNumber);
    const rounded = tensor.dtype === "float32" ? numbers.map(Math.fround) : numbers.map((x) => x | 0);
    expect([tensorName, Array.from(await tensor.data(), Number)]).toEqual([tensorName, rounded]);
  }
});

test("what is read as what", async () => {
  const file = await open("numpy_dtypes");
  expect(file.metadata).toEqual({ "made by": "safetensors.numpy" });
  expect(file.info("f64")).toEqual({ dtype: "F64", shape: [23], byteLength: 184 });
  const dtypes: Record<string, string> = {};
  for (const name of file.names) {
    using tensor = await file.tensor(name);
    dtypes[file.info(name).dtype] = tensor.dtype;
  }
  expect(dtypes).toEqual({
    F64: "float32",
    F32: "float32",
    F16: "float32",
    I64: "int32",
    I32: "int32",
    I16: "int32",
    I8: "int32",
    U32: "int32",
    U16: "int32",
    U8: "int32",
    BOOL: "bool",
  });
});

describe("integers beyond int32", () => {
  test("are an error that names tensor, index, value and ways out", async () => {
    const before = tf.memory().numTensors;
    const file = await open("large_integers");
    const error = await file.tensor("i64").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LossyConversionError);
    expect(error).toMatchObject({ tensor: "i64", index: 1, value: 2147483648n });
    expect(String(error)).toMatch(
      /"i64" \(I64\) holds 2147483648 at the flat index 1, .*int32[^]*integers: "float32"/,
    );
    await expect(file.tensor("u32")).rejects.toThrow(/"u32" \(U32\) holds 2147483648 at the flat index 1/);
    await expect(file.tensor("i64 beyond 2^53")).rejects.toThrow(
      "9007199254740993 at the flat index 0, which does not",
    );
    await expect(file.tensor("i64 beyond 2^53")).rejects.toThrow("2^53");
    expect(tf.memory().numTensors).toBe(before);
  });

  test("are rounded once where float32 is asked for", async () => {
    const file = await open("large_integers", { integers: "float32" });
    for (const [name, { data }] of Object.entries(values["large_integers"]!)) {
      using tensor = await file.tensor(name);
      expect(tensor.dtype).toBe("float32");
      expect([...(await tensor.data())]).toEqual(data.map((text) => nearestFloat32(BigInt(String(text)))));
    }
  });

  test("keep their lower bits where wrapping is asked for", async () => {
    const file = await open("large_integers", { integers: "wrap" });
    for (const [name, { data }] of Object.entries(values["large_integers"]!)) {
      using tensor = await file.tensor(name);
      expect(tensor.dtype).toBe("int32");
      expect([...(await tensor.data())]).toEqual(
        data.map((text) => Number(BigInt.asIntN(32, BigInt(String(text))))),
      );
    }
  });
});

test("a dtype that TensorFlow.js lacks is named", async () => {
  await expect(open("float8")).rejects.toThrow(FileFormatError);
  await expect(open("float8")).rejects.toThrow(
    /"w": the dtype F8_E4M3 of safetensors has no counterpart.*torch.float16/,
  );
});

test.each(["numpy_dtypes", "torch_dtypes", "flax_dtypes", "names", "large_integers"])(
  "%s is written to the same bytes",
  async (name) => {
    const expected = new Uint8Array(await readFile(golden(`${name}.safetensors`)));
    const length = 8 + new DataView(expected.buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(expected.slice(8, length))) as Record<
      string,
      { dtype: keyof typeof ARRAYS; shape: number[]; data_offsets: [number, number] }
    >;
    const file = await readSafetensors(expected);
    const tensors = file.names.map((tensorName): [string, StoredTensor] => {
      const { dtype, shape, data_offsets } = Object.entries(header).find(([one]) => one === tensorName)![1];
      const bytes = expected.slice(length + data_offsets[0], length + data_offsets[1]);
      return [tensorName, { dtype, shape, data: new ARRAYS[dtype](bytes.buffer) }];
    });
    const hasMetadata = Object.keys(file.metadata).length > 0;
    const options = hasMetadata ? { metadata: file.metadata } : {};
    // The order of the tensors is the writer's.
    expect(await writeSafetensors(new Map([tensors.at(-1)!, ...tensors]), options)).toEqual(expected);
  },
);

test("another name for what integers are read as is an error, not other numbers", async () => {
  const bytes = await writeSafetensors({ n: { dtype: "I64", shape: [2], data: BigInt64Array.of(1n, 2n) } });
  for (const integers of ["int64" as "int32", () => "int64" as "int32"]) {
    const file = await readSafetensors(bytes, { integers });
    await expect(file.tensor("n")).rejects.toThrow(
      /expected one of int32, float32, wrap for integers, got int64/,
    );
  }
});
