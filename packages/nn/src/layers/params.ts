/** @file Making parameters. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError, ShapeMismatchError } from "../errors.ts";
import { zerosInit } from "../initializers/constant.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { RNGS } from "../graph/kinds.ts";
import { lecunNormal } from "../initializers/variance-scaling.ts";
import type { Rngs } from "../random/rngs.ts";
import { Param } from "../variable/types.ts";
import type { VariableMetadata } from "../variable/variable.ts";

/** A parameter of `shape`, made with the next key of the stream `params`. */
export function makeParam(
  init: Initializer,
  shape: readonly number[],
  rngs: Rngs,
  layer: object,
  metadata?: VariableMetadata,
): Param {
  return new Param(initialize(init, shape, rngs, layer), metadata);
}

/** Options of the kernel and the bias of a layer. */
interface KernelAndBiasOptions {
  rngs: Rngs;
  useBias?: boolean | undefined;
  kernelInit?: Initializer | undefined;
  biasInit?: Initializer | undefined;
  kernelMetadata?: VariableMetadata | undefined;
  biasMetadata?: VariableMetadata | undefined;
}

/** The kernel of a layer, then its bias, unless it has none. */
export function makeKernelAndBias(
  kernelShape: readonly number[],
  biasShape: readonly number[],
  options: KernelAndBiasOptions,
  layer: object,
): { kernel: Param; bias: Param | undefined } {
  const { rngs, useBias = true, kernelInit = lecunNormal(), biasInit = zerosInit() } = options;
  const kernel = makeParam(kernelInit, kernelShape, rngs, layer, options.kernelMetadata);
  const bias = useBias ? makeParam(biasInit, biasShape, rngs, layer, options.biasMetadata) : undefined;
  return { kernel, bias };
}

/** A first value of `shape`, made with the next key of the stream `params`. */
export function initialize(
  init: Initializer,
  shape: readonly number[],
  rngs: Rngs,
  layer: object,
): tf.Tensor {
  // Not instanceof: who gives Rngs has brought the class.
  if (!isRngs(rngs)) {
    throw new MissingArgumentError(
      "needs random streams for its parameters. Write { rngs: new Rngs(0) }.",
      layer,
    );
  }
  if (typeof init !== "function") {
    throw new InvalidArgumentError(
      `expected a function for the initialiser, got ${typeof init}. Write initializers.lecunNormal().`,
      layer,
    );
  }
  return tf.tidy(() => {
    const value: unknown = init(rngs.key("params"), shape);
    assertInitialized(value, shape, layer);
    return value;
  });
}

function isRngs(value: unknown): value is Rngs {
  return typeof value === "object" && value !== null && RNGS in value;
}

function assertInitialized(
  value: unknown,
  shape: readonly number[],
  layer: object,
): asserts value is tf.Tensor {
  const wanted = `a tensor of shape [${shape.join(", ")}]`;
  if (!(value instanceof tf.Tensor)) {
    throw new InvalidArgumentError(
      `expected the initialiser to return ${wanted}, got ${value === null ? "null" : typeof value}. Write ` +
        `{ kernelInit: initializers.lecunNormal() }.`,
      layer,
    );
  }
  if (value.shape.join() === shape.join()) return;
  throw new ShapeMismatchError(
    `expected the initialiser to return ${wanted}, got one of shape [${value.shape.join(", ")}]. ` +
      `Make it of the shape that it is asked for: (key, shape) => tf.ones(shape).`,
    layer,
  );
}
