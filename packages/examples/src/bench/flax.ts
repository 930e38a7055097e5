/** @file Times the same steps in Flax and JAX, in a Python that has them. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A line of `bench_flax.py`. */
export interface FlaxResult {
  readonly workload: string;
  /** How the step is called, such as `flax nnx.jit`. */
  readonly name: string;
  /** Median time of a step. */
  readonly milliseconds: number;
  readonly rounds: number;
}

/** Thrown where Flax cannot be run; the message says what to do. */
export class FlaxError extends Error {
  override readonly name = "FlaxError";
}

/** From `src/` and from `dist/` alike. */
const SCRIPT = fileURLToPath(new URL("../../../../bench/bench_flax.py", import.meta.url));

const run = promisify(execFile);

/** @throws FlaxError if `python` is no interpreter that can import Flax and Optax */
export async function assertFlax(python: string): Promise<void> {
  try {
    await run(python, ["-c", "import flax.nnx, optax"]);
  } catch (error) {
    const lines = ((error as { stderr?: string }).stderr || (error as Error).message).trim();
    throw new FlaxError(
      `--flax: ${python} cannot import Flax and Optax (${lines.split("\n").at(-1)}). ` +
        `Install them there, "${python} -m pip install flax optax", or leave --flax out.`,
    );
  }
}

/** Times `workload` in Flax. @throws FlaxError if the script fails */
export async function runFlax(
  python: string,
  workload: string,
  options: { readonly rounds: number; readonly turn: number; readonly seconds: number },
  script = SCRIPT,
): Promise<FlaxResult[]> {
  const { rounds, turn, seconds } = options;
  const args = ["--rounds", String(rounds), "--turn", String(turn), "--seconds", String(seconds)];
  try {
    const { stdout } = await run(python, [script, ...args, workload]);
    return parseFlax(stdout);
  } catch (error) {
    if (error instanceof FlaxError) throw error;
    throw new FlaxError(`--flax: ${script} failed: ${(error as Error).message}`, { cause: error });
  }
}

/** The results in the lines that the script prints. */
export function parseFlax(text: string): FlaxResult[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => {
      const { workload, name, milliseconds, rounds } = JSON.parse(line) as FlaxResult;
      if (typeof name === "string" && milliseconds > 0) return { workload, name, milliseconds, rounds };
      throw new FlaxError(`--flax: expected a name and a time in each line, found ${line}`);
    });
}
