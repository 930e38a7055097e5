/** @file Initialisers whose spread follows from the shape. */
import { assertOptions } from "../checked-arguments.ts";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { madeBy } from "../graph/made-by.ts";
import type { Initializer } from "./initializer.ts";

/** What the variance is divided by; both spellings of a name mean the same. */
export type FanMode =
  "fanIn" | "fanOut" | "fanAvg" | "fanGeoAvg" | "fan_in" | "fan_out" | "fan_avg" | "fan_geo_avg";

/** The distribution that is scaled. */
export type FanDistribution = "truncatedNormal" | "truncated_normal" | "normal" | "uniform";

/** Which axes are inputs, outputs and batch; negative ones count from the end. */
export interface FanAxes {
  /** Default -2. */
  inAxis?: number | readonly number[] | undefined;
  /** Default -1. */
  outAxis?: number | readonly number[] | undefined;
  /** Default none. */
  batchAxis?: number | readonly number[] | undefined;
}

/**
 * Spread `variance = scale / fan`: the fan is the number of inputs or outputs of a unit, or their mean,
 * arithmetic (`fanAvg`) or geometric (`fanGeoAvg`).
 *
 * `truncatedNormal` is truncated at two standard deviations and corrected for it; `uniform` reaches to
 * `sqrt(3 * variance)` on both sides.
 *
 * @throws InvalidArgumentError when used for a shape with fewer than two axes, and for an unknown mode or distribution
 * @see jax.nn.initializers.variance_scaling
 */
export function varianceScaling(
  scale: number,
  mode: FanMode,
  distribution: FanDistribution,
  axes: FanAxes = {},
): Initializer {
  assertOptions(axes, "initializers");
  const { inAxis = -2, outAxis = -1, batchAxis = [] } = axes;
  const roles = [inAxis, outAxis, batchAxis].map((axis) => Object.freeze([axis].flat()));
  const init: Initializer = (key, shape) =>
    tf.tidy(() => {
      const [fanIn, fanOut] = fans(shape, roles);
      const variance = scale / fanOf(mode, fanIn, fanOut);
      if (distribution === "normal") return tf.mul(random.normal(key, [...shape]), Math.sqrt(variance));
      if (distribution === "uniform") {
        return tf.mul(random.uniform(key, [...shape], -1, 1), Math.sqrt(3 * variance));
      }
      assertTruncatedNormal(distribution);
      return tf.mul(random.truncatedNormal(key, -2, 2, [...shape]), Math.sqrt(variance) / TRUNCATED_STDDEV);
    });
  return madeBy(init, varianceScaling, [scale, mode, distribution, ...roles]);
}

/** `varianceScaling(1, "fanIn", "truncatedNormal")`. LeCun et al., 1998. */
export function lecunNormal(axes?: FanAxes): Initializer {
  return varianceScaling(1, "fanIn", "truncatedNormal", axes);
}

/** `varianceScaling(1, "fanIn", "uniform")`. */
export function lecunUniform(axes?: FanAxes): Initializer {
  return varianceScaling(1, "fanIn", "uniform", axes);
}

/** `varianceScaling(1, "fanAvg", "truncatedNormal")`. Glorot and Bengio, 2010. */
export function glorotNormal(axes?: FanAxes): Initializer {
  return varianceScaling(1, "fanAvg", "truncatedNormal", axes);
}

/** `varianceScaling(1, "fanAvg", "uniform")`. */
export function glorotUniform(axes?: FanAxes): Initializer {
  return varianceScaling(1, "fanAvg", "uniform", axes);
}

/** `varianceScaling(2, "fanIn", "truncatedNormal")`. He et al., 2015. */
export function heNormal(axes?: FanAxes): Initializer {
  return varianceScaling(2, "fanIn", "truncatedNormal", axes);
}

/** `varianceScaling(2, "fanIn", "uniform")`. */
export function heUniform(axes?: FanAxes): Initializer {
  return varianceScaling(2, "fanIn", "uniform", axes);
}

/** The standard deviation of a standard normal truncated to (-2, 2). */
const TRUNCATED_STDDEV = 0.87962566103423978;

/** The fans of `shape`, whose axes are inputs, outputs and batch. */
function fans(shape: readonly number[], roles: readonly (readonly number[])[]): [number, number] {
  if (shape.length < 2) {
    throw new InvalidArgumentError(
      `Cannot compute input and output sizes of a parameter of shape [${shape.join(", ")}]: variance scaling needs ` +
        `at least two axes. Use initializers.normal() or zerosInit().`,
    );
  }
  const product = (axes: readonly number[]) => axes.reduce((size, axis) => size * (shape.at(axis) ?? 1), 1);
  const [inSize, outSize, batchSize] = roles.map(product) as [number, number, number];
  const total = shape.reduce((size, dimension) => size * dimension, 1);
  const receptiveField = total / inSize / outSize / batchSize;
  return [inSize * receptiveField, outSize * receptiveField];
}

function fanOf(mode: FanMode, fanIn: number, fanOut: number): number {
  if (mode === "fanIn" || mode === "fan_in") return fanIn;
  if (mode === "fanOut" || mode === "fan_out") return fanOut;
  if (mode === "fanAvg" || mode === "fan_avg") return (fanIn + fanOut) / 2;
  if (mode === "fanGeoAvg" || mode === "fan_geo_avg") return Math.sqrt(fanIn * fanOut);
  throw new InvalidArgumentError(
    `Invalid mode ${String(mode)}: expected fanIn, fanOut, fanAvg or fanGeoAvg.`,
  );
}

function assertTruncatedNormal(distribution: FanDistribution): void {
  if (distribution === "truncatedNormal" || distribution === "truncated_normal") return;
  throw new InvalidArgumentError(
    `Invalid distribution ${distribution}: expected truncatedNormal, normal or uniform.`,
  );
}
