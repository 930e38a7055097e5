/** @file What `npm start` shows and leaves. */
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runGuide } from "../../src/guide/run.ts";
import { captureConsole } from "../console.ts";

test("the run shows modes, model and losses, says where the charts are, and leaves no tensor", async () => {
  const out = await mkdtemp(join(tmpdir(), "guide-"));
  const before = tf.memory().numTensors;
  const { printed, stop } = captureConsole();
  await runGuide({ backend: "cpu", epochs: 2, seed: 0, out }).finally(stop);
  expect(tf.memory().numTensors).toBe(before);

  const text = printed.join("\n");
  expect(text).toMatch(/^BatchNorm:\n {2}useRunningAverage\?: boolean = false\n/);
  expect(text).toContain("lin1: Linear");
  expect(text).toContain("Training on cpu, seed 0");
  expect(text).toContain("Eval loss: 1.1616 after epoch 1, 1.1097 after epoch 2");
  const [svg, png] = [join(out, "guide-eval-loss.svg"), join(out, "guide-eval-loss.png")];
  expect(text).toContain(`Wrote ${svg}\nWrote ${png}`);
  expect(await readFile(svg, "utf8")).toContain("Eval loss of the guide's model (cpu, seed 0)");
  expect((await stat(png)).size).toBeGreaterThan(5_000);
  await rm(out, { recursive: true });
});
