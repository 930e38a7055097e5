/** @file The numbers that a metric gets with one update, and which of them count. */
import { broadcastTo, full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, MissingArgumentError, ShapeMismatchError } from "../errors.ts";
import { guesses } from "../near-miss.ts";

/** What an average is updated with, under the name that it was made with. */
export type ValueUpdates<Name extends string> = Record<Name, number | tf.Tensor> & {
  /** Only values where it is true count; it broadcasts to their shape. */
  mask?: tf.Tensor | undefined;
};

/** Numbers as float32, and where they count: everywhere without `mask`, which is of their shape otherwise. */
export interface Values {
  readonly values: tf.Tensor;
  readonly mask: tf.Tensor | undefined;
  /** How many count: int32 `[]`. */
  readonly count: tf.Tensor;
}

/**
 * The update called `name` among `updates`.
 *
 * @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError
 */
export function valuesOf<Name extends string>(
  updates: ValueUpdates<Name>,
  name: Name,
  metric: object,
): Values {
  // From plain JavaScript it may be anything.
  const updatesOrNone = (updates as typeof updates | undefined) ?? ({} as typeof updates);
  const given: unknown = Object.hasOwn(updatesOrNone, name) ? updatesOrNone[name] : undefined;
  const { mask } = updatesOrNone;
  if (given === undefined) {
    throw missingUpdate([name], updates, metric, ", or name it when the metric is made");
  }
  if (typeof given === "number" && !mask) {
    return { values: tf.scalar(given), mask: undefined, count: tf.scalar(1, "int32") };
  }
  if (!(given instanceof tf.Tensor)) {
    throw new InvalidArgumentError(
      mask && typeof given === "number"
        ? `expected a tensor for ${name} where there is a mask, got a number. Leave the mask out.`
        : `expected a number or a tensor for ${name}, got ${given === null ? "null" : typeof given}. ` +
            `Make a tensor of several numbers: tf.tensor1d([…]).`,
      metric,
    );
  }
  const values = tf.cast(given, "float32");
  if (!mask) return { values, mask, count: tf.scalar(values.size, "int32") };
  const wide = maskFor(mask, values, name, metric);
  return { values, mask: wide, count: tf.sum(tf.cast(wide, "int32")) };
}

/** The error for an update that lacks some of `names`, which may be misspelt there. */
export function missingUpdate(
  names: readonly string[],
  updates: unknown,
  metric: object,
  otherwise = "",
): MissingArgumentError {
  const isRecord = typeof updates === "object" && updates !== null && !(updates instanceof tf.Tensor);
  const found = isRecord ? Object.keys(updates) : [];
  const got = isRecord
    ? found.join(", ") || "none"
    : updates instanceof tf.Tensor
      ? "a tensor"
      : JSON.stringify(updates);
  const others = found.filter((name) => !names.includes(name));
  return new MissingArgumentError(
    [
      `expected ${names.length > 1 ? "updates" : "an update"} called ${names.join(" and ")}, got ${got}.`,
      ...guesses(others, names),
      `Write update({ ${names.map((name) => `${name}: …`).join(", ")} })${otherwise}.`,
    ].join(" "),
    metric,
  );
}

/**
 * The mask of an update as bool, of the shape of what it is for: each element that counts is true.
 *
 * @param name what `values` are called, in errors
 * @throws InvalidArgumentError for what is no tensor, ShapeMismatchError for a mask that does not broadcast to the shape
 */
export function maskFor(mask: tf.Tensor, values: tf.Tensor, name: string, metric: object): tf.Tensor {
  for (const [given, called] of [
    [mask, "mask"],
    [values, name],
  ] as const) {
    if (given instanceof tf.Tensor) continue;
    const found = Array.isArray(given) ? "an array" : typeof given;
    throw new InvalidArgumentError(
      `expected a tensor for ${called}, got ${found}. Write tf.tensor(…).`,
      metric,
    );
  }
  const missing = values.rank - mask.rank;
  const fits = mask.shape.every((size, i) => size === 1 || size === values.shape[missing + i]);
  if (missing < 0 || !fits) {
    throw new ShapeMismatchError(
      `expected a mask that broadcasts to the shape [${values.shape.join(", ")}] of ${name}, got ` +
        `[${mask.shape.join(", ")}]. Write tf.reshape(mask, …) with one size for each axis.`,
      metric,
    );
  }
  // Differs from Flax, which counts the elements of the mask as it was given: each element that counts is one.
  return broadcastTo(tf.cast(mask, "bool"), values.shape);
}

/** The sum of the values that count: float32 `[]`. */
export function sumOf(values: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
  return tf.sum(mask ? tf.where(mask, values, tf.zerosLike(values)) : values);
}

/**
 * `numerator / denominator`, and `otherwise` where the denominator is 0, which the division on webgl takes for 1.
 *
 * @param denominator int32 or float32
 * @param otherwise NaN unless given
 */
export function ratio(numerator: tf.Tensor, denominator: tf.Tensor, otherwise = NaN): tf.Tensor {
  const divisor = tf.cast(denominator, "float32");
  const isNone = tf.equal(divisor, 0);
  const safe = tf.where(isNone, tf.onesLike(divisor), divisor);
  return tf.where(isNone, full(divisor.shape, otherwise, "float32"), tf.div(numerator, safe));
}
