/** @file The leaky ReLU with a learned slope. */
import { assertTensor } from "./checks.ts";
import { assertOptions } from "../checked-arguments.ts";
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { Module } from "../module/module.ts";
import { Param } from "../variable/types.ts";
import type { VariableMetadata } from "../variable/variable.ts";
import type { ForwardOptions } from "./options.ts";
import { assertDtypes, type DtypeOptions, promoted, type PromoteDtype } from "./promote-dtype.ts";

/** Options of {@link PReLU}. */
export interface PReLUOptions extends DtypeOptions {
  /** The first value of the slope. Default 0.01. */
  negativeSlopeInit?: number | undefined;
  /** Metadata of the slope's Variable. Default none. */
  negativeSlopeMetadata?: VariableMetadata | undefined;
}

/**
 * `x` where it is at least 0, else `negativeSlope * x`, with one learned slope, a scalar; any shape.
 *
 * @see flax.nnx.PReLU; He et al., 2015, https://arxiv.org/abs/1502.01852
 */
export class PReLU extends Module {
  static override readonly name: string = "PReLU";
  declare readonly promoteDtype?: PromoteDtype;
  negativeSlope: Param;

  constructor(options: PReLUOptions = {}) {
    super();
    assertOptions(options, "PReLU");
    const { negativeSlopeInit = 0.01, negativeSlopeMetadata, promoteDtype } = options;
    if (typeof negativeSlopeInit !== "number") {
      throw new InvalidArgumentError(
        `expected a number for negativeSlopeInit, got ${typeof negativeSlopeInit}. Write { negativeSlopeInit: 0.25 }.`,
        this,
      );
    }
    assertDtypes(options, this);
    if (promoteDtype) this.promoteDtype = promoteDtype;
    this.negativeSlope = new Param(full([], negativeSlopeInit), negativeSlopeMetadata);
  }

  /** Answers a tensor of the shape of `x`: `x` where it is positive, `negativeSlope * x` elsewhere. */
  forward(x: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    assertTensor(x, this);
    const [input, slope] = promoted(this, [x, this.negativeSlope.value]);
    return tf.where(tf.greaterEqual(input, 0), input, tf.mul(slope, input));
  }
}
