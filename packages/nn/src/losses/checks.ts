/** @file Checks that losses make before they compute. */
import { assertTensor } from "../checked-arguments.ts";
import type * as tf from "@tensorflow/tfjs-core";
import { DtypeError, ShapeMismatchError } from "../errors.ts";

/** Checks that the argument `name` of `loss` is float32. */
export function assertFloatArgument(x: tf.Tensor, name: string, loss: string): void {
  assertTensor(x, loss, `a tensor as ${name}`);
  if (x.dtype === "float32") return;
  throw new DtypeError(
    `${loss}: expected float32 ${name}, got ${x.dtype} of shape [${x.shape.join(", ")}]. ` +
      `Convert them: tf.cast(${name}, "float32").`,
  );
}

/** Checks that predictions and targets have one shape, so that nothing is broadcast by mistake. */
export function assertSameShape(predictions: tf.Tensor, targets: tf.Tensor, loss: string): void {
  assertTensor(targets, loss, "a tensor as targets");
  if (predictions.shape.join() === targets.shape.join()) return;
  const [expected, found] = [predictions, targets].map(({ shape }) => `[${shape.join(", ")}]`);
  throw new ShapeMismatchError(
    `${loss}: expected targets of the predictions' shape ${expected}, got ${found}. ` +
      `Give them one shape: tf.reshape(targets, ${expected}).`,
  );
}
