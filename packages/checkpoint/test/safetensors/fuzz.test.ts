/**
 * @file Valid files with random changes, and random bytes: read, or refused by an error of ours; nothing is left over, and
 * no more bytes are asked for than the file has. NNX_FUZZ_BYTES=10000000 tries that many bytes.
 */
import { FileFormatError, readSafetensors, StorageError, type ByteSource } from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { entry, fileOf } from "./build.ts";

/** The bytes to try, in all tests of this file. */
const BYTES = Number(process.env["NNX_FUZZ_BYTES"] ?? "200000");

// prettier-ignore
const DTYPES: Record<string, number> = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U32: 4, U16: 2, U8: 1, BOOL: 1,
};

/** A valid file of a few small tensors. */
const validFile = fc
  .record({
    metadata: fc.option(fc.dictionary(fc.string({ unit: "grapheme" }), fc.string(), { maxKeys: 2 })),
    tensors: fc.uniqueArray(
      fc.record({
        name: fc.oneof(
          fc.string({ unit: "grapheme", maxLength: 8 }),
          fc.constantFrom("__proto__", "a", "toString"),
        ),
        dtype: fc.constantFrom(...Object.keys(DTYPES)),
        shape: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
      }),
      { maxLength: 4, selector: ({ name }) => name },
    ),
    seed: fc.nat({ max: 255 }),
  })
  .map(({ metadata, tensors, seed }) => {
    const header: [string, unknown][] = metadata ? [["__metadata__", metadata]] : [];
    let at = 0;
    for (const { name, dtype, shape } of tensors) {
      if (name === "__metadata__") continue;
      const end = at + shape.reduce((product, length) => product * length, DTYPES[dtype]!);
      header.push([name, entry(dtype, shape, at, end)]);
      at = end;
    }
    const text = `{${header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
    return fileOf(
      text.padEnd(Math.ceil(text.length / 8) * 8),
      Uint8Array.from({ length: at }, (_, i) => (i * seed) & 1),
    );
  });

/** What a change puts in: bytes of JSON that mean something more often than not. */
const inserted = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 4 }),
  fc
    .constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "-",
      "1e9",
      "null",
      "0",
      "9007199254740993",
      '"a":',
      "\0",
    )
    .map((text) => new TextEncoder().encode(text)),
);

const change = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 3 }),
  insert: inserted,
  fixLength: fc.boolean(),
});

function changed(
  file: Uint8Array,
  changes: { at: number; remove: number; insert: Uint8Array; fixLength: boolean }[],
) {
  let bytes = [...file];
  for (const { at, remove, insert, fixLength } of changes) {
    const place = at % (bytes.length + 1);
    bytes.splice(place, remove, ...insert);
    // Without it, most changes of the header would show by its length alone.
    if (fixLength && place >= 8 && bytes.length >= 8) {
      const view = new DataView(Uint8Array.from(bytes.slice(0, 8)).buffer);
      const length = view.getBigUint64(0, true) + BigInt(insert.length - remove);
      if (length >= 0n) view.setBigUint64(0, length, true);
      bytes = [...new Uint8Array(view.buffer), ...bytes.slice(8)];
    }
  }
  return Uint8Array.from(bytes);
}

/** Reads all that can be read of `bytes`; true if all was. */
async function readAll(bytes: Uint8Array): Promise<boolean> {
  let longest = 0;
  const source: ByteSource = {
    label: "fuzzed.safetensors",
    size: bytes.length,
    async read(begin, into) {
      longest = Math.max(longest, into.length);
      if (begin < 0 || begin + into.length > bytes.length)
        throw new Error("asked for bytes that are not there");
      into.set(bytes.subarray(begin, begin + into.length));
    },
    close: async () => {},
  };
  const before = tf.memory().numTensors;
  try {
    const file = await readSafetensors(source, { integers: "wrap" });
    for (const name of file.names) {
      using tensor = await file.tensor(name);
      if (tensor.size * 8 > 8 * bytes.length) throw new Error("more elements than bytes");
    }
    return true;
  } catch (error) {
    if (error instanceof FileFormatError) return false;
    throw error;
  } finally {
    expect(tf.memory().numTensors).toBe(before);
    expect(longest).toBeLessThanOrEqual(bytes.length);
  }
}

/** Runs until as many bytes were tried; answers how many files were read, and refused. */
async function fuzz(arbitrary: fc.Arbitrary<Uint8Array>, limit: number) {
  const counts = { bytes: 0, read: 0, refused: 0 };
  const property = fc.asyncProperty(arbitrary, async (bytes) => {
    // What is left of the runs costs nothing.
    if (counts.bytes >= limit) return;
    counts.bytes += bytes.length;
    if (await readAll(bytes)) counts.read++;
    else counts.refused++;
  });
  await fc.assert(property, { numRuns: Math.ceil(limit / 8) });
  return counts;
}

test("valid files are read", async () => {
  const { refused } = await fuzz(validFile, BYTES / 10);
  expect(refused).toBe(0);
});

test("changed files", { timeout: 1_200_000 }, async () => {
  const files = fc
    .tuple(validFile, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([file, changes]) => changed(file, changes));
  const { read, refused } = await fuzz(files, 0.8 * BYTES);
  // Both happen: the changes are neither all fatal nor all harmless.
  expect([read > 0, refused > read]).toEqual([true, true]);
});

test("random bytes", { timeout: 1_200_000 }, async () => {
  const header = fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.boolean()).map(([bytes, brace]) => {
    return fileOf(brace ? Uint8Array.of(0x7b, ...bytes) : bytes);
  });
  const { refused } = await fuzz(fc.oneof(fc.uint8Array({ maxLength: 60 }), header), BYTES / 10);
  expect(refused).toBeGreaterThan(0);
});

test("changed indexes", { timeout: 1_200_000 }, async () => {
  const shard = fileOf({ a: entry("U8", [1], 0, 1) }, 1);
  const index = new TextEncoder().encode(
    '{"metadata":{"total_size":1},"weight_map":{"a":"s/1.safetensors"}}',
  );
  const counts = { read: 0, refused: 0 };
  const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
    const bytes = changed(index, changes);
    const opening = readSafetensors({ "m.index.json": bytes, "s/1.safetensors": shard });
    const error: unknown = await opening.then(
      (file) => void file.close(),
      (error: unknown) => error,
    );
    if (error !== undefined && !(error instanceof FileFormatError || error instanceof StorageError))
      throw error;
    counts[error === undefined ? "read" : "refused"]++;
  });
  await fc.assert(property, { numRuns: Math.ceil(BYTES / 10 / index.length) });
  expect([counts.read > 0, counts.refused > counts.read]).toEqual([true, true]);
});
