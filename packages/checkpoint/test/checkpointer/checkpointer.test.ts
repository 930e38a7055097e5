/** @file Steps that are saved, kept and restored. */
import { Checkpointer, CheckpointMismatchError, DamagedStepError, StorageError } from "@nnx-js/checkpoint";
import { jit } from "@nnx-js/jit";
import {
  evalShape,
  InvalidArgumentError,
  Linear,
  LoRAParam,
  Param,
  RngKey,
  Rngs,
  Variable,
} from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MemoryDirectory } from "./memory-directory.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "checkpointer-")), "runs", "one");
});
afterEach(() => rm(join(folder, "..", ".."), { recursive: true, force: true }));

/** Something to save whose value is a number. */
function cell(value = 0) {
  const weight = new Param(full([3], value));
  return {
    model: { weight },
    set: (next: number) => void (weight.value = full([3], next)),
    get: () => weight.value.dataSync()[1],
  };
}

test("a step comes back with its metrics and texts, in a directory that is made for it", async () => {
  const { model, set, get } = cell(7);
  await using checkpointer = new Checkpointer(folder);
  expect(await checkpointer.steps()).toEqual([]);
  expect(await checkpointer.latest()).toBeUndefined();
  expect(await checkpointer.restore(model)).toBeUndefined();
  expect(await readdir(join(folder, "..", ".."))).toEqual([]);

  const metrics = { loss: 0.5, nan: NaN, infinite: -Infinity };
  await checkpointer.save(12, model, { metrics, metadata: { run: "ä" } });
  set(1);
  expect(await checkpointer.restore(model)).toEqual({ step: 12, metrics, metadata: { run: "ä" } });
  expect(get()).toBe(7);
  expect(await checkpointer.steps()).toEqual([12]);
  expect(await checkpointer.latest()).toBe(12);
});
test("what stands in the file is the value at the call, whatever is written before it is saved", async () => {
  const { model, set, get } = cell(1);
  await using checkpointer = new Checkpointer(folder);
  void checkpointer.save(1, model);
  set(2);
  void checkpointer.save(2, model);
  set(3);
  await checkpointer.restore(model, { step: 1 });
  expect(get()).toBe(1);
  await checkpointer.restore(model, { step: 2 });
  expect(get()).toBe(2);
});

test("the last ones stay, and the best", async () => {
  const { model, set, get } = cell();
  const best = { metric: "loss", mode: "min" } as const;
  await using checkpointer = new Checkpointer(folder, { keep: 2, best });
  for (const [step, loss] of [5, 1, 4, NaN, 3, 1].entries()) {
    set(step);
    await checkpointer.save(step, model, { metrics: { loss, accuracy: -loss } });
  }
  await checkpointer.save(6, model);
  await checkpointer.wait();
  expect(await checkpointer.steps()).toEqual([1, 5, 6]);
  expect(await checkpointer.best()).toBe(1);
  expect(await readdir(folder)).toHaveLength(3);
  expect(await checkpointer.restore(model, { step: "best" })).toMatchObject({ step: 1 });
  expect(get()).toBe(1);

  await using other = new Checkpointer(folder, { best: { metric: "accuracy", mode: "min" } });
  expect(await other.restore(model, { step: "best" })).toMatchObject({ step: 1 });
  await using without = new Checkpointer(folder, { best: { metric: "perplexity", mode: "max" } });
  expect(await without.restore(model, { step: "best" })).toBeUndefined();
});

test("after an earlier step was restored, the run goes on from there", async () => {
  const { model, set, get } = cell();
  await using checkpointer = new Checkpointer(folder, { keep: 2 });
  for (const step of [10, 20, 30]) await checkpointer.save(step, model);
  await checkpointer.restore(model, { step: 20 });
  set(21);
  await checkpointer.save(21, model);
  await checkpointer.wait();
  expect(await checkpointer.latest()).toBe(21);
  expect(await checkpointer.steps()).toEqual([21, 30]);
  set(0);
  await using again = new Checkpointer(folder);
  expect(await again.restore(model)).toMatchObject({ step: 21 });
  expect(get()).toBe(21);
});

test("a step that is saved again replaces the one before", async () => {
  const { model, set, get } = cell(1);
  await using checkpointer = new Checkpointer(folder);
  await checkpointer.save(1, model);
  set(2);
  await checkpointer.save(1, model);
  await checkpointer.wait();
  expect(await readdir(folder)).toHaveLength(1);
  await checkpointer.restore(model, { step: 1 });
  expect(get()).toBe(2);
});

