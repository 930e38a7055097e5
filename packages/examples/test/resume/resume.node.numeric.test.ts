/** @file 50 steps, saved, and 50 more in another process are the same as 100 steps, to the last bit. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { buildProgram } from "./build.ts";

const run = promisify(execFile);
const backend = inject("backend");
let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-resume-"));
  program = await buildProgram("program", folder);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test.skipIf(backend === "webgpu")(
  "digits and names, as they are and compiled",
  async () => {
    for (const legs of ["first", "second"]) {
      await run(process.execPath, [program, folder, backend, legs], { timeout: 100_000 });
    }
    const files = (await readdir(folder)).filter((name) => name.endsWith("-whole.safetensors")).sort();
    expect(files).toHaveLength(4);
    for (const name of files) {
      const whole = await readFile(join(folder, name));
      const resumed = await readFile(join(folder, name.replace("whole", "resumed")));
      const half = await readFile(join(folder, name.replace("whole", "half")));
      expect(resumed.equals(whole), name).toBe(true);
      expect(half.equals(whole), name).toBe(false);
    }
  },
  120_000,
);
