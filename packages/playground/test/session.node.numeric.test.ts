/** @file A session trains, shows and changes a model as the page asks. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { Page, settings } from "./harness.ts";
import type { TreeNode } from "../src/protocol/events.ts";

const nodes = (tree: TreeNode): TreeNode[] => [tree, ...tree.children.flatMap(nodes)];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a session", () => {
  test("tells its backends first, then plays, with losses of both views", async () => {
    await using page = new Page();
    const backends = await page.next("backends");
    expect(page.events[0]).toBe(backends);
    const ready = await page.call({ type: "start", settings: settings({ task: "guide" }) }, "ready");
    expect(ready.step).toBe(0);
    await page.play(150);
    const { points } = page;
    expect(points.map(({ step }) => step)).toEqual(points.map((_, i) => i + 1));
    expect(mean(points.slice(-20).map(({ train }) => train))).toBeLessThan(
      0.8 * mean(points.slice(0, 20).map(({ train }) => train)),
    );
    const evals = points.flatMap(({ eval: loss }) => (loss === null ? [] : [loss]));
    expect(evals.length).toBeGreaterThan(10);
    expect(evals.at(-1)).toBeLessThan(evals[0]!);
    expect(page.faults).toEqual([]);
  });

  test("shows moons, whose boundary changes", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings() }, "ready");
    const { picture: first } = await page.next("picture");
    await page.play(60);
    const last = page.last("picture").picture;
    if (first.kind !== "moons" || last.kind !== "moons") throw new Error("expected moons");
    expect(last.probabilities).toHaveLength(last.side ** 2);
    const change = last.probabilities.map((p, i) => Math.abs(p - first.probabilities[i]!));
    expect(Math.max(...change)).toBeGreaterThan(0.2);
  });

  test("has Variables of one number in both trees, and modes of its own in each", async () => {
    await using page = new Page();
    const { trees } = await page.call({ type: "start", settings: settings() }, "ready");
    const numbers = (tree: TreeNode) =>
      nodes(tree).flatMap(({ shared }) => (shared === undefined ? [] : [shared]));
    expect(numbers(trees.train)).toEqual(numbers(trees.eval));
    expect(new Set(numbers(trees.train)).size).toBe(numbers(trees.train).length);
    const mode = (tree: TreeNode) => nodes(tree).find(({ path }) => path === "first.dropout")!.modes[0]!;
    expect(mode(trees.train)).toMatchObject({ name: "deterministic", value: false, choices: [true, false] });
    expect(mode(trees.eval).value).toBe(true);
    expect(mode(trees.eval).info).toContain("if true, disables dropout masking.");
  });

  test("changes a mode of one layer of one view", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings() }, "ready");
    const change = { path: "first.dropout", mode: "deterministic", value: true } as const;
    const { trees } = await page.call({ type: "mode", view: "train", ...change }, "trees");
    const values = (tree: TreeNode) =>
      nodes(tree).flatMap(({ modes }) =>
        modes.filter(({ name }) => name === "deterministic").map(({ value }) => value),
      );
    expect(values(trees.train)).toEqual([true, false]);
    expect(values(trees.eval)).toEqual([true, true]);
    await page.play(20);
    expect(page.faults).toEqual([]);
  });

  // Programs of webgpu take seconds to compile where software imitates the GPU.
  test.skipIf(inject("backend") === "webgpu")(
    "keeps its tensors to itself, whatever is started and changed",
    async () => {
      const before = tf.memory().numTensors;
      {
        await using page = new Page();
        for (const task of ["guide", "moons"] as const) {
          await page.call({ type: "start", settings: settings({ task }) }, "ready");
          const path = task === "guide" ? "do" : "first.dropout";
          const counts: number[] = [];
          for (let round = 0; round < 4; round++) {
            for (const value of [true, false]) {
              page.send({ type: "mode", view: "eval", path, mode: "deterministic", value: !value });
              page.send({ type: "mode", view: "train", path, mode: "deterministic", value });
              await page.play(20);
            }
            counts.push(tf.memory().numTensors);
          }
          // The order of a pass, its batch and what was read of counts come and go.
          expect(counts[3]).toBeLessThan(counts[0]! + 6);
        }
        expect(page.faults).toEqual([]);
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
