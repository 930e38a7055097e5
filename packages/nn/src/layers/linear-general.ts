/** @file The dense layer over any axes. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { zerosInit } from "../initializers/constant.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { lecunNormal } from "../initializers/variance-scaling.ts";
import { Module } from "../module/module.ts";
import type { Param } from "../variable/types.ts";
import { asAxes, type Axes, axesOf } from "./axes.ts";
import { assertTensor, assertSize } from "./checks.ts";
import { dotGeneral } from "./dot-general.ts";
import type { LinearOptions } from "./linear.ts";
import { type ForwardOptions, givenOptions } from "./options.ts";
import { packedDot } from "./packed-dot.ts";
import { packedOf } from "./packed.ts";
import { makeKernelAndBias } from "./params.ts";
import { assertDtypes, promoted, type PromoteDtype } from "./promote-dtype.ts";

/** Options of {@link LinearGeneral}. */
export interface LinearGeneralOptions extends LinearOptions {
  /** The axes of the input to contract, as many as there are `inFeatures`. Default -1. */
  axis?: Axes | undefined;
  /** Axes that each have kernels and biases of their own, with their sizes: the first ones, `{ 0: 8 }`. Default none. */
  batchAxis?: Readonly<Record<number, number>> | undefined;
}

/**
 * A dense layer over any axes: it contracts `axis` of the input with the kernel, and puts `outFeatures` last.
 *
 * `kernel` has shape `[...batch, ...inFeatures, ...outFeatures]`, `bias` `[...batch, ...outFeatures]`; the output
 * has the axes of `batchAxis`, those that are not contracted, then `outFeatures`. The axes are contracted in
 * ascending order, whichever order they are given in. The initialisers are given the flattened shapes
 * `[batch * in, out]` and `[batch * out]`. Draws two keys of the stream `params`: kernel, bias.
 *
 * ```ts
 * const heads = new LinearGeneral(64, [8, 16], { rngs }); // [..., 64] → [..., 8, 16]
 * const merge = new LinearGeneral([8, 16], 64, { axis: [-2, -1], rngs }); // and back
 * ```
 *
 * @see flax.nnx.LinearGeneral
 */
export class LinearGeneral extends Module {
  static override readonly name: string = "LinearGeneral";
  readonly inFeatures: readonly number[];
  readonly outFeatures: readonly number[];
  readonly axis: readonly number[];
  readonly batchAxis: Readonly<Record<number, number>>;
  readonly useBias: boolean;
  declare readonly promoteDtype?: PromoteDtype;
  kernel: Param;
  bias: Param | undefined;

  /** @throws InvalidArgumentError when axes and sizes do not fit together */
  constructor(
    inFeatures: number | readonly number[],
    outFeatures: number | readonly number[],
    options: LinearGeneralOptions,
  ) {
    super();
    const {
      axis = -1,
      batchAxis = {},
      useBias = true,
      kernelInit = lecunNormal(),
      biasInit = zerosInit(),
      promoteDtype,
    } = givenOptions(options);
    this.inFeatures = [inFeatures].flat();
    this.outFeatures = [outFeatures].flat();
    this.axis = asAxes(axis, "axis", this);
    this.batchAxis = { ...batchAxis };
    this.useBias = useBias;
    if (promoteDtype) this.promoteDtype = promoteDtype;
    const batch = Object.values(this.batchAxis);
    for (const size of this.inFeatures) assertSize(size, "inFeatures", this);
    for (const size of this.outFeatures) assertSize(size, "outFeatures", this);
    for (const size of batch) assertSize(size, "batchAxis", this);
    assertAxes(this);
    assertDtypes(givenOptions(options), this);

    const kernelShape = [...batch, ...this.inFeatures, ...this.outFeatures];
    const biasShape = [...batch, ...this.outFeatures];
    const outSize = tf.util.sizeFromShape([...this.outFeatures]);
    const flat = {
      kernelInit: flattened(kernelInit, [tf.util.sizeFromShape(kernelShape) / outSize, outSize]),
      biasInit: flattened(biasInit, [tf.util.sizeFromShape(biasShape)]),
    };
    const { kernel, bias } = makeKernelAndBias(kernelShape, biasShape, { ...options, ...flat }, this);
    this.kernel = kernel;
    this.bias = bias;
  }

  /** @throws ShapeMismatchError for an input whose axes have other sizes; DtypeError for one without numbers */
  forward(x: tf.Tensor, _options?: ForwardOptions): tf.Tensor {
    assertTensor(x, this);
    const axes = axesOf(this.axis, x.shape, "axis", this);
    const batch = Object.values(this.batchAxis);
    const batchAxes = batch.map((_, axis) => axis);
    assertInput(this, x, axes);
    const packed = batch.length === 0 ? packedOf(this.kernel, this) : undefined;
    const [input, kernel, bias] = promoted(this, [
      x,
      packed ? undefined : this.kernel.value,
      this.bias?.value,
    ]);
    const contract = axes.map((_, i) => batch.length + i);
    const product = packed
      ? packedDot(packed, input, axes, this.outFeatures)
      : dotGeneral(input, kernel!, { contract: axes, batch: batchAxes }, { contract, batch: batchAxes });
    if (!bias) return product;
    // Outputs of one group share its bias; without groups the bias broadcasts as it is.
    const free = product.rank - batch.length - this.outFeatures.length;
    const ones = Array.from({ length: free }, () => 1);
    const isPlain = batch.length === 0;
    return tf.add(product, isPlain ? bias : tf.reshape(bias, [...batch, ...ones, ...this.outFeatures]));
  }
}

function assertAxes(layer: LinearGeneral): void {
  const { inFeatures, outFeatures, axis, batchAxis } = layer;
  if (inFeatures.length === 0 || outFeatures.length === 0 || inFeatures.length !== axis.length) {
    throw new InvalidArgumentError(
      `expected one axis for each of inFeatures [${inFeatures.join(", ")}], and outFeatures, got axis ` +
        `[${axis.join(", ")}]. Name them: { axis: [${inFeatures.map((_, i) => i - inFeatures.length).join(", ")}] }.`,
      layer,
    );
  }
  const batchAxes = Object.keys(batchAxis);
  if (batchAxes.some((name, i) => name !== String(i))) {
    throw new InvalidArgumentError(
      `expected the first axes for batchAxis, 0, 1, …, got ${batchAxes.join(", ")}. Transpose the input first.`,
      layer,
    );
  }
}

function assertInput(layer: LinearGeneral, x: tf.Tensor, axes: readonly number[]): void {
  const batch = Object.values(layer.batchAxis);
  const expected = new Map<number, number>([
    ...batch.entries(),
    ...axes.map((axis, i): [number, number] => [axis, layer.inFeatures[i]!]),
  ]);
  const fits =
    expected.size === batch.length + layer.axis.length &&
    [...expected].every(([axis, size]) => x.shape[axis] === size);
  if (fits) return;
  const sizes = [...expected].map(([axis, size]) => `axis ${axis} ${size}`).join(", ");
  throw new ShapeMismatchError(
    `expected ${sizes} (batchAxis, then inFeatures), all different, got an input of shape [${x.shape.join(", ")}]. ` +
      `Pass the sizes of these axes as inFeatures, in ascending order of the axes.`,
    layer,
  );
}

/** `init` for `shape`, read as the shape that is asked for. */
function flattened(init: Initializer, shape: readonly number[]): Initializer {
  return (key, wanted) => tf.reshape(init(key, shape), [...wanted]);
}
