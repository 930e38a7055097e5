/** @file Directions by L-BFGS. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { asFloat, isFirst, zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { requireParams } from "./required.ts";
import { addScaled, choose, dot, norm, scaled, squaredNorm, subtract } from "./tree-math.ts";

/**
 * What L-BFGS remembers: the number of updates (int32 `[]`), the last parameters and gradients, and the last
 * differences of both, each leaf `[memorySize, ...shape]`, with the inverses of their products, `[memorySize]`.
 */
export type LbfgsState = {
  readonly count: tf.Tensor;
  readonly params: Tree;
  readonly updates: Tree;
  readonly diffParamsMemory: Tree;
  readonly diffUpdatesMemory: Tree;
  readonly weightsMemory: tf.Tensor;
};

/** Options of {@link scaleByLbfgs}. */
export interface ScaleByLbfgsOptions {
  /** How many differences are kept. Default 10. */
  memorySize?: number | undefined;
  /** Whether the matrix to begin with is scaled to the last difference. Default `true`. */
  scaleInitPrecond?: boolean | undefined;
}

/**
 * Gradients times an estimate of the inverse of the Hessian, made of the last `memorySize` steps.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.scale_by_lbfgs; Nocedal and Wright, Numerical optimization, 1999, algorithms 7.4 and 7.5
 */
export function scaleByLbfgs(options: ScaleByLbfgsOptions = {}): GradientTransformation<LbfgsState> {
  assertOptions(options, "scaleByLbfgs", { memorySize: true, scaleInitPrecond: true });
  const { memorySize = 10, scaleInitPrecond = true } = options;
  assertMemory(memorySize);
  const stack = (params: Tree) => treeMap(({ shape }) => tf.zeros([memorySize, ...shape]), params);
  const transformation: GradientTransformation<LbfgsState> = {
    init: (params) => ({
      count: zeroCount(),
      params: zerosLike(params),
      updates: zerosLike(params),
      diffParamsMemory: stack(params),
      diffUpdatesMemory: stack(params),
      weightsMemory: tf.zeros([memorySize]),
    }),
    update(updates, state, given) {
      const params = requireParams(given, "scaleByLbfgs");
      const count = asFloat(state.count);
      const first = isFirst(state.count);
      const unlessFirst = <T extends Tree>(tree: T): T => choose(first, zerosLike(tree), tree);
      const diffParams = unlessFirst(subtract(params, state.params));
      const diffUpdates = unlessFirst(subtract(updates, state.updates));
      const product = dot(diffUpdates, diffParams);
      const weight = inverseOf(product);

      const places = tf.range(0, memorySize);
      const isLast = tf.equal(places, tf.mod(tf.add(count, memorySize - 1), memorySize));
      const write = (memory: tf.Tensor, value: tf.Tensor) =>
        tf.where(
          tf.reshape(isLast, [memorySize, ...value.shape.map(() => 1)]),
          tf.expandDims(value, 0),
          memory,
        );
      const diffParamsMemory = treeMap(write, state.diffParamsMemory, diffParams);
      const diffUpdatesMemory = treeMap(write, state.diffUpdatesMemory, diffUpdates);
      const weightsMemory = write(state.weightsMemory, weight);

      const order = tf.cast(tf.mod(tf.add(places, count), memorySize), "int32");
      const memories = { order, diffParamsMemory, diffUpdatesMemory, weightsMemory };
      const size = scaleInitPrecond ? identityScale(product, diffUpdates, updates, first) : tf.scalar(1);
      const directions = precondition(updates, memories, size, memorySize);
      return [
        directions,
        {
          count: random.increment(state.count),
          params,
          updates,
          diffParamsMemory,
          diffUpdatesMemory,
          weightsMemory,
        },
      ];
    },
  };
  return madeBy(transformation, scaleByLbfgs, [memorySize, scaleInitPrecond]);
}

/** `1 / product`, and 0 for nothing. */
function inverseOf(product: tf.Scalar): tf.Scalar {
  return tf.where<tf.Scalar>(tf.equal(product, 0), tf.scalar(0), tf.div(1, product));
}

/** How large the inverse of the Hessian is along the last step; before the first, so that the step is at most 1 long. */
function identityScale(product: tf.Scalar, diffUpdates: Tree, updates: Tree, first: tf.Tensor): tf.Scalar {
  const square = squaredNorm(diffUpdates);
  const ratio = tf.where<tf.Scalar>(tf.greater(square, 0), tf.div(product, square), tf.scalar(1));
  const capped = tf.minimum<tf.Scalar>(1, tf.div(1, norm(updates)));
  return tf.where<tf.Scalar>(first, capped, ratio);
}

interface Memories {
  /** The places from the oldest to the newest. */
  readonly order: tf.Tensor;
  readonly diffParamsMemory: Tree;
  readonly diffUpdatesMemory: Tree;
  readonly weightsMemory: tf.Tensor;
}

/** The two loops over the memory, from the newest to the oldest and back. */
function precondition<T extends Tree>(
  updates: T,
  memories: Memories,
  size: tf.Tensor,
  memorySize: number,
): T {
  const { order, diffParamsMemory, diffUpdatesMemory, weightsMemory } = memories;
  const sorted = (memory: Tree): Tree => treeMap((leaf) => tf.gather(leaf, order), memory);
  const [steps, changes, weights] = [
    sorted(diffParamsMemory),
    sorted(diffUpdatesMemory),
    tf.gather(weightsMemory, order),
  ];
  const shares: tf.Tensor[] = [];
  let direction = updates;
  for (let i = memorySize - 1; i >= 0; i--) {
    const share = tf.mul(rowOf(weights, i), dot(rowsOf(steps, i), direction));
    direction = addScaled(direction, tf.neg(share), rowsOf(changes, i));
    shares[i] = share;
  }
  direction = scaled(size, direction);
  for (let i = 0; i < memorySize; i++) {
    const back = tf.mul(rowOf(weights, i), dot(rowsOf(changes, i), direction));
    direction = addScaled(direction, tf.sub(shares[i]!, back), rowsOf(steps, i));
  }
  return direction;
}

function rowsOf(memory: Tree, i: number): Tree {
  return treeMap((leaf) => rowOf(leaf, i), memory);
}

function rowOf(memory: tf.Tensor, i: number): tf.Tensor {
  const [, ...shape] = memory.shape;
  return tf.reshape(tf.slice(memory, i, 1), shape);
}

function assertMemory(memorySize: number): void {
  if (Number.isInteger(memorySize) && memorySize >= 1) return;
  throw new InvalidArgumentError(
    `scaleByLbfgs: expected memorySize to be an integer from 1, got ${String(memorySize)}.`,
  );
}
