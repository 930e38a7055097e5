/** @file Products of second derivatives with a vector. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { disposeTensors } from "./dispose-tensors.ts";
import { jvpAs } from "./jvp.ts";
import { describe } from "./leaves.ts";
import type { Derivative, Direction } from "./types.ts";
import { vjpAs } from "./vjp.ts";

/**
 * The Hessian of the scalar `f` at `primals`, times `tangents`, forward over reverse: at the cost of some gradients, and
 * no matrix. For one argument its part (a tensor, or a State for a Module), for several an array of them.
 *
 * ```ts
 * hvp((x: tf.Tensor) => tf.sum(tf.pow(x, 3)), [x], [v]); // 6 x v
 * ```
 *
 * @throws InvalidArgumentError when `f` gives no float32 scalar, and for tangents that do not fit
 * @see https://docs.jax.dev/en/latest/notebooks/autodiff_cookbook.html#hessian-vector-products-using-both-forward-and-reverse-mode
 */
export function hvp<Args extends unknown[]>(
  f: (...args: Args) => tf.Tensor,
  primals: readonly [...Args],
  tangents: Direction<Args>,
): Args extends [infer Only] ? Derivative<Only> : Derivative<Args> {
  assertFunction(f, "hvp", "hvp((x) => tf.sum(tf.square(x)), [x], [v])");
  const { name } = f;
  const gradient = (...args: Args): unknown => {
    const [loss, pullback] = vjpAs("hvp", f, args) as [tf.Tensor, (dy: tf.Tensor) => unknown[]];
    assertLoss(loss);
    const gradients = pullback(tf.onesLike(loss));
    return args.length === 1 ? gradients[0] : gradients;
  };
  Object.defineProperty(gradient, "name", { value: name });
  const [value, product] = jvpAs("hvp", gradient, [primals, tangents]);
  disposeTensors(value);
  return product as Args extends [infer Only] ? Derivative<Only> : Derivative<Args>;
}

function assertLoss(loss: unknown): void {
  if (loss instanceof tf.Tensor && loss.rank === 0 && loss.dtype === "float32") return;
  const found = loss instanceof tf.Tensor ? `${loss.dtype} [${loss.shape.join(", ")}]` : describe(loss);
  throw new InvalidArgumentError(
    `hvp: expected a float32 scalar, found ${found}. Reduce it first: tf.sum(y).`,
  );
}
