/** @file Times compiled updates of many parameters by each optimiser, beside a copy of the bytes that AdamW moves. */
import { jit } from "@nnx-js/jit";
import { iterVariables, Module, Param, Rngs, state } from "@nnx-js/nn";
import * as optim from "@nnx-js/optim";
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { type Candidate, measure, type MeasureOptions, type Measurement, timeRuns } from "./measure.ts";
import { aligned, time, times } from "./report.ts";

const RATE = 1e-3;

/** The optimisers that are timed, AdamW first. Of those that need more than gradients there is none. */
const OPTIMIZERS: Readonly<Record<string, () => optim.GradientTransformation>> = {
  adamw: () => optim.adamw(RATE),
  adam: () => optim.adam(RATE),
  nadam: () => optim.nadam(RATE),
  nadamw: () => optim.nadamw(RATE),
  adamax: () => optim.adamax(RATE),
  adamaxw: () => optim.adamaxw(RATE),
  adan: () => optim.adan(RATE),
  amsgrad: () => optim.amsgrad(RATE),
  adabelief: () => optim.adabelief(RATE),
  adadelta: () => optim.adadelta(RATE),
  adafactor: () => optim.adafactor(RATE),
  adagrad: () => optim.adagrad(RATE),
  dadaptAdamw: () => optim.dadaptAdamw(RATE),
  fromage: () => optim.fromage(RATE),
  lamb: () => optim.lamb(RATE),
  lars: () => optim.lars(RATE),
  lion: () => optim.lion(RATE),
  noisySgd: () => optim.noisySgd(RATE),
  novograd: () => optim.novograd(RATE),
  optimisticGradientDescent: () => optim.optimisticGradientDescent(RATE),
  prodigy: () => optim.prodigy(RATE),
  radam: () => optim.radam(RATE),
  rmsprop: () => optim.rmsprop(RATE),
  rprop: () => optim.rprop(RATE),
  scheduleFreeAdamw: () => optim.scheduleFreeAdamw(RATE),
  sgd: () => optim.sgd(RATE),
  signSgd: () => optim.signSgd(RATE),
  sm3: () => optim.sm3(RATE),
  yogi: () => optim.yogi(RATE),
  muon: () => optim.muon(RATE),
};

/** What can be timed. */
export const OPTIMIZER_NAMES: readonly string[] = Object.keys(OPTIMIZERS);

/** The shapes of a transformer's parameters, 40 of them, with 1.15 million elements at a width of 176. */
export function transformerShapes(width = 176): number[][] {
  const block = [[width, width], [width, width], [width, 2 * width], [2 * width, width], [width], [width]];
  const blocks = Array.from({ length: 6 }, () => block).flat();
  return [[65, width], [64, width], ...blocks, [width, 65], [65]];
}

class Parameters extends Module {
  readonly list: readonly Param[];

  constructor(shapes: readonly number[][], rngs: Rngs) {
    super();
    this.list = shapes.map((shape) => new Param(rngs.normal(shape)));
  }
}

/** What was measured. The copy is the first of the measurements. */
export interface UpdateTimes {
  readonly tensors: number;
  readonly elements: number;
  /** Bytes that each optimiser must read and write, by its name. */
  readonly moved: ReadonlyMap<string, number>;
  readonly measurements: readonly Measurement[];
}

/** Times the update of parameters of these shapes: by AdamW and those named, or by all if none is. */
export async function updateTimes(
  options: MeasureOptions,
  named: readonly string[] = [],
  shapes: readonly number[][] = transformerShapes(),
): Promise<UpdateTimes> {
  const isTimed = (name: string) => named.length === 0 || name === "adamw" || named.includes(name);
  const elements = shapes.reduce((sum, shape) => sum + shape.reduce((size, n) => size * n, 1), 0);
  const updates = Object.entries(OPTIMIZERS).flatMap(([name, make]) =>
    isTimed(name) ? [entry(name, make(), shapes)] : [],
  );
  const moved = new Map(updates.map(({ name, moved }) => [name, moved]));
  const entries: (Candidate & { close(): void })[] = [...updates];
  if (isTimed("noisySgd")) {
    entries.push(draws("draws of noisySgd alone", random.normal, shapes));
    entries.push(draws("their random bits alone", bits, shapes));
  }
  const measurements = await measure([copy(elements), ...entries], options);
  for (const entered of entries) entered.close();
  return { tensors: shapes.length, elements, moved, measurements };
}

