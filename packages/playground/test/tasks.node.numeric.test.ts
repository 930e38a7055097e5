/** @file The digits and the names learn, and show what they have learned. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { packDigits, packNames } from "../build/data-files.ts";
import { unpacked } from "../src/worker/assets.ts";
import type { Assets } from "../src/worker/tasks/task.ts";
import { Page, settings } from "./harness.ts";

const assets: Assets = { load: async (name) => unpacked(name === "digits" ? packDigits() : packNames()) };

describe.runIf(inject("backend") === "wasm")("the tasks with files", () => {
  test("digits: filters, confusion, and answers with dropout off and on", async () => {
    const before = tf.memory().numTensors;
    {
      await using page = new Page({ assets });
      const learned = settings({ task: "digits", learningRate: 0.003 });
      await page.call({ type: "start", settings: learned }, "ready");
      await page.play(40);
      const last = page.last("picture").picture;
      if (last.kind !== "digits") throw new Error("expected digits");
      expect(last.filters).toHaveLength(32);
      expect(last.filters[0]).toHaveLength(last.filterSize ** 2);
      expect(last.confusion.flat().reduce((sum, count) => sum + count)).toBe(250);
      expect(last.accuracy).toBeGreaterThan(0.5);

      const pixels = Float32Array.from({ length: 784 }, (_, i) => (i % 28 > 12 && i % 28 < 16 ? 1 : 0));
      const answer = await page.ask<"digit">({ kind: "digit", pixels, draws: 50 });
      if (!answer.ok) throw new Error(answer.fault.message);
      const { steady, draws } = answer.value;
      expect(steady.reduce((sum, p) => sum + p)).toBeCloseTo(1, 4);
      expect(draws).toHaveLength(50);
      expect(new Set(draws.map(([p]) => p)).size).toBeGreaterThan(10);
      const again = await page.ask<"digit">({ kind: "digit", pixels, draws: 50 });
      if (!again.ok) throw new Error(again.fault.message);
      expect(again.value.steady).toEqual(steady);
      expect(again.value.draws).not.toEqual(draws);
      expect(page.faults).toEqual([]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  test("names: made up by the decode view, in many ways where it is hot", async () => {
    const before = tf.memory().numTensors;
    {
      await using page = new Page({ assets });
      await page.call({ type: "start", settings: settings({ task: "names", learningRate: 0.004 }) }, "ready");
      await page.play(60);
      const { points } = page;
      expect(points.at(-1)!.train).toBeLessThan(0.9 * points[0]!.train);
      const last = page.last("picture").picture;
      if (last.kind !== "names") throw new Error("expected names");
      expect(last.samples).toHaveLength(8);

      const cold = await page.ask<"names">({ kind: "names", count: 20, temperature: 0.01 });
      const hot = await page.ask<"names">({ kind: "names", count: 20, temperature: 2 });
      if (!cold.ok || !hot.ok) throw new Error("expected names");
      expect(new Set(cold.value.samples).size).toBeLessThan(new Set(hot.value.samples).size);
      const none = await page.ask<"names">({ kind: "names", count: 0, temperature: 1 });
      expect(none).toMatchObject({
        ok: false,
        fault: { message: expect.stringContaining("count") as string },
      });
      expect(page.faults).toEqual([]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
