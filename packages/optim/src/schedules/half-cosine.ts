/** @file Half a period of the cosine, more exact than GPUs know it. */
import * as tf from "@tensorflow/tfjs-core";

/** Coefficients of t², t⁴, … in the series of cos(πt/2) - 1, the last first. */
const SERIES = [5, 4, 3, 2, 1].map((k) => {
  let coefficient = 1;
  for (let i = 1; i <= 2 * k; i++) coefficient *= Math.PI / 2 / i;
  return k % 2 === 0 ? coefficient : -coefficient;
});

/**
 * `0.5 * (1 + cos(πt))` for t from 0 to 1, as the square of cos(πt/2). The series leaves 6e-8 at most, because its
 * error is largest where the cosine vanishes; `tf.cos` is off by 1e-4 on webgl and webgpu.
 */
export function halfCosine(t: tf.Scalar): tf.Scalar {
  const square = tf.square(t);
  const [last, ...others] = SERIES;
  const sum = others.reduce(
    (terms: tf.Scalar, coefficient) => tf.mul(tf.add(terms, coefficient), square),
    tf.mul<tf.Scalar>(square, last!),
  );
  return tf.square(tf.add(sum, 1));
}

/** {@link halfCosine} for any t: the cosine is even and has the period 2. */
export function foldedHalfCosine(t: tf.Scalar): tf.Scalar {
  const positive = tf.abs(t);
  const folded: tf.Scalar = tf.abs(
    tf.sub(positive, tf.mul(tf.floor(tf.div(tf.add<tf.Scalar>(positive, 1), 2)), 2)),
  );
  return halfCosine(folded);
}
