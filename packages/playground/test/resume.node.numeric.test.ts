/** @file What a snapshot or a file brings back: the very run, bit for bit. */
import { saveModel, memoryTarget } from "@nnx-js/checkpoint";
import { MyModel } from "@nnx-js/examples/guide/model";
import { Linear, Rngs } from "@nnx-js/nn";
import { describe, expect, test } from "vitest";
import type { LossPoint } from "../src/protocol/events.ts";
import { Page, settings } from "./harness.ts";

const mode = {
  type: "mode",
  view: "eval",
  path: "first.dropout",
  mode: "deterministic",
  value: false,
} as const;
const between = (points: readonly LossPoint[], first: number, last: number) =>
  points.filter(({ step }) => step >= first && step <= last);

describe("a run", () => {
  for (const execution of ["eager", "compiled"] as const) {
    test(`goes on in a new worker from a snapshot, ${execution}`, async () => {
      await using page = new Page();
      const chosen = settings({ execution });
      await page.call({ type: "start", settings: chosen }, "ready");
      // The order of examples, masks, statistics and modes: all of it is part of a run.
      page.send(mode);
      await page.play(10);
      const { bytes, step } = page.last("snapshot");
      await page.play(20);
      expect(page.faults).toEqual([]);

      await using other = new Page();
      const ready = await other.call({ type: "start", settings: chosen, from: bytes }, "ready");
      expect(ready.step).toBe(step);
      const dropout = ready.trees.eval.children.find(({ path }) => path === "first")!;
      expect(dropout.children.find(({ name }) => name === "dropout")!.modes[0]!.value).toBe(false);
      await other.play(20);
      const [first, last] = [step + 1, step + 20];
      expect(between(other.points, first, last)).toEqual(between(page.points, first, last));
    });
  }

  test("is loaded into another one, whose steps go on from there", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings() }, "ready");
    await page.play(12);
    const saved = await page.ask<"save">({ kind: "save" });
    if (!saved.ok) throw new Error(saved.fault.message);
    const step = page.lastStep;
    expect(saved.value.name).toBe(`moons-step-${step}.safetensors`);
    await page.play(10);

    await using other = new Page();
    await other.call({ type: "start", settings: settings({ seed: 5 }) }, "ready");
    await other.play(3);
    const { length } = other.points;
    const loaded = await other.ask<"load">({ kind: "load", bytes: saved.value.bytes });
    expect(loaded).toEqual({ ok: true, value: { step } });
    await other.play(10);
    const steps = [step + 1, step + 10] as const;
    expect(between(other.points.slice(length), ...steps)).toEqual(between(page.points, ...steps));
  });

  test("takes the weights alone of a model that somebody else has saved", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings({ task: "guide" }) }, "ready");
    const file = memoryTarget();
    using model = new MyModel(16, 32, 2, 0.1, { rngs: new Rngs(7) });
    await saveModel(model, file);
    expect(await page.ask<"load">({ kind: "load", bytes: file.bytes() })).toEqual({
      ok: true,
      value: { step: 0 },
    });
  });

  test("refuses files that are not of it, and goes on as if nothing had been", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings({ task: "guide" }) }, "ready");
    const file = memoryTarget();
    using model = new Linear(2, 3, { rngs: new Rngs(7) });
    await saveModel(model, file);
    const foreign = await page.ask<"load">({ kind: "load", bytes: file.bytes() });
    expect(foreign).toMatchObject({ ok: false, fault: { cause: "file" } });
    const broken = await page.ask<"load">({ kind: "load", bytes: new Uint8Array([1, 2, 3]) });
    expect(broken).toMatchObject({ ok: false, fault: { cause: "file" } });
    const other = await page.ask<"save">({ kind: "save" });
    if (!other.ok) throw new Error(other.fault.message);
    await page.play(10);

    await using moons = new Page();
    await moons.call({ type: "start", settings: settings() }, "ready");
    const guide = await moons.ask<"load">({ kind: "load", bytes: other.value.bytes });
    if (guide.ok) throw new Error("expected a fault");
    expect(guide.fault.message).toBe('the file is of the task "guide", not of "moons"');
    const { fault } = await moons.call(
      { type: "start", settings: settings(), from: other.value.bytes },
      "fault",
    );
    expect(fault.cause).toBe("file");
    await moons.call({ type: "start", settings: settings() }, "ready");
    await moons.play(5);
    expect(page.faults).toEqual([]);
  });
});
