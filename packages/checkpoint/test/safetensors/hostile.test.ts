/** @file Files that are not what the format asks for: each error names what is wrong, and nothing is left over. */
import { FileFormatError, readSafetensors, writeSafetensors, type ByteSource } from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { entry, fileOf } from "./build.ts";

const F32 = entry("F32", [1], 0, 4);

/** The error of opening `bytes`, and of reading all tensors; fails where a tensor is left over. */
async function problemOf(bytes: Uint8Array): Promise<string> {
  const before = tf.memory().numTensors;
  const error = await readAll(bytes).then(
    () => new Error("no error"),
    (error: unknown) => error,
  );
  if (!(error instanceof FileFormatError)) throw error;
  if (tf.memory().numTensors !== before) throw new Error("a tensor is left over");
  return error.message;
}

async function readAll(bytes: Uint8Array): Promise<void> {
  const file = await readSafetensors(bytes);
  for (const name of file.names) (await file.tensor(name)).dispose();
}

const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;

test.each<[string, Uint8Array, RegExp]>([
  ["nothing", new Uint8Array(0), /only 0 bytes/],
  ["seven bytes", new Uint8Array(7), /only 7 bytes/],
  ["no header", new Uint8Array(8), /begin with "\{"/],
  ["a header beyond the end", fileOf("{}", 0, 3n), /header has 3 bytes, but 2 follow/],
  ["a header of 2^63 bytes", fileOf("{}", 0, 2n ** 63n), /header has 9223372036854775808 bytes/],
  ["a header of 2^64 - 1 bytes", fileOf("{}", 0, 2n ** 64n - 1n), /18446744073709551615/],
  ["a list", fileOf("[]"), /begin with "\{"/],
  ["a header after a space", fileOf(" {}"), /begin with "\{"/],
  ["a byte order mark", fileOf("\ufeff{}"), /begin with "\{"/],
  ["bytes that are no UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /not valid UTF-8/],
  ["zeros after the header", fileOf("{}\0\0"), /expected it to end, found/],
  ["two objects", fileOf("{}{}"), /expected it to end, found \{\}/],
  [
    "a comma too many",
    fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}', 4),
    /in double quotes, found }/,
  ],
  ["half an object", fileOf('{"a":{"dtype"'), /expected ":" after "dtype", found its end/],
  ["half a text", fileOf('{"a'), /double quotes, found "a/],
  ["a tensor that is a text", fileOf({ a: "F32" }), /the tensor "a" to be an object, found "F32"/],
  ["a tensor that is a list", fileOf({ a: ["F32", [1], [0, 4]] }, 4), /the tensor "a" to be an object/],
  ["no dtype", fileOf({ a: { shape: [1], data_offsets: [0, 4] } }, 4), /"a" has no dtype/],
  ["no shape", fileOf({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4), /"a" has no shape/],
  ["no offsets", fileOf({ a: { dtype: "F32", shape: [1] } }, 4), /"a" has no data_offsets/],
  [
    "an unknown dtype",
    fileOf({ a: entry("F33", [1], 0, 4) }, 4),
    /"a": the dtype "F33" is not one of safetensors: I64, /,
  ],
  ["a dtype in lower case", fileOf({ a: entry("f32", [1], 0, 4) }, 4), /"f32" is not one/],
  ["a dtype of Object", fileOf({ a: entry("constructor", [1], 0, 4) }, 4), /"constructor" is not one/],
  ["a dtype that is a number", fileOf({ a: { ...F32, dtype: 1 } }, 4), /dtype of "a" to be a text/],
  [
    "a known dtype",
    fileOf({ a: entry("U64", [1], 0, 8) }, 8),
    /the dtype U64 of safetensors has no counterpart/,
  ],
  [
    "a negative size",
    fileOf({ a: entry("F32", [-1], 0, 4) }, 4),
    /the shape of "a" to hold whole numbers.*found -1/,
  ],
  ["minus zero", fileOf('{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}'), /found -0/],
  ["a fraction", fileOf({ a: entry("F32", [0.5], 0, 2) }, 2), /found 0.5/],
  ["1.0", fileOf('{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4), /found 1\.0/],
  ["1e0", fileOf('{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', 4), /found 1e0/],
  ["01", fileOf('{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', 4), /found 01/],
  ["1e400", fileOf('{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,4]}}', 4), /found 1e400/],
  [
    "NaN",
    fileOf('{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', 4),
    /to hold numbers, found NaN/,
  ],
  ["Infinity", fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,Infinity]}}', 4), /found Infinity/],
  ["null", fileOf({ a: entry("F32", [null], 0, 4) }, 4), /to hold numbers, found null/],
  ["a size that is a text", fileOf({ a: entry("F32", ["1"], 0, 4) }, 4), /to hold numbers, found "1"/],
  ["2^53", fileOf({ a: entry("F32", [2 ** 53], 0, 4) }, 4), /found 9007199254740992/],
  ["a shape that is a number", fileOf({ a: entry("F32", 1, 0, 4) }, 4), /shape of "a" to be a list/],
  ["a product beyond 2^53", fileOf({ a: entry("F32", [2 ** 30, 2 ** 30], 0, 4) }, 4), /"a" is too large/],
  [
    "a product beyond 2^53 times 0",
    fileOf({ a: entry("F32", [2 ** 30, 2 ** 30, 0], 0, 0) }),
    /"a" is too large/,
  ],
  [
    "a product beyond float64",
    fileOf({ a: entry("F32", Array(40).fill(2 ** 50), 0, 4) }, 4),
    /"a" is too large/,
  ],
  ["too many axes", fileOf({ a: entry("F32", Array(65).fill(1), 0, 4) }, 4), /shape of "a" has more than 64/],
  [
    "too few bytes",
    fileOf({ a: entry("F32", [2], 0, 4) }, 4),
    /"a", F32 of the shape \[2\], has 8 bytes, .* it 4/,
  ],
  [
    "too many bytes",
    fileOf({ a: entry("F16", [1], 0, 4) }, 4),
    /has 2 bytes, but its data_offsets give it 4/,
  ],
  [
    "bytes for nothing",
    fileOf({ a: entry("F32", [0], 0, 4) }, 4),
    /has 0 bytes, but its data_offsets give it 4/,
  ],
  ["one offset", fileOf({ a: { ...F32, data_offsets: [4] } }, 4), /need to be two numbers/],
  ["three offsets", fileOf({ a: { ...F32, data_offsets: [0, 4, 8] } }, 4), /has more than 2 numbers/],
  ["reversed offsets", fileOf({ a: entry("F32", [1], 4, 0) }, 4), /"a" ends \(0\) before it begins \(4\)/],
  [
    "the end beyond the file",
    fileOf({ a: F32 }, 3),
    /"a" ends at byte 66, but the file at 65: it is cut short/,
  ],
  ["an offset of 2^53 - 1", fileOf({ a: entry("U8", [1], 2 ** 53 - 2, 2 ** 53 - 1) }, 1), /bytes before "a"/],
  ["a hole in front", fileOf({ a: entry("F32", [1], 1, 5) }, 5), /1 bytes before "a" belong to no tensor/],
  ["a hole", fileOf({ a: F32, b: entry("F32", [1], 5, 9) }, 9), /1 bytes before "b" belong to no tensor/],
  ["bytes left over", fileOf({ a: F32 }, 5), /1 bytes after "a" belong to no tensor/],
  ["data of no tensor", fileOf("{}", 1), /1 bytes after the header belong to no tensor/],
  ["an overlap", fileOf({ a: F32, b: entry("F32", [1], 2, 6) }, 6), /"a" and "b" overlap/],
  ["the same bytes twice", fileOf({ a: F32, b: F32 }, 4), /"a" and "b" overlap/],
  ["one within another", fileOf({ a: entry("F32", [2], 0, 8), b: entry("U8", [1], 3, 4) }, 8), /overlap/],
  [
    "a name twice",
    fileOf(`{"a":${JSON.stringify(F32)},"a":${JSON.stringify(F32)}}`, 4),
    /"a" stands twice in the header/,
  ],
  [
    "a name twice, once escaped",
    fileOf(`{"a":${JSON.stringify(F32)},"\\u0061":${JSON.stringify(F32)}}`, 4),
    /"a" stands twice/,
  ],
  [
    "a dtype twice",
    fileOf('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
    /"dtype" stands twice in the tensor "a"/,
  ],
  [
    "__proto__ twice",
    fileOf('{"__metadata__":{"__proto__":"1","__proto__":"2"}}'),
    /"__proto__" stands twice/,
  ],
  ["metadata twice", fileOf('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" stands twice/],
  [
    "a number in the metadata",
    fileOf({ __metadata__: { step: 1 } }),
    /the value of "step" in __metadata__ to be a text/,
  ],
  ["metadata that is a list", fileOf({ __metadata__: [] }), /__metadata__ to be an object/],
  ["a bad escape", fileOf('{"\\x":{}}'), /no valid text of JSON/],
  ["a raw control character", fileOf('{"a\nb":{}}'), /no valid text of JSON/],
  ["half a surrogate pair", fileOf('{"\\ud800":{}}'), /half a surrogate pair/],
  ["depth", fileOf({ a: { ...F32, x: JSON.parse(nested(101)) as unknown } }, 4), /nests deeper than 100/],
  ["great depth", fileOf(`{"a":{"x":${"[".repeat(1e6)}`, 0), /nests deeper than 100/],
  ["great depth of objects", fileOf(`{"a":{"x":${'{"a":'.repeat(1e6)}`, 0), /nests deeper than 100/],
  ["a bad number in what is not used", fileOf('{"a":{"x":1.}}'), /expected a value in "x" of the tensor "a"/],
  [
    "a boolean of 2",
    fileOf({ a: entry("BOOL", [3], 0, 3) }, Uint8Array.of(0, 1, 2)),
    /holds the byte 2 at the flat index 2/,
  ],
])("%s", async (_, bytes, message) => {
  expect(await problemOf(bytes)).toMatch(message);
});

test.each<[string, string, RegExp]>([
  ["torch.save", "PK\u0003\u0004\u0000\u0000\u0008\u0008…", /a zip archive: .*safetensors\.torch\.save_file/],
  ["Keras", "\u0089HDF\r\n\u001a\n", /an HDF5 file: .*layout: "keras"/],
  ["Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:1", /Git LFS .*git lfs pull/],
  ["a server that asks to sign in", "<!doctype html><title>Sign in</title>", /a page of HTML/],
  ["TensorFlow.js", '{"modelTopology":{},"weightsManifest":[]}', /TensorFlow\.js .*layout: "keras"/],
])("a file of %s is told by how it begins", async (_, text, message) => {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  await expect(readSafetensors(bytes)).rejects.toThrow(message);
  await expect(readSafetensors(bytes)).rejects.toThrow(FileFormatError);
});

test("a file that is cut in a header of 60 bytes is no page of HTML", async () => {
  await expect(readSafetensors(Uint8Array.of(60, 0, 0, 0, 0, 0, 0, 0, 123))).rejects.toThrow(/cut short/);
});

test("a header of more than 100 MB is refused before it is read", async () => {
  const asked: number[] = [];
  const source: ByteSource = {
    label: "huge.safetensors",
    size: 2 ** 40,
    async read(begin, into) {
      asked.push(into.length);
      if (begin === 0) new DataView(into.buffer, into.byteOffset).setBigUint64(0, 100_000_001n, true);
    },
    close: async () => {},
  };
  await expect(readSafetensors(source)).rejects.toThrow(/100000001 bytes, but the format allows 100000000/);
  expect(Math.max(...asked)).toBe(8);
});

test("a file that is cut at any byte", async () => {
  const tensors = {
    a: tf.tensor1d([1, 2]),
    "b é": tf.tensor2d([[1, 2]], [1, 2], "int32"),
    c: tf.scalar(true),
  };
  const bytes = await writeSafetensors(tensors, { metadata: { made: "by hand" } });
  tf.dispose(tensors);
  for (let length = 0; length < bytes.length; length++) {
    expect(await problemOf(bytes.slice(0, length))).toMatch(/bytes in memory \(\d+\)/);
  }
});

describe("what the format allows", () => {
  const names = async (bytes: Uint8Array) => (await readSafetensors(bytes)).names;

  test("no tensors, no metadata", async () => {
    expect(await names(fileOf("{}"))).toEqual([]);
    const file = await readSafetensors(fileOf('{"__metadata__":null}   '));
    expect(file.metadata).toEqual({});
  });

  test("any order, padding, other keys and empty tensors between others", async () => {
    const header = {
      b: entry("F32", [1], 4, 8),
      a: {
        data_offsets: [0, 4],
        other: { deep: [1, -2.5e3, "x", null, [true, {}]] },
        shape: [],
        dtype: "I32",
      },
      end: entry("F64", [3, 0], 8, 8),
      middle: entry("F32", [0], 4, 4),
    };
    const bytes = fileOf(`${JSON.stringify(header)} \n\t\r`, Uint8Array.of(7, 0, 0, 0, 0, 0, 128, 63));
    const file = await readSafetensors(bytes);
    expect(file.names).toEqual(["b", "a", "end", "middle"]);
    using a = await file.tensor("a");
    using b = await file.tensor("b");
    using end = await file.tensor("end");
    expect([[...(await a.data())], [...(await b.data())], end.shape]).toEqual([[7], [1], [3, 0]]);
  });

  test("floats at odd bytes", async () => {
    const data = new Uint8Array(1 + 8 + 8);
    const view = new DataView(data.buffer);
    view.setUint8(0, 5);
    view.setFloat32(1, 1.5, true);
    view.setFloat32(5, -2, true);
    view.setFloat64(9, 0.1, true);
    const header = {
      byte: entry("U8", [], 0, 1),
      floats: entry("F32", [2], 1, 9),
      double: entry("F64", [1], 9, 17),
    };
    // The bytes too stand at an odd place in a larger array.
    const file = fileOf(header, data);
    const shifted = new Uint8Array(file.length + 3).subarray(3);
    shifted.set(file);
    const read = await readSafetensors(shifted);
    using floats = await read.tensor("floats");
    using double = await read.tensor("double");
    expect([...(await floats.data()), ...(await double.data())]).toEqual([1.5, -2, Math.fround(0.1)]);
  });

  test("names of Object's own", async () => {
    const bytes = fileOf(
      '{"__metadata__":{"__proto__":"1","toString":"2"},' +
        '"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1]},' +
        '"constructor":{"__proto__":1,"dtype":"U8","shape":[],"data_offsets":[1,2]}}',
      Uint8Array.of(3, 4),
    );
    const file = await readSafetensors(bytes);
    expect(file.names).toEqual(["__proto__", "constructor"]);
    expect(Object.keys(file.metadata)).toEqual(["__proto__", "toString"]);
    expect(Object.getPrototypeOf(file.metadata)).toBe(null);
    expect(Object.prototype).not.toHaveProperty("dtype");
    using tensor = await file.tensor("__proto__");
    expect([...(await tensor.data())]).toEqual([3]);
    expect(() => file.info("toString")).toThrow(FileFormatError);
  });

  test("a name that is not there gets the nearest", async () => {
    const file = await readSafetensors(fileOf({ "lin1.kernel": F32 }, 4));
    expect(() => file.info("lin1.kernal")).toThrow(/no tensor "lin1.kernal"[^]*lin1\.kernel/);
    await expect(file.tensor("lin1.kernal")).rejects.toThrow(FileFormatError);
  });
});
