/** @file Processes that are killed while they save every step. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "./bundle.ts";

/** How many processes are killed; NNX_KILLS=200 takes minutes. */
const KILLS = Number(process.env["NNX_KILLS"] ?? "10");
/** Milliseconds after the start of the saving at which the last of them is killed. */
const LONGEST = 150;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kill-"));
  await bundle(new URL("programs/save-every-step.ts", import.meta.url), join(folder, "program.mjs"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program until it has restored, and for `delay` more; answers what it told. */
async function runAndKill(steps: string, mode: string, delay: number) {
  const child = spawn(process.execPath, [join(folder, "program.mjs"), steps, mode]);
  const lines: string[] = [];
  let errors = "";
  child.stderr.on("data", (data) => (errors += String(data)));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      if (line.startsWith("restored")) resolve();
    });
    void ended.then(resolve);
  });
  await setTimeout(delay);
  child.kill("SIGKILL");
  await ended;
  expect(errors).toBe("");
  const numbers = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(" ").slice(1));
  expect(numbers("warning")).toEqual([]);
  const [restored, ...values] = numbers("restored")[0]!.map(Number);
  return { restored: restored!, values, saved: numbers("saved").map(([step]) => Number(step)) };
}

test.each(["go on", "wait"])(
  "the next start restores a whole step, at most one step old (%s)",
  async (mode) => {
    const steps = join(folder, mode);
    let [last, kills] = [0, 0];
    const found = new Map<number, number>();
    for (let i = 0; i < KILLS / 2; i++) {
      // Fixed moments, spread over steps by the golden ratio.
      const delay = LONGEST * ((i * 0.618034) % 1);
      const { restored, values, saved } = await runAndKill(steps, mode, delay);
      expect(values).toEqual([restored]);
      // What was saved last, the one before it, or one that was told of no more.
      expect(restored).toBeGreaterThanOrEqual(mode === "wait" ? last : last - 1);
      expect(restored).toBeLessThanOrEqual(last + 1);
      if (kills > 0) found.set(restored - last, (found.get(restored - last) ?? 0) + 1);
      kills++;
      last = saved.at(-1) ?? restored;
    }
    expect(last).toBeGreaterThan(0);
    // Two steps, and what one writer left behind.
    expect((await readdir(steps)).length).toBeLessThanOrEqual(4);
    if (process.env["NNX_KILLS"]) {
      const counts = [...found].sort(([a], [b]) => a - b);
      console.log(`${mode}: ${kills} kills at step ${last}; restored - last told: ${JSON.stringify(counts)}`);
    }
  },
  600_000,
);
