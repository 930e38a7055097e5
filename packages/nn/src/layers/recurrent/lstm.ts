/** @file Long short-term memory. */
import * as tf from "@tensorflow/tfjs-core";
import { sigmoid, tanh } from "../../activations/smooth.ts";
import type { Initializer } from "../../initializers/initializer.ts";
import { Linear } from "../linear.ts";
import { givenOptions } from "../options.ts";
import { assertPairCarry, drawCarry } from "./carry.ts";
import { type CarryOptions, RNNCellBase } from "./cell.ts";
import { denseOptions, type GatedCellOptions } from "./options.ts";

/** What an LSTM carries: the memory and the last output, each `[...batch, hiddenFeatures]`. */
export type LSTMCarry = [c: tf.Tensor, h: tf.Tensor];

/** What both forms of the cell share: everything but the order of the products. */
abstract class LSTMBase extends RNNCellBase<LSTMCarry> {
  static override readonly name: string = "LSTMBase";
  readonly inFeatures: number;
  readonly hiddenFeatures: number;
  /** What gates go through. */
  readonly gateFn: (x: tf.Tensor) => tf.Tensor;
  /** What candidates and outputs go through. */
  readonly activationFn: (x: tf.Tensor) => tf.Tensor;
  readonly carryInit: Initializer | undefined;

  constructor(inFeatures: number, hiddenFeatures: number, options: GatedCellOptions) {
    super();
    const { gateFn = sigmoid, activationFn = tanh, carryInit } = givenOptions(options);
    this.inFeatures = inFeatures;
    this.hiddenFeatures = hiddenFeatures;
    this.gateFn = gateFn;
    this.activationFn = activationFn;
    this.carryInit = carryInit;
  }

  /**
   * `[c, h]`, zeros unless an initialiser is given. Draws two keys of the stream `carry`: c, h.
   *
   * @throws MissingArgumentError without `rngs`
   */
  initializeCarry(inputShape: readonly number[], options: CarryOptions = {}): LSTMCarry {
    const c = drawCarry(this, inputShape, options);
    return [c, drawCarry(this, inputShape, options)];
  }
}

/** The step of `cell` that follows from the sums that the gates go over. */
function stepOf(
  cell: LSTMBase,
  c: tf.Tensor,
  input: tf.Tensor,
  forget: tf.Tensor,
  candidate: tf.Tensor,
  output: tf.Tensor,
): [LSTMCarry, tf.Tensor] {
  const { gateFn, activationFn } = cell;
  const kept = tf.mul(gateFn(forget), c);
  const next = tf.add(kept, tf.mul(gateFn(input), activationFn(candidate)));
  const h = tf.mul(gateFn(output), activationFn(next));
  return [[next, h], h];
}

/**
 * An LSTM cell: with carry `[c, h]` and input `x` `[...batch, inFeatures]`
 *
 * ```text
 * i = gateFn(x @ ii + h @ hi + b)        g = activationFn(x @ ig + h @ hg + b)
 * f = gateFn(x @ if_ + h @ hf + b)       c' = f * c + i * g
 * o = gateFn(x @ io + h @ ho + b)        h' = o * activationFn(c')
 * ```
 *
 * and the output is `h'`, `[...batch, hiddenFeatures]`. Draws twelve keys of the stream `params`: the kernels `ii`,
 * `if_`, `ig`, `io`, then kernel and bias of `hi`, `hf`, `hg`, `ho`. {@link OptimizedLSTMCell} is the same in two
 * products instead of eight.
 *
 * @see flax.nnx.LSTMCell; Hochreiter and Schmidhuber, 1997
 */
export class LSTMCell extends LSTMBase {
  static override readonly name: string = "LSTMCell";
  readonly ii: Linear;
  readonly if_: Linear;
  readonly ig: Linear;
  readonly io: Linear;
  readonly hi: Linear;
  readonly hf: Linear;
  readonly hg: Linear;
  readonly ho: Linear;

  constructor(inFeatures: number, hiddenFeatures: number, options: GatedCellOptions) {
    super(inFeatures, hiddenFeatures, options);
    const { input, recurrent } = denseOptions(givenOptions(options));
    const denseI = () => new Linear(inFeatures, hiddenFeatures, { ...input, useBias: false });
    const denseH = () => new Linear(hiddenFeatures, hiddenFeatures, recurrent);
    [this.ii, this.if_, this.ig, this.io] = [denseI(), denseI(), denseI(), denseI()];
    [this.hi, this.hf, this.hg, this.ho] = [denseH(), denseH(), denseH(), denseH()];
  }

  /** @throws InvalidArgumentError for a carry that is no pair; ShapeMismatchError, DtypeError */
  forward(carry: LSTMCarry, x: tf.Tensor): [LSTMCarry, tf.Tensor] {
    assertPairCarry(carry, this);
    const [c, h] = carry;
    return stepOf(
      this,
      c,
      tf.add(this.ii.forward(x), this.hi.forward(h)),
      tf.add(this.if_.forward(x), this.hf.forward(h)),
      tf.add(this.ig.forward(x), this.hg.forward(h)),
      tf.add(this.io.forward(x), this.ho.forward(h)),
    );
  }
}

/**
 * An {@link LSTMCell} that computes all gates in two products, which is faster for all but very large layers.
 *
 * `denseI.kernel` has shape `[inFeatures, 4 * hiddenFeatures]`, `denseH.kernel` `[hiddenFeatures,
 * 4 * hiddenFeatures]`: the gates i, f, g, o one after the other. Draws three keys of the stream `params`: kernel of
 * `denseI`, kernel and bias of `denseH`.
 *
 * @see flax.nnx.OptimizedLSTMCell
 */
export class OptimizedLSTMCell extends LSTMBase {
  static override readonly name: string = "OptimizedLSTMCell";
  readonly denseI: Linear;
  readonly denseH: Linear;

  constructor(inFeatures: number, hiddenFeatures: number, options: GatedCellOptions) {
    super(inFeatures, hiddenFeatures, options);
    const { input, recurrent } = denseOptions(givenOptions(options));
    this.denseI = new Linear(inFeatures, 4 * hiddenFeatures, { ...input, useBias: false });
    this.denseH = new Linear(hiddenFeatures, 4 * hiddenFeatures, recurrent);
  }

  /** @throws InvalidArgumentError for a carry that is no pair; ShapeMismatchError, DtypeError */
  forward(carry: LSTMCarry, x: tf.Tensor): [LSTMCarry, tf.Tensor] {
    assertPairCarry(carry, this);
    const [c, h] = carry;
    const sums = tf.add(this.denseI.forward(x), this.denseH.forward(h));
    const [i, f, g, o] = tf.split(sums, 4, sums.rank - 1);
    return stepOf(this, c, i!, f!, g!, o!);
  }
}
