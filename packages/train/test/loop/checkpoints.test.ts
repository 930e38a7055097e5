/** @file What a run saves, and goes on from. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { train, type TrainEvent } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, beforeEach, afterEach } from "vitest";
import { checkLeftovers, recorder } from "./recorder.ts";
import { small, valuesOf } from "./small.ts";

checkLeftovers();

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

  test.each([
    ["the first file", 1],
    ["the fifth", 5],
  ])("an abort while one is being written, with %s: another process goes on, bit for bit", async (_, nth) => {
    const whole = small();
    await train(whole.training).run();
    const first = small();
    const controller = new AbortController();
    const to = new Checkpointer(folder);
    let saves = 0;
    const save = to.save.bind(to);
    // The signal comes when the write has begun, and before it has ended.
    to.save = (...args) => {
      const saving = save(...args);
      if (++saves === nth) controller.abort();
      return saving;
    };
    const told: TrainEvent[] = [];
    const options = { ...first.training, signal: controller.signal, watch: recorder(told) };
    const end = await train({ ...options, checkpoint: { to, every: 2 } }).run();
    expect(end).toMatchObject({ reason: "aborted", step: 2 * nth });
    // It is whole when the run has ended.
    expect(await new Checkpointer(folder).latest()).toBe(2 * nth);
    const second = small();
    const checkpoint = { to: new Checkpointer(folder), every: 2, resume: true };
    const events: TrainEvent[] = [];
    await train({ ...second.training, checkpoint, watch: recorder(events) }).run();
    expect(events[0]).toMatchObject({ type: "restore", step: 2 * nth });
    expect(await valuesOf(second)).toEqual(await valuesOf(whole));
    const losses = (list: TrainEvent[]) => list.flatMap((event) => (event.type === "log" ? event.step : []));
    expect([...losses(told), ...losses(events)]).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    for (const run of [whole, first, second]) run.dispose();
  });

  test("NaN after some of them: another process goes on from the last, to the end of a run without it", async () => {
    const whole = small();
    await train(whole.training).run();
    const first = small();
    const to = new Checkpointer(folder);
    const step: typeof first.step = (batch) => {
      const done = first.data.position.step.value.dataSync()[0];
      return done === 10 ? first.step({ ...batch, x: tf.mul(batch.x, Infinity) }) : first.step(batch);
    };
    const checkpoint = { to, every: 4 };
    const failure = await train({ ...first.training, step, log: 7, checkpoint }).run().catch((error: unknown) => error); // prettier-ignore
    expect(failure).toMatchObject({ code: "non-finite", badStep: 11 });
    expect((failure as Error).message).toContain("step 11, the first of steps");
    expect(await to.steps()).toEqual([4, 8]);
    const second = small();
    await train({ ...second.training, checkpoint: { to, every: 4, resume: true } }).run();
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
