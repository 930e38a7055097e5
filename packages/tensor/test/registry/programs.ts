/** @file Runs programs in processes of their own, beside a built copy of the package, to try orders of imports. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** What a program printed. */
export interface Printed {
  /** The JSON of its last line. */
  result: unknown;
  /** All that it wrote to the standard error. */
  warnings: string;
}

/**
 * A folder with the package as `./tensor.mjs`, its random numbers as `./random.mjs`, as `./sync.mjs` with all kernels at once, and in several files as
 * `./split/tensor.mjs`; every package of TensorFlow.js is installed.
 */
export class Programs {
  readonly folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Programs> {
    const folder = await mkdtemp(join(tmpdir(), "nnx-programs-"));
    const entry = join(folder, "sync.ts");
    const source = (file: string) => JSON.stringify(join(PACKAGE, "src", file));
    await writeFile(entry, `export * from ${source("index.ts")}; import ${source("kernels.ts")};`);
    await Programs.#build(folder, join(PACKAGE, "src/index.ts"), "tensor.mjs");
    await Programs.#build(folder, entry, "sync.mjs");
    await Programs.#build(folder, join(PACKAGE, "src/random/index.ts"), "random.mjs");
    await Programs.#build(join(folder, "split"), join(PACKAGE, "src/index.ts"), "tensor.mjs", true);
    await symlink(join(PACKAGE, "node_modules"), join(folder, "node_modules"));
    return new Programs(folder);
  }

  static async #build(folder: string, entry: string, name: string, codeSplitting = false): Promise<void> {
    await build({
      configFile: false,
      logLevel: "silent",
      root: PACKAGE,
      resolve: { conditions: ["@nnx-js/source", "node", "production"] },
      build: {
        ssr: entry,
        outDir: folder,
        emptyOutDir: false,
        minify: false,
        target: "es2022",
        rolldownOptions: {
          external: [/^@tensorflow\//, "webgpu"],
          output: { entryFileNames: name, chunkFileNames: "[name].mjs", codeSplitting },
        },
      },
    });
  }

  /** Runs an ES module in plain Node; it prints its answer by `print`. */
  async run(code: string): Promise<Printed> {
    const file = join(this.folder, `program-${this.#count++}.mjs`);
    await writeFile(file, `const print = (value) => console.log(JSON.stringify(value));\n${code}`);
    const { stdout, stderr } = await run(process.execPath, [file], { timeout: 60_000 });
    return { result: JSON.parse(stdout.trim().split("\n").at(-1) ?? ""), warnings: stderr };
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
