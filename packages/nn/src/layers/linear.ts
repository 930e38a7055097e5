/** @file Dense layers. */
import * as tf from "@tensorflow/tfjs-core";
import type { Initializer } from "../initializers/initializer.ts";
import { zerosInit } from "../initializers/constant.ts";
import { lecunNormal } from "../initializers/variance-scaling.ts";
import { Module } from "../module/module.ts";
import type { Rngs } from "../random/rngs.ts";
import { Param } from "../variable/types.ts";
import { assertAxis, assertFloat, assertSize } from "./checks.ts";
import { type ForwardOptions, givenOptions } from "./options.ts";
import { makeParam } from "./params.ts";

/** Options of {@link Linear}. */
export interface LinearOptions {
  rngs: Rngs;
  /** Whether to add a bias. Default true. */
  useBias?: boolean | undefined;
  /** Default `lecunNormal()`. */
  kernelInit?: Initializer | undefined;
  /** Default zeros. */
  biasInit?: Initializer | undefined;
}

/**
 * A dense layer: `y = x @ kernel + bias`, `[..., inFeatures] → [..., outFeatures]`.
 *
 * `kernel` has shape `[inFeatures, outFeatures]`, `bias` `[outFeatures]`. Draws two keys of the stream `params`:
 * kernel, bias (none for a missing bias).
 *
 * @see flax.nnx.Linear
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly useBias: boolean;
  kernel: Param;
  bias: Param | undefined;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions) {
    super();
    const {
      rngs,
      useBias = true,
      kernelInit = lecunNormal(),
      biasInit = zerosInit(),
    } = givenOptions(options);
    assertSize(inFeatures, "inFeatures", this);
    assertSize(outFeatures, "outFeatures", this);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.useBias = useBias;
    this.kernel = makeParam(kernelInit, [inFeatures, outFeatures], rngs, this);
    this.bias = useBias ? makeParam(biasInit, [outFeatures], rngs, this) : undefined;
  }

  /** @throws ShapeMismatchError, DtypeError for an input that is not float32 `[..., inFeatures]` */
  forward(x: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    assertFloat(x, this);
    assertAxis(x, -1, this.inFeatures, "inFeatures", this);
    const rows = x.rank === 2 ? x : tf.reshape(x, [-1, this.inFeatures]);
    const product = tf.matMul(rows, this.kernel.value);
    const y = this.bias ? tf.add(product, this.bias.value) : product;
    return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), this.outFeatures]);
  }
}
