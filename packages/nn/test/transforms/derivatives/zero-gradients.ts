/** @file The functions of `scripts/reference/zero_gradients.py`, and where their gradients are taken. */
import { cond, hardTanh, scan, vmap } from "@nnx-js/nn";
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** A function of two lists of five numbers. */
export type Fn = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

export const X = [0.3, -1.2, 2.6, 4, 0];
export const Y = [0, 0.25, 4, 0, 9];

const float = (x: tf.Tensor) => tf.cast(x, "float32");
const int = (x: tf.Tensor) => tf.cast(x, "int32");
const masked =
  (condition: Fn): Fn =>
  (x, y) =>
    tf.mul(x, float(condition(x, tf.sqrt(y))));
const times =
  (constant: (root: tf.Tensor) => tf.Tensor): Fn =>
  (x, y) =>
    tf.mul(x, float(constant(tf.sqrt(y))));

export const FUNCTIONS: Record<string, Fn> = {
  less: masked((x, r) => tf.less(tf.abs(x), r)),
  less_equal: masked((x, r) => tf.lessEqual(x, r)),
  greater: masked((x, r) => tf.greater(r, x)),
  greater_equal: masked((x, r) => tf.greaterEqual(x, r)),
  equal: masked((x, r) => tf.equal(x, r)),
  not_equal: masked((x, r) => tf.notEqual(x, r)),
  and: masked((x, r) => tf.logicalAnd(tf.less(r, 1), tf.greater(x, r))),
  or: masked((x, r) => tf.logicalOr(tf.less(r, 1), tf.greater(x, r))),
  xor: masked((x, r) => tf.logicalXor(tf.less(r, 1), tf.greater(x, r))),
  not: masked((_, r) => tf.logicalNot(tf.less(r, 1))),
  any: times((r) => tf.any(tf.greater(r, 2))),
  all: times((r) => tf.all(tf.greater(r, 2))),
  is_nan: times((r) => tf.logicalNot(tf.isNaN(r))),
  is_inf: times((r) => tf.logicalNot(tf.isInf(tf.div(1, r)))),
  is_finite: times((r) => tf.isFinite(tf.div(1, r))),
  sign: times(tf.sign),
  floor: times(tf.floor),
  ceil: times(tf.ceil),
  round: times(tf.round),
  argmax: times((r) => tf.argMax(r)),
  argmin: times((r) => tf.argMin(r)),
  int: times(int),
  bool: times((r) => tf.cast(r, "bool")),
  one_hot: (x, y) => tf.sum(tf.mul(tf.expandDims(x, 1), float(tf.oneHot(int(tf.sqrt(y)), 4))), 1),
  zeros_like: times((r) => tf.zerosLike(r)),
  ones_like: times((r) => tf.onesLike(r)),
  floor_divide: (x, y) => tf.mul(x, tf.floor(tf.div(tf.sqrt(y), tf.add(tf.abs(x), 1)))),
  take: (x, y) => tf.mul(tf.gather(x, int(tf.sqrt(y))), x),
  sort_indices: (x, y) => {
    const { indices } = tf.topk(tf.sqrt(y), 3);
    return tf.add(tf.sum(tf.gather(x, indices)), tf.mul(x, float(tf.sum(tf.topk(tf.sqrt(y), 2).indices))));
  },
  stop_gradient: (x, y) => tf.mul(x, stopGradient(tf.sqrt(y))),
  stop_inside: (x, y) => tf.mul(tf.sqrt(stopGradient(y)), x),
  condition: (x, y) => tf.where(tf.less(tf.sqrt(y), 1), tf.mul(x, 3), tf.mul(x, x)),
  condition_of_ends: (x, y) => tf.where(tf.less(tf.abs(x), tf.sqrt(y)), x, tf.sign(tf.sqrt(y))),
  rounded_and_not: (x, y) => tf.mul(x, tf.add(tf.floor(tf.sqrt(y)), y)),
  in_loop: (x, y) => {
    const step = (c: tf.Tensor, [a, b]: [tf.Tensor, tf.Tensor]) => {
      const r = tf.sqrt(b);
      const next = tf.add(tf.where(tf.less(a, r), tf.mul(c, a), tf.add(c, a)), tf.floor(r));
      return [next, tf.mul(next, tf.sign(r))] as const;
    };
    const [last, ys] = scan(step, tf.scalar(1) as tf.Tensor, [x, y] as [tf.Tensor, tf.Tensor]);
    return tf.add(last, ys);
  },
  in_branch: (x, y) =>
    cond(
      tf.less(tf.gather(tf.sqrt(y), tf.scalar(0, "int32")), 1),
      (x: tf.Tensor, r: tf.Tensor): tf.Tensor => tf.mul(x, tf.round(r)),
      (x, r) => tf.add(x, r),
      x,
      tf.sqrt(y),
    ),
  count_in_loop: (x, y) => {
    const step = ([n, total]: [tf.Tensor, tf.Tensor], s: tf.Tensor) => {
      const next = tf.add(n, float(tf.greater(tf.sqrt(s), 1)));
      return [[next, tf.add(total, tf.mul(next, x))] as [tf.Tensor, tf.Tensor], null] as const;
    };
    return scan(step, [tf.scalar(0), x] as [tf.Tensor, tf.Tensor], y)[0][1];
  },
  in_lanes: (x, y) =>
    vmap((x: tf.Tensor, y: tf.Tensor) =>
      tf.add(tf.mul(x, tf.sign(tf.sqrt(y))), tf.where(tf.less(tf.sqrt(y), x), x, tf.mul(x, x))),
    )(x, y),
  mod: (x, y) => tf.mul(tf.mod(tf.sqrt(y), 2), x),
  mod_by: (x, y) => tf.mul(x, tf.mod(tf.floor(x), tf.add(tf.sqrt(y), 1))),
  where: (x, y) => tf.where(tf.greater(y, 0), tf.sqrt(y), x),
  where_reciprocal: (x, y) => tf.where(tf.greater(y, 0), tf.div(x, y), x),
  where_twice: (x, y) => {
    const isPositive = tf.greater(y, 0);
    return tf.where(isPositive, tf.sqrt(tf.where(isPositive, y, 1)), x);
  },
  maximum: (x, y) => tf.mul(tf.maximum(tf.sqrt(y), 1), x),
  relu: (x, y) => tf.mul(tf.relu(tf.sub(tf.sqrt(y), 1)), x),
  root_of_relu: (x, y) => tf.add(tf.sqrt(tf.relu(x)), y),
  root_of_hard_tanh: (x, y) => tf.add(tf.sqrt(tf.sub(hardTanh(tf.abs(x)), 1)), y),
  root_of_leaky_relu: (x, y) => tf.mul(tf.sqrt(tf.leakyRelu(x, 0.01)), y),
  root_of_clip: (x, y) => tf.add(tf.sqrt(tf.clipByValue(x, 0, 3)), y),
  root_of_abs: (x, y) => tf.add(tf.sqrt(tf.abs(x)), y),
  norm: (x, y) => tf.add(tf.sqrt(tf.sum(tf.square(tf.sub(x, x)))), y),
  times_zero: (x, y) => tf.add(x, tf.mul(tf.sqrt(y), 0)),
};

/**
 * What has numbers eagerly, where JAX and compiled branches have NaN: the branch that ran gives no gradient for what another
 * one has one for.
 */
export const NUMBERS: readonly string[] = ["in_branch"];
