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

/** A folder with the package as `./tensor.mjs`, and every package of TensorFlow.js installed. */
export class Programs {
  readonly #folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Programs> {
    const folder = await mkdtemp(join(tmpdir(), "nnx-programs-"));
    await build({
      configFile: false,
      logLevel: "silent",
      root: PACKAGE,
      resolve: { conditions: ["@nnx-js/source", "node", "production"] },
      build: {
        ssr: join(PACKAGE, "src/index.ts"),
        outDir: folder,
        emptyOutDir: false,
        minify: false,
        target: "es2022",
        rolldownOptions: {
          external: [/^@tensorflow\//, "webgpu"],
          output: { entryFileNames: "tensor.mjs", codeSplitting: false },
        },
      },
    });
    await symlink(join(PACKAGE, "node_modules"), join(folder, "node_modules"));
    return new Programs(folder);
  }

  /** Runs an ES module in plain Node; it prints its answer by `print`. */
  async run(code: string): Promise<Printed> {
    const file = join(this.#folder, `program-${this.#count++}.mjs`);
    await writeFile(file, `const print = (value) => console.log(JSON.stringify(value));\n${code}`);
    const { stdout, stderr } = await run(process.execPath, [file], { timeout: 60_000 });
    return { result: JSON.parse(stdout.trim().split("\n").at(-1) ?? ""), warnings: stderr };
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
