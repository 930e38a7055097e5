/** @file Pages of browsers that have no private file system, or one that pages cannot write to. */
import { Checkpointer, openTarget, readSafetensors, StorageError } from "@nnx-js/checkpoint";
import { Linear, Rngs } from "@nnx-js/nn";
import { afterEach, describe, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error);

describe("no OPFS, as in WebKitGTK", () => {
  test("files: an error with another place", async () => {
    vi.stubGlobal("navigator", { storage: {} });
    for (const error of [
      await failure(openTarget("opfs://models/a")),
      await failure(readSafetensors("opfs://models/a")),
    ]) {
      expect(error).toBeInstanceOf(StorageError);
      expect(error).toMatchObject({ message: expect.stringMatching(/there is no OPFS here.*"indexeddb:/) });
    }
  });

  test("a Checkpointer: an error with another place", async () => {
    vi.stubGlobal("navigator", { storage: {} });
    const checkpointer = new Checkpointer("opfs:runs");
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const error = await failure(checkpointer.save(0, model).then(() => checkpointer.close()));
    expect(String((error as Error).stack)).toMatch(/there is no OPFS here.*a directory of your own/);
  });
});

test("no createWritable, as in older Safari: an error with another place", async () => {
  const file = { getFile: () => Promise.resolve(new Blob([])), name: "a" };
  const folder = { getFileHandle: () => Promise.resolve(file), removeEntry: () => Promise.resolve() };
  vi.stubGlobal("navigator", { storage: { getDirectory: () => Promise.resolve(folder) } });
  const error = await failure(openTarget("opfs://a"));
  expect(error).toBeInstanceOf(StorageError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/opfs:\/\/a .*no createWritable.*"indexeddb:/),
  });
});
