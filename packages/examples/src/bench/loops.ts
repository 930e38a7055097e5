/** @file Steps of an LSTM on sequences of several lengths: as a loop that is compiled once, and written out step by step. */
import { jit } from "@nnx-js/jit";
import { Linear, Module, OptimizedLSTMCell, Param, RNN, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { measure, type MeasureOptions, timeRuns } from "./measure.ts";
import { aligned, time } from "./report.ts";

const HIDDEN = 32;
const FEATURES = 16;
const CLASSES = 4;
const BATCH = 32;

/** The least of so many counts. */
const COMPILATIONS = { loop: 10, "written out": 1 };

/** Longer ones take minutes to compile written out. */
const LONGEST_WRITTEN = 400;

/** An LSTM whose outputs are averaged over time: gradients of the last alone would vanish, and such numbers are slow. */
class Model extends Module {
  static override readonly name: string = "Model";
  readonly rnn: RNN<OptimizedLSTMCell>;
  readonly head: Linear;

  constructor(unroll: boolean, rngs: Rngs) {
    super();
    this.rnn = new RNN(new OptimizedLSTMCell(FEATURES, HIDDEN, { rngs }), { unroll });
    this.head = new Linear(HIDDEN, CLASSES, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.head.forward(tf.mean(this.rnn.forward(x), 1));
  }
}

/** A step with sequences of one length. */
export interface LoopTime {
  readonly length: number;
  readonly how: "loop" | "written out";
  /** Milliseconds that it takes to be compiled; nothing runs. */
  readonly compiled: number;
  readonly milliseconds: number;
}

function contenderOf(length: number, how: LoopTime["how"]) {
  const rngs = new Rngs(0);
  const model = new Model(how === "written out", rngs);
  const optimizer = new Optimizer(model, adam(1e-2), { wrt: Param });
  const [x, y] = [rngs.normal([BATCH, length, FEATURES]), rngs.normal([BATCH, CLASSES])];
  const make = () =>
    jit((model: Model, optimizer: Optimizer<Model>, x: tf.Tensor, y: tf.Tensor) => {
      const loss = (model: Model) => tf.mean<tf.Scalar>(tf.squaredDifference(model.forward(x), y));
      const [value, gradients] = valueAndGrad(loss)(model);
      optimizer.update(model, gradients);
      return value;
    });
  const step = make();
  const run = () => step(model, optimizer, x, y).dispose();
  const compilations = Array.from({ length: COMPILATIONS[how] }, () => {
    using other = make();
    const start = performance.now();
    other.lower(model, optimizer, x, y);
    return performance.now() - start;
  });
  const compiled = Math.min(...compilations);
  return {
    name: `${length} ${how}`,
    compiled,
    time: (runs: number) => timeRuns(run, () => Promise.resolve(), runs),
    close() {
      step.dispose();
      tf.dispose([x, y]);
    },
  };
}

/** Times steps with sequences of these lengths, in turns. The first compilation does not count: engines compile the compiler. */
export async function loopTimes(options: MeasureOptions, lengths = [50, 400, 1000]): Promise<LoopTime[]> {
  for (const how of ["loop", "written out"] as const) contenderOf(3, how).close();
  const results: LoopTime[] = [];
  for (const length of lengths) {
    const ways = length > LONGEST_WRITTEN ? (["loop"] as const) : (["loop", "written out"] as const);
    const contenders = ways.map((how) => ({ how, ...contenderOf(length, how) }));
    const measured = await measure(contenders, options);
    for (const [i, contender] of contenders.entries()) {
      const { how, compiled } = contender;
      results.push({ length, how, compiled, milliseconds: measured[i]!.milliseconds });
      contender.close();
    }
  }
  return results;
}

/** The times as a table. */
export function describeLoopTimes(results: readonly LoopTime[]): string {
  const rows = results.map(({ length, how, compiled, milliseconds }) => [
    `${length} steps, ${how}`,
    time(compiled),
    time(milliseconds),
  ]);
  return [...aligned([["sequences of", "compiled in", "a step"], ...rows]), ""].join("\n");
}
