/** @file Operations on each element. */
import * as tf from "@tensorflow/tfjs-core";
import { binary, type Operation, unary } from "./operation.ts";

export const elementwise: readonly Operation[] = [
  unary("tanh", tf.tanh, Math.tanh),
  unary("sigmoid", tf.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  unary("relu", tf.relu, (x) => Math.max(x, 0)),
  unary("abs", tf.abs, Math.abs),
  unary(
    "exp of tanh",
    (x) => tf.exp(tf.tanh(x)),
    (x) => Math.exp(Math.tanh(x)),
  ),
  unary(
    "log of 1 + square",
    (x) => tf.log(tf.add(tf.square(x), 1)),
    (x) => Math.log1p(x * x),
  ),
  unary(
    "sqrt of 0.5 + square",
    (x) => tf.sqrt(tf.add(tf.square(x), 0.5)),
    (x) => Math.sqrt(x * x + 0.5),
  ),
  unary("sin", (x) => tf.sin(x), Math.sin),
  unary("cos", (x) => tf.cos(x), Math.cos),
  unary(
    "where",
    (x) => tf.where(tf.greater(x, 0.25), tf.mul(x, 2), tf.neg(x)),
    (x) => (x > 0.25 ? 2 * x : -x),
  ),
  unary(
    "clip",
    (x) => tf.clipByValue(x, -0.5, 0.75),
    (x) => Math.min(Math.max(x, -0.5), 0.75),
  ),
  binary("add", tf.add, (a, b) => a + b),
  binary("sub", tf.sub, (a, b) => a - b),
  binary(
    "mul",
    (a, b) => tf.mul(tf.tanh(a), b),
    (a, b) => Math.tanh(a) * b,
  ),
  binary(
    "div",
    (a, b) => tf.div(a, tf.add(tf.abs(b), 1)),
    (a, b) => a / (Math.abs(b) + 1),
  ),
  binary("maximum", tf.maximum, Math.max),
  binary("minimum", tf.minimum, Math.min),
  binary("squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2),
  unary(
    "softplus",
    (x) => tf.softplus(x),
    (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
  ),
  unary(
    "elu",
    (x) => tf.elu(x),
    (x) => (x < 0 ? Math.expm1(x) : x),
  ),
  unary(
    "leakyRelu",
    (x) => tf.leakyRelu(x, 0.125),
    (x) => (x < 0 ? 0.125 * x : x),
  ),
  unary("atan", (x) => tf.atan(x), Math.atan),
  unary("asinh", (x) => tf.asinh(x), Math.asinh),
  unary(
    "expm1 of tanh",
    (x) => tf.expm1(tf.tanh(x)),
    (x) => Math.expm1(Math.tanh(x)),
  ),
  unary(
    "power",
    (x) => tf.pow(tf.add(tf.abs(x), 0.5), 1.5),
    (x) => (Math.abs(x) + 0.5) ** 1.5,
  ),
  unary(
    "reciprocal root",
    (x) => tf.rsqrt(tf.add(tf.square(x), 1)),
    (x) => 1 / Math.sqrt(x * x + 1),
  ),
  binary(
    "atan2",
    (a, b) => tf.atan2(a, tf.add(tf.abs(b), 0.5)),
    (a, b) => Math.atan2(a, Math.abs(b) + 0.5),
  ),
  binary(
    "choice",
    (a, b) => tf.where(tf.less(a, b), tf.sin(a), tf.mul(b, 0.5)),
    (a, b) => (a < b ? Math.sin(a) : 0.5 * b),
  ),
];