/** AdamW reads four numbers for each parameter and writes three. */
function copy(elements: number) {
  const from = new Float32Array(3.5 * elements).fill(1);
  const to = new Float32Array(from.length);
  return {
    name: "copy",
    time: (runs: number) =>
      timeRuns(
        () => to.set(from),
        () => Promise.resolve(),
        runs,
      ),
  };
}

/** Elements of all Variables of a part. */
function sizeOf(part: object): number {
  return iterVariables(part).reduce((sum, [, { shape }]) => sum + shape.reduce((size, n) => size * n, 1), 0);
}

function entry(name: string, tx: optim.GradientTransformation, shapes: readonly number[][]) {
  const rngs = new Rngs(0);
  const model = new Parameters(shapes, rngs);
  // Variables, as what a training step has computed before: it is in the program's memory already.
  const gradients = new Parameters(shapes, rngs);
  const optimizer = new optim.Optimizer(model, tx, { wrt: Param });
  const update = jit(
    (model: Parameters, optimizer: optim.Optimizer, gradients: Parameters) => {
      optimizer.update(model, state(gradients, Param));
    },
    { name },
  );
  return {
    name,
    /** Gradients are read, parameters and state are read and written. */
    moved: 4 * (sizeOf(gradients) + 2 * sizeOf(model) + 2 * sizeOf(optimizer)),
    time: (runs: number) =>
      timeRuns(
        () => update(model, optimizer, gradients),
        () => Promise.resolve(),
        runs,
      ),
    close() {
      update.dispose();
      for (const part of [model, gradients, optimizer, rngs]) part.dispose();
    },
  };
}

/** What normal numbers are made of: 20 rounds of JAX's threefry for each. */
function bits(key: tf.Tensor, shape: number[]): tf.Tensor {
  return tf.cast(random.bits(key, shape), "float32");
}

/** Random numbers for all parameters, and nothing else: what `noisySgd` cannot do without. */
function draws(
  name: string,
  drawn: (key: tf.Tensor, shape: number[]) => tf.Tensor,
  shapes: readonly number[][],
) {
  const rngs = new Rngs(0);
  const model = new Parameters(shapes, rngs);
  const keys = tf.tidy(() => random.split(random.key(0), shapes.length));
  const draw = jit(
    (model: Parameters, keys: tf.Tensor) => {
      for (const [i, { value }] of model.list.entries()) {
        model.list[i]!.value = drawn(random.take(keys, i), value.shape);
      }
    },
    { name },
  );
  return {
    name,
    time: (runs: number) =>
      timeRuns(
        () => draw(model, keys),
        () => Promise.resolve(),
        runs,
      ),
    close() {
      draw.dispose();
      for (const part of [model, rngs, keys]) part.dispose();
    },
  };
}

/** The times as a table. */
export function describeUpdateTimes({ tensors, elements, moved, measurements }: UpdateTimes): string {
  const first = measurements[1]!;
  // The copy is of what AdamW moves: four numbers read and three written for each element.
  const copied = 28 * elements;
  const rows = measurements.map(({ name, milliseconds, ratio, rounds }) => [
    name,
    time(milliseconds),
    times(ratio),
    times(ratio / first.ratio),
    moved.has(name) ? times((ratio * copied) / moved.get(name)!) : "",
    String(rounds),
  ]);
  return [
    `updates of ${tensors} parameters with ${elements} elements`,
    ...aligned([["", "ms", "x copy", `x ${first.name}`, "x own copy", "rounds"], ...rows]),
  ].join("\n");
}
