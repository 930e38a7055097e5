/** @file Directories that fail, and machines that stop, at every operation. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { Param } from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Fault, MemoryDirectory, type MemoryDisk } from "./memory-directory.ts";

/** A model whose one weight is the number of the last step. */
function model() {
  const weight = new Param(tf.zeros([4]));
  return {
    node: { weight },
    train: (step: number) => void (weight.value = full([4], step)),
    value: () => weight.value.dataSync()[3],
  };
}

interface Run {
  /** Operations before the fault. */
  readonly at: number;
  readonly fault: Fault;
  readonly keep: number;
  /** Bad luck of the best one: it is kept beside the last ones. */
  readonly losses: readonly number[];
  /** Whether each save is waited for. */
  readonly waits: boolean;
}

const runs = (...faults: Fault[]) =>
  fc.record<Run>({
    at: fc.nat({ max: 70 }),
    fault: fc.constantFrom(...faults),
    keep: fc.integer({ min: 1, max: 3 }),
    losses: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }),
    waits: fc.boolean(),
  });

const best = { metric: "loss", mode: "min" } as const;

/** Saves steps until one fails; answers the last one that is on the disk for sure, and the last one that was begun. */
async function train(directory: MemoryDirectory, { at, fault, keep, losses, waits }: Run) {
  const { node, train } = model();
  const checkpointer = new Checkpointer(directory, { keep, best, onWarning: unexpected });
  let operations = 0;
  directory.fault = () => (operations++ === at ? fault : undefined);
  let [sure, begun] = [0, 0];
  try {
    for (const [i, loss] of losses.entries()) {
      const step = i + 1;
      train(step);
      begun = step;
      await checkpointer.save(step, node, { metrics: { loss } });
      // It has begun, so the one before is done.
      if (!waits && fault.startsWith("stop")) sure = Math.max(sure, step - 2);
      if (waits) {
        await checkpointer.wait();
        sure = step;
      }
    }
    await checkpointer.wait();
    sure = begun;
  } catch {
    // What it is about is seen on the disk.
  }
  node.weight.dispose();
  return { checkpointer, sure, begun };
}

function unexpected(message: string): void {
  throw new Error(`unexpected warning: ${message}`);
}

/** Restores from what another machine finds on the disk; fails if anything there is not whole. */
async function restart(disk: MemoryDisk, { losses, keep }: Run) {
  const directory = new MemoryDirectory(disk);
  await using checkpointer = new Checkpointer(directory, { keep, best, onWarning: unexpected });
  const { node, value } = model();
  try {
    const steps = await checkpointer.steps();
    for (const step of steps) {
      expect(await checkpointer.restore(node, { step })).toMatchObject({
        metrics: { loss: losses[step - 1] },
      });
      expect(value()).toBe(step);
    }
    const restored = await checkpointer.restore(node);
    expect([...disk.names.keys()].filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(directory.opened).toBe(0);
    return { steps, latest: restored?.step ?? 0 };
  } finally {
    node.weight.dispose();
  }
}

test("after the machine stopped, the next start finds whole steps, and no step is lost that was on the disk", async () => {
  const luck = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(runs("stop before", "stop after"), luck, async (run, luck) => {
      const directory = new MemoryDirectory();
      const { sure, begun } = await train(directory, run);
      let i = 0;
      const { latest, steps } = await restart(
        directory.disk.restart(() => luck[i++ % luck.length]!),
        run,
      );
      expect(latest).toBeGreaterThanOrEqual(sure);
      expect(latest).toBeLessThanOrEqual(begun);
      // Infinite where there is none yet.
      const least = Math.min(...run.losses.slice(0, sure));
      expect(Math.min(...steps.map((step) => run.losses[step - 1]!))).toBeLessThanOrEqual(least);
    }),
    { numRuns: 100 },
  );
});

test("after an operation failed, the directory is right, and training goes on", async () => {
  await fc.assert(
    fc.asyncProperty(runs("before", "after"), async (run) => {
      const { numTensors } = tf.memory();
      const directory = new MemoryDirectory();
      const { checkpointer, sure } = await train(directory, run);
      const { node, train: next, value } = model();
      // What failed is told of once, at most.
      await checkpointer.wait().catch(() => {});
      directory.fault = () => undefined;
      expect((await checkpointer.latest()) ?? 0).toBeGreaterThanOrEqual(sure);
      next(9);
      const losses = [...run.losses, ...Array<number>(8 - run.losses.length).fill(9), 9];
      await checkpointer.save(9, node, { metrics: { loss: 9 } });
      await checkpointer.wait();
      next(0);
      expect(await checkpointer.restore(node)).toMatchObject({ step: 9 });
      expect(value()).toBe(9);
      await checkpointer.close();
      node.weight.dispose();
      const { latest, steps } = await restart(directory.disk, { ...run, losses });
      expect(latest).toBe(9);
      // The last ones and the best, but what was being deleted may stay until the next save.
      expect(steps.length).toBeLessThanOrEqual(run.keep + 1);
      expect(tf.memory().numTensors).toBe(numTensors);
    }),
    { numRuns: 100 },
  );
});

test("what a living writer is writing stays, and what a dead one left goes", async () => {
  const living = new Set<string>();
  const first = new MemoryDirectory(undefined, living);
  const { node } = model();
  const writer = new Checkpointer(first);
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const rename = first.rename.bind(first);
  first.rename = async (from, to) => {
    await held;
    await rename(from, to);
  };
  await writer.save(1, node);
  await expect.poll(() => first.log.at(-1)).toBe("close");

  await using second = new Checkpointer(new MemoryDirectory(first.disk, living));
  expect(await second.steps()).toEqual([]);
  expect([...first.disk.names.keys()]).toEqual([expect.stringMatching(/\.tmp$/)]);
  goOn();
  await writer.wait();
  expect(await second.steps()).toEqual([1]);

  first.rename = () => new Promise(() => {});
  await writer.save(2, node);
  await expect.poll(() => first.log.at(-1)).toBe("close");
  living.delete(first.writer);
  await using third = new Checkpointer(new MemoryDirectory(first.disk, living));
  expect(await third.steps()).toEqual([1]);
  expect([...first.disk.names.keys()]).toHaveLength(1);
});
