/** @file Ctrl-C during the digits example. */
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, inject, test, vi } from "vitest";
import { runDigits } from "../../src/digits/run.ts";
import { captureConsole } from "../console.ts";

test.runIf(inject("backend") === "wasm")(
  "the first Ctrl-C ends a run with a summary and charts of what was done, the second is not caught",
  async () => {
    const out = await mkdtemp(join(tmpdir(), "digits-"));
    const [tensors, listeners] = [tf.memory().numTensors, process.listenerCount("SIGINT")];
    const { printed, stop } = captureConsole();
    const run = runDigits({ backend: "wasm", epochs: 1000, seed: 0, out }).finally(stop);
    await vi.waitUntil(() => process.listenerCount("SIGINT") > listeners, { timeout: 60_000 });
    await setTimeout(4000);
    process.kill(process.pid, "SIGINT");
    await vi.waitUntil(() => process.listenerCount("SIGINT") === listeners, { timeout: 60_000 });
    await run;

    const text = printed.join("\n");
    expect(text).toMatch(/Stopped early, after [\d.]+ epochs?\nTest accuracy: [\d.]+ %\nRecall by digit:\n/);
    expect(text).toContain(`Wrote ${join(out, "digits-loss.svg")}`);
    expect(await readdir(out)).toEqual([
      "digits-confusion.png",
      "digits-confusion.svg",
      "digits-loss.png",
      "digits-loss.svg",
    ]);
    expect(tf.memory().numTensors).toBe(tensors);
    await rm(out, { recursive: true });
  },
);
