/** @file More of what random turns are made of: functions of elements, of masks and integers, and rarer kernels. */
import * as tf from "@tensorflow/tfjs-core";
import { APART, axisOf, COLUMNS, distinct, image, matrix, type Operation, ROWS } from "./turn-operation.ts";

const bounded = (x: tf.Tensor) => tf.mul(tf.tanh(x), 0.8);
const above = (x: tf.Tensor) => tf.add(tf.square(x), 0.5);
/** With corners elsewhere than at what operations like to give. */
const shifted = (x: tf.Tensor) => tf.add(x, APART);

/** Functions of elements. */
export const functions: readonly Operation[] = [
  (a) => tf.atan(a),
  (a) => tf.asinh(a),
  (a) => tf.atanh(bounded(a)),
  (a) => tf.acos(bounded(a)),
  (a) => tf.acosh(tf.add(above(a), 1)),
  (a) => tf.sinh(bounded(a)),
  (a) => tf.tan(bounded(a)),
  (a) => tf.cos(a),
  (a) => tf.erf(a),
  (a) => tf.expm1(bounded(a)),
  (a) => tf.softplus(a),
  (a) => tf.elu(shifted(a)),
  (a) => tf.selu(shifted(a)),
  (a) => tf.relu6(shifted(a)),
  (a) => tf.abs(shifted(a)),
  (a) => tf.rsqrt(above(a)),
  (a) => tf.reciprocal(above(a)),
  (a) => tf.log(above(a)),
  (a) => tf.clipByValue(shifted(a), -0.7, 0.6),
  (a, b) => tf.atan2(a, above(b)),
  (a, b) => tf.pow(above(a), bounded(b)),
  (a, b) => tf.squaredDifference(a, tf.mul(b, 0.5)),
  (a, b) => tf.minimum(shifted(a), tf.mul(b, 0.9)),
  (a, b) => tf.prelu(shifted(a), bounded(b)),
  (a, b) => tf.mul(a, tf.sign(shifted(b))),
  (a, b) => tf.mul(a, tf.step(shifted(b), 0.3)),
  (a, b) => tf.addN([matrix(a), matrix(b), matrix(a)]),
];

/** Of masks and integers. */
export const discrete: readonly Operation[] = [
  (a, b, { mask }) => tf.where(tf.logicalAnd(mask, tf.less(matrix(b), APART)), matrix(a), tf.sin(matrix(b))),
  (a, b, { mask }) => tf.mul(a, tf.cast(tf.logicalOr(mask, tf.greaterEqual(matrix(b), APART)), "float32")),
  (a, _, { mask, pick }) => tf.mul(a, tf.cast(tf.any(mask, axisOf(pick), true), "float32")),
  (a, _, { mask, pick }) => tf.add(a, tf.mul(tf.cast(tf.all(mask, axisOf(pick), true), "float32"), 0.3)),
  (a, _, { mask, pick }) => tf.add(a, tf.mul(tf.cast(tf.sum(tf.cast(mask, "int32"), axisOf(pick), true), "float32"), 0.1)), // prettier-ignore
  (a, _, { mask }) => tf.mul(a, tf.cast(tf.reverse(mask, 0), "float32")),
  (a, _, { count }) => tf.mul(a, tf.cast(tf.floorDiv(tf.add(count, 3), tf.scalar(2, "int32")), "float32")),
  (a, _, { count }) => tf.mul(a, tf.cast(tf.equal(tf.mod(count, tf.scalar(2, "int32")), tf.scalar(0, "int32")), "float32")), // prettier-ignore
  (a, _, { count }) => tf.add(a, tf.mul(tf.oneHot(tf.mod(tf.stack([count, count, count]), tf.scalar(COLUMNS, "int32")), COLUMNS), 0.2)), // prettier-ignore
  (a, _, { count, mask }) => tf.mul(a, tf.cast(tf.where(mask, count, tf.neg(count)), "float32")),
];

/** Kernels that move, reduce and multiply in other ways. */
export const rarer: readonly Operation[] = [
  (a, _, { pick }) => tf.prod(tf.add(tf.mul(matrix(a), 0.2), 1), axisOf(pick), true),
  (a, _, { pick }) => tf.min(distinct(a), axisOf(pick), true),
  (a, _, { pick }) => tf.cumprod(tf.add(tf.mul(matrix(a), 0.2), 1), axisOf(pick), pick % 3 === 0, pick % 5 === 0),
  (a) => tf.expandDims(tf.sqrt(tf.add(tf.sum(tf.square(matrix(a)), 1), 0.5)), 1),
  (a, _, { pick }) => tf.slice(tf.mirrorPad(matrix(a), [[1, 0], [0, 2]], pick % 2 === 0 ? "reflect" : "symmetric"), [0, 2], [ROWS, COLUMNS]),
  (a) => tf.reshape(tf.depthToSpace(tf.reshape<tf.Rank.R4>(matrix(a), [1, 1, ROWS, COLUMNS]), 2, "NHWC"), [ROWS, COLUMNS]),
  (a) => tf.reshape(tf.spaceToBatchND(tf.reshape(matrix(a), [1, COLUMNS, ROWS]), [2], [[0, 0]]), [ROWS, COLUMNS]),
  (a, b) => tf.concat(tf.split(tf.concat([matrix(a), matrix(b)], 1), 4, 1).slice(1, 3), 1),
  (a, b) => tf.slice(tf.einsum("ij,ik->jk", matrix(a), tf.sin(matrix(b))), [0, 0], [ROWS, COLUMNS]),
  (a, b) => tf.sum(tf.gather(tf.stack([matrix(a), matrix(b)]), tf.tensor2d([[2, 0, 1], [1, 1, 0]], [2, 3], "int32"), 1, 1), 0),
  (a, b) => tf.tensorScatterUpdate(matrix(a), tf.tensor2d([[2], [0]], [2, 1], "int32"), tf.slice(matrix(b), 0, 2)),
  (a, _, { filter }) => tf.squeeze(tf.conv2dTranspose(image(a), tf.slice(filter as tf.Tensor4D, [0, 0, 0, 0], [2, 2, 1, 1]), [1, ROWS, COLUMNS, 1], 1, "same"), [0, 3]),
  (a, _, { filter }) => tf.mean(tf.conv2d(image(a), filter as tf.Tensor4D, 1, "same", "NHWC", 2), [0, -1]),
  (a, _, { weight }) => tf.squeeze<tf.Tensor>(tf.conv1d(tf.reshape<tf.Rank.R3>(matrix(a), [1, ROWS, COLUMNS]), tf.reshape<tf.Rank.R3>(weight, [1, COLUMNS, COLUMNS]), 1, "same"), [0]),
  (a, b) => tf.matMul(matrix(a), tf.matMul(matrix(a), tf.tanh(matrix(b)), true), false, true),
]; // prettier-ignore
