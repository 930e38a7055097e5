/** @file A learning rate that falls when the loss does not. */
import { InvalidArgumentError, madeBy, MissingArgumentError } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertCount, assertNumber, assertOptions } from "../checked-arguments.ts";
import { copyOf } from "../transform/scale-by-schedule.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { selectTree } from "./select.ts";
import { COUNT, NOT_NEGATIVE, WHOLE } from "../ranges.ts";

/** The state of {@link reduceOnPlateau}: scalars, counts in int32. */
export type ReduceOnPlateauState = {
  /** What updates are multiplied by. */
  readonly scale: tf.Tensor;
  readonly bestValue: tf.Tensor;
  /** How many means in a row were no better. */
  readonly plateauCount: tf.Tensor;
  /** How many means are still not judged. */
  readonly cooldownCount: tf.Tensor;
  /** How many values the mean has. */
  readonly count: tf.Tensor;
  readonly avgValue: tf.Tensor;
};

/** Options of {@link reduceOnPlateau}. */
export interface ReduceOnPlateauOptions {
  /** What the scale is multiplied by, between 0 and 1. Default 0.1. */
  factor?: number | undefined;
  /** How many means without improvement reduce it. Default 10. */
  patience?: number | undefined;
  /** What counts as improvement, relative to the best value. Default 1e-4. */
  rtol?: number | undefined;
  /** What counts as improvement. Default 0. */
  atol?: number | undefined;
  /** How many means after a reduction do not count. Default 0. */
  cooldown?: number | undefined;
  /** How many values make a mean: 1 for the loss of a test set, more for those of batches. Default 1. */
  accumulationSize?: number | undefined;
  /** The least scale. Default 0. */
  minScale?: number | undefined;
}

/**
 * Updates times a scale that begins at 1 and is reduced where the loss no longer falls; it comes last in a chain. The
 * loss is told to each update:
 *
 * ```ts
 * const tx = chain(adam(1e-3), reduceOnPlateau({ factor: 0.5, patience: 5 }));
 * optimizer.update(model, grads, { value: loss });
 * ```
 *
 * @throws InvalidArgumentError for options out of bounds; MissingArgumentError by `update` without `value`
 * @see optax.contrib.reduce_on_plateau
 */
export function reduceOnPlateau(
  options: ReduceOnPlateauOptions = {},
): GradientTransformation<ReduceOnPlateauState> {
  assertOptions(options, "reduceOnPlateau", {
    factor: true,
    patience: WHOLE,
    rtol: NOT_NEGATIVE,
    atol: NOT_NEGATIVE,
    cooldown: WHOLE,
    accumulationSize: COUNT,
    minScale: NOT_NEGATIVE,
  });
  const {
    factor = 0.1,
    patience = 10,
    rtol = 1e-4,
    atol = 0,
    cooldown = 0,
    accumulationSize = 1,
    minScale = 0,
  } = options;
  for (const [name, value] of Object.entries({ factor, patience, rtol, atol, cooldown, minScale })) {
    assertNumber(value, name, "reduceOnPlateau");
  }
  assertCount(accumulationSize, "accumulationSize", "reduceOnPlateau");
  assertBounds(factor, rtol, atol);

  /** The state after a whole mean. */
  const judged = (state: ReduceOnPlateauState): ReduceOnPlateauState => {
    const [zero, one] = [tf.scalar(0, "int32"), tf.scalar(1, "int32")];
    const bound = tf.sub(tf.mul(state.bestValue, 1 - rtol), atol);
    const hasImproved = tf.less(state.avgValue, bound);
    const isCooling = tf.greater(copyOf(state.cooldownCount), zero);
    const plateau = tf.where(hasImproved, zero, random.increment(state.plateauCount));
    const isPlateau = tf.equal(plateau, tf.scalar(patience, "int32"));
    const reduced = tf.maximum(tf.where(isPlateau, tf.mul(state.scale, factor), state.scale), minScale);
    const pause = tf.where(isPlateau, tf.scalar(cooldown, "int32"), zero);
    return {
      scale: tf.where(isCooling, state.scale, reduced),
      bestValue: tf.where(hasImproved, state.avgValue, state.bestValue),
      plateauCount: tf.where(tf.logicalOr(isCooling, isPlateau), zero, plateau),
      cooldownCount: tf.where(isCooling, tf.sub(copyOf(state.cooldownCount), one), pause),
      count: zero,
      avgValue: tf.scalar(0),
    };
  };

  const transformation: GradientTransformation<ReduceOnPlateauState> = {
    init: () => ({
      scale: tf.scalar(1),
      bestValue: tf.scalar(Infinity),
      plateauCount: tf.scalar(0, "int32"),
      cooldownCount: tf.scalar(0, "int32"),
      count: tf.scalar(0, "int32"),
      avgValue: tf.scalar(0),
    }),
    update(updates, state, _params, args) {
      const value = lossOf(args?.value);
      const before = tf.cast(copyOf(state.count), "float32");
      const sum = tf.add(tf.mul(before, state.avgValue), value);
      const count = random.increment(state.count);
      const gathered = { ...state, avgValue: tf.div(sum, tf.add(before, 1)), count };
      const isWhole = tf.equal(copyOf(count), tf.scalar(accumulationSize, "int32"));
      const next =
        accumulationSize === 1 ? judged(gathered) : selectTree(isWhole, judged(gathered), gathered);
      return [treeMap((update) => tf.mul(update, next.scale), updates), next];
    },
  };
  return madeBy(transformation, reduceOnPlateau, [
    factor,
    patience,
    rtol,
    atol,
    cooldown,
    accumulationSize,
    minScale,
  ]);
}

function lossOf(value: unknown): tf.Scalar {
  if (typeof value === "number") return tf.scalar(value);
  if (value instanceof tf.Tensor && value.size === 1) return tf.reshape(tf.cast(value, "float32"), []);
  const found = value instanceof tf.Tensor ? `a tensor [${value.shape.join(", ")}]` : typeof value;
  throw new MissingArgumentError(
    `reduceOnPlateau: expected the loss as value, a scalar tensor, got ${value === undefined ? "none" : found}. ` +
      `Write optimizer.update(model, grads, { value: loss }).`,
  );
}

function assertBounds(factor: number, rtol: number, atol: number): void {
  const wrong =
    factor <= 0 || factor >= 1
      ? `a factor between 0 and 1, got ${factor}`
      : rtol < 0 || atol < 0 || rtol > 1
        ? `rtol from 0 to 1 and atol from 0, got ${rtol} and ${atol}`
        : rtol === 0 && atol === 0
          ? "rtol or atol above 0, got 0 and 0"
          : undefined;
  if (wrong === undefined) return;
  throw new InvalidArgumentError(
    `reduceOnPlateau: expected ${wrong}. For instance reduceOnPlateau({ factor: 0.5, rtol: 1e-3 }).`,
  );
}
