/** @file Dropout. */
import { broadcastTo, full } from "@nnx-js/tensor";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError, ShapeMismatchError } from "../errors.ts";
import { type ViewArgs, viewOptions } from "../modes/view-options.ts";
import { Module } from "../module/module.ts";
import { RngStream } from "../random/rng-stream.ts";
import { Rngs, streamOf } from "../random/rngs.ts";
import { assertFloat } from "./checks.ts";

/** Where Dropout can take its keys from; a tensor is used as the key itself. */
export type DropoutRngs = Rngs | RngStream | tf.Tensor;

/** Options of {@link Dropout}. */
export interface DropoutOptions {
  /** Axes along which all elements share one decision. Default none. */
  broadcastDims?: readonly number[] | undefined;
  /** Whether to pass inputs through unchanged. Default false; null: to be given per call. */
  deterministic?: boolean | null | undefined;
  /** The name of the stream that keys are drawn from. Default `"dropout"`. */
  rngCollection?: string | undefined;
  /** A fork of its stream is kept, so that calls need none: one key is drawn. Default none. */
  rngs?: Rngs | RngStream | undefined;
}

/** Options of {@link Dropout.forward}. */
export interface DropoutForwardOptions {
  /** Beats the attribute. */
  deterministic?: boolean | undefined;
  /** Beats the stream kept. */
  rngs?: DropoutRngs | undefined;
}

/**
 * Sets each element to zero with probability `rate` and divides the others by `1 - rate`; any shape.
 *
 * With rate 0 or `deterministic` it returns its input, the same tensor, and draws no key.
 *
 * @see flax.nnx.Dropout; Srivastava et al., 2014
 */
export class Dropout extends Module {
  static override readonly name: string = "Dropout";
  static readonly viewOptions = viewOptions({
    deterministic: { type: "boolean", default: false, description: "if true, disables dropout masking." },
  });

  readonly rate: number;
  readonly broadcastDims: readonly number[];
  deterministic: boolean | null;
  readonly rngCollection: string;
  rngs: RngStream | undefined;

  /** @throws InvalidArgumentError when `rate` is not in [0, 1] */
  constructor(
    rate: number,
    { broadcastDims = [], deterministic = false, rngCollection = "dropout", rngs }: DropoutOptions = {},
  ) {
    super();
    if (typeof rate !== "number" || !(rate >= 0 && rate <= 1)) {
      throw new InvalidArgumentError(
        `expected a rate from 0 to 1, the share of elements to drop, got ${rate}.`,
        this,
      );
    }
    if (rngs !== undefined && !(rngs instanceof Rngs || rngs instanceof RngStream)) {
      throw new InvalidArgumentError(
        "expected an Rngs or an RngStream for rngs. Write { rngs: new Rngs(0) }.",
        this,
      );
    }
    this.rate = rate;
    this.broadcastDims = Object.freeze([...broadcastDims]);
    this.deterministic = deterministic;
    this.rngCollection = rngCollection;
    this.rngs = streamOf(rngs, rngCollection)?.fork();
  }

  /**
   * @throws MissingArgumentError when neither the call nor the layer has `deterministic`, or keys are needed;
   *   DtypeError for an input that is not float32; ShapeMismatchError for one without an axis of `broadcastDims`
   */
  forward(x: tf.Tensor, { deterministic, rngs }: DropoutForwardOptions = {}): tf.Tensor {
    const passes = deterministic ?? this.deterministic;
    if (passes === null || passes === undefined) {
      throw new MissingArgumentError(
        "no deterministic was given. Give it to the call, forward(x, { deterministic: true }), to the constructor, " +
          "new Dropout(rate, { deterministic: true }), or make a view: view(model, { deterministic: true }).",
        this,
      );
    }
    assertFloat(x, this);
    if (passes || this.rate === 0) return x;
    if (this.rate === 1) return tf.zerosLike(x);
    const source = rngs ?? this.rngs;
    if (source === undefined) {
      throw new MissingArgumentError(
        "deterministic is false, but no rngs was given, neither to the call, forward(x, { rngs }), nor to the " +
          "constructor, new Dropout(rate, { rngs }). For evaluation make a view: view(model, { deterministic: true }).",
        this,
      );
    }
    const outside = this.broadcastDims.find((axis) => !(axis >= -x.rank && axis < x.rank));
    if (outside !== undefined) {
      throw new ShapeMismatchError(
        `expected an input that has axis ${outside} (broadcastDims), got one of shape [${x.shape.join(", ")}]. ` +
          `Name axes from ${-x.rank} to ${x.rank - 1}.`,
        this,
      );
    }
    const keep = 1 - this.rate;
    const shared = (axis: number) => this.broadcastDims.some((dim) => dim === axis || dim === axis - x.rank);
    const shape = x.shape.map((size, axis) => (shared(axis) ? 1 : size));
    const mask = random.bernoulli(keyFrom(source, this), keep, shape);
    // Not zerosLike: the zeros are no function of x, so no gradient need be sent there. Not tf.where: it would first
    // copy all three, and send gradients through the copies.
    const condition = broadcast(mask, x.shape);
    return tf
      .engine()
      .runKernel<tf.Tensor>(tf.Select, { condition, t: tf.div(x, keep), e: full(x.shape, 0) });
  }

  /** Sets the modes; what is `undefined` stays as it is. */
  setView({ deterministic }: ViewArgs<typeof Dropout.viewOptions>): void {
    if (deterministic !== undefined) this.deterministic = deterministic;
  }
}

function keyFrom(source: DropoutRngs, layer: Dropout): tf.Tensor {
  if (source instanceof Rngs) return source.key(layer.rngCollection);
  if (source instanceof RngStream) return source.next();
  if (source instanceof tf.Tensor) return source;
  throw new InvalidArgumentError(
    "rngs must be an Rngs, an RngStream or a key (int32 tensor of shape [2]). Write forward(x, { rngs: new Rngs(0) }).",
    layer,
  );
}

function broadcast(mask: tf.Tensor, shape: number[]): tf.Tensor {
  return mask.shape.every((size, axis) => size === shape[axis]) ? mask : broadcastTo(mask, shape);
}
