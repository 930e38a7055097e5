/** @file The dense layer. */
import * as tf from "@tensorflow/tfjs-core";
import type { Initializer } from "../initializers/initializer.ts";
import { Module } from "../module/module.ts";
import type { Rngs } from "../random/rngs.ts";
import type { Param } from "../variable/types.ts";
import type { VariableMetadata } from "../variable/variable.ts";
import { assertAxis, assertSize } from "./checks.ts";
import { type ForwardOptions, givenOptions } from "./options.ts";
import { packedOf } from "./packed.ts";
import { makeKernelAndBias } from "./params.ts";
import { assertDtypes, type DtypeOptions, promoted, type PromoteDtype } from "./promote-dtype.ts";

/** Options of {@link Linear}. */
export interface LinearOptions extends DtypeOptions {
  rngs: Rngs;
  /** Whether to add a bias. Default true. */
  useBias?: boolean | undefined;
  /** Default `lecunNormal()`. */
  kernelInit?: Initializer | undefined;
  /** Default zeros. */
  biasInit?: Initializer | undefined;
  /** Metadata of the kernel's Variable. Default none. */
  kernelMetadata?: VariableMetadata | undefined;
  /** Metadata of the bias's Variable. Default none. */
  biasMetadata?: VariableMetadata | undefined;
}

/**
 * A dense layer: `y = x @ kernel + bias`, `[..., inFeatures] → [..., outFeatures]`.
 *
 * `kernel` has shape `[inFeatures, outFeatures]`, `bias` `[outFeatures]`. Draws two keys of the stream `params`:
 * kernel, bias (none for a missing bias). Integers and bools are taken as float32.
 *
 * @see flax.nnx.Linear
 */
export class Linear extends Module {
  static override readonly name: string = "Linear";
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly useBias: boolean;
  declare readonly promoteDtype?: PromoteDtype;
  kernel: Param;
  bias: Param | undefined;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions) {
    super();
    const { useBias = true, promoteDtype } = givenOptions(options);
    assertSize(inFeatures, "inFeatures", this);
    assertSize(outFeatures, "outFeatures", this);
    assertDtypes(givenOptions(options), this);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.useBias = useBias;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    const shape = [inFeatures, outFeatures];
    const { kernel, bias } = makeKernelAndBias(shape, [outFeatures], givenOptions(options), this);
    this.kernel = kernel;
    this.bias = bias;
  }

  /** @throws ShapeMismatchError for an input that is not `[..., inFeatures]`; DtypeError for one without numbers */
  forward(x: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    assertAxis(x, -1, this.inFeatures, "inFeatures", this);
    const packed = packedOf(this.kernel, this);
    const [input, kernel, bias] = promoted(this, [
      x,
      packed ? undefined : this.kernel.value,
      this.bias?.value,
    ]);
    const rows = x.rank === 2 ? input : tf.reshape(input, [-1, this.inFeatures]);
    const product = packed?.matMul(rows) ?? tf.matMul(rows, kernel!);
    const y = bias ? tf.add(product, bias) : product;
    return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), this.outFeatures]);
  }
}
