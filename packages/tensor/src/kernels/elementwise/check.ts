/** @file What elementwise operations accept. */
import * as tf from "@tensorflow/tfjs-core";

/** `linearCombination`, `squareCombination` or `adamDirection` was given tensors or numbers it cannot use. */
export class ElementwiseArgumentError extends Error {
  static override readonly name: string = "ElementwiseArgumentError";
  override readonly name = "ElementwiseArgumentError";
  readonly code = "ELEMENTWISE_ARGUMENT";
}

/** @throws ElementwiseArgumentError unless `x` and `y` are float32 tensors of one shape */
export function assertAlike(
  operation: string,
  names: [x: string, y: string],
  x: tf.Tensor,
  y: tf.Tensor,
): void {
  assertFloat(operation, names[0], x);
  assertFloat(operation, names[1], y);
  if (tf.util.arraysEqual(x.shape, y.shape)) return;
  throw new ElementwiseArgumentError(
    `${operation}: expected ${names[1]} of the shape of ${names[0]}, [${x.shape.join(", ")}], ` +
      `found [${y.shape.join(", ")}].\nNothing is broadcast here: use tf.broadcastTo(y, x.shape), or tf.add and tf.mul.`,
  );
}

/** @throws ElementwiseArgumentError unless `x` is a float32 scalar tensor */
export function assertScalar(operation: string, name: string, x: tf.Tensor): void {
  assertFloat(operation, name, x);
  if (x.rank === 0) return;
  throw new ElementwiseArgumentError(
    `${operation}: expected a scalar tensor as ${name}, found the shape [${x.shape.join(", ")}].\nPass tf.scalar(0.9).`,
  );
}

/** @throws ElementwiseArgumentError unless `x` is a number */
export function assertNumber(operation: string, name: string, x: number): void {
  if (typeof x === "number") return;
  throw new ElementwiseArgumentError(
    `${operation}: expected a number as ${name}, found ${typeof x}.\nPass 0.9; for a tensor use tf.mul and tf.add.`,
  );
}

function assertFloat(operation: string, name: string, x: tf.Tensor): void {
  if (x instanceof tf.Tensor && x.dtype === "float32") return;
  const found: unknown = x;
  throw new ElementwiseArgumentError(
    `${operation}: expected a float32 tensor as ${name}, found ` +
      `${found instanceof tf.Tensor ? `${found.dtype} [${found.shape.join(", ")}]` : typeof found}.\n` +
      `Pass tf.cast(${name}, "float32").`,
  );
}
