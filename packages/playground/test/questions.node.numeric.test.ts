/** @file What a page asks of a run besides: how fast it is, what it is compiled to, other rates. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { Page, settings } from "./harness.ts";

describe("a session", () => {
  test("races eager against compiled steps on a copy", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings() }, "ready");
    await page.next("picture");
    const { numTensors } = tf.memory();
    const answer = await page.ask<"race">({ kind: "race" });
    if (!answer.ok) throw new Error(answer.fault.message);
    const { eager, compiled } = answer.value;
    expect(compiled.stepsPerSecond).toBeGreaterThan(eager.stepsPerSecond);
    expect(compiled.launches!).toBeLessThan(eager.launches! / 4);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(numTensors);
    await page.play(5);
    expect(page.points[0]!.step).toBe(1);
  });

  test("shows the compiled program", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings() }, "ready");
    const answer = await page.ask<"program">({ kind: "program" });
    if (!answer.ok) throw new Error(answer.fault.message);
    expect(answer.value.text).toContain("float32[64, 2]");
    const most = inject("backend") === "webgpu" ? 20 : 1;
    expect(answer.value.launches).toBeGreaterThanOrEqual(1);
    expect(answer.value.launches).toBeLessThanOrEqual(most);
  });

  test("takes another learning rate in the next step, without compiling again", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings({ learningRate: 0 }) }, "ready");
    const losses = async () => {
      const after = page.points.length;
      for (let i = 0; i < 3; i++) page.send({ type: "step" });
      await page.until(() => page.points.length >= after + 3, "three steps");
      return page.points.slice(after).map(({ eval: loss }) => loss!);
    };
    page.send({ type: "mode", view: "eval", path: "first.norm", mode: "useRunningAverage", value: false });
    page.send({ type: "mode", view: "eval", path: "second.norm", mode: "useRunningAverage", value: false });
    const still = await losses();
    expect(still[2]).toBeCloseTo(still[0]!, 5);
    page.send({ type: "learningRate", value: 0.05 });
    const moving = await losses();
    expect(moving[2]).toBeLessThan(still[2]! - 0.01);
  });

  test("answers the loss of both views in every single step", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings() }, "ready");
    for (let i = 0; i < 3; i++) page.send({ type: "step" });
    await page.until(() => page.points.length === 3, "three steps");
    for (const { train, eval: loss } of page.points)
      expect([train, loss]).toEqual([expect.any(Number), expect.any(Number)]);
    // The first is of the model before any step.
    const before = await page.next("snapshot");
    expect(before.step).toBe(0);
    const { step } = await page.next("snapshot", page.events.indexOf(before) + 1);
    expect(step).toBe(3);
  });
});
