/** @file Targets in Node: paths, which stay whole, streams, memory, targets of one's own. */
import {
  LossyConversionError,
  memoryTarget,
  openTarget,
  saveSafetensors,
  StorageError,
  writeSafetensors,
  type ByteTarget,
  type Target,
} from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-targets-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let tensors: Record<string, tf.Tensor> = {};
let expected = new Uint8Array(0);
beforeEach(async () => {
  tensors = { large: tf.randomNormal([700_000]), small: tf.tensor1d([1, 2, 3]), int: tf.scalar(7, "int32") };
  expected = new Uint8Array(await writeSafetensors(tensors));
});
afterEach(() => {
  tf.dispose(tensors);
});

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe("a path", () => {
  test.each<[string, () => Target]>([
    ["a path", () => join(folder, "a.safetensors")],
    ["a file: URL", () => pathToFileURL(join(folder, "a.safetensors"))],
    ["a file: URL as a text", () => pathToFileURL(join(folder, "a.safetensors")).href],
  ])("%s", async (_, target) => {
    await saveSafetensors(tensors, target());
    expect(same(await readFile(join(folder, "a.safetensors")), expected)).toBe(true);
    expect(await readdir(folder)).toEqual(["a.safetensors"]);
    await rm(join(folder, "a.safetensors"));
  });

  test("keeps the old file until the new one is whole, and after an error", async () => {
    const path = join(folder, "old.safetensors");
    await writeFile(path, "old");
    const target = await openTarget(path);
    await target.write(new Uint8Array(100_000));
    expect(await readFile(path, "utf8")).toBe("old");
    await target.abort();
    using huge = tf.scalar(1e5);
    const lossy = saveSafetensors({ ...tensors, z: huge }, path, { dtype: "F16" });
    await expect(lossy).rejects.toThrow("F16 cannot hold");
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["old.safetensors"]);
    await rm(path);
  });

  test("the folder is missing", async () => {
    const error: unknown = await saveSafetensors(tensors, join(folder, "none", "a")).catch(
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({
      message: expect.stringContaining("none/a could not be written: ENOENT"),
      cause: { code: "ENOENT" },
    });
  });

  test("a folder has its name", async () => {
    const path = join(folder, "folder");
    await mkdir(path);
    await expect(saveSafetensors(tensors, path)).rejects.toThrow(
      /folder is a folder: give the path of a file in it/,
    );
    expect(await readdir(folder)).toEqual(["folder"]);
    await rm(path, { recursive: true });
  });

  test("a device", async () => {
    await expect(saveSafetensors(tensors, "/dev/null")).rejects.toThrow(
      "/dev/null is no file: give a stream",
    );
    expect((await stat("/dev/null")).isFile()).toBe(false);
  });

  test("a link stays one", async () => {
    const [link, name] = [join(folder, "link"), "n".repeat(240)];
    await writeFile(join(folder, name), "old");
    await symlink(name, link);
    await saveSafetensors(tensors, link);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(same(await readFile(join(folder, name)), expected)).toBe(true);
    expect(new Set(await readdir(folder))).toEqual(new Set(["link", name]));
    await rm(link);
    await rm(join(folder, name));
  });
});

describe("a stream", () => {
  test("gets bytes that stay as they are, and is closed", async () => {
    const chunks: Uint8Array[] = [];
    let closed = false;
    const stream = new WritableStream<Uint8Array>({
      write: (chunk) => void chunks.push(chunk),
      close: () => void (closed = true),
    });
    await saveSafetensors(tensors, stream);
    expect(closed).toBe(true);
    expect(same(Buffer.concat(chunks), expected)).toBe(true);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(1 << 20);
  });

  test("is not written faster than it takes", async () => {
    let waiting = 0;
    let most = 0;
    const stream = new WritableStream<Uint8Array>({
      async write(chunk) {
        waiting += chunk.length;
        most = Math.max(most, waiting);
        await new Promise((resolve) => setTimeout(resolve, 1));
        waiting -= chunk.length;
      },
    });
    await saveSafetensors(tensors, stream);
    expect(most).toBeLessThanOrEqual(1 << 20);
  });

  test("is aborted after an error", async () => {
    let aborted = false;
    const stream = new WritableStream<Uint8Array>({ abort: () => void (aborted = true) });
    using huge = tf.scalar(1e5);
    await expect(saveSafetensors({ huge }, stream, { dtype: "F16" })).rejects.toThrow("F16 cannot hold");
    expect(aborted).toBe(true);
  });

  test("fails with its own error as the cause", async () => {
    const cause = new Error("full");
    const stream = new WritableStream<Uint8Array>({
      write: () => {
        throw cause;
      },
    });
    const error: unknown = await saveSafetensors(tensors, stream).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StorageError);
    expect((error as Error).cause).toBe(cause);
  });

  test("may not be locked", async () => {
    const stream = new WritableStream<Uint8Array>();
    stream.getWriter();
    await expect(openTarget(stream)).rejects.toThrow(/locked/);
  });
});

test("memory", async () => {
  const target = memoryTarget(2);
  await saveSafetensors(tensors, target);
  expect(same(target.bytes(), expected)).toBe(true);
});

test("memory that is written again holds the new file, and bytes that were given stay", async () => {
  const target = memoryTarget();
  await saveSafetensors({ a: tf.ones([3]) }, target);
  const first = target.bytes();
  const copy = first.slice();
  await saveSafetensors(tensors, target);
  expect(same(target.bytes(), expected)).toBe(true);
  expect(same(first, copy)).toBe(true);
  const large = { a: tf.mul(tf.ones([300_000]), 1e6) };
  await expect(saveSafetensors(large, target, { dtype: "F16" })).rejects.toThrow(LossyConversionError);
  expect(same(target.bytes(), expected)).toBe(true);
});

describe("a target of one's own", () => {
  function recorder(fail?: Error): ByteTarget & { calls: string[] } {
    const calls: string[] = [];
    return {
      calls,
      label: "mine",
      write: async () => {
        calls.push("write");
        if (fail) throw fail;
      },
      close: async () => void calls.push("close"),
      abort: async () => void calls.push("abort"),
    };
  }

  test("is closed once, and short pieces come together", async () => {
    const target = recorder();
    await saveSafetensors(tensors, target);
    expect(target.calls).toEqual(["write", "write", "write", "close"]);
  });

  test("is aborted after an error, which is given on", async () => {
    const error = new Error("full");
    const target = recorder(error);
    await expect(saveSafetensors(tensors, target)).rejects.toBe(error);
    expect(target.calls).toEqual(["write", "abort"]);
  });

  test("is not opened for what cannot be written", async () => {
    const target = recorder();
    using complex = tf.complex([1], [2]);
    await expect(saveSafetensors({ complex }, target)).rejects.toThrow(/"complex" is complex64.*tf.real/);
    expect(target.calls).toEqual([]);
  });
});

test.each<[string, unknown, RegExp]>([
  ["an address", "https://example.org/x", /nothing can be written to https: addresses/],
  ["a URL", new URL("https://example.org/x"), /nothing can be written to https: addresses/],
  ["undefined", undefined, /found undefined/],
  ["an object", {}, /found object/],
])("%s is no target", async (_, target, message) => {
  const error: unknown = await openTarget(target as Target).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(StorageError);
  expect(String(error)).toMatch(message);
});