test("others see what is saved, and other files are left alone", async () => {
  const { model } = cell();
  await using writer = new Checkpointer(folder, { keep: 1 });
  await using reader = new Checkpointer(new URL(`file://${folder}/`));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "notes.txt"), "mine");
  for (const step of [1, 2, 3]) {
    await writer.save(step, model);
    await writer.wait();
    expect(await reader.steps()).toEqual([step]);
  }
  expect(await readFile(join(folder, "notes.txt"), "utf8")).toBe("mine");
});

test("a folder is no step, whatever it is called", async () => {
  await mkdir(join(folder, "step-00000009-0123abcd.safetensors"), { recursive: true });
  const { model, get, set } = cell(4);
  await using checkpointer = new Checkpointer(folder, { keep: 1 });
  expect(await checkpointer.restore(model)).toBeUndefined();
  await checkpointer.save(1, model);
  set(0);
  expect((await checkpointer.restore(model))?.step).toBe(1);
  expect(get()).toBe(4);
});

describe("a damaged file", () => {
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ["is empty", () => Buffer.alloc(0)],
    ["ends early", (bytes) => bytes.subarray(0, bytes.length - 5)],
    ["has a flipped bit", (bytes) => ((bytes[bytes.length - 3]! ^= 16), bytes)],
    ["is something else", () => Buffer.from("{}{}{}{}{}{}")],
  ];

  test.each(damages)("that %s is left out with a warning for the step before", async (_name, damage) => {
    const { model, set, get } = cell(1);
    const warnings: string[] = [];
    await using checkpointer = new Checkpointer(folder);
    await checkpointer.save(1, model);
    set(2);
    await checkpointer.save(2, model);
    await checkpointer.wait();
    const newest = join(folder, (await readdir(folder)).sort().at(-1)!);
    await writeFile(newest, damage(await readFile(newest)));

    await using next = new Checkpointer(folder, { onWarning: (text) => void warnings.push(text) });
    expect(await next.restore(model)).toMatchObject({ step: 1 });
    expect(get()).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/step 2 in .* is damaged/);
    await expect(next.restore(model, { step: 2 })).rejects.toThrow(/step 2/);
    await expect(next.restore(model, { step: 3 })).rejects.toThrow(/there is no step 3/);
    expect(get()).toBe(1);

    await rm(join(folder, (await readdir(folder)).sort()[0]!));
    await expect(next.restore(model)).rejects.toThrow(DamagedStepError);
  });

  test("warns on the console where nobody asked for warnings", async () => {
    const { model } = cell(1);
    await using checkpointer = new Checkpointer(folder);
    await checkpointer.save(1, model);
    await checkpointer.wait();
    await writeFile(join(folder, (await readdir(folder))[0]!), "");
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(await new Checkpointer(folder).steps()).toEqual([]);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});

