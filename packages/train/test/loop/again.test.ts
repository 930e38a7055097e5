/** @file What failed between two steps is done again by the same call. */
import { type EvaluateEvent, train } from "@nnx-js/train";
import { expect, test } from "vitest";
import { brief, checkLeftovers, recorder } from "./recorder.ts";
import { small } from "./small.ts";

checkLeftovers();

test.each(["evaluate", "save", "handler"])("a %s that fails once", async (what) => {
  const run = small({ epochs: 2 });
  let failures = 1;
  const fail = (at: string) => {
    if (at === what && failures-- > 0) throw new Error("the disk is full");
  };
  const measured: number[] = [];
  const saved: number[] = [];
  const seen = recorder();
  const to = {
    save: async (step: number) => {
      fail("save");
      saved.push(step);
    },
    restore: async () => undefined,
    wait: async () => {},
  };
  const call = () =>
    train({
      ...run.training,
      log: 5,
      evaluate: async ({ step }) => {
        fail("evaluate");
        measured.push(step);
        return { score: step };
      },
      checkpoint: { to },
      on: { evaluate: (_event: EvaluateEvent<{ score: number }>) => fail("handler") },
      watch: seen,
    }).run();
  await expect(call()).rejects.toThrow("the disk is full");
  expect(saved).toEqual([]);
  expect(await call()).toMatchObject({ reason: "finished", step: 10 });
  expect(new Set(measured)).toEqual(new Set([5, 10]));
  expect(saved).toEqual([5, 10]);
  const events = brief(seen.events);
  expect(events.slice(events.lastIndexOf("begin 5"))).toEqual([
    "begin 5", "evaluate 5", "checkpoint 5", "epoch 5", "log 10", "evaluate 10", "checkpoint 10", "epoch 10", "end 10",
  ]); // prettier-ignore
  run.dispose();
});

test("not what somebody left by a break, nor after the loader has moved", async () => {
  const run = small({ epochs: 3 });
  const measured: number[] = [];
  let failures = 0;
  const call = () =>
    train({
      ...run.training,
      log: false,
      evaluate: ({ step }) => {
        if (failures-- > 0) throw new Error("no");
        measured.push(step);
        return {};
      },
    });
  for await (const { step } of call()) if (step === 5) break;
  expect(measured).toEqual([5]);
  failures = 1;
  await expect(call().run()).rejects.toThrow("no");
  for await (const _batch of run.data) break;
  await call().run();
  expect(measured).toEqual([5, 15]);
  run.dispose();
});

test("NaN among evaluations is no improvement, first or later", async () => {
  const run = small({ epochs: 9 });
  const values = [NaN, 3, 2, NaN, NaN, 1];
  const end = await train({
    ...run.training,
    evaluate: ({ epoch }) => ({ loss: values[epoch]! }),
    earlyStop: { metric: "loss", mode: "min", patience: 2 },
  }).run();
  expect(end).toMatchObject({ reason: "stopped", epoch: 4 });
  run.dispose();
});
