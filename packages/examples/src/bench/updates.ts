/** @file Times compiled updates of many parameters by each optimiser, beside a copy of the bytes that AdamW moves. */
import { jit } from "@nnx-js/jit";
import { Module, Param, Rngs, state } from "@nnx-js/nn";
import { adam, adamw, type GradientTransformation, Optimizer, sgd } from "@nnx-js/optim";
import { measure, type MeasureOptions, type Measurement, timeRuns } from "./measure.ts";
import { aligned, time, times } from "./report.ts";

/** The optimisers that are timed. */
const OPTIMIZERS: Readonly<Record<string, () => GradientTransformation>> = {
  adamw: () => adamw(1e-3),
  adam: () => adam(1e-3),
  sgd: () => sgd(1e-2),
  "sgd, momentum": () => sgd(1e-2, { momentum: 0.9 }),
};

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
  readonly measurements: readonly Measurement[];
}

/** Times the update of parameters of these shapes. */
export async function updateTimes(
  options: MeasureOptions,
  shapes: readonly number[][] = transformerShapes(),
): Promise<UpdateTimes> {
  const elements = shapes.reduce((sum, shape) => sum + shape.reduce((size, n) => size * n, 1), 0);
  const entries = Object.entries(OPTIMIZERS).map(([name, make]) => entry(name, make(), shapes));
  const measurements = await measure([copy(elements), ...entries], options);
  for (const entered of entries) entered.close();
  return { tensors: shapes.length, elements, measurements };
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

function entry(name: string, tx: GradientTransformation, shapes: readonly number[][]) {
  const rngs = new Rngs(0);
  const model = new Parameters(shapes, rngs);
  // Variables, as what a training step has computed before: it is in the program's memory already.
  const gradients = new Parameters(shapes, rngs);
  const optimizer = new Optimizer(model, tx, { wrt: Param });
  const update = jit(
    (model: Parameters, optimizer: Optimizer, gradients: Parameters) => {
      optimizer.update(model, state(gradients, Param));
    },
    { name },
  );
  return {
    name,
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

/** The times as a table. */
export function describeUpdateTimes({ tensors, elements, measurements }: UpdateTimes): string {
  const rows = measurements.map(({ name, milliseconds, ratio, rounds }) => [
    name,
    time(milliseconds),
    times(ratio),
    String(rounds),
  ]);
  return [
    `updates of ${tensors} parameters with ${elements} elements`,
    ...aligned([["", "ms", "x copy", "rounds"], ...rows]),
  ].join("\n");
}
