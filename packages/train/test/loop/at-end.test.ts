/** @file Evaluations after the last step, wherever a run ends. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { train } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { brief, checkLeftovers, recorder } from "./recorder.ts";
import { small } from "./small.ts";

checkLeftovers();

/** Passes are of five steps. The figure of an evaluation is the number of steps. */
async function stepsMeasured(options: {
  epochs?: number;
  steps?: number;
  every?: number;
  stopAfter?: number;
}) {
  const { epochs = 2, steps, every, stopAfter } = options;
  const run = small({ epochs });
  const controller = new AbortController();
  if (stopAfter === 0) controller.abort();
  const watcher = recorder();
  const measured: number[] = [];
  const iterated: number[] = [];
  const training = train({
    data: run.data,
    step: (batch, { step }) => {
      if (step + 1 === stopAfter) controller.abort();
      return run.step(batch);
    },
    steps,
    signal: controller.signal,
    evaluate: {
      every,
      atEnd: true,
      run: ({ step }) => {
        measured.push(step);
        return { steps: tf.scalar(step), table: [step] };
      },
    },
    watch: watcher,
  });
  const events = training[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await events.next();
    if (!done) {
      if (value.type === "evaluate") iterated.push(value.step);
      continue;
    }
    const last = measured.at(-1);
    expect(value).toMatchObject({ type: "end", step: last, metrics: { steps: last, table: [last] } });
    break;
  }
  expect(iterated).toEqual(measured);
  run.dispose();
  return { measured, events: brief(watcher.events.filter(({ type }) => type !== "log")) };
}

test.each([
  ["the last pass is measured anyway", {}, [5, 10]],
  ["the steps end in the middle of a pass", { steps: 7 }, [5, 7]],
  ["the signal comes in the middle of a pass", { stopAfter: 8 }, [5, 8]],
  ["the signal comes with the last step of a pass", { stopAfter: 5 }, [5]],
  ["the signal comes before the first step", { stopAfter: 0 }, [0]],
  ["every so many steps do not divide all", { every: 4 }, [4, 8, 10]],
  ["every so many steps do", { every: 5 }, [5, 10]],
  ["there would be none before", { every: 1000 }, [10]],
])("the last step is measured once where %s", async (_, options, expected) => {
  expect((await stepsMeasured(options)).measured).toEqual(expected);
});

test("it comes where the others do: before the pass is over, and before the end", async () => {
  const { events } = await stepsMeasured({ every: 4, epochs: 1 });
  expect(events).toEqual(["begin 0", "evaluate 4", "evaluate 5", "epoch 5", "end 5"]);
  expect((await stepsMeasured({ stopAfter: 3 })).events).toEqual(["begin 0", "evaluate 3", "end 3"]);
});

test("of data whose end nobody knows, too, and once", async () => {
  const measured: number[] = [];
  const evaluate = {
    every: 3,
    atEnd: true,
    run: ({ step }: { step: number }) => ({ at: measured.push(step) }),
  };
  for (const data of [
    [1, 2, 3, 4],
    [1, 2, 3],
  ])
    await train({ data, step: () => 1, evaluate }).run();
  expect(measured).toEqual([3, 4, 3]);
});

test("without it, the end has figures only if the last step was measured", async () => {
  const data = [1, 2, 3];
  const run = ({ step }: { step: number }) => ({ step });
  const step = () => 1;
  expect(await train({ data, step, evaluate: { every: 3, run } }).run()).toMatchObject({
    metrics: { step: 3 },
  });
  expect(await train({ data, step, evaluate: { every: 2, run }, steps: 2 }).run()).toMatchObject({ metrics: { step: 2 } }); // prettier-ignore
  expect(await train({ data, step, evaluate: { every: 2, run }, steps: 3 }).run()).not.toHaveProperty(
    "metrics",
  );
});

test("not after an error, nor after a break", async () => {
  const run = vi.fn<() => { loss: number }>(() => ({ loss: 1 }));
  const evaluate = { every: 1000, atEnd: true, run };
  const step = (value: number) => value;
  await expect(train({ data: [1, NaN, 1], step, evaluate }).run()).rejects.toThrow("loss is NaN in step 2");
  for await (const _ of train({ data: [1, 2, 3], step, evaluate })) break;
  expect(run).not.toHaveBeenCalled();
});

test("one that fails is made up for by the same call", async () => {
  const run = small({ epochs: 1 });
  let failures = 1;
  const measure = () => {
    if (failures-- > 0) throw new Error("no test data");
    return { loss: 1 };
  };
  const training = train({ ...run.training, evaluate: { every: 1000, atEnd: true, run: measure } });
  await expect(training.run()).rejects.toThrow("no test data");
  expect(await training.run()).toMatchObject({ step: 5, metrics: { loss: 1 } });
  run.dispose();
});

test("the best in the end is saved; one of an interrupted run counts for nothing when it goes on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "at-end-"));
  const best = { metric: "accuracy", mode: "max" } as const;
  const options = (accuracies: Record<number, number>) => ({
    evaluate: {
      every: 4,
      atEnd: true,
      run: ({ step }: { step: number }) => ({ accuracy: accuracies[step]! }),
    },
    earlyStop: { metric: "accuracy", mode: "max", patience: 2 } as const,
  });
  {
    const run = small({ epochs: 1 });
    await using to = new Checkpointer(join(folder, "best"), { keep: 1, best });
    await train({ ...run.training, ...options({ 4: 0.5, 5: 0.7 }), checkpoint: { to, best } }).run();
    expect(await to.latest()).toBe(5);
    run.dispose();
  }
  const run = small({ epochs: 4 });
  await using to = new Checkpointer(join(folder, "again"), { keep: 2 });
  const checkpoint = { to, resume: true };
  const controller = new AbortController();
  const figures = { 4: 0.5, 7: 0.1, 8: 0.5, 12: 0.6, 16: 0.6, 20: 0.6 };
  const first = await train({
    ...run.training,
    ...options(figures),
    checkpoint,
    signal: controller.signal,
    on: { log: ({ step }) => void (step === 6 && controller.abort()) },
  }).run();
  expect(first).toMatchObject({ reason: "aborted", step: 7, metrics: { accuracy: 0.1 } });
  const again = small({ epochs: 4 });
  const second = await train({ ...again.training, ...options(figures), checkpoint }).run();
  // Had step 7 counted, step 8 would have been the second without an improvement.
  expect(second).toMatchObject({ reason: "stopped", step: 20, metrics: { accuracy: 0.6 } });
  run.dispose();
  again.dispose();
  await rm(folder, { recursive: true });
});
