/** @file The command line that every example has: which backend, how long, which seed, where to write. */
import { BackendUnavailableError, UnknownBackendError } from "@nnx-js/tensor";
import { NnxError } from "@nnx-js/nn";
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
  /** Absolute path of the folder that the run is saved to while it goes on, in an example that does so. */
  checkpoint?: string | undefined;
  /** Whether there has to be a run in that folder, which goes on. */
  resume?: boolean | undefined;
  /** The step after which it ends; `undefined` for the end of the last epoch. */
  steps?: number | undefined;
  /** Absolute path of what an earlier run has saved; `undefined` to begin anew. */
  load?: string | undefined;
  /** Absolute path of the file to save to in the end; `undefined` for none. */
  save?: string | undefined;
}

/** An example as its help text shows it. */
export interface Command {
  /** What is typed to start it. */
  name: string;
  /** What it does, in one sentence. */
  summary: string;
  /** Epochs unless `--epochs` says otherwise. */
  epochs: number;
  /** Whether it has the options `--checkpoint` and `--resume`; `false` unless given. */
  hasCheckpoints?: boolean;
  /** Whether it has the options `--steps`, `--save` and `--load`; `false` unless given. */
  resumes?: boolean | undefined;
}

/** Thrown for a command line that cannot be understood; the message says what to type instead. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

/** An example with a command line of its own. */
export interface Program<Options> {
  /** What `--help` prints. */
  help: string;
  /** Reads the command line. @throws CommandLineError where it cannot be understood */
  parse: (args: string[]) => Options | "help";
  /** Runs the example. */
  run: (options: Options) => Promise<void>;
}

/** Runs an example with the options that all have, or prints its help for `--help`, as {@link runProgram} does. */
export async function runCommand(
  command: Command,
  run: (options: CommandOptions) => Promise<void>,
  args?: string[],
): Promise<void> {
  const help = helpText(command);
  await runProgram({ help, parse: (args) => parseCommandLine(command, args), run }, args);
}

/**
 * Runs an example with the options of the command line, or prints its help for `--help`.
 * What the command line has wrong, and a backend that does not work here, are told on the standard error stream,
 * without a stack trace; the exit code is 2 or 1.
 */
export async function runProgram<Options>(
  { help, parse, run }: Program<Options>,
  args: string[] = process.argv.slice(2),
): Promise<void> {
  try {
    const options = parse(args);
    // The cpu backend advertises another package otherwise.
    tf.enableProdMode();
    if (options === "help") console.log(help);
    else await run(options);
  } catch (error) {
    if (error instanceof BackendUnavailableError) {
      console.error(`--backend: ${error.message}`);
      process.exitCode = 1;
    } else if (error instanceof UnknownBackendError) {
      console.error(`--backend: ${error.message}`);
      process.exitCode = 2;
    } else if (error instanceof NnxError && FILE_ERRORS.has(error.code)) {
      console.error(error.message);
      process.exitCode = 1;
    } else if (error instanceof CommandLineError) {
      console.error(`${error.message}\n\n${help}`);
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
  const names = [
    ...(command.resumes ? ["steps", "save", "load"] : []),
    ...(command.hasCheckpoints ? ["checkpoint"] : []),
  ];
  const texts = Object.fromEntries(names.map((name) => [name, TEXT]));
  const more = { ...texts, ...(command.hasCheckpoints && { resume: { type: "boolean" } as const }) };
  const { values } = parse({ args, options: { ...more, ...OPTIONS } });
  if (values.help) return "help";
  // All of the options that only some examples have are texts, but one.
  const { checkpoint, steps, save, load } = values as Partial<Record<string, string>>;
  const resume = (values as { resume?: boolean }).resume ?? false;
  if (resume && checkpoint === undefined) {
    throw new CommandLineError("--resume: expected the folder of the run, --checkpoint FOLDER, found none.");
  }
  if (checkpoint !== undefined && load !== undefined) {
    throw new CommandLineError("--load: the run begins with what --checkpoint has. Give one of the two.");
  }
  return {
    ...commonOptions(values, command),
    ...(checkpoint !== undefined && { checkpoint: resolve(checkpoint) }),
    ...(resume && { resume }),
    ...(steps !== undefined && { steps: integer("--steps", steps, 1) }),
    ...(load !== undefined && { load: resolve(load) }),
    ...(save !== undefined && { save: resolve(save) }),
  };
}

/**
 * What the values of {@link OPTIONS} mean.
 *
 * @throws CommandLineError for a value of the wrong kind
 */
export function commonOptions(values: CommonValues, { epochs }: { epochs: number }): CommandOptions {
  return {
    backend: values.backend,
    epochs: integer("--epochs", values.epochs ?? String(epochs), 1),
    seed: integer("--seed", values.seed ?? "0", Number.MIN_SAFE_INTEGER),
    out: values.out === undefined ? OUT : resolve(values.out),
  };
}

/** Values of {@link OPTIONS} as they were typed. */
type CommonValues = Partial<Record<Exclude<keyof typeof OPTIONS, "help">, string>>;

/** The help text of an example. */
function helpText({ name, summary, epochs, hasCheckpoints, resumes }: Command): string {
  const checkpoint = `
  --checkpoint FOLDER
                  saves every epoch and every 50 steps there, and goes on from the last
                  step that is there
  --resume        refuses to begin anew where there is none`;
  const resume = `
  --steps N       ends after so many steps, those before --load counted in
  --save FILE     saves the model and its optimiser in the end, after Ctrl-C too
  --load FILE     goes on with what was saved, with the same --epochs and --seed`;
  return `${summary}

Usage: ${name} [options]

${commonHelp({ epochs })}${hasCheckpoints ? checkpoint : ""}${resumes ? resume : ""}`;
}

/** The lines about {@link OPTIONS}. */
export function commonHelp({ epochs }: { epochs: number }): string {
  return `\
  --backend NAME  cpu, wasm or webgpu; the best that works here unless given
  --epochs N      passes over the training data, ${epochs} unless given
  --seed N        the integer that all random numbers come from, 0 unless given
  --out FOLDER    where the charts go, the repository's out/ unless given
  --help          print this text`;
}

/** `out/` at the root of the repository, from `src/` and from `dist/` alike. */
export const OUT = fileURLToPath(new URL("../../../out", import.meta.url));

/** Codes of what is wrong with a file: its message says all. */
const FILE_ERRORS: ReadonlySet<string> = new Set(["storage", "file-format", "checkpoint-mismatch"]);

const TEXT = { type: "string" } as const;

/** The options that every example has. */
export const OPTIONS = {
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

/** The integer that an option was given. @throws CommandLineError for other texts, and what is below `least` */
export function integer(option: string, text: string, least: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  const kind = least > 0 ? `an integer of at least ${least}` : "an integer";
  throw new CommandLineError(`${option}: expected ${kind}, got "${text}".`);
}
