/** @file Exports an example: `node dist/export/main.js --help` tells how. */
import { useBackend } from "@nnx-js/tensor";
import { join, resolve } from "node:path";
import { CommandLineError, integer, OUT, parse, runProgram } from "../command-line.ts";
import { TRAININGS } from "./trainings.ts";
import { writeStableHlo } from "./write-stablehlo.ts";

const NAMES = Object.keys(TRAININGS).join(", ");

const HELP = `Writes an example in the format of another engine.

Usage: node packages/examples/dist/export/main.js EXAMPLE --to stablehlo [options]

  EXAMPLE         ${NAMES}
  --to FORMAT     stablehlo: a step of its training with state and data, for
                  python -m nnx_js_runner FOLDER
  --out FOLDER    where it goes, the repository's out/EXAMPLE unless given
  --epochs N      how long learning rates fall, 10 unless given
  --seed N        the integer that all random numbers come from, 0 unless given
  --help          print this text`;

interface Options {
  readonly example: string;
  readonly out: string;
  readonly epochs: number;
  readonly seed: number;
}

function parseOptions(args: string[]): Options | "help" {
  const text = { type: "string" } as const;
  const { values, positionals } = parse({
    args,
    allowPositionals: true,
    options: { to: text, out: text, epochs: text, seed: text, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return "help";
  const [example, ...others] = positionals;
  if (example === undefined || others.length > 0 || !Object.hasOwn(TRAININGS, example)) {
    throw new CommandLineError(`expected one of ${NAMES}, found ${positionals.join(" ") || "nothing"}.`);
  }
  if (values.to !== "stablehlo") {
    throw new CommandLineError(`--to: expected stablehlo, found ${values.to ?? "nothing"}.`);
  }
  return {
    example,
    out: values.out === undefined ? join(OUT, example) : resolve(values.out),
    epochs: integer("--epochs", values.epochs ?? "10", 1),
    seed: integer("--seed", values.seed ?? "0", Number.MIN_SAFE_INTEGER),
  };
}

async function run({ example, out, epochs, seed }: Options): Promise<void> {
  await useBackend("wasm");
  const training = await TRAININGS[example]!({ seed, epochs });
  for (const name of await writeStableHlo(training, out)) console.log(`Wrote ${join(out, name)}`);
  console.log(`Train it: python -m nnx_js_runner ${out} --steps 1000`);
}

await runProgram({ help: HELP, parse: parseOptions, run });
