/** @file The command line of the benchmark. */
import { join, resolve } from "node:path";
import { CommandLineError, OUT, parse } from "../command-line.ts";
import { INFERENCE, type InferenceName } from "./inference/cases.ts";
import { LARGE_PRODUCTS, type ProductName, PRODUCTS } from "./products/cases.ts";
import { OPTIMIZER_NAMES } from "./updates.ts";
import { type WorkloadName, WORKLOADS } from "./workloads/all.ts";

/** What the command line asks for. */
export interface BenchOptions {
  /** What to time, in this order. */
  readonly workloads: readonly WorkloadName[];
  /** Single products to time after that. */
  readonly products: readonly ProductName[];
  /** Forward passes to time after that. */
  readonly inferences: readonly InferenceName[];
  readonly backend: string;
  readonly rounds: number;
  /** Milliseconds of a turn. */
  readonly turn: number;
  /** Seconds for one way to make a workload's step. */
  readonly seconds: number;
  /** The Python to run Flax with. */
  readonly flax: string | undefined;
  /** The Node to run with, if not this one. */
  readonly node: string | undefined;
  /** Whether nnx-js alone is timed. */
  readonly own: boolean;
  /** Whether what is named is timed beside a process that keeps a core at work, instead. */
  readonly busy: boolean;
  /** Whether the tables of bench/README.md are filled. */
  readonly write: boolean;
  /** Where to write the results. */
  readonly json: string | undefined;
  /** Steps of the memory check, which then is all that runs. */
  readonly soak: number | undefined;
  /** The folder of the encoder whose loading is timed, after the workloads. */
  readonly load: string | undefined;
  /** Whether the training loop is timed, after the workloads. */
  readonly loop: boolean;
  /** Whether only the compilation of long programs is timed. */
  readonly compile: boolean;
  /** The optimisers whose updates are timed, which then is all that runs; none are all. */
  readonly updates: readonly string[] | undefined;
  /** Whether only memory and time of steps with `remat` are measured. */
  readonly remat: boolean;
  /** Whether only steps of an LSTM on long sequences are timed. */
  readonly loops: boolean;
  /** Whether only what runs in lanes is timed. */
  readonly batching: boolean;
  /** Whether only the time until steps are handed to the device is measured. */
  readonly submit: boolean;
}

/** What `--help` prints. */
export const HELP = `Times the training steps of nnx-js beside others.

Usage: npm run bench -- [options] [workloads]

  workloads       of ${Object.keys(WORKLOADS).join(", ")}; all of these unless given; and load, which times the
                  loading of a pretrained encoder; and loop, which times the training loop
                  beside one by hand; and inference, forward passes beside ONNX Runtime:
                  ${Object.keys(INFERENCE).slice(0, 6).join(", ")},
                  ${Object.keys(INFERENCE).slice(6).join(", ")}; and products, single products and
                  convolutions, which on webgpu are timed unless workloads are given:
                  ${LARGE_PRODUCTS.slice(0, 5).join(", ")},
                  ${LARGE_PRODUCTS.slice(5).join(", ")};
                  or small-matmul, small-conv, which are quick
  --backend NAME  wasm, cpu or webgpu: what TensorFlow.js runs on, wasm unless given
  --rounds N      rounds at most, 15 unless given
  --turn MS       milliseconds that each contender gets in a round, 100 unless given
  --seconds S     seconds that one contender gets in all, 10 unless given
  --flax PYTHON   times Flax and JAX too, with this interpreter
  --node PATH     runs with this Node
  --own           times nnx-js alone
  --busy          times each step by itself: idle, with another process on one of the
                  cores, and on one thread; needs taskset
  --write         fills the tables of bench/README.md with what was timed
  --json FILE     writes the results there as well
  --weights DIR   the encoder for load; out/minilm unless given, where
                  \`bash scripts/weights.sh\` puts it
  --soak N        makes N steps of the guide, by hand and by the training loop, and
                  checks that no memory grows
  --compile       times the compilation of thousands of operations instead
  --updates       times the updates of 1.15 million parameters instead, by all
                  optimisers, or by AdamW and those named: --updates lamb sm3
  --remat         times gpt at context 512 with blocks that are computed again for
                  their gradients, and gives the memory that each step takes
  --batching      times an ensemble and gradients per example, by vmap, instead
  --loops         times steps of an LSTM on sequences of 50, 400 and 1000 steps, as a
                  loop and written out, and their compilation
  --submit        on webgpu, times the workloads' steps until the device has got them
  --help          print this text`;

