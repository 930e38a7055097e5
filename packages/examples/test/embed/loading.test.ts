/** @file Loading takes little more memory than the weights themselves. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { median } from "../../src/bench/measure.ts";
import { folder, weightsFolder } from "./weights.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

// Only Linux tells the most memory that a process took.
describe.runIf(folder && existsSync("/proc/self/status"))("in a process of its own", () => {
  let out: string;
  let program: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "loading-"));
    program = join(out, "program.mjs");
    await build({
      configFile: false,
      logLevel: "silent",
      root: PACKAGE,
      ssr: { resolve: { conditions: ["@nnx-js/source", "node", "production"] } },
      build: {
        ssr: join(PACKAGE, "test/embed/loading-program.ts"),
        outDir: out,
        target: "es2022",
        rolldownOptions: {
          external: [/^@tensorflow\//, "webgpu"],
          output: { entryFileNames: "program.mjs", codeSplitting: false },
        },
      },
    });
    await symlink(join(PACKAGE, "node_modules"), join(out, "node_modules"));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  /** The most memory that the program takes, in bytes: the median of three runs. */
  async function memoryOf(backend: string, what: "nothing" | "weights"): Promise<number> {
    const kilobytes: number[] = [];
    for (let i = 0; i < 3; i++) {
      const args = [program, backend, weightsFolder(), what];
      const { stdout } = await run(process.execPath, args, { timeout: 60_000 });
      kilobytes.push(Number(stdout.trim().split("\n").at(-1)));
    }
    return 1024 * median(kilobytes);
  }

  test.each(["wasm", "cpu"])(
    "on %s, weights take at most 1.25 times the size of their file",
    async (backend) => {
      const { size } = await stat(join(weightsFolder(), "model.safetensors"));
      const nothing = await memoryOf(backend, "nothing");
      const weights = await memoryOf(backend, "weights");
      expect((weights - nothing) / size).toBeLessThan(1.25);
      // The weights are all there, so the figure is not too small either.
      expect((weights - nothing) / size).toBeGreaterThan(0.9);
    },
  );
});
