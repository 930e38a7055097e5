/** @file The options that recurrent cells have in common, and what they mean for the layers inside. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Initializer } from "../../initializers/initializer.ts";
import { orthogonal } from "../../initializers/orthogonal.ts";
import type { Rngs } from "../../random/rngs.ts";
import type { VariableMetadata } from "../../variable/variable.ts";
import type { LinearOptions } from "../linear.ts";
import type { DtypeOptions } from "../promote-dtype.ts";

/** Options of every recurrent cell. */
export interface RNNCellOptions extends DtypeOptions {
  rngs: Rngs;
  /** What the output, and the memory of an LSTM, go through. Default `tanh`. */
  activationFn?: ((x: tf.Tensor) => tf.Tensor) | undefined;
  /** Makes the kernels that transform the input. Default `lecunNormal()`. */
  kernelInit?: Initializer | undefined;
  /** Makes the kernels that transform what is carried. Default `orthogonal()`. */
  recurrentKernelInit?: Initializer | undefined;
  /** Default zeros. */
  biasInit?: Initializer | undefined;
  /** Makes the first carry, unless `initializeCarry` is told otherwise. Default zeros. */
  carryInit?: Initializer | undefined;
  /** Metadata of the kernels that transform the input. Default none. */
  kernelMetadata?: VariableMetadata | undefined;
  /** Metadata of the kernels that transform what is carried. Default none. */
  recurrentKernelMetadata?: VariableMetadata | undefined;
  /** Metadata of the biases. Default none. */
  biasMetadata?: VariableMetadata | undefined;
}

/** Options of cells with gates. */
export interface GatedCellOptions extends RNNCellOptions {
  /** What the gates go through. Default `sigmoid`. */
  gateFn?: ((x: tf.Tensor) => tf.Tensor) | undefined;
}

/** The options of a cell's layers: those that transform the input, and those that transform what is carried. */
export function denseOptions({
  rngs,
  kernelInit,
  recurrentKernelInit = orthogonal(),
  biasInit,
  kernelMetadata,
  recurrentKernelMetadata,
  biasMetadata,
  dtype,
  paramDtype,
  promoteDtype,
}: RNNCellOptions): { input: LinearOptions; recurrent: LinearOptions } {
  const shared = { rngs, biasInit, biasMetadata, dtype, paramDtype, promoteDtype };
  return {
    input: { ...shared, kernelInit, kernelMetadata },
    recurrent: {
      ...shared,
      kernelInit: recurrentKernelInit,
      kernelMetadata: recurrentKernelMetadata,
    },
  };
}
