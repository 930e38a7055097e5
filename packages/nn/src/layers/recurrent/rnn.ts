/** @file Running a cell over a sequence. */
import { assertTensor } from "../checks.ts";
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import type { Filter } from "../../graph/filters.ts";
import { Module } from "../../module/module.ts";
import type { RngStream } from "../../random/rng-stream.ts";
import { Rngs } from "../../random/rngs.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import { scanAs } from "../../transforms/control/scan.ts";
import { givenOptions } from "../options.ts";
import { holdStreams } from "./broadcast-rngs.ts";
import { chooseCarry } from "./carry.ts";
import { carryStream } from "./carry-stream.ts";
import { type CarryOf, RNNCellBase } from "./cell.ts";
import { flipSequences } from "./flip-sequences.ts";

/** Options of {@link RNN}. */
export interface RNNOptions<ReturnCarry extends boolean = boolean> {
  /** Whether the time is the first axis of inputs and outputs, before those of the batch. Default false. */
  timeMajor?: boolean | undefined;
  /** Whether `forward` answers `[carry, outputs]` instead of the outputs alone. Default false. */
  returnCarry?: ReturnCarry | undefined;
  /** Whether to run from the last step to the first. Default false. */
  reverse?: boolean | undefined;
  /** Whether outputs of a reversed run are put back into the order of the inputs. Default false. */
  keepOrder?: boolean | undefined;
  /**
   * Random streams in the cell that give the same keys at every step, so that a `Dropout` drops the same elements all
   * along a sequence: a filter, such as the tag of the stream. Default none.
   */
  broadcastRngs?: Filter | undefined;
  /**
   * Where the keys of first carries come from: a fork of the stream `carry` of an `Rngs`, a stream, `true` for a
   * stream of seed 0, `false` for none. Default true.
   */
  rngs?: Rngs | RngStream | boolean | undefined;
  /**
   * Within a compiled function the steps are a loop, whose body is compiled once. So many steps are compiled as one turn
   * of it, all with `true`: longer code, that takes longer to compile, of fewer turns. Default 1.
   */
  unroll?: number | boolean | undefined;
}

/** Options of {@link RNN.forward}; each beats the attribute of its name. */
export interface RNNForwardOptions<C = unknown> {
  /** What the cell carries into the first step. Default `cell.initializeCarry`. */
  initialCarry?: C | undefined;
  /**
   * How many steps of each sequence count, int32 of the shape of the batch; the rest is padding at the end. A reversed
   * run turns each sequence within its length, and the carry returned is that after the last step that counts.
   * Outputs at the padding go on being computed.
   */
  seqLengths?: tf.Tensor | undefined;
  timeMajor?: boolean | undefined;
  reverse?: boolean | undefined;
  keepOrder?: boolean | undefined;
  /** Keys for the first carry; handed to the cell as well, for layers in it that were built without any. */
  rngs?: Rngs | RngStream | undefined;
}

/** What a layer of cells answers. */
export type SequenceOutput<C, ReturnCarry extends boolean> = ReturnCarry extends true
  ? [carry: C, outputs: tf.Tensor]
  : tf.Tensor;

/**
 * Runs a cell over sequences: `[...batch, time, features] → [...batch, time, hiddenFeatures]`.
 *
 * ```ts
 * const rnn = new RNN(new GRUCell(8, 16, { rngs }));
 * const outputs = rnn.forward(x); // x [batch, time, 8] → [batch, time, 16]
 * const [carry, all] = rnn.forward(x, { returnCarry: true, seqLengths });
 * ```
 *
 * Without an `initialCarry`, each call draws the cell's keys (LSTM 2, the others 1) from the stream `rngs`; an `Rngs`
 * given to the call is forked first, which draws one of its keys.
 *
 * @see flax.nnx.RNN
 */
export class RNN<Cell extends RNNCellBase = RNNCellBase, ReturnCarry extends boolean = false> extends Module {
  static override readonly name: string = "RNN";
  readonly cell: Cell;
  readonly timeMajor: boolean;
  readonly returnCarry: boolean;
  readonly reverse: boolean;
  readonly keepOrder: boolean;
  readonly broadcastRngs: Filter;
  readonly rngs: RngStream | undefined;
  readonly unroll: number | boolean;

