/** @file What only browsers have: OPFS, IndexedDB, files of the user, downloads. In Node: errors that say so. */
import {
  deleteFile,
  openSource,
  openTarget,
  readSafetensors,
  saveSafetensors,
  StorageError,
  writeSafetensors,
} from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test, vi } from "vitest";

const inBrowser = typeof window !== "undefined";

/** Larger than two pieces of IndexedDB. */
const LARGE = 700_001;
const ramp = () => Float32Array.from({ length: LARGE }, (_, i) => Math.fround(Math.sin(i)));

async function save(target: string): Promise<void> {
  const tensors = {
    large: tf.tensor1d(ramp()),
    steps: tf.scalar(12, "int32"),
    mask: tf.tensor1d([true, false], "bool"),
  };
  await saveSafetensors(tensors, target, { metadata: { to: target } });
  tf.dispose(tensors);
}

async function checkSaved(target: string): Promise<void> {
  const file = await readSafetensors(target);
  expect(file.metadata).toEqual({ to: target });
  expect(file.names).toEqual(["large", "steps", "mask"]);
  const tensors = await Promise.all(file.names.map((name) => file.tensor(name)));
  const [large, steps, mask] = await Promise.all(tensors.map((tensor) => tensor.data()));
  const expected = ramp();
  expect(large!.findIndex((value, i) => value !== expected[i])).toBe(-1);
  expect([steps![0], ...mask!]).toEqual([12, 1, 0]);
  tf.dispose(tensors);
  await file.close();
}

async function bytesAt(address: string): Promise<number[]> {
  const source = await openSource(address);
  const bytes = new Uint8Array(source.size);
  await source.read(0, bytes);
  await source.close();
  return [...bytes];
}

async function write(address: string, ...pieces: number[][]): Promise<void> {
  const target = await openTarget(address);
  for (const piece of pieces) await target.write(Uint8Array.from(piece));
  await target.close();
}

