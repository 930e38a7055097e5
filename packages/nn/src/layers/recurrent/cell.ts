/** @file What a recurrent cell is. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Initializer } from "../../initializers/initializer.ts";
import { Module } from "../../module/module.ts";
import type { RngStream } from "../../random/rng-stream.ts";
import type { Rngs } from "../../random/rngs.ts";
import type { ForwardOptions } from "../options.ts";

/** Options of {@link RNNCellBase.initializeCarry}. */
export interface CarryOptions {
  /** Where keys come from: the stream `carry` of an `Rngs`, or a stream itself. */
  rngs?: Rngs | RngStream | undefined;
  /** Makes the values. By default the cell's own `carryInit`, or zeros. */
  carryInit?: Initializer | undefined;
}

/**
 * The base class of recurrent cells: one step of a sequence.
 *
 * `C` is what the cell carries from one step to the next: a tensor, or an array or plain object of tensors. A cell of
 * one's own extends this class and can be run by {@link RNN}; layers inside it, such as a `Dropout`, keep their state
 * from step to step.
 *
 * @see flax.nnx.RNNCellBase
 */
export abstract class RNNCellBase<C = unknown> extends Module {
  static override readonly name: string = "RNNCellBase";
  /** How many of the input's last axes are features; those between them and the time are batch axes. 1 here. */
  get numFeatureAxes(): number {
    return 1;
  }

  /**
   * What the cell carries before the first step.
   *
   * @param inputShape the shape of the input of one step: `[...batch, features]`
   */
  abstract initializeCarry(inputShape: readonly number[], options?: CarryOptions): C;

  /**
   * One step: `[next carry, output]`.
   *
   * @param carry what the step before gave, or `initializeCarry`
   * @param x the input of this step: `[...batch, features]`
   */
  abstract forward(carry: C, x: tf.Tensor, options?: ForwardOptions): [carry: C, output: tf.Tensor];
}

/** What a cell carries. */
export type CarryOf<Cell> = Cell extends RNNCellBase<infer C> ? C : never;
