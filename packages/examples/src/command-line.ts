/** @file The command line that every example has: which backend, how long, which seed, where to write. */
import { BackendUnavailableError, UnknownBackendError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** What the command line asks for. */
export interface CommandOptions {
  /** The backend to use; `undefined` leaves the choice to `useBackend`. */
  backend: string | undefined;
  /** Passes over the training data, at least 1. */
  epochs: number;
  /** The integer that all random numbers come from. */
  seed: number;
  /** Absolute path of the folder that charts go to. */
  out: string;
}

/** An example as its help text shows it. */
export interface Command {
  /** What is typed to start it. */
  name: string;
  /** What it does, in one sentence. */
  summary: string;
  /** Epochs unless `--epochs` says otherwise. */
  epochs: number;
}

/** Thrown for a command line that cannot be understood; the message says what to type instead. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

/**
 * Runs an example with the options of the command line, or prints its help for `--help`.
 * What the command line has wrong, and a backend that does not work here, are told on the standard error stream,
 * without a stack trace; the exit code is 2 or 1.
 */
export async function runCommand(
  command: Command,
  run: (options: CommandOptions) => Promise<void>,
  args: string[] = process.argv.slice(2),
): Promise<void> {
  try {
    const options = parseCommandLine(command, args);
    // The cpu backend advertises another package otherwise.
    tf.enableProdMode();
    if (options === "help") console.log(helpText(command));
    else await run(options);
  } catch (error) {
    if (error instanceof BackendUnavailableError) {
      console.error(`--backend: ${error.message}`);
      process.exitCode = 1;
    } else if (error instanceof UnknownBackendError) {
      console.error(`--backend: ${error.message}`);
      process.exitCode = 2;
    } else if (error instanceof CommandLineError) {
      console.error(`${error.message}\n\n${helpText(command)}`);
      process.exitCode = 2;
    } else throw error;
  }
}

/**
 * The options in `args`, or `"help"` if they ask for it.
 *
 * @throws CommandLineError for an unknown option, a missing value or a value of the wrong kind
 */
export function parseCommandLine(command: Command, args: string[]): CommandOptions | "help" {
  const { values } = parse({ args, options: OPTIONS });
  if (values.help) return "help";
  return {
    backend: values.backend,
    epochs: integer("--epochs", values.epochs ?? String(command.epochs), 1),
    seed: integer("--seed", values.seed ?? "0", Number.MIN_SAFE_INTEGER),
    out: values.out === undefined ? OUT : resolve(values.out),
  };
}

/** The help text of an example. */
function helpText({ name, summary, epochs }: Command): string {
  return `${summary}

Usage: ${name} [options]

  --backend NAME  cpu, wasm or webgpu; the best that works here unless given
  --epochs N      passes over the training data, ${epochs} unless given
  --seed N        the integer that all random numbers come from, 0 unless given
  --out FOLDER    where the charts go, the repository's out/ unless given
  --help          print this text`;
}

/** `out/` at the root of the repository, from `src/` and from `dist/` alike. */
const OUT = fileURLToPath(new URL("../../../out", import.meta.url));

const TEXT = { type: "string" } as const;
const OPTIONS = {
  backend: TEXT,
  epochs: TEXT,
  seed: TEXT,
  out: TEXT,
  help: { type: "boolean", short: "h" },
} as const;

/**
 * What `parseArgs` of Node reads from a command line.
 *
 * @throws CommandLineError where it is not as `config` says
 */
export function parse<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // Only the first sentence: the rest is about positional arguments that begin with a dash.
    const [problem] = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/);
    throw new CommandLineError(`${problem?.replace(/\.$/, "")}.`, { cause: error });
  }
}

function integer(option: string, text: string, least: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  const kind = least > 0 ? `an integer of at least ${least}` : "an integer";
  throw new CommandLineError(`${option}: expected ${kind}, got "${text}".`);
}
