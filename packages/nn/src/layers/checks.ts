/** @file Checks that layers make before they touch anything. */
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, InvalidArgumentError, ShapeMismatchError } from "../errors.ts";

/** Checks that `x` is a tensor, and not disposed of: callers without types, and those who free too early. */
export function assertTensor(x: tf.Tensor, layer: object): void {
  if (!(x instanceof tf.Tensor)) {
    const found: unknown = x;
    const kind = Array.isArray(found) ? "an array" : found === null ? "null" : typeof found;
    throw new InvalidArgumentError(`expected a tensor as input, got ${kind}. Write tf.tensor(…).`, layer);
  }
  if (!x.isDisposed) return;
  throw new InvalidArgumentError(
    `the input is a disposed tensor of shape [${x.shape.join(", ")}]. Dispose of it after the call, or give a copy: ` +
      `x.clone().`,
    layer,
  );
}

/** Checks that `x` is float32. */
export function assertFloat(x: tf.Tensor, layer: object): void {
  assertTensor(x, layer);
  if (x.dtype === "float32") return;
  throw new DtypeError(
    `expected a float32 input, got ${x.dtype} of shape [${x.shape.join(", ")}]. Convert it: tf.cast(x, "float32").`,
    layer,
  );
}

/** Checks that axis `axis` of `x` has `size` elements; `name` is what the layer calls that size. */
export function assertAxis(x: tf.Tensor, axis: number, size: number, name: string, layer: object): void {
  assertTensor(x, layer);
  const index = axis < 0 ? x.rank + axis : axis;
  const found = x.shape[index];
  if (found === size) return;
  const which = axis === -1 ? "last axis" : `axis ${axis}`;
  throw new ShapeMismatchError(
    `expected ${which} ${size} (${name}), got an input of shape [${x.shape.join(", ")}]. ` +
      (found === undefined
        ? `Add the axis: tf.expandDims(x, 0).`
        : `Pass ${name}: ${found}, or project the input to ${size} first.`),
    layer,
  );
}

/** Checks that `value` is a positive integer. */
export function assertSize(value: number, name: string, layer: object): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new InvalidArgumentError(
    `expected a positive integer for ${name}, got ${typeof value === "string" ? JSON.stringify(value) : value}.`,
    layer,
  );
}