  /** @throws InvalidArgumentError for a cell that is no RNNCellBase, and for `rngs` of another kind */
  constructor(cell: Cell, options: RNNOptions<ReturnCarry> = {}) {
    super();
    const {
      timeMajor = false,
      returnCarry = false,
      reverse = false,
      keepOrder = false,
      broadcastRngs = null,
      rngs = true,
      unroll = 1,
    } = givenOptions(options);
    if (!(cell instanceof RNNCellBase)) {
      throw new InvalidArgumentError(
        "expected a cell, such as new GRUCell(inFeatures, hiddenFeatures, { rngs }).",
        this,
      );
    }
    this.cell = cell;
    this.timeMajor = timeMajor;
    this.returnCarry = returnCarry;
    this.reverse = reverse;
    this.keepOrder = keepOrder;
    this.broadcastRngs = broadcastRngs;
    this.rngs = carryStream(rngs, this);
    this.unroll = unroll;
  }

  /**
   * @throws ShapeMismatchError for an input without time axis or steps, and for lengths that are not one for each
   *   sequence; DtypeError for lengths that are not int32; MissingArgumentError when there is no stream for the carry
   */
  forward(
    x: tf.Tensor,
    options: RNNForwardOptions<CarryOf<Cell>> & { returnCarry: true },
  ): [carry: CarryOf<Cell>, outputs: tf.Tensor];
  forward(x: tf.Tensor, options: RNNForwardOptions<CarryOf<Cell>> & { returnCarry: false }): tf.Tensor;
  forward(
    x: tf.Tensor,
    options?: RNNForwardOptions<CarryOf<Cell>> & { returnCarry?: undefined },
  ): SequenceOutput<CarryOf<Cell>, ReturnCarry>;
  forward(
    x: tf.Tensor,
    options: RNNForwardOptions<CarryOf<Cell>> & { returnCarry?: boolean | undefined } = {},
  ): tf.Tensor | [carry: CarryOf<Cell>, outputs: tf.Tensor] {
    const {
      seqLengths,
      timeMajor = this.timeMajor,
      returnCarry = this.returnCarry,
      reverse = this.reverse,
      keepOrder = this.keepOrder,
    } = options;
    assertTensor(x, this);
    const batchRank = x.rank - this.cell.numFeatureAxes - 1;
    const layout = { batchRank, timeMajor };
    const timeAxis = timeMajor ? 0 : batchRank;
    assertSequences(this, x, timeAxis, batchRank);
    const batch = timeMajor ? x.shape.slice(1, batchRank + 1) : x.shape.slice(0, batchRank);
    if (seqLengths) assertLengths(this, seqLengths, batch);

    const sequence = reverse ? flipSequences(x, seqLengths, layout) : x;
    const stepShape = x.shape.filter((_, axis) => axis !== timeAxis);
    // What a cell makes and answers is what it carries.
    const cell = this.cell as RNNCellBase<CarryOf<Cell>>;
    const { rngs } = options;
    const first = firstCarry(cell, stepShape, options.initialCarry, rngs ?? this.rngs);
    const lengths = returnCarry ? seqLengths : undefined;
    const layer = { cell, broadcastRngs: this.broadcastRngs, unroll: this.unroll };
    const run = activeTrace() && this.unroll !== true ? runAsLoop : runStepByStep;
    const [last, stacked] = run(layer, sequence, timeAxis, first, rngs, lengths);
    const ordered = reverse && keepOrder ? flipSequences(stacked, seqLengths, layout) : stacked;
    return returnCarry ? [last, ordered] : ordered;
  }
}

function firstCarry<C>(
  cell: RNNCellBase<C>,
  inputShape: readonly number[],
  initialCarry: C | undefined,
  rngs: Rngs | RngStream | undefined,
): C {
  const stream = rngs instanceof Rngs ? rngs.stream("carry").fork() : rngs;
  try {
    return initialCarry ?? cell.initializeCarry(inputShape, { rngs: stream });
  } finally {
    if (rngs instanceof Rngs) stream?.dispose();
  }
}

/** What is run. */
interface Running<C> {
  readonly cell: RNNCellBase<C>;
  readonly broadcastRngs: Filter;
  readonly unroll: number | boolean;
}

