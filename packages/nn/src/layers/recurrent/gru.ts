/** @file Gated recurrent unit. */
import * as tf from "@tensorflow/tfjs-core";
import { sigmoid, tanh } from "../../activations/smooth.ts";
import type { Initializer } from "../../initializers/initializer.ts";
import { Linear } from "../linear.ts";
import { givenOptions } from "../options.ts";
import { assertTensorCarry, drawCarry } from "./carry.ts";
import { type CarryOptions, RNNCellBase } from "./cell.ts";
import { denseOptions, type GatedCellOptions } from "./options.ts";

/** Options of {@link GRUCell}. */
export interface GRUCellOptions extends GatedCellOptions {
  /**
   * Whether the products with what is carried have biases, too, as in PyTorch and in Keras with `reset_after`: in
   * `n` that is more than one bias can do, for the reset gate is multiplied with it. Default false, as in Flax.
   */
  useRecurrentBias?: boolean | undefined;
}

/**
 * A GRU cell: with carry `h` and input `x` `[...batch, inFeatures]`
 *
 * ```text
 * r = gateFn(x @ W_ir + b_ir + h @ W_hr)
 * z = gateFn(x @ W_iz + b_iz + h @ W_hz)
 * n = activationFn(x @ W_in + b_in + r * (h @ W_hn))
 * h' = (1 - z) * n + z * h
 * ```
 *
 * and the output is `h'`, `[...batch, hiddenFeatures]`. `denseI.kernel` holds the input's three matrices side by side
 * in the order r, z, n, `[inFeatures, 3 * hiddenFeatures]`; `denseH.kernel` those of `h`. With `useRecurrentBias`
 * `denseH` has a bias as well. Draws three keys of the stream `params`: kernel and bias of `denseI`, kernel of `denseH`;
 * a fourth for the bias of `denseH`.
 *
 * @see flax.nnx.GRUCell; Cho et al., 2014, https://arxiv.org/abs/1406.1078
 */
export class GRUCell extends RNNCellBase<tf.Tensor> {
  static override readonly name: string = "GRUCell";
  readonly inFeatures: number;
  readonly hiddenFeatures: number;
  /** What gates go through. */
  readonly gateFn: (x: tf.Tensor) => tf.Tensor;
  /** What candidates and outputs go through. */
  readonly activationFn: (x: tf.Tensor) => tf.Tensor;
  readonly carryInit: Initializer | undefined;
  readonly denseI: Linear;
  readonly denseH: Linear;

  constructor(inFeatures: number, hiddenFeatures: number, options: GRUCellOptions) {
    super();
    const {
      gateFn = sigmoid,
      activationFn = tanh,
      carryInit,
      useRecurrentBias = false,
    } = givenOptions(options);
    const { input, recurrent } = denseOptions(givenOptions(options));
    this.inFeatures = inFeatures;
    this.hiddenFeatures = hiddenFeatures;
    this.gateFn = gateFn;
    this.activationFn = activationFn;
    this.carryInit = carryInit;
    this.denseI = new Linear(inFeatures, 3 * hiddenFeatures, input);
    this.denseH = new Linear(hiddenFeatures, 3 * hiddenFeatures, {
      ...recurrent,
      useBias: useRecurrentBias,
    });
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
    const [inputR, inputZ, inputN] = thirds(this.denseI.forward(x));
    const [carryR, carryZ, carryN] = thirds(this.denseH.forward(carry));
    const r = this.gateFn(tf.add(inputR, carryR));
    const z = this.gateFn(tf.add(inputZ, carryZ));
    const n = this.activationFn(tf.add(inputN, tf.mul(r, carryN)));
    const h = tf.add(tf.mul(tf.sub(1, z), n), tf.mul(z, carry));
    return [h, h];
  }
}

/** Three equal parts along the last axis. */
function thirds(x: tf.Tensor): [tf.Tensor, tf.Tensor, tf.Tensor] {
  return tf.split(x, 3, x.rank - 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
}
