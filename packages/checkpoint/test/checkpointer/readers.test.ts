/** @file Reading a directory while another writer saves to it. */
import { Checkpointer, StorageError } from "@nnx-js/checkpoint";
import { Param } from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import { expect, test } from "vitest";
import { MemoryDirectory } from "./memory-directory.ts";

/** A reader before which the writer, which keeps one step, saves another so many times, each as a file is opened. */
async function readerOvertaken(times: number) {
  const writing = new MemoryDirectory();
  const writer = new Checkpointer(writing, { keep: 1 });
  const saved = new Param(full([2], 1));
  await writer.save(1, { weight: saved });
  await writer.wait();
  const reading = new MemoryDirectory(writing.disk, writing.living);
  const open = reading.open.bind(reading);
  let opened = 0;
  reading.open = async (name) => {
    // The first time its begin is read, to list it.
    if (opened++ % 2 === 1 && opened <= 2 * times) {
      const step = opened / 2 + 1;
      saved.value = full([2], step);
      await writer.save(step, { weight: saved });
      await writer.wait();
    }
    return await open(name);
  };
  const warnings: string[] = [];
  const reader = new Checkpointer(reading, { onWarning: (text) => void warnings.push(text) });
  const weight = new Param(full([2], 0));
  return { reader, writer, weight, warnings };
}

test("a step that is deleted before it is read is none to worry about: the next one is restored", async () => {
  const { reader, weight, warnings } = await readerOvertaken(3);
  expect(await reader.restore({ weight })).toMatchObject({ step: 4 });
  expect([...weight.value.dataSync()]).toEqual([4, 4]);
  expect(warnings).toEqual([]);
});

test("a step that was asked for and is deleted is missing", async () => {
  const { reader, weight } = await readerOvertaken(1);
  const restored = reader.restore({ weight }, { step: 1 });
  await expect(restored).rejects.toThrow("there is no step 1 in memory. There are: 2.");
  await expect(restored).rejects.toBeInstanceOf(StorageError);
});

test("a writer that is always faster is told of", async () => {
  const { reader, weight } = await readerOvertaken(Infinity);
  await expect(reader.restore({ weight })).rejects.toThrow(/faster than one can be read.*keep: 3/);
  expect([...weight.value.dataSync()]).toEqual([0, 0]);
});
