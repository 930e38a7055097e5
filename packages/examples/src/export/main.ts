/** @file Exports an example: `node dist/export/main.js --help` tells how. */
import { useBackend } from "@nnx-js/tensor";
import { join, resolve } from "node:path";
import { CommandLineError, integer, OUT, parse, runProgram } from "../command-line.ts";
import { MODELS } from "./models.ts";
import { TRAININGS } from "./trainings.ts";
import { writeOnnx } from "./write-onnx.ts";
import { writeStableHlo } from "./write-stablehlo.ts";

/** The formats, and the examples that there are in each. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  onnx: Object.keys(MODELS),
  stablehlo: Object.keys(TRAININGS),
};

const HELP = `Writes an example in the format of another engine.

Usage: npm run export -- EXAMPLE --to FORMAT [options]

  EXAMPLE         ${FORMATS["onnx"]!.join(", ")}
  --to FORMAT     onnx: its model in evaluation, for batches of any size, as
                  model.onnx, which ONNX Runtime runs;
                  stablehlo: a step of its training with state and data, for
                  python -m nnx_js_runner FOLDER (not of embed)
  --out FOLDER    where it goes, the repository's out/EXAMPLE unless given
  --weights FILE  onnx: weights that the example saved (--save) or saveModel
                  wrote; those that the seed gives unless given
  --epochs N      stablehlo: how long learning rates fall, 10 unless given
  --seed N        the integer that all random numbers come from, 0 unless given
  --help          print this text`;

interface Options {
  readonly example: string;
  readonly to: string;
  readonly out: string;
  readonly weights: string | undefined;
  readonly epochs: number;
  readonly seed: number;
}

function parseOptions(args: string[]): Options | "help" {
  const text = { type: "string" } as const;
  const { values, positionals } = parse({
    args,
    allowPositionals: true,
    options: {
      to: text,
      out: text,
      weights: text,
      epochs: text,
      seed: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const { to } = values;
  const examples = to === undefined || !Object.hasOwn(FORMATS, to) ? undefined : FORMATS[to];
  if (to === undefined || !examples) {
    throw new CommandLineError(
      `--to: expected ${Object.keys(FORMATS).join(" or ")}, found ${to ?? "nothing"}.`,
    );
  }
  const unused = to === "onnx" ? "epochs" : "weights";
  if (values[unused] !== undefined) {
    throw new CommandLineError(`--${unused}: expected where the help says so, found with --to ${to}.`);
  }
  const [example, ...others] = positionals;
  if (example === undefined || others.length > 0 || !examples.includes(example)) {
    throw new CommandLineError(
      `expected one of ${examples.join(", ")}, found ${positionals.join(" ") || "nothing"}.`,
    );
  }
  return {
    example,
    to,
    out: values.out === undefined ? join(OUT, example) : resolve(values.out),
    weights: values.weights === undefined ? undefined : resolve(values.weights),
    epochs: integer("--epochs", values.epochs ?? "10", 1),
    seed: integer("--seed", values.seed ?? "0", Number.MIN_SAFE_INTEGER),
  };
}

async function run({ example, to, out, weights, epochs, seed }: Options): Promise<void> {
  await useBackend("wasm");
  if (to === "onnx") {
    const file = join(out, "model.onnx");
    const size = await writeOnnx(await MODELS[example]!({ seed }), file, weights);
    console.log(`Wrote ${file} (${Math.ceil(size / 1000)} kB)`);
    return;
  }
  const training = await TRAININGS[example]!({ seed, epochs });
  for (const name of await writeStableHlo(training, out)) console.log(`Wrote ${join(out, name)}`);
  console.log(`Train it: python -m nnx_js_runner ${out} --steps 1000`);
}

await runProgram({ help: HELP, parse: parseOptions, run });
