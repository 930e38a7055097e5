/** @file Models in several files, by their index. */
import {
  FileFormatError,
  readSafetensors,
  StorageError,
  writeSafetensors,
  type Source,
  type SourceFiles,
} from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileOf } from "./build.ts";

const INDEX = "model.safetensors.index.json";
const MAP = {
  "a.kernel": "model-00001-of-00002.safetensors",
  "b.kernel": "sub/model-00002-of-00002.safetensors",
};
const text = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

let folder = "";
const files: Record<string, Uint8Array> = {};

beforeAll(async () => {
  const tensors = { "a.kernel": tf.tensor1d([1, 2]), "b.kernel": tf.tensor1d([3]), unused: tf.scalar(0) };
  files[MAP["a.kernel"]] = await writeSafetensors({ "a.kernel": tensors["a.kernel"] });
  files[MAP["b.kernel"]] = await writeSafetensors({
    "b.kernel": tensors["b.kernel"],
    unused: tensors.unused,
  });
  tf.dispose(tensors);
  files[INDEX] = text({ metadata: { total_size: 12, by: "hand", é: null }, weight_map: MAP });
  folder = await mkdtemp(join(tmpdir(), "nnx-sharded-"));
  await mkdir(join(folder, "sub"));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const asFiles = () =>
  Object.entries(files).map(([name, bytes]) => new File([bytes as BlobPart], name.split("/").at(-1)!));

test.each<[string, () => Source | SourceFiles]>([
  ["a path", () => join(folder, INDEX)],
  ["a URL", () => pathToFileURL(join(folder, INDEX))],
  ["sources by name", () => files],
  ["paths by name", () => Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)]))],
  ["an array of Files", asFiles],
  ["an iterable of Files", () => new Set(asFiles())],
])("%s", async (_, source) => {
  const before = tf.memory().numTensors;
  const file = await readSafetensors(source());
  expect(file.names).toEqual(["a.kernel", "b.kernel"]);
  expect(file.metadata).toEqual({ total_size: "12", by: "hand", é: "null" });
  expect(file.info("b.kernel")).toEqual({ dtype: "F32", shape: [1], byteLength: 4 });
  const tensors = [await file.tensor("b.kernel"), await file.tensor("a.kernel")];
  expect(await Promise.all(tensors.map(async (tensor) => [...(await tensor.data())]))).toEqual([[3], [1, 2]]);
  tf.dispose(tensors);
  expect(() => file.info("unused")).toThrow(FileFormatError);
  await file.close();
  await expect(file.tensor("a.kernel")).rejects.toThrow(/closed/);
  expect(tf.memory().numTensors).toBe(before);
});

test("one file among several", async () => {
  const one = { "model.safetensors": files[MAP["a.kernel"]]! };
  expect((await readSafetensors(one)).names).toEqual(["a.kernel"]);
  expect((await readSafetensors([asFiles()[0]!])).names).toEqual(["a.kernel"]);
  await expect(readSafetensors(["a", "b"] as unknown as File[])).rejects.toThrow(/expected a list of Files/);
  await expect(readSafetensors([])).rejects.toThrow(/expected one safetensors file .* found none/);
  await expect(readSafetensors(asFiles().slice(0, 2))).rejects.toThrow(
    /one .index.json among the files, found model-/,
  );
});

describe("errors", () => {
  const open = (index: unknown, others: Record<string, Source> = files) =>
    readSafetensors({ ...others, [INDEX]: text(index) });

  test("bytes alone do not say where the other files are", async () => {
    const alone = readSafetensors(files[INDEX]!);
    await expect(alone).rejects.toThrow(StorageError);
    await expect(alone).rejects.toThrow(/whose files cannot be found from it: give it by a path/);
  });

  test("a file is missing", async () => {
    const { [MAP["b.kernel"]]: _, ...others } = files;
    await expect(readSafetensors(others)).rejects.toThrow(
      /index.json needs the file sub\/model-00002-of-00002.safetensors/,
    );
    await rm(join(folder, MAP["b.kernel"]));
    await expect(readSafetensors(join(folder, INDEX))).rejects.toThrow(
      /00002-of-00002.safetensors could not be opened/,
    );
  });

  test.each([
    "../model.safetensors",
    "/etc/passwd",
    "sub/../../x",
    "..",
    "",
    "a//b",
    "./a",
    "a\\..\\b",
    "https://example.org/x",
    "C:x",
    "a\0b",
  ])("the file %j is not in the folder", async (name) => {
    const opening = open({ weight_map: { "a.kernel": name } }, { ...files, [name]: files[MAP["a.kernel"]]! });
    await expect(opening).rejects.toThrow(FileFormatError);
    await expect(opening).rejects.toThrow(/is not the name of a file in the same folder/);
  });

  test.each<[string, unknown, RegExp]>([
    [
      "a tensor that is not in its file",
      { weight_map: { other: MAP["a.kernel"] } },
      /"other" should be in model-00001.* is not there/,
    ],
    ["no weight_map", { metadata: {} }, /expected an index with a "weight_map"/],
    ["another JSON", { modelTopology: {} }, /expected an index with a "weight_map"/],
    ["a weight_map that is a list", { weight_map: [] }, /weight_map to be an object/],
    ["a file that is a number", { weight_map: { a: 1 } }, /the file of "a" to be a text/],
    ["a name twice", '{"weight_map":{"a":"x","a":"y"}}', /"a" stands twice in weight_map/],
    ["two maps", '{"weight_map":{},"weight_map":{}}', /"weight_map" stands twice/],
    ["depth", `{"weight_map":{},"x":${"[".repeat(1e5)}`, /nests deeper than 100/],
    ["half of it", '{"weight_map":{"a":"x"', /"," or "}" in weight_map, found its end/],
    ["more than it", '{"weight_map":{}}}', /expected it to end/],
  ])("%s", async (_, index, message) => {
    const opening = open(index);
    await expect(opening).rejects.toThrow(FileFormatError);
    await expect(opening).rejects.toThrow(message);
  });

  test("a file of the index is broken", async () => {
    const opening = open({ weight_map: MAP }, { ...files, [MAP["b.kernel"]]: fileOf("{}", 5) });
    await expect(opening).rejects.toThrow(/5 bytes after the header belong to no tensor/);
  });
});
