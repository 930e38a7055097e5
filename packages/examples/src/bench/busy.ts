/** @file What another process on one of the cores costs: each step by itself, idle, busy, and on one thread. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CommandLineError } from "../command-line.ts";
import type { Measurement, MeasureOptions } from "./measure.ts";
import { aligned, time, times } from "./report.ts";

/** Milliseconds of a step, or of a forward pass. */
export interface BusyTimes {
  readonly name: string;
  readonly compiled: { readonly idle: number; readonly busy: number; readonly single: number };
  readonly eager: { readonly idle: number; readonly busy: number };
}

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

const run = promisify(execFile);

/** @throws CommandLineError where processes cannot be told which core to run on */
export async function assertPinning(): Promise<void> {
  try {
    await run("taskset", ["--version"]);
  } catch {
    throw new CommandLineError(
      "--busy: needs taskset, which puts a process on one core (Linux: util-linux).",
    );
  }
}

/**
 * Times `names` in processes of their own, one after the other: with all cores, with another process on the last of
 * them, and on the first core alone, where there is one thread.
 */
export async function compareBusy(
  names: readonly string[],
  options: MeasureOptions & { readonly backend: string },
): Promise<BusyTimes[]> {
  const results: BusyTimes[] = [];
  for (const name of names) {
    const idle = await timesOf(name, options);
    const busy = await withHog(availableParallelism() - 1, () => timesOf(name, options));
    const single = await timesOf(name, options, 0);
    results.push({
      name,
      compiled: { idle: idle.compiled, busy: busy.compiled, single: single.compiled },
      eager: { idle: idle.eager, busy: busy.eager },
    });
  }
  return results;
}

/** The table of all. */
export function describeBusy(results: readonly BusyTimes[]): string {
  return aligned(busyRows(results)).join("\n");
}

/** A row for each step, below the heads of columns. */
export function busyRows(results: readonly BusyTimes[]): string[][] {
  return [
    ["ms", "idle", "busy", "one thread", "busy / one thread", "eager, idle", "eager, busy"],
    ...results.map(({ name, compiled: { idle, busy, single }, eager }) => [
      name,
      ...[idle, busy, single].map(time),
      times(busy / single),
      time(eager.idle),
      time(eager.busy),
    ]),
  ];
}

/** Runs `work` beside a process that does nothing but keep a core at work. */
async function withHog<T>(core: number, work: () => Promise<T>): Promise<T> {
  const hog = spawn("taskset", ["-c", String(core), process.execPath, "-e", "for (;;);"], {
    stdio: "ignore",
  });
  try {
    return await work();
  } finally {
    hog.kill("SIGKILL");
  }
}

/** Compiled and eager, in a process of its own: on `core` alone, if one is given. */
async function timesOf(
  name: string,
  { backend, rounds, turn, seconds }: MeasureOptions & { readonly backend: string },
  core?: number,
): Promise<{ compiled: number; eager: number }> {
  const folder = await mkdtemp(join(tmpdir(), "nnx-bench-"));
  try {
    const json = join(folder, "times.json");
    const measured = ["--rounds", rounds, "--turn", turn, "--seconds", seconds].map(String);
    const own = [MAIN, name, "--own", "--backend", backend, "--json", json, ...measured];
    const [file, args] =
      core === undefined
        ? [process.execPath, own]
        : ["taskset", ["-c", String(core), process.execPath, ...own]];
    await run(file, args);
    const { results, inferences } = JSON.parse(await readFile(json, "utf8")) as Record<
      "results" | "inferences",
      readonly { readonly measurements: readonly Measurement[] }[]
    >;
    const [{ measurements }] = [...results, ...inferences] as [{ measurements: readonly Measurement[] }];
    const of = (wanted: string) => measurements.find((one) => one.name === wanted)!.milliseconds;
    return { compiled: of("nnx-js, jit"), eager: of("nnx-js, eager") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