describe("saves in the background", () => {
  test("are done in order, and memory is flat", async () => {
    const { model, set } = cell();
    const directory = new MemoryDirectory();
    await using checkpointer = new Checkpointer(directory, { keep: 2 });
    const before = tf.memory();
    for (let step = 1; step <= 30; step++) {
      set(step);
      await checkpointer.save(step, model);
      // Two saves at most, of one tensor each.
      expect(tf.memory().numTensors).toBeLessThanOrEqual(before.numTensors + 2);
    }
    await checkpointer.wait();
    expect(tf.memory()).toEqual(before);
    expect(await checkpointer.steps()).toEqual([29, 30]);
    expect(directory.opened).toBe(0);
  });

  test("leave out what waits when a newer one comes", async () => {
    const { model, set, get } = cell();
    const onWarning = vi.fn<(message: string) => void>();
    await using checkpointer = new Checkpointer(new MemoryDirectory(), { onWarning });
    const { numTensors } = tf.memory();
    const begun: number[] = [];
    for (let step = 1; step <= 5; step++) {
      set(step);
      void checkpointer.save(step, model).then(() => begun.push(step));
      expect(tf.memory().numTensors).toBeLessThanOrEqual(numTensors + 2);
    }
    await checkpointer.wait();
    expect(await checkpointer.steps()).toEqual([1, 5]);
    expect(begun).toEqual([1, 2, 3, 4, 5]);
    expect(onWarning).toHaveBeenCalledOnce();
    expect(onWarning.mock.lastCall![0]).toContain("await checkpointer.save");
    await checkpointer.restore(model);
    expect(get()).toBe(5);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test("may be asked for within tidy", async () => {
    const { model, set, get } = cell(4);
    await using checkpointer = new Checkpointer(folder);
    const { numTensors } = tf.memory();
    tf.tidy(() => void checkpointer.save(1, model));
    set(5);
    await checkpointer.restore(model);
    expect(get()).toBe(4);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test("tell of a failure once, at the next call, and go on", async () => {
    const { model } = cell();
    const directory = new MemoryDirectory();
    await using checkpointer = new Checkpointer(directory);
    const { numTensors } = tf.memory();
    await checkpointer.save(1, model);
    await checkpointer.wait();
    directory.fault = (operation) => (operation === "write" ? "before" : undefined);
    await checkpointer.save(2, model);
    await expect(checkpointer.wait()).rejects.toThrow(StorageError);
    await checkpointer.wait();
    await checkpointer.save(3, model);
    await vi.waitUntil(() => directory.log.at(-1) === "delete");
    await setTimeout(20);
    directory.fault = () => undefined;
    expect(() => checkpointer.save(4, model)).toThrow(
      /^step 3 could not be written to memory: write failed\.$/,
    );
    await checkpointer.save(5, model);
    await checkpointer.wait();
    expect(await checkpointer.steps()).toEqual([1, 4, 5]);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect([...directory.disk.names.keys()].filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("tell of a failure when they are closed", async () => {
    const directory = new MemoryDirectory();
    const checkpointer = new Checkpointer(directory);
    directory.fault = (operation) => (operation === "rename" ? "before" : undefined);
    await checkpointer.save(1, cell().model);
    await expect(checkpointer.close()).rejects.toThrow(StorageError);
    await checkpointer.close();
    expect(() => checkpointer.save(1, cell().model)).toThrow(/closed/);
  });
});

test("a full disk and a folder that may not be written to are errors with a repair", async () => {
  const { model } = cell();
  const directory = new MemoryDirectory();
  await using checkpointer = new Checkpointer(directory);
  directory.create = () =>
    Promise.reject(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" }));
  await checkpointer.save(1, model);
  await expect(checkpointer.wait()).rejects.toThrow(
    "step 1 could not be written to memory: ENOSPC: no space left. Free some space, or keep fewer steps: " +
      "new Checkpointer(directory, { keep: 3 }).",
  );

  // The superuser may write everywhere, but not below a file.
  const file = join(folder, "..", "..", "file");
  await writeFile(file, "");
  await using below = new Checkpointer(join(file, "runs"));
  await below.save(1, model);
  await expect(below.wait()).rejects.toThrow(StorageError);
});

test("what is restored has to fit, and changes nothing if it does not", async () => {
  const { model, get } = cell(1);
  await using checkpointer = new Checkpointer(folder);
  await checkpointer.save(1, model);
  const other = { model: { weight: new Param(tf.zeros([2])) } };
  await expect(checkpointer.restore(other)).rejects.toThrow(CheckpointMismatchError);
  expect(get()).toBe(1);
  await expect(checkpointer.restore(model, { step: 3 })).rejects.toThrow(
    `there is no step 3 in ${folder}. There are: 1.`,
  );
});

test("a part of what was saved can be restored alone", async () => {
  const { model, set, get } = cell(3);
  await using checkpointer = new Checkpointer(folder);
  await checkpointer.save(1, { model, step: new Variable(tf.scalar(1)) });
  set(0);
  await expect(checkpointer.restore({ model })).rejects.toThrow(CheckpointMismatchError);
  expect(get()).toBe(0);
  expect(await checkpointer.restore({ model }, { only: Param })).toMatchObject({ step: 1 });
  expect(get()).toBe(3);
  // @ts-expect-error: no such option
  await expect(checkpointer.restore({ model }, { stepp: 1 })).rejects.toThrow("Did you mean step?");
});

test("a part can be saved alone, and restored by the same filter", async () => {
  const node = { base: new Param(full([3], 1)), adapter: new LoRAParam(full([2], 2)) };
  await using checkpointer = new Checkpointer(folder);
  await checkpointer.save(1, node, { only: LoRAParam });
  node.base.value = full([3], 5);
  node.adapter.value = full([2], 5);
  await checkpointer.restore(node, { only: LoRAParam });
  expect([node.base.value.dataSync()[0], node.adapter.value.dataSync()[0]]).toEqual([5, 2]);
  await expect(checkpointer.restore(node)).rejects.toThrow(CheckpointMismatchError);
});

test("what has no value is named by its path, and nothing is saved or left over", async () => {
  const { model } = cell();
  const directory = new MemoryDirectory();
  await using checkpointer = new Checkpointer(directory);
  const abstract = evalShape(() => new Linear(2, 2, { rngs: new Rngs(0) }));
  const { numTensors } = tf.memory();
  expect(() => checkpointer.save(1, { model, layers: [abstract] })).toThrow(
    /^layers\.0\.\w+ \(Param\): .*abstract/,
  );
  expect(() => checkpointer.save(1, 5)).toThrow(/expected a Module/);
  const inside = (model: object) => void checkpointer.save(1, model);
  expect(() => evalShape(() => inside({ weight: new Param(tf.ones([2])) }))).toThrow(/outside of jit/);
  expect(() => jit(inside)(model)).toThrow(/outside of jit/);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(directory.log).toEqual([]);
});

test("wrong arguments are errors at once", async () => {
  const { model } = cell();
  const refused = (make: () => unknown, text: string | RegExp) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(text);
  };
  refused(
    () => new Checkpointer(folder, { keep: 0 }),
    "keep: expected an integer of at least 1, or Infinity, got 0",
  );
  const mode = "least" as "min";
  refused(
    () => new Checkpointer(folder, { best: { metric: "loss", mode } }),
    'best.mode: expected "min" or "max", got "least"',
  );
  // @ts-expect-error: no such option
  refused(() => new Checkpointer(folder, { kepp: 2 }), "Did you mean keep?");
  // @ts-expect-error: no directory
  expect(() => new Checkpointer(5)).toThrow(StorageError);
  expect(() => new Checkpointer("https://example.com/x")).toThrow(StorageError);

  await using checkpointer = new Checkpointer(folder, { best: { metric: "loss", mode: "min" } });
  const { numTensors } = tf.memory();
  refused(() => checkpointer.save(-1, model), "step: expected an integer of at least 0, got -1");
  refused(() => checkpointer.save(1.5, model), "got 1.5");
  // @ts-expect-error: a misspelt metric
  refused(() => checkpointer.save(1, model, { metrics: { los: 1 } }), "Did you mean loss by los?");
  // @ts-expect-error: a tensor
  refused(() => checkpointer.save(1, model, { metrics: { loss: tf.scalar(1) } }), "metrics.loss: expected a number, got a Tensor"); // prettier-ignore
  for (const name of ["checkpoint", "nnx-js"]) {
    refused(() => checkpointer.save(1, model, { metadata: { [name]: "" } }), "the package's own");
  }
  // @ts-expect-error: no such option
  refused(() => checkpointer.save(1, model, { metrix: {} }), "Did you mean metrics?");
  await expect(checkpointer.restore(model, { step: -1 })).rejects.toThrow(InvalidArgumentError);
  await using without = new Checkpointer(folder);
  await expect(without.restore(model, { step: "best" })).rejects.toThrow(/best: \{ metric/);
  await expect(without.best()).rejects.toThrow(InvalidArgumentError);
  expect(tf.memory().numTensors).toBe(numTensors + 2);
});

test("random streams and integers come back", async () => {
  const rngs = new Rngs({ params: 1, dropout: 2 });
  const node = { rngs, step: new Variable(tf.scalar(5, "int32")) };
  await using checkpointer = new Checkpointer(folder);
  rngs.key("dropout");
  await checkpointer.save(1, node);
  const drawn = rngs.key("dropout").dataSync();
  const other = { rngs: new Rngs({ params: 3, dropout: 4 }), step: new Variable(tf.scalar(0, "int32")) };
  await checkpointer.restore(other);
  expect(other.rngs.key("dropout").dataSync()).toEqual(drawn);
  expect(other.rngs.stream("dropout").key).toBeInstanceOf(RngKey);
  expect(other.step.value.dataSync()[0]).toBe(5);
});
