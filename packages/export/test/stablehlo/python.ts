/** @file Runs what is exported by JAX, where a Python with JAX is there. */
import { readSafetensors, writeSafetensors } from "@nnx-js/checkpoint";
import type * as tf from "@tensorflow/tfjs-core";
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const RUNNER = fileURLToPath(new URL("../../python", import.meta.url));
const SCRIPT = fileURLToPath(new URL("run_modules.py", import.meta.url));

/** A Python that has JAX; undefined, with the reason printed, where there is none. */
export function findPython(): string | undefined {
  const python = process.env["NNX_PYTHON"] ?? "python3";
  try {
    execFileSync(python, ["-c", "import jax, safetensors"], { stdio: "pipe" });
    return python;
  } catch (error) {
    const reason =
      `the tests of StableHLO cannot run: ${python} has no jax and safetensors ` +
      "(pip install jax==0.10.2 safetensors==0.8.0; NNX_PYTHON names another Python)";
    if (process.env["NNX_REQUIRE_PYTHON"]) throw new Error(reason, { cause: error });
    console.warn(`SKIPPED: ${reason}`);
    return undefined;
  }
}

/** A module, and the values of its arguments by name. */
export interface Job {
  readonly text: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
}

/** What came of a job: results by name, or what Python said. */
export interface Ran {
  readonly outputs: Readonly<Record<string, tf.Tensor>>;
  readonly error: string | undefined;
}

/** Runs Python with the runner on its path, and `input` on its standard input. */
export async function runPython(
  python: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input?: Uint8Array,
): Promise<{ stdout: string; stderr: string }> {
  const running = promisify(execFile)(python, [...args], {
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONPATH: RUNNER, JAX_PLATFORMS: "cpu", ...env },
  });
  running.child.stdin!.end(input);
  return running;
}

/** All tensors of a safetensors file, the caller's. */
async function readAll(path: string): Promise<Record<string, tf.Tensor>> {
  const file = await readSafetensors(path);
  try {
    const entries = await Promise.all(
      file.names.map(async (name) => [name, await file.tensor(name)] as const),
    );
    return Object.fromEntries(entries);
  } finally {
    await file.close();
  }
}

/** Runs all jobs in one Python. The outputs are the caller's. */
export async function runModules(python: string, jobs: readonly Job[]): Promise<Ran[]> {
  const folder = await mkdtemp(join(tmpdir(), "nnx-stablehlo-"));
  try {
    const path = (i: number, end: string) => join(folder, `${String(i).padStart(5, "0")}${end}`);
    for (const [i, { text, inputs }] of jobs.entries()) {
      await writeFile(path(i, ".mlir"), text);
      await writeFile(path(i, ".in.safetensors"), await writeSafetensors(inputs));
    }
    await runPython(python, [SCRIPT, folder]);
    return await Promise.all(
      jobs.map(async (_, i) => {
        const failure = path(i, ".error.txt");
        if (existsSync(failure)) return { outputs: {}, error: readFileSync(failure, "utf8") };
        return { outputs: await readAll(path(i, ".out.safetensors")), error: undefined };
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
