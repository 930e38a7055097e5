/** @file Runs that are killed in the middle of a pass, again and again, end as one that is not, to the last bit. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { buildProgram } from "./build.ts";

const run = promisify(execFile);
const backend = inject("backend");
let folder = "";
let program = "";
beforeAll(async () => {
  if (backend !== "wasm") return;
  folder = await mkdtemp(join(tmpdir(), "nnx-kill-"));
  program = await buildProgram("kill-program", folder);
}, 60_000);
afterAll(() => folder && rm(folder, { recursive: true, force: true }));

test.runIf(backend === "wasm").each(["digits", "names"])(
  "%s",
  async (example) => {
    const fileOf = (name: string) => join(folder, `${example}-${name}.safetensors`);
    const start = async (name: string, checkpoint: string, kill: number) => {
      const args = [program, example, backend, fileOf(name), checkpoint, String(kill)];
      return run(process.execPath, args, { timeout: 100_000 }).then(
        ({ stdout, stderr }) => ({ stdout, stderr, signal: "none" }),
        (error: { stdout: string; stderr: string; signal: string }) => error,
      );
    };
    await start("whole", "none", Infinity);
    const checkpoint = join(folder, `${example}-run`);
    const restored: number[] = [];
    // Of 240 steps, 120 a pass. A save waits until the one before it is done: after two of them there is one.
    for (const kill of [115, 75, Infinity]) {
      const { stdout, stderr, signal } = await start("resumed", checkpoint, kill);
      expect(stderr).toBe("");
      expect(signal).toBe(kill === Infinity ? "none" : "SIGKILL");
      const step = /^restored (\d+)$/m.exec(stdout)?.[1];
      if (step !== undefined) restored.push(Number(step));
    }
    expect(restored.length).toBeGreaterThanOrEqual(2);
    expect(restored.some((step) => step % 120 !== 0)).toBe(true);
    const [whole, resumed] = await Promise.all(["whole", "resumed"].map((name) => readFile(fileOf(name))));
    expect(resumed!.equals(whole!)).toBe(true);
  },
  120_000,
);
