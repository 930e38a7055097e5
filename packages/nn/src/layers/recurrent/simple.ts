/** @file The plain recurrent cell. */
import * as tf from "@tensorflow/tfjs-core";
import { tanh } from "../../activations/smooth.ts";
import type { Initializer } from "../../initializers/initializer.ts";
import { Linear } from "../linear.ts";
import { givenOptions } from "../options.ts";
import { assertTensorCarry, drawCarry } from "./carry.ts";
import { type CarryOptions, RNNCellBase } from "./cell.ts";
import { denseOptions, type RNNCellOptions } from "./options.ts";

/** Options of {@link SimpleCell}. */
export interface SimpleCellOptions extends RNNCellOptions {
  /** Whether to add what is carried once more, unchanged. Default false. */
  residual?: boolean | undefined;
}

/**
 * The plain recurrent cell: `h' = activationFn(x @ W_i + b + h @ W_h)`, with `residual`
 * `activationFn(x @ W_i + b + h @ W_h + h)`; the output is `h'`, `[...batch, hiddenFeatures]`.
 *
 * Draws three keys of the stream `params`: kernel of `denseH`, kernel and bias of `denseI`.
 *
 * @see flax.nnx.SimpleCell; Elman, 1990
 */
export class SimpleCell extends RNNCellBase<tf.Tensor> {
  static override readonly name: string = "SimpleCell";
  readonly inFeatures: number;
  readonly hiddenFeatures: number;
  readonly residual: boolean;
  /** What the new state goes through. */
  readonly activationFn: (x: tf.Tensor) => tf.Tensor;
  readonly carryInit: Initializer | undefined;
  readonly denseH: Linear;
  readonly denseI: Linear;

  constructor(inFeatures: number, hiddenFeatures: number, options: SimpleCellOptions) {
    super();
    const { residual = false, activationFn = tanh, carryInit } = givenOptions(options);
    const { input, recurrent } = denseOptions(givenOptions(options));
    this.inFeatures = inFeatures;
    this.hiddenFeatures = hiddenFeatures;
    this.residual = residual;
    this.activationFn = activationFn;
    this.carryInit = carryInit;
    this.denseH = new Linear(hiddenFeatures, hiddenFeatures, { ...recurrent, useBias: false });
    this.denseI = new Linear(inFeatures, hiddenFeatures, input);
  }

  /**
   * `h`, zeros unless an initialiser is given. Draws one key of the stream `carry`.
   *
   * @throws MissingArgumentError without `rngs`
   */
  initializeCarry(inputShape: readonly number[], options: CarryOptions = {}): tf.Tensor {
    return drawCarry(this, inputShape, options);
  }

  /** @throws InvalidArgumentError for a carry that is no tensor; ShapeMismatchError, DtypeError */
  forward(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    assertTensorCarry(carry, this);
    const sum = tf.add(this.denseI.forward(x), this.denseH.forward(carry));
    const h = this.activationFn(this.residual ? tf.add(sum, carry) : sum);
    return [h, h];
  }
}