describe.runIf(inBrowser)("in a browser", () => {
  afterEach(() => vi.restoreAllMocks());

  describe.each(["opfs://nnx test/models/ä b.bin", "indexeddb://nnx test/ä b"])("%s", (address) => {
    afterEach(() => deleteFile(address));

    test("keeps tensors", async () => {
      const before = tf.memory().numTensors;
      await save(address);
      await checkSaved(address);
      await save(address);
      await checkSaved(address);
      expect(tf.memory().numTensors).toBe(before);
    });

    test("keeps what was there until all is written", async () => {
      await write(address, [1, 2, 3]);
      const target = await openTarget(address);
      await target.write(new Uint8Array(3_000_000).fill(7));
      expect(await bytesAt(address)).toEqual([1, 2, 3]);
      await target.abort();
      expect(await bytesAt(address)).toEqual([1, 2, 3]);
      await write(address, [4], [5, 6]);
      expect(await bytesAt(address)).toEqual([4, 5, 6]);
      await write(address);
      expect(await bytesAt(address)).toEqual([]);
    });

    test("is not there before, nor after an abort or a deletion", async () => {
      const missing = () => openSource(address);
      await expect(missing()).rejects.toThrow(StorageError);
      await expect(missing()).rejects.toThrow("there is no such file");
      const target = await openTarget(address);
      await target.write(Uint8Array.of(1));
      await expect(missing()).rejects.toThrow("there is no such file");
      await target.abort();
      await expect(missing()).rejects.toThrow("there is no such file");
      await write(address, [1]);
      await deleteFile(address);
      await expect(missing()).rejects.toThrow("there is no such file");
    });

    test("says that it was replaced while it was read", async () => {
      await write(address, Array<number>(100).fill(1));
      const source = await openSource(address);
      await write(address, [2]);
      await expect(source.read(0, new Uint8Array(100))).rejects.toThrow(StorageError);
      await source.close();
    });

    test("an error while tensors are written leaves what was there", async () => {
      await write(address, [9]);
      const tensors = { fits: tf.ones([10_000]), large: tf.tensor1d([1e5]) };
      await expect(saveSafetensors(tensors, address, { dtype: "F16" })).rejects.toThrow("F16 cannot hold");
      tf.dispose(tensors);
      expect(await bytesAt(address)).toEqual([9]);
    });
  });

  test("nothing but whole files is in the folder of OPFS", async () => {
    await write("opfs://nnx whole/a", [1]);
    const aborted = await openTarget("opfs://nnx whole/b");
    await aborted.abort();
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("nnx whole");
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
      names.push(name);
    expect(names).toEqual(["a"]);
    const handle = await folder.getFileHandle("a");
    const target = await openTarget(handle);
    await target.write(Uint8Array.of(5, 6));
    await target.close();
    const source = await openSource(handle);
    expect([source.label, source.size]).toEqual(['the file "a"', 2]);
    await root.removeEntry("nnx whole", { recursive: true });
  });

  test("the shards of an index in OPFS", async () => {
    using five = tf.scalar(5);
    const bytes = await writeSafetensors({ b: five });
    await write("opfs://nnx shards/s-1.safetensors", [...bytes]);
    const index = JSON.stringify({ weight_map: { b: "s-1.safetensors" } });
    await write("opfs://nnx shards/model.safetensors.index.json", [...new TextEncoder().encode(index)]);
    const file = await readSafetensors("opfs://nnx shards/model.safetensors.index.json");
    using b = await file.tensor("b");
    expect([...(await b.data())]).toEqual([5]);
    await (await navigator.storage.getDirectory()).removeEntry("nnx shards", { recursive: true });
  });

  test("two writers of one name in IndexedDB: the later one wins, the other hears of it", async () => {
    const address = "indexeddb://nnx twice";
    const first = await openTarget(address);
    await first.write(Uint8Array.of(1));
    const second = await openTarget(address);
    await second.write(Uint8Array.of(2));
    await expect(first.close()).rejects.toThrow("something else began to write it");
    await second.close();
    expect(await bytesAt(address)).toEqual([2]);
    await deleteFile(address);
  });

  test("a file that the user chose", async () => {
    const tensors = { a: tf.tensor1d([1, 2, 3]) };
    const file = new File([await writeSafetensors(tensors)] as BlobPart[], "mine.safetensors");
    const read = await readSafetensors(file);
    using a = await read.tensor("a");
    expect([...(await a.data())]).toEqual([1, 2, 3]);
    const broken = readSafetensors(new File([new Uint8Array(3)], "mine.safetensors"));
    await expect(broken).rejects.toThrow(
      'the file "mine.safetensors": expected a safetensors file, found only 3 bytes',
    );
    tf.dispose(tensors);
  });

  test("a download", async () => {
    const blobs: Blob[] = [];
    const create = URL.createObjectURL.bind(URL);
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
      blobs.push(blob as Blob);
      return create(blob);
    });
    const names: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      names.push(this.download);
    });
    await save("downloads://my model.safetensors");
    expect(names).toEqual(["my model.safetensors"]);
    const file = await readSafetensors(blobs[0]!);
    expect(file.names).toEqual(["large", "steps", "mask"]);
    await expect(openTarget("downloads://a/b")).rejects.toThrow(StorageError);
  });

  test("a text is an address relative to the page", async () => {
    const before = await fetch("/packages/checkpoint/test/golden/flax_mlp.safetensors");
    expect(before.ok).toBe(true);
    const file = await readSafetensors("/packages/checkpoint/test/golden/flax_mlp.safetensors");
    expect(file.metadata["format"]).toBe("flax");
    using bias = await file.tensor("bn.mean");
    expect(bias.shape).toEqual([7]);
    await expect(openTarget("model.safetensors")).rejects.toThrow('write to "opfs://…"');
  });
});

test.runIf(!inBrowser).each(["opfs://a", "indexeddb://a", "downloads://a"])("%s in Node", async (address) => {
  await expect(openTarget(address)).rejects.toThrow(StorageError);
  await expect(openTarget(address)).rejects.toThrow(/elsewhere give a path/i);
});
