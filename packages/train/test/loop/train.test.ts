/** @file What a run tells, and how it ends. */
import { train, type TrainEvent } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { brief, checkLeftovers, recorder } from "./recorder.ts";
import { small, valuesOf } from "./small.ts";

checkLeftovers();

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
