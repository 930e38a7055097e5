/** @file Products of second derivatives with a vector. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { disposeTensors } from "./dispose-tensors.ts";
import { jvp } from "./jvp.ts";
import type { Derivative, Direction } from "./types.ts";
import { vjp } from "./vjp.ts";

/**
 * The Hessian of the scalar `f` at `primals`, times `tangents`, forward over reverse: at the cost of some gradients, and
 * no matrix. For one argument its part (a tensor, or a State for a Module), for several an array of them.
 *
 * ```ts
 * hvp((x: tf.Tensor) => tf.sum(tf.pow(x, 3)), [x], [v]); // 6 x v
 * ```
 *
 * @throws InvalidArgumentError when `f` gives no scalar
 * @see https://docs.jax.dev/en/latest/notebooks/autodiff_cookbook.html#hessian-vector-products-using-both-forward-and-reverse-mode
 */
export function hvp<Args extends unknown[]>(
  f: (...args: Args) => tf.Tensor,
  primals: readonly [...Args],
  tangents: Direction<Args>,
): Args extends [infer Only] ? Derivative<Only> : Derivative<Args> {
  assertFunction(f, "hvp", "hvp((x) => tf.sum(tf.square(x)), [x], [v])");
  const gradient = (...args: Args): unknown => {
    const [loss, pullback] = vjp(f, args);
    if (loss.rank !== 0 || loss.dtype !== "float32") {
      throw new InvalidArgumentError(
        `hvp: expected a float32 scalar, found ${loss.dtype} [${loss.shape.join(", ")}]. Reduce it first: tf.sum(y).`,
      );
    }
    const gradients = pullback(tf.onesLike(loss) as never) as unknown[];
    return args.length === 1 ? gradients[0] : gradients;
  };
  const [value, product] = jvp(gradient, primals, tangents) as [unknown, unknown];
  disposeTensors(value);
  return product as Args extends [infer Only] ? Derivative<Only> : Derivative<Args>;
}