/** The last carry that counts, and the outputs of all steps along `timeAxis`. */
function runStepByStep<C>(
  { cell, broadcastRngs }: Running<C>,
  x: tf.Tensor,
  timeAxis: number,
  first: C,
  rngs: Rngs | RngStream | undefined,
  lengths: tf.Tensor | undefined,
): [C, tf.Tensor] {
  const outputs: tf.Tensor[] = [];
  let [carry, last] = [first, first];
  const streams = holdStreams(cell, broadcastRngs);
  try {
    for (const [t, step] of tf.unstack(x, timeAxis).entries()) {
      streams.rewind();
      const [next, output] = cell.forward(carry, step, rngs === undefined ? undefined : { rngs });
      last = lengths ? chooseCarry(tf.greater(lengths, t), next, last) : next;
      carry = next;
      outputs.push(output);
    }
  } finally {
    streams.release();
  }
  return [last, tf.stack(outputs, timeAxis)];
}

/** As {@link runStepByStep}, as one loop, whose step a compiler compiles once. */
function runAsLoop<C>(
  { cell, broadcastRngs, unroll }: Running<C>,
  x: tf.Tensor,
  timeAxis: number,
  first: C,
  rngs: Rngs | RngStream | undefined,
  lengths: tf.Tensor | undefined,
): [C, tf.Tensor] {
  const steps = moveAxis(x, timeAxis, 0);
  const streams = holdStreams(cell, broadcastRngs);
  const options = rngs === undefined ? undefined : { rngs };
  try {
    if (!lengths) {
      const step = (carry: C, x: tf.Tensor): [C, tf.Tensor] => {
        streams.rewind();
        return cell.forward(carry, x, options);
      };
      const [last, outputs] = scanAs("RNN", step, first, steps, { unroll });
      return [last, moveAxis(outputs, 0, timeAxis)];
    }
    const step = ([carry, last]: [C, C], [x, t]: [tf.Tensor, tf.Tensor]): [[C, C], tf.Tensor] => {
      streams.rewind();
      const [next, output] = cell.forward(carry, x, options);
      return [[next, chooseCarry(tf.greater(lengths, t), next, last)], output];
    };
    const times = tf.range(0, steps.shape[0], 1, "int32") as tf.Tensor;
    const [[, last], outputs] = scanAs(
      "RNN",
      step,
      [first, first] as [C, C],
      [steps, times] as [tf.Tensor, tf.Tensor],
      { unroll },
    );
    return [last, moveAxis(outputs, 0, timeAxis)];
  } finally {
    streams.release();
  }
}

function moveAxis(x: tf.Tensor, from: number, to: number): tf.Tensor {
  if (from === to) return x;
  const axes = [...x.shape.keys()].filter((axis) => axis !== from);
  axes.splice(to, 0, from);
  return tf.transpose(x, axes);
}

function assertSequences(
  layer: { readonly cell: RNNCellBase },
  x: tf.Tensor,
  timeAxis: number,
  batchRank: number,
): void {
  if (batchRank >= 0 && x.shape[timeAxis]! > 0) return;
  const { numFeatureAxes } = layer.cell;
  const axes = numFeatureAxes === 1 ? "features" : `${numFeatureAxes} feature axes`;
  throw new ShapeMismatchError(
    `expected sequences of at least one step, [...batch, time, ${axes}], got an input of shape ` +
      `[${x.shape.join(", ")}]. Add the axis: tf.expandDims(x, 0).`,
    layer,
  );
}

function assertLengths(layer: object, lengths: tf.Tensor, batch: readonly number[]): void {
  if (lengths.dtype !== "int32") {
    throw new DtypeError(
      `expected int32 for seqLengths, got ${lengths.dtype}. Write tf.tensor1d([3, 5], "int32").`,
      layer,
    );
  }
  if (lengths.shape.join() === batch.join()) return;
  throw new ShapeMismatchError(
    `expected seqLengths of the shape of the batch, [${batch.join(", ")}], got [${lengths.shape.join(", ")}]: one ` +
      `length for each sequence. Write tf.reshape(seqLengths, [${batch.join(", ")}]).`,
    layer,
  );
}
