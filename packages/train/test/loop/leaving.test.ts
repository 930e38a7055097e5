/** @file How a run is left where sources and watchers fail, or do not answer, at that very moment. */
import { loader, train } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";

let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over`);
});

/** Numbers whose end fails. */
const stubborn = (): IterableIterator<number> => ({
  [Symbol.iterator]() {
    return this;
  },
  next: () => ({ done: false, value: 1 }),
  return() {
    throw new Error("does not close");
  },
});

test("watchers are closed though the source cannot be", async () => {
  let closed = 0;
  const watch = { event() {}, close: () => void closed++ };
  const run = train({ data: stubborn(), step: () => 1, steps: 2, watch }).run();
  await expect(run).rejects.toThrow("does not close");
  expect(closed).toBe(1);
});

test("the error that ended the run is told, not that of the source that cannot be closed", async () => {
  const step = () => {
    throw new Error("the step fails");
  };
  await expect(train({ data: stubborn(), step }).run()).rejects.toThrow("the step fails");
});

test("a source that cannot be closed leaves no tensors behind", async () => {
  const leave = async () => {
    for await (const _ of loader(stubborn, { batchSize: 2 })) break;
  };
  await expect(leave()).rejects.toThrow("does not close");
});

test("a source that no longer answers does not hold up the end", async () => {
  let answer = () => {};
  const data = loader(
    async function* () {
      yield* [1, 2];
      await new Promise<void>((resolve) => (answer = resolve));
      yield* [3, 4, 5];
    },
    { batchSize: 1 },
  );
  const { step, reason } = await train({ data, step: () => 1, steps: 1 }).run();
  expect([step, reason]).toEqual([1, "finished"]);
  answer();
  await setTimeout();
});

test("a watcher's late failure is not left unhandled where another fails at once", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const late = { event: () => Promise.reject(new Error("late")) };
  const early = {
    event() {
      throw new Error("early");
    },
  };
  await expect(train({ data: [1], step: () => 1, watch: [late, early] }).run()).rejects.toThrow("early");
  await setTimeout();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});
