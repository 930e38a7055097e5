/** @file The command line of the embed example. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CommandLineError,
  type CommandOptions,
  commonHelp,
  commonOptions,
  OPTIONS,
  OUT,
  parse,
} from "../command-line.ts";

/** What the command line asks for. */
export interface EmbedOptions extends CommandOptions {
  /** Absolute path of the folder with the encoder. */
  weights: string;
  /** Absolute path of adapters to put on top of it. */
  adapters: string | undefined;
  /** Whether to train adapters. */
  finetune: boolean;
  /** The sentences to compare. */
  sentences: readonly string[];
}

const EPOCHS = 8;

/** What `--help` prints. */
export const HELP = `Compares sentences by a pretrained encoder, and teaches it other ways to compare.

Usage: npm run embed -- [options] [sentences]

  --weights DIR   a BERT encoder of sentence-transformers; out/minilm unless given,
                  where \`bash scripts/weights.sh\` puts all-MiniLM-L6-v2
  --finetune      trains low-rank adapters on sentences to a help desk, and writes
                  them to embed-adapters.safetensors in the out folder
  --adapters FILE puts adapters of --finetune on top of the encoder
${commonHelp({ epochs: EPOCHS })}`;

const EXAMPLES = [
  "A man is playing a guitar.",
  "Someone makes music on stage.",
  "When will my parcel arrive?",
  "The parcel came crushed and half of it was missing.",
  "Which documents do I need for the mortgage?",
];

/**
 * The options in `args`, or `"help"` if they ask for it.
 *
 * @throws CommandLineError for an unknown option, a value of the wrong kind, or a folder without an encoder
 */
export function parseEmbedOptions(args: string[]): EmbedOptions | "help" {
  const { values, positionals } = parse({ args, options: ALL_OPTIONS, allowPositionals: true });
  if (values.help) return "help";
  const { finetune = false, adapters } = values;
  if (finetune && (adapters !== undefined || positionals.length > 0)) {
    const found = adapters === undefined ? `"${positionals[0]}"` : "--adapters";
    throw new CommandLineError(`--finetune: expected neither sentences nor --adapters, got ${found}.`);
  }
  const weights = values.weights === undefined ? join(OUT, "minilm") : resolve(values.weights);
  assertFile("--weights", join(weights, "model.safetensors"), "bash scripts/weights.sh");
  if (adapters !== undefined) assertFile("--adapters", resolve(adapters), "npm run embed -- --finetune");
  return {
    ...commonOptions(values, { epochs: EPOCHS }),
    weights,
    adapters: adapters === undefined ? undefined : resolve(adapters),
    finetune,
    sentences: positionals.length > 0 ? positionals : EXAMPLES,
  };
}

const ALL_OPTIONS = {
  ...OPTIONS,
  weights: { type: "string" },
  adapters: { type: "string" },
  finetune: { type: "boolean" },
} as const;

export function assertFile(option: string, path: string, command: string): void {
  if (existsSync(path)) return;
  throw new CommandLineError(`${option}: expected a file ${path}, found none. Make one: ${command}`);
}
