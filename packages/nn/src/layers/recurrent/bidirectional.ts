/** @file Two layers of cells, one for each direction of time. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { Module } from "../../module/module.ts";
import type { RngStream } from "../../random/rng-stream.ts";
import { type Rngs, streamOf } from "../../random/rngs.ts";
import { givenOptions } from "../options.ts";
import { carryStream } from "./carry-stream.ts";
import type { CarryOf } from "./cell.ts";
import type { RNNForwardOptions, SequenceOutput } from "./rnn.ts";

/** What can stand in a {@link Bidirectional}: an {@link RNN}, or a module that is called like one. */
export type SequenceLayer<C = unknown> = Module & {
  forward(
    x: tf.Tensor,
    options: RNNForwardOptions<C> & { returnCarry: true },
  ): [carry: C, outputs: tf.Tensor];
};

/** What the cell of a layer carries. */
type CarryOfLayer<L> = L extends { readonly cell: infer Cell } ? CarryOf<Cell> : unknown;

/** Options of {@link Bidirectional}. */
export interface BidirectionalOptions<ReturnCarry extends boolean = boolean> {
  /** Puts the outputs of both directions together. By default one after the other along the last axis. */
  mergeFn?: ((forward: tf.Tensor, backward: tf.Tensor) => tf.Tensor) | undefined;
  /** Whether the time is the first axis of inputs and outputs, before those of the batch. Default false. */
  timeMajor?: boolean | undefined;
  /** Whether `forward` answers `[[forward carry, backward carry], outputs]`. Default false. */
  returnCarry?: ReturnCarry | undefined;
  /**
   * Where the keys of first carries come from: a fork of the stream `carry` of an `Rngs`, a stream, `true` for a
   * stream of seed 0, `false` for those of the two layers themselves. Default true.
   */
  rngs?: Rngs | RngStream | boolean | undefined;
}

/** Options of {@link Bidirectional.forward}; each beats the attribute of its name. */
export interface BidirectionalForwardOptions<C = unknown> {
  /** What each direction's cell carries into its first step. Default `cell.initializeCarry`. */
  initialCarry?: C | undefined;
  /** How many steps of each sequence count; see {@link RNNForwardOptions.seqLengths}. */
  seqLengths?: tf.Tensor | undefined;
  timeMajor?: boolean | undefined;
  /** Keys for the first carries. */
  rngs?: Rngs | RngStream | undefined;
}

/**
 * Runs one layer of cells from the first step to the last, another from the last to the first, and merges what they
 * answer step by step: `[...batch, time, features] → [...batch, time, 2 * hiddenFeatures]`.
 *
 * ```ts
 * const layer = new Bidirectional(new RNN(new GRUCell(8, 16, { rngs })), new RNN(new GRUCell(8, 16, { rngs })));
 * layer.forward(x); // x [batch, time, 8] → [batch, time, 32]
 * ```
 *
 * Given the same layer twice, both directions share its parameters.
 *
 * @see flax.nnx.Bidirectional; Schuster and Paliwal, 1997
 */
export class Bidirectional<
  Forward extends SequenceLayer = SequenceLayer,
  Backward extends SequenceLayer = SequenceLayer,
  ReturnCarry extends boolean = false,
> extends Module {
  static override readonly name: string = "Bidirectional";
  readonly forwardRnn: Forward;
  readonly backwardRnn: Backward;
  /** What makes one output of those of both directions. */
  readonly mergeFn: (forward: tf.Tensor, backward: tf.Tensor) => tf.Tensor;
  readonly timeMajor: boolean;
  readonly returnCarry: boolean;
  readonly rngs: RngStream | undefined;

  /** @throws InvalidArgumentError for layers without `forward`, and for `rngs` of another kind */
  constructor(forwardRnn: Forward, backwardRnn: Backward, options: BidirectionalOptions<ReturnCarry> = {}) {
    super();
    const {
      mergeFn = concatenate,
      timeMajor = false,
      returnCarry = false,
      rngs = true,
    } = givenOptions(options);
    for (const layer of [forwardRnn, backwardRnn]) {
      if (layer instanceof Module && typeof layer.forward === "function") continue;
      throw new InvalidArgumentError(
        "expected two layers of cells. Write new Bidirectional(new RNN(cell), new RNN(otherCell)).",
        this,
      );
    }
    this.forwardRnn = forwardRnn;
    this.backwardRnn = backwardRnn;
    this.mergeFn = mergeFn;
    this.timeMajor = timeMajor;
    this.returnCarry = returnCarry;
    this.rngs = carryStream(rngs, this);
  }

  /** @throws ShapeMismatchError, DtypeError, MissingArgumentError as the layers do */
  forward(
    x: tf.Tensor,
    options: BidirectionalForwardOptions<BothCarries<Forward, Backward>> & { returnCarry: true },
  ): [carry: BothCarries<Forward, Backward>, outputs: tf.Tensor];
  forward(
    x: tf.Tensor,
    options: BidirectionalForwardOptions<BothCarries<Forward, Backward>> & { returnCarry: false },
  ): tf.Tensor;
  forward(
    x: tf.Tensor,
    options?: BidirectionalForwardOptions<BothCarries<Forward, Backward>> & { returnCarry?: undefined },
  ): SequenceOutput<BothCarries<Forward, Backward>, ReturnCarry>;
  forward(
    x: tf.Tensor,
    options: BidirectionalForwardOptions<BothCarries<Forward, Backward>> & {
      returnCarry?: boolean | undefined;
    } = {},
  ): tf.Tensor | [carry: BothCarries<Forward, Backward>, outputs: tf.Tensor] {
    const {
      initialCarry,
      seqLengths,
      timeMajor = this.timeMajor,
      returnCarry = this.returnCarry,
      rngs = this.rngs,
    } = options;
    const shared = {
      seqLengths,
      timeMajor,
      returnCarry: true,
      rngs: streamOf(rngs, "carry"),
    } as const;
    const [carryForward, forward] = this.forwardRnn.forward(x, {
      ...shared,
      initialCarry: initialCarry?.[0],
      reverse: false,
    });
    const [carryBackward, backward] = this.backwardRnn.forward(x, {
      ...shared,
      initialCarry: initialCarry?.[1],
      reverse: true,
      keepOrder: true,
    });
    const outputs = this.mergeFn(forward, backward);
    // The layers answer what their cells carry.
    return returnCarry ? [[carryForward, carryBackward] as BothCarries<Forward, Backward>, outputs] : outputs;
  }
}

/** What the cells of both directions carry. */
type BothCarries<Forward, Backward> = [forward: CarryOfLayer<Forward>, backward: CarryOfLayer<Backward>];

function concatenate(forward: tf.Tensor, backward: tf.Tensor): tf.Tensor {
  return tf.concat([forward, backward], -1);
}
