/** @file `base ** exponent` for an integer exponent that lives on the device. */
import * as tf from "@tensorflow/tfjs-core";
import { runKernel } from "../run.ts";

/** `integerPower` was given a base or an exponent it cannot use. */
export class IntegerPowerArgumentError extends Error {
  static override readonly name: string = "IntegerPowerArgumentError";
  override readonly name = "IntegerPowerArgumentError";
  readonly code = "INTEGER_POWER_ARGUMENT";
}

/**
 * The float32 scalar `base ** exponent`, with `base` rounded to float32 first.
 *
 * Within 1 ulp on cpu and wasm, a few ulp on webgl and webgpu, where `tf.pow` is off by hundreds: enough for the
 * `1 - decay ** step` of Adam.
 *
 * @param base a number
 * @param exponent an int32 scalar tensor
 * @throws {IntegerPowerArgumentError} if an argument is something else
 */
export function integerPower(base: number, exponent: tf.Tensor): tf.Scalar {
  if (typeof base !== "number") {
    throw new IntegerPowerArgumentError(
      `integerPower: expected a number as base, found ${typeof base}.\nPass 0.9.`,
    );
  }
  if (!(exponent instanceof tf.Tensor && exponent.dtype === "int32" && exponent.rank === 0)) {
    const found =
      exponent instanceof tf.Tensor ? `${exponent.dtype} tensor [${exponent.shape.join()}]` : typeof exponent;
    throw new IntegerPowerArgumentError(
      `integerPower: expected an int32 scalar tensor as exponent, found ${found}.\nPass tf.scalar(3, "int32").`,
    );
  }
  // The shape rule of the kernel gives rank 0.
  return runKernel("IntegerPower", { exponent }, { base }) as tf.Scalar;
}
