/** @file The loop: what it tells, and in which order; how it ends; what it leaves behind. */
import { Checkpointer, StorageError } from "@nnx-js/checkpoint";
import { train, type TrainEvent, type Watcher } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { small, valuesOf } from "./small.ts";

let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over`);
});

/** Notes what it is told. */
function recorder(events: TrainEvent[] = []): Watcher & { events: TrainEvent[]; closed: number } {
  return {
    events,
    closed: 0,
    event(event) {
      events.push(event);
    },
    close() {
      this.closed++;
    },
  };
}

const brief = (events: readonly TrainEvent[]) => events.map(({ type, step }) => `${type} ${step}`);

describe("what it tells", () => {
  test("every step unless told otherwise, with the figures of a loop by hand", async () => {
    const hand = small();
    const losses: number[] = [];
    for await (const batch of hand.data) {
      const { loss } = tf.tidy(() => hand.step(batch));
      losses.push((await loss.data())[0]!);
      loss.dispose();
    }
    const run = small();
    const told: unknown[] = [];
    for await (const { type, step, epoch, metrics, steps, examples } of train(run.training)) {
      told.push([type, step, epoch, metrics.loss, steps, examples]);
    }
    expect(told).toEqual(losses.map((loss, i) => ["log", i + 1, Math.floor(i / 5), loss, 1, 4]));
    expect(await valuesOf(run)).toEqual(await valuesOf(hand));
    hand.dispose();
    run.dispose();
  });

  test("means of a few steps, never of two passes, and in their order what else happens", async () => {
    const run = small({ epochs: 2 });
    const watcher = recorder();
    const losses: number[] = [];
    const end = await train({
      data: run.data,
      step: (batch) => {
        const { loss } = run.step(batch);
        losses.push(loss.dataSync()[0]!);
        return { loss, one: 1 };
      },
      log: 2,
      evaluate: { every: 4, run: ({ step }) => ({ accuracy: tf.scalar(step), table: [step] }) },
      watch: watcher,
    }).run();
    expect(end).toEqual({ type: "end", step: 10, epoch: 1, reason: "finished" });
    expect(brief(watcher.events)).toEqual(
      "begin 0,log 2,log 4,evaluate 4,log 5,epoch 5,log 7,evaluate 8,log 9,log 10,epoch 10,end 10".split(","),
    );
    expect(watcher.events[0]).toEqual({ type: "begin", step: 0, epoch: 0, totalSteps: 10, stepsPerEpoch: 5, batchSize: 4 }); // prettier-ignore
    expect(watcher.events[3]).toMatchObject({ metrics: { accuracy: 4, table: [4] } });
    const log = watcher.events[2] as TrainEvent & { type: "log" };
    expect(log).toMatchObject({ steps: 2, examples: 8, epoch: 0, metrics: { one: 1 } });
    expect(log.metrics["loss"]).toBeCloseTo((losses[2]! + losses[3]!) / 2, 6);
    const epoch = watcher.events[5] as TrainEvent & { type: "epoch" };
    expect(epoch.metrics["loss"]).toBeCloseTo(losses.slice(0, 5).reduce((a, b) => a + b) / 5, 6);
    expect(watcher.closed).toBe(1);
    run.dispose();
  });

  test("the figures of a step come while the next one is on its way", async () => {
    const run = small({ epochs: 1 });
    const order: string[] = [];
    const step: typeof run.step = (batch) => {
      order.push("step");
      return run.step(batch);
    };
    for await (const { step: done } of train({ data: run.data, step })) order.push(`told ${done}`);
    expect(order.join()).toBe("step,step,told 1,step,told 2,step,told 3,step,told 4,told 5");
    run.dispose();
  });

  test("means of thousands of steps", async () => {
    const values = function* () {
      for (let i = 0; i < 2000; i++) yield i;
    };
    const logs: number[] = [];
    for await (const { metrics, examples } of train({
      data: values(),
      step: (i) => tf.scalar(i),
      log: 1500,
    })) {
      logs.push(metrics.loss);
      expect(examples).toBeUndefined();
    }
    expect(logs[0]).toBeCloseTo(749.5, 3);
    expect(logs[1]).toBeCloseTo(1749.5, 3);
  });

  test("handlers are waited for, before the next step", async () => {
    const run = small({ epochs: 1 });
    const order: string[] = [];
    const { reason } = await train({
      data: run.data,
      step: (batch, { step, epoch }) => {
        order.push(`step ${step} ${epoch}`);
        return run.step(batch);
      },
      steps: 3,
      log: 2,
      on: {
        log: async ({ step }) => {
          await setTimeout(5);
          order.push(`log ${step}`);
        },
        end: ({ reason }) => void order.push(reason),
      },
    }).run();
    expect(reason).toBe("finished");
    expect(order).toEqual(["step 0 0", "step 1 0", "step 2 0", "log 2", "log 3", "finished"]);
    run.dispose();
  });
});

describe("how it ends", () => {
  test("by a signal between any two steps: the same call goes on, to the same end", async () => {
    const whole = small();
    await train(whole.training).run();
    const expected = await valuesOf(whole);
    const stops = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 });
    const options = {
      log: fc.constantFrom(1, 2, 3, 100, false as const),
      prefetch: fc.integer({ min: 0, max: 3 }),
    };
    await fc.assert(
      fc.asyncProperty(stops, fc.record(options), async (stops, { log, prefetch }) => {
        const run = small({ prefetch });
        let controller = new AbortController();
        let left = 0;
        const step: typeof run.step = (batch) => {
          const values = run.step(batch);
          if (--left === 0) controller.abort();
          return values;
        };
        let done = 0;
        for (const steps of stops) {
          controller = new AbortController();
          left = steps;
          if (steps === 0) controller.abort();
          const end = await train({ ...run.training, step, log, signal: controller.signal }).run();
          done = Math.min(15, done + steps);
          expect(end.step).toBe(done);
          expect(end.reason).toBe(done < 15 || steps === 0 || left === 0 ? "aborted" : "finished");
          expect((await valuesOf(run)).place[2]).toBe(done);
        }
        left = Infinity;
        expect(await train({ ...run.training, step, log }).run()).toMatchObject({
          step: 15,
          reason: "finished",
        });
        expect(await valuesOf(run)).toEqual(expected);
        run.dispose();
      }),
      { numRuns: 30 },
    );
    whole.dispose();
  });

  test("by a signal while it waits for data that never come", async () => {
    const controller = new AbortController();
    const data = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }),
    };
    const run = train({ data, step: () => undefined, signal: controller.signal }).run();
    await setTimeout(5);
    controller.abort();
    expect(await run).toMatchObject({ step: 0, reason: "aborted" });
  });

  test("signals, timers and others get their turn", async () => {
    const controller = new AbortController();
    void setTimeout(40).then(() => controller.abort());
    const forever = function* () {
      for (;;) yield 0;
    };
    const end = await train({ data: forever(), step: () => {}, log: false, signal: controller.signal }).run();
    expect(end.reason).toBe("aborted");
    expect(end.step).toBeGreaterThan(100);
  });

  test("by a break and by what is thrown in the loop over it: it can go on", async () => {
    const whole = small();
    await train(whole.training).run();
    const run = small({ prefetch: 2 });
    const watcher = recorder();
    for await (const { step } of train({ ...run.training, watch: watcher })) if (step === 4) break;
    expect(watcher.closed).toBe(1);
    await expect(
      (async () => {
        for await (const { step } of train(run.training)) if (step === 9) throw new Error("mine");
      })(),
    ).rejects.toThrow("mine");
    await train(run.training).run();
    expect(await valuesOf(run)).toEqual(await valuesOf(whole));
    whole.dispose();
    run.dispose();
  });

  test("when a figure has not improved for a while", async () => {
    const losses = [5, 4, 4, 3.9, 4, 4, 4, 1];
    const events = recorder();
    const end = await train({
      data: losses,
      step: (loss) => ({ loss }),
      plateau: { metric: "loss", mode: "min", patience: 2, minDelta: 0.5 },
      earlyStop: { metric: "loss", mode: "min", patience: 3 },
      watch: events,
    }).run();
    // One is on its way when it shows.
    expect(end).toMatchObject({ reason: "stopped", step: 8 });
    const plateaus = events.events.filter(({ type }) => type === "plateau");
    expect(plateaus).toEqual([
      { type: "plateau", step: 4, epoch: 0, metric: "loss", best: 4 },
      { type: "plateau", step: 6, epoch: 0, metric: "loss", best: 4 },
    ]);
  });
});

describe("what fails", () => {
  test("a step that throws: the state is that after the step before", async () => {
    const run = small();
    let after: unknown;
    const step: typeof run.step = (batch) => {
      if (Number(run.data.position.step.value.dataSync()[0]) === 7) {
        // Half a step.
        run.model.bias!.value = tf.tensor1d([99]);
        throw new Error("no memory");
      }
      return run.step(batch);
    };
    const on = {
      log: async ({ step }: { step: number }) => void (step === 7 && (after = await valuesOf(run))),
    };
    const told: number[] = [];
    await expect(
      (async () => {
        for await (const { step: done } of train({ ...run.training, step, on })) told.push(done);
      })(),
    ).rejects.toThrow("no memory");
    // What was on its way is told all the same, with the state as it is again.
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await valuesOf(run)).toEqual(after);
    expect((after as { place: number[] }).place).toEqual([1, 8, 7]);
    run.dispose();
  });

  test.each([1, 3])("a NaN, read every %d steps: the state is the last good one", async (log) => {
    const whole = small();
    const values: unknown[] = [await valuesOf(whole)];
    for await (const batch of whole.data) {
      tf.dispose(tf.tidy(() => whole.step(batch)));
      values.push(await valuesOf(whole));
    }
    const run = small();
    const step: typeof run.step = (batch) => {
      const done = run.data.position.step.value.dataSync()[0];
      return done === 7 ? run.step({ ...batch, y: tf.mul(batch.y, NaN) }) : run.step(batch);
    };
    const failure = await train({ ...run.training, step, log }).run().catch((error: unknown) => error); // prettier-ignore
    const restored = log === 1 ? 7 : 5;
    expect(failure).toMatchObject({
      name: "NonFiniteError",
      code: "non-finite",
      metric: "loss",
      value: NaN,
      step: 8,
      restoredStep: restored,
    });
    expect((failure as Error).message).toMatch(
      new RegExp(
        `^train: loss is NaN in ${log === 1 ? "step 8" : "the mean of steps 6 to 8"}, epoch 1\\. The state has the values of step ${restored} again\\. Lower`,
      ),
    );
    expect(await valuesOf(run)).toEqual(values[restored]);
    await train(run.training).run();
    expect(await valuesOf(run)).toEqual(values.at(-1));
    whole.dispose();
    run.dispose();
  });

  test("a NaN is not saved, and is let through where that is wanted", async () => {
    const run = small({ epochs: 1 });
    const step = () => (run.step, { loss: NaN });
    const folder = await mkdtemp(join(tmpdir(), "train-"));
    const to = new Checkpointer(folder);
    const options = { ...run.training, step, log: 100, checkpoint: { to, every: 2 } };
    await expect(train(options).run()).rejects.toThrow("the mean of steps 1 to 2");
    expect(await to.steps()).toEqual([]);
    await train({ ...options, nonFinite: "ignore" }).run();
    expect(await to.steps()).toEqual([2, 4]);
    await rm(folder, { recursive: true });
    run.dispose();
  });

  test("what steps give is checked", async () => {
    const failing = (step: () => unknown) => train({ data: [1], step: step as () => number }).run();
    await expect(failing(async () => 1)).rejects.toThrow("train: step: expected figures, got a promise.");
    await expect(failing(() => "a")).rejects.toThrow(
      'expected the loss, figures by name or nothing, got "a"',
    );
    await expect(failing(() => ({ loss: tf.zeros([2]) }))).rejects.toThrow(
      "expected a scalar for loss, got a float32 tensor of shape [2]. Write loss: tf.mean(loss).",
    );
  });

  test("a full disk, of a watcher and of checkpoints: the state is whole, and training goes on", async () => {
    const whole = small();
    await train(whole.training).run();
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const run = small();
    const watch: Watcher = {
      event: async ({ type, step }) => {
        if (type === "log" && step === 4) throw full;
      },
    };
    await expect(train({ ...run.training, watch }).run()).rejects.toBe(full);
    expect((await valuesOf(run)).place).toEqual([1, 0, 5]);

    const directory = {
      label: "full",
      writer: "test",
      list: async () => [],
      create: async () => ({
        write: async () => Promise.reject(full),
        sync: async () => {},
        close: async () => {},
      }),
      rename: async () => {},
      sync: async () => {},
      open: async () => Promise.reject(full),
      delete: async () => {},
      isAlive: async () => false,
      close: async () => {},
    };
    const to = new Checkpointer(directory);
    const failure = await train({ ...run.training, checkpoint: { to, every: 2 } }).run().catch((error: unknown) => error); // prettier-ignore
    expect(failure).toBeInstanceOf(StorageError);
    expect((failure as Error).message).toContain("step 6 could not be written to full: ENOSPC");
    await to.wait().catch(() => {});
    await train(run.training).run();
    expect(await valuesOf(run)).toEqual(await valuesOf(whole));
    whole.dispose();
    run.dispose();
  });
});

describe("checkpoints", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "train-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("in the middle of a pass: another process goes on from there, to the same end", async () => {
    const whole = small();
    await train(whole.training).run();
    const first = small();
    const to = new Checkpointer(folder);
    const checkpoint = { to, every: 4, metadata: { seed: "0" } };
    await train({ ...first.training, checkpoint, steps: 9 }).run();

    const second = small();
    const events: TrainEvent[] = [];
    await train({
      ...second.training,
      checkpoint: { ...checkpoint, resume: true },
      watch: recorder(events),
    }).run();
    expect(events.slice(0, 2)).toMatchObject([
      { type: "restore", step: 8, epoch: 1, metadata: { seed: "0" } },
      { type: "begin", step: 8, epoch: 1, totalSteps: 15 },
    ]);
    expect(events.filter(({ type }) => type === "log")).toHaveLength(7);
    expect(await valuesOf(second)).toEqual(await valuesOf(whole));
    for (const run of [whole, first, second]) run.dispose();
  });

  test("the best by an evaluation, and what monitors remember", async () => {
    const accuracies = [0.1, 0.5, 0.4, 0.6, 0.5, 0.5, 0.5];
    const run = small({ epochs: 7 });
    const best = { metric: "accuracy", mode: "max" } as const;
    const to = new Checkpointer(folder, { keep: 1, best });
    const saved: unknown[] = [];
    const options = {
      ...run.training,
      evaluate: ({ epoch }: { epoch: number }) => ({ accuracy: accuracies[epoch]! }),
      checkpoint: { to, every: { epochs: 3 }, best },
      earlyStop: { ...best, patience: 3 },
      on: {
        checkpoint: ({ step, isBest }: { step: number; isBest: boolean }) => void saved.push([step, isBest]),
      },
    };
    await train({ ...options, steps: 31 }).run();
    expect(saved).toEqual([[5, true], [10, true], [15, false], [20, true], [30, false]]); // prettier-ignore
    expect(await to.steps()).toEqual([20, 30]);
    expect(await to.best()).toBe(20);
    // Two passes without improvement are remembered; the third ends it.
    const end = await train({ ...options, checkpoint: { ...options.checkpoint, resume: true } }).run();
    expect(end).toMatchObject({ reason: "stopped", step: 35 });
    run.dispose();
  });

  test("need a state with the loader in it", () => {
    const run = small();
    const checkpoint = { to: new Checkpointer(folder) };
    const { data, step, model } = run;
    expect(() => train({ data, step, checkpoint })).toThrow("checkpoint: expected a state to save, got none");
    expect(() => train({ data, step, checkpoint, state: { model } })).toThrow(
      "expected the loader in the state",
    );
    run.dispose();
  });
});

test("options are checked", () => {
  const make = (options: unknown) => () => train(options as { data: number[]; step: () => void });
  const ok = { data: [1], step: () => {} };
  expect(make(undefined)).toThrow("train: expected options, got undefined. Write train({ data, step }).");
  expect(make({ ...ok, stpes: 3 })).toThrow("unknown option stpes. Did you mean steps?");
  expect(make({ step() {} })).toThrow("train: data: expected batches that can be iterated, got undefined");
  expect(make({ data: [] })).toThrow("train: step: expected a function, got undefined");
  expect(make({ ...ok, log: 0 })).toThrow("train: log: expected an integer of at least 1, got the number 0");
  expect(make({ ...ok, evaluate: { run() {}, every: { epoch: 1 } } })).toThrow(
    'train: evaluate.every: expected how often, got {"epoch":1}. Write evaluate.every: 100 for every 100 steps, or evaluate.every: { epochs: 1 }.',
  );
  expect(make({ ...ok, earlyStop: { metric: "loss" } })).toThrow('train: earlyStop: expected the name of a figure and "min" or "max"'); // prettier-ignore
  expect(make({ ...ok, on: { evalute() {} } })).toThrow("Did you mean evaluate?");
  expect(make({ ...ok, signal: {} })).toThrow("signal: expected an AbortSignal");
  expect(make({ ...ok, state: {} })).toThrow("state: expected what training changes");
  expect(make({ ...ok, watch: [1] })).toThrow("watch: expected watchers");
});

test("a figure that is watched and not there is named", async () => {
  const options = { data: [1, 2], step: () => ({ loss: 1 }) };
  const earlyStop = { metric: "los", mode: "min", patience: 1 } as const;
  // @ts-expect-error: no such figure
  await expect(train({ ...options, earlyStop }).run()).rejects.toThrow(
    "train: earlyStop: expected a figure called los, got loss. Did you mean loss?",
  );
});
