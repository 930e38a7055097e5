/** @file Bringing inputs and parameters to one dtype. */
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, InvalidArgumentError } from "../errors.ts";

/** The dtype that layers compute in and keep parameters in: TensorFlow.js has no other floating one. */
export type FloatDtype = "float32";

/**
 * Brings the input and the parameters of a layer (`undefined` where it has none) to the dtype of the computation,
 * before the layer uses them.
 *
 * @see flax.nnx.nn.dtypes.promote_dtype
 */
export type PromoteDtype = <T extends readonly (tf.Tensor | undefined)[]>(
  tensors: readonly [...T],
  options: { dtype: FloatDtype },
) => readonly [...T];

/** Options of layers about dtypes. */
export interface DtypeOptions {
  /** The dtype of the computation. Default `"float32"`, which is all that TensorFlow.js computes in. */
  dtype?: FloatDtype | undefined;
  /** The dtype of the parameters. Default `"float32"`. */
  paramDtype?: FloatDtype | undefined;
  /** What is done to input and parameters first, say to round them. Default: integers and bools become float32. */
  promoteDtype?: PromoteDtype | undefined;
}

/** Integers and bools as float32, other tensors as they are. */
export const promoteDtype: PromoteDtype = (tensors) => {
  // The tuple of the same length, tensor for tensor.
  return tensors.map(asFloat) as unknown as typeof tensors;
};

function asFloat(tensor: tf.Tensor | undefined): tf.Tensor | undefined {
  if (tensor === undefined || tensor.dtype === "float32") return tensor;
  if (tensor.dtype === "int32" || tensor.dtype === "bool") return tf.cast(tensor, "float32");
  throw new DtypeError(
    `expected real numbers, got ${tensor.dtype} of shape [${tensor.shape.join(", ")}]. ` +
      `Convert them: tf.real(x) for complex64, indices for strings.`,
  );
}

/** A layer that may have a rule of its own. */
interface Promoting {
  readonly promoteDtype?: PromoteDtype;
}

/** Applies the layer's rule to the input and the parameters that one call uses. */
export function promoted<T extends readonly (tf.Tensor | undefined)[]>(
  layer: Promoting,
  tensors: readonly [...T],
): readonly [...T] {
  try {
    return (layer.promoteDtype ?? promoteDtype)(tensors, { dtype: "float32" });
  } catch (error) {
    throw error instanceof DtypeError && !error.subject ? new DtypeError(error.detail, layer) : error;
  }
}

/** Checks what callers without types may give. */
export function assertDtypes({ dtype, paramDtype, promoteDtype: rule }: DtypeOptions, layer: object): void {
  for (const [name, value] of Object.entries({ dtype, paramDtype })) {
    if (value === undefined || value === "float32") continue;
    throw new InvalidArgumentError(
      `expected "float32" for ${name}, the only floating dtype of TensorFlow.js, got ${JSON.stringify(value)}. ` +
        `Leave it out; promoteDtype rounds further.`,
      layer,
    );
  }
  if (rule === undefined || typeof rule === "function") return;
  throw new InvalidArgumentError(
    `expected a function for promoteDtype, got ${typeof rule}. Leave it out, or write { promoteDtype: (tensors) => tensors }.`,
    layer,
  );
}