const TEXT = { type: "string" } as const;
const OPTIONS = {
  backend: TEXT,
  rounds: TEXT,
  turn: TEXT,
  seconds: TEXT,
  flax: TEXT,
  json: TEXT,
  node: TEXT,
  own: { type: "boolean" },
  busy: { type: "boolean" },
  write: { type: "boolean" },
  weights: TEXT,
  soak: TEXT,
  compile: { type: "boolean" },
  updates: { type: "boolean" },
  remat: { type: "boolean" },
  loops: { type: "boolean" },
  batching: { type: "boolean" },
  submit: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * The options in `args`, or `"help"` if they ask for it.
 *
 * @throws CommandLineError for an unknown option or workload, a missing value or a value of the wrong kind
 */
export function parseBenchOptions(args: string[]): BenchOptions | "help" {
  const { values, positionals } = parse({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return "help";
  const backend = values.backend ?? (values.submit ? "webgpu" : "wasm");
  if (values.submit && backend !== "webgpu") {
    throw new CommandLineError(`--submit: expected the backend webgpu, got "${backend}".`);
  }
  if (values.updates) positionals.forEach(assertOptimizer);
  const everything = [...allWorkloads, ...(backend === "webgpu" ? LARGE_PRODUCTS : [])];
  const named = (positionals.length > 0 && !values.updates ? positionals : everything)
    .filter((name) => name !== LOAD && name !== LOOP)
    .flatMap((name): readonly string[] => {
      if (name === ALL_INFERENCES) return Object.keys(INFERENCE);
      return name === ALL_PRODUCTS ? LARGE_PRODUCTS : [name];
    });
  return {
    workloads: named.filter((name) => !isProduct(name) && !isInference(name)).map(workload),
    products: named.filter(isProduct),
    inferences: named.filter(isInference),
    backend,
    rounds: integer("--rounds", values.rounds ?? "15"),
    turn: positive("--turn", values.turn ?? "100"),
    seconds: positive("--seconds", values.seconds ?? "10"),
    flax: values.flax,
    node: values.node,
    own: values.own ?? false,
    busy: values.busy ?? false,
    write: values.write ?? false,
    json: values.json,
    soak: values.soak === undefined ? undefined : integer("--soak", values.soak),
    load: positionals.includes(LOAD) ? resolve(values.weights ?? join(OUT, "minilm")) : undefined,
    loop: positionals.includes(LOOP),
    compile: values.compile ?? false,
    updates: values.updates ? positionals : undefined,
    remat: values.remat ?? false,
    loops: values.loops ?? false,
    batching: values.batching ?? false,
    submit: values.submit ?? false,
  };
}

/** What is no training step, and is timed only where it is asked for: it needs weights. */
const LOAD = "load";

/** What is no single step. */
const LOOP = "loop";

/** Stands for all products but the small ones. */
const ALL_PRODUCTS = "products";

/** Stands for all forward passes. */
const ALL_INFERENCES = "inference";

function isInference(name: string): name is InferenceName {
  return name in INFERENCE;
}

function isProduct(name: string): name is ProductName {
  return name in PRODUCTS;
}

const allWorkloads = Object.keys(WORKLOADS) as WorkloadName[];

function workload(name: string): WorkloadName {
  const found = allWorkloads.find((known) => known === name);
  if (found) return found;
  throw new CommandLineError(
    `Expected a workload of ${allWorkloads.join(", ")}, ${LOAD}, ${LOOP}, ${ALL_INFERENCES}, ${ALL_PRODUCTS}, got "${name}".`,
  );
}

function assertOptimizer(name: string): void {
  if (OPTIMIZER_NAMES.includes(name)) return;
  throw new CommandLineError(
    `--updates: expected optimisers of ${OPTIMIZER_NAMES.join(", ")}, got "${name}".`,
  );
}

function integer(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new CommandLineError(`${option}: expected an integer of at least 1, got "${text}".`);
}

function positive(option: string, text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value > 0) return value;
  throw new CommandLineError(`${option}: expected a number above 0, got "${text}".`);
}
