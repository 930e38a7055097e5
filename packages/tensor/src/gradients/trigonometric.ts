/** @file Gradients of circular and hyperbolic functions and their inverses. */
import * as tf from "@tensorflow/tfjs-core";
import { unary } from "./gradient.ts";

export const trigonometricGradients: tf.GradConfig[] = [
  unary(tf.Acos, (dy, x) => tf.neg(tf.mul(dy, tf.rsqrt(tf.sub(1, tf.square(x)))))),
  // (x - 1)(x + 1) keeps the digits that x² - 1 loses near 1.
  unary(tf.Acosh, (dy, x) => tf.mul(dy, tf.rsqrt(tf.mul(tf.sub(x, 1), tf.add(x, 1))))),
  unary(tf.Asin, (dy, x) => tf.mul(dy, tf.rsqrt(tf.sub(1, tf.square(x))))),
  unary(tf.Asinh, (dy, x) => tf.mul(dy, tf.rsqrt(tf.add(tf.square(x), 1)))),
  unary(tf.Atan, (dy, x) => tf.div(dy, tf.add(tf.square(x), 1))),
  unary(tf.Atanh, (dy, x) => tf.div(dy, tf.sub(1, tf.square(x)))),
  unary(tf.Cos, (dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  unary(tf.Cosh, (dy, x) => tf.mul(dy, tf.sinh(x))),
  unary(tf.Sin, (dy, x) => tf.mul(dy, tf.cos(x))),
  unary(tf.Sinh, (dy, x) => tf.mul(dy, tf.cosh(x))),
  unary(tf.Tan, (dy, x) => tf.div(dy, tf.square(tf.cos(x)))),
  unary(tf.Tanh, (dy, x) => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x))))),
];
