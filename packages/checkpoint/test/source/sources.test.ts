/** @file Sources in Node: paths, file: URLs, bytes, Blobs, and what is none. */
import { openSource, StorageError, type ByteSource, type Source } from "@nnx-js/checkpoint";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
let folder = "";
let path = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-sources-"));
  path = join(folder, "ä file.bin");
  await writeFile(path, BYTES);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function shifted(): Uint8Array {
  const larger = new Uint8Array(1010);
  larger.set(BYTES, 5);
  return larger.subarray(5, 1005);
}

const SOURCES: [string, () => Source][] = [
  ["a path", () => path],
  ["a file: URL", () => pathToFileURL(path)],
  ["a file: URL as a text", () => pathToFileURL(path).href],
  ["a Uint8Array", () => BYTES],
  ["a part of a larger array", shifted],
  ["a Buffer", () => Buffer.from(BYTES)],
  ["an ArrayBuffer", () => BYTES.slice().buffer],
  ["a Blob", () => new Blob([BYTES.slice(0, 300), BYTES.slice(300)])],
];

test.each(SOURCES)("%s", async (_, make) => {
  const source = await openSource(make());
  expect(source.size).toBe(1000);
  const part = new Uint8Array(250);
  await Promise.all([source.read(0, part.subarray(0, 100)), source.read(850, part.subarray(100))]);
  expect(part).toEqual(Uint8Array.from([...BYTES.slice(0, 100), ...BYTES.slice(850)]));
  await source.read(1000, new Uint8Array(0));
  await expect(source.read(999, new Uint8Array(2))).rejects.toThrow(
    "asked for the bytes 999 to 1001, but there are 1000",
  );
  await expect(source.read(-1, new Uint8Array(1))).rejects.toThrow(StorageError);
  await source.close();
  await source.close();
  await expect(source.read(0, new Uint8Array(1))).rejects.toThrow(/closed/);
});

test("a source of one's own is taken as it is", async () => {
  const source: ByteSource = { label: "mine", size: 0, read: async () => {}, close: async () => {} };
  expect(await openSource(source)).toBe(source);
});

test("a file that was cut since it was opened", async () => {
  const cut = join(folder, "cut.bin");
  await writeFile(cut, BYTES);
  const source = await openSource(cut);
  await truncate(cut, 10);
  await expect(source.read(0, new Uint8Array(20))).rejects.toThrow(
    /cut\.bin ends at byte 10: it was cut since/,
  );
  await source.close();
});

test.each<[string, () => unknown, RegExp]>([
  ["a path that is not there", () => join(folder, "none"), /none could not be opened: ENOENT/],
  ["a folder", () => folder, /is a folder/],
  ["undefined", () => undefined, /expected a path, .* found undefined/],
  ["a number", () => 7, /found 7/],
  ["another array", () => new Float32Array(2), /found an object of the class Float32Array/],
  ["an unknown scheme", () => "ftp://example.org/x", /ftp:/],
])("%s is an error", async (_, make, message) => {
  const error: unknown = await openSource(make() as Source).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(StorageError);
  expect(String(error)).toMatch(message);
});

test("the error of the system is the cause", async () => {
  const error: unknown = await openSource(join(folder, "none")).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "storage", cause: { code: "ENOENT" } });
});
