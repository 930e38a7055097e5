/** @file Ctrl-C during the names example. */
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, inject, test, vi } from "vitest";
import { runNames } from "../../src/names/run.ts";
import { captureConsole } from "../console.ts";

test.runIf(inject("backend") === "wasm")(
  "the first Ctrl-C ends a run with both losses, new names and the chart, the second is not caught",
  async () => {
    const out = await mkdtemp(join(tmpdir(), "names-"));
    const [tensors, listeners] = [tf.memory().numTensors, process.listenerCount("SIGINT")];
    const { printed, stop } = captureConsole();
    const run = runNames({ backend: "wasm", epochs: 1000, seed: 0, out }).finally(stop);
    await vi.waitUntil(() => process.listenerCount("SIGINT") > listeners, { timeout: 60_000 });
    await setTimeout(4000);
    process.kill(process.pid, "SIGINT");
    await vi.waitUntil(() => process.listenerCount("SIGINT") === listeners, { timeout: 60_000 });
    await run;

    const text = printed.join("\n");
    expect(text).toMatch(
      /Stopped early, after [\d.]+ epochs?\nLoss on held-back names: [\d.]+ nats a character\n/,
    );
    expect(text).toMatch(/A table of character pairs: [\d.]+\nNew names: .+(, .*){11}\n/);
    expect(text).toContain(`Wrote ${join(out, "names-loss.svg")}`);
    expect(await readdir(out)).toEqual(["names-loss.png", "names-loss.svg"]);
    expect(tf.memory().numTensors).toBe(tensors);
    await rm(out, { recursive: true });
  },
);
