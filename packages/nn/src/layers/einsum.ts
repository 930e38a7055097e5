/** @file The dense layer that an equation describes. */
import * as tf from "@tensorflow/tfjs-core";
import { ShapeMismatchError } from "../errors.ts";
import { zerosInit } from "../initializers/constant.ts";
import { lecunNormal } from "../initializers/variance-scaling.ts";
import { Module } from "../module/module.ts";
import type { Param } from "../variable/types.ts";
import { assertTensor, assertSize } from "./checks.ts";
import { einsumProduct, expandEquation, parseEquation } from "./einsum-equation.ts";
import type { LinearOptions } from "./linear.ts";
import { type ForwardOptions, givenOptions } from "./options.ts";
import { makeParam } from "./params.ts";
import { assertDtypes, promoted, type PromoteDtype } from "./promote-dtype.ts";

/** Options of {@link Einsum}. */
export type EinsumOptions = Omit<LinearOptions, "useBias">;

/** Options of {@link Einsum.forward}. */
export interface EinsumForwardOptions extends ForwardOptions {
  /** Beats the attribute. */
  einsumStr?: string | undefined;
}

/**
 * A dense layer described by an equation of two operands, the input and the kernel:
 * `y = einsum(einsumStr, x, kernel) + bias`.
 *
 * `...` stands for axes without a name. `kernel` has `kernelShape`; `bias`, if a `biasShape` is given, that shape:
 * the axes of the kernel that are left in the output, in the output's order. Draws a key of the stream `params` for
 * each. The product is one of matrices: nothing larger than input, kernel and output is made.
 *
 * ```ts
 * const layer = new Einsum("nta,hab->nthb", [8, 2, 4], [8, 4], { rngs }); // [n, t, 2] → [n, t, 8, 4]
 * ```
 *
 * @see flax.nnx.Einsum
 */
export class Einsum extends Module {
  static override readonly name: string = "Einsum";
  readonly einsumStr: string;
  readonly kernelShape: readonly number[];
  readonly biasShape: readonly number[] | undefined;
  declare readonly promoteDtype?: PromoteDtype;
  kernel: Param;
  bias: Param | undefined;

  constructor(einsumStr: string, kernelShape: readonly number[], options: EinsumOptions);
  constructor(
    einsumStr: string,
    kernelShape: readonly number[],
    biasShape: readonly number[] | null | undefined,
    options: EinsumOptions,
  );
  /** @throws InvalidArgumentError for an equation that has not two operands and an output */
  constructor(
    einsumStr: string,
    kernelShape: readonly number[],
    biasShapeOrOptions: readonly number[] | EinsumOptions | null | undefined,
    lastOptions?: EinsumOptions,
  ) {
    super();
    const hasBias = Array.isArray(biasShapeOrOptions);
    // An array is a shape; anything else in its place is the options, or says that there is no bias.
    const biasShape = hasBias ? (biasShapeOrOptions as readonly number[]) : undefined;
    const options = givenOptions(
      lastOptions ?? (hasBias ? undefined : biasShapeOrOptions) ?? undefined,
    ) as EinsumOptions;
    const { rngs, kernelInit = lecunNormal(), biasInit = zerosInit(), promoteDtype } = options;
    parseEquation(einsumStr, this);
    for (const size of kernelShape) assertSize(size, "kernelShape", this);
    for (const size of biasShape ?? []) assertSize(size, "biasShape", this);
    assertDtypes(options, this);
    this.einsumStr = einsumStr.replaceAll(/\s/g, "");
    this.kernelShape = [...kernelShape];
    this.biasShape = biasShape && [...biasShape];
    if (promoteDtype) this.promoteDtype = promoteDtype;
    this.kernel = makeParam(kernelInit, kernelShape, rngs, this, options.kernelMetadata);
    this.bias = biasShape && makeParam(biasInit, biasShape, rngs, this, options.biasMetadata);
  }

  /** @throws ShapeMismatchError for an input that does not fit the equation; InvalidArgumentError for a bad equation */
  forward(x: tf.Tensor, { einsumStr = this.einsumStr }: EinsumForwardOptions = {}): tf.Tensor {
    assertTensor(x, this);
    const [input, kernel, bias] = promoted(this, [x, this.kernel.value, this.bias?.value]);
    const equation = expandEquation(parseEquation(einsumStr, this), input, kernel, this);
    const y = einsumProduct(equation, input, kernel, this);
    if (!bias) return y;
    const shape = Array.from(equation.output).map((label) => {
      return equation.right.includes(label) ? kernel.shape[equation.right.indexOf(label)]! : 1;
    });
    if (tf.util.sizeFromShape(shape) !== bias.size) {
      throw new ShapeMismatchError(
        `expected a bias of ${tf.util.sizeFromShape(shape)} elements, the axes of the kernel that "${einsumStr}" ` +
          `leaves in the output, got one of shape [${bias.shape.join(", ")}]. ` +
          `Pass [${shape.filter((size) => size > 1).join(", ")}] as biasShape.`,
        this,
      );
    }
    return tf.add(y, tf.reshape(bias, shape));
  }
}
