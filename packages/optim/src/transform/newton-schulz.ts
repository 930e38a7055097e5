/** @file Matrices made orthogonal by products alone. */
import * as tf from "@tensorflow/tfjs-core";

/** The coefficients of `a x + b (x xᵀ) x + c (x xᵀ)² x`. */
export type NewtonSchulzCoefficients = readonly [a: number, b: number, c: number];

/** How matrices are brought below 1 before the first step. */
export type Preconditioning = "frobenius" | "spectral" | "aol" | "schatten";

/**
 * About `U Vᵀ` of each matrix `U S Vᵀ`: all singular values near 1.
 *
 * @param x `[batch, rows, columns]`
 * @param steps the coefficients of each step
 * @param eps the least divisor
 * @see Jordan et al., Muon, 2024; Bernstein and Newhouse, Old optimizer, new norm, 2024; for `"aol"` and `"schatten"`
 *   Boissin et al., Turbo-Muon, 2025
 */
export function orthogonalize(
  x: tf.Tensor3D,
  steps: readonly NewtonSchulzCoefficients[],
  preconditioning: Preconditioning,
  eps: number,
): tf.Tensor3D {
  const [, rows, columns] = x.shape;
  // The smaller side gives the smaller products.
  const isTall = rows > columns;
  let current: tf.Tensor3D = isTall ? tf.transpose(x, [0, 2, 1]) : x;
  if (preconditioning === "frobenius")
    current = tf.div<tf.Tensor3D>(current, tf.add(frobenius(current), eps));
  if (preconditioning === "spectral") current = tf.div<tf.Tensor3D>(current, tf.add(spectral(current), eps));
  for (const [i, coefficients] of steps.entries()) {
    let gram: tf.Tensor3D = tf.matMul(current, current, false, true);
    if (i === 0 && preconditioning === "aol") {
      const scale = tf.rsqrt<tf.Tensor3D>(tf.maximum(tf.sum<tf.Tensor3D>(tf.abs(gram), 2, true), FIRST_EPS));
      current = tf.mul(current, scale);
      gram = tf.mul(tf.mul(gram, scale), tf.transpose(scale, [0, 2, 1]));
    }
    if (i === 0 && preconditioning === "schatten") {
      const scale = tf.rsqrt<tf.Tensor3D>(tf.maximum<tf.Tensor3D>(frobenius(gram), FIRST_EPS));
      current = tf.mul(current, scale);
      gram = tf.mul<tf.Tensor3D>(gram, tf.square(scale));
    }
    current = step(current, gram, coefficients);
  }
  return isTall ? tf.transpose(current, [0, 2, 1]) : current;
}

/** Of the first steps of `"aol"` and `"schatten"`, whatever `eps` is. */
const FIRST_EPS = 1e-8;

function step(x: tf.Tensor3D, gram: tf.Tensor3D, [a, b, c]: NewtonSchulzCoefficients): tf.Tensor3D {
  const inner: tf.Tensor3D = tf.add(tf.mul(b, gram), tf.matMul(tf.mul<tf.Tensor3D>(c, gram), gram));
  return tf.add(tf.mul(a, x), tf.matMul(inner, x));
}

/** The length of each matrix as a vector, `[batch, 1, 1]`. */
function frobenius(x: tf.Tensor): tf.Tensor3D {
  return tf.sqrt(tf.sum<tf.Tensor3D>(tf.square(x), [1, 2], true));
}

/** How often the Gram matrix is squared: what is 1 % below the largest eigenvalue is then e⁻⁴¹ of it. */
const SQUARINGS = 12;

/** The largest singular value of each matrix, `[batch, 1, 1]`, by powers of the Gram matrix. */
function spectral(x: tf.Tensor3D): tf.Tensor3D {
  const gram: tf.Tensor3D = tf.matMul(x, x, false, true);
  let power: tf.Tensor3D = normalized(gram);
  for (let i = 0; i < SQUARINGS; i++) power = normalized(tf.matMul<tf.Tensor3D>(power, power));
  // The mean of eigenvalues, weighted by their powers: tr(G P) / tr(P), of which P is the projection in the end.
  const [over, under] = [tf.sum(tf.mul(gram, power), [1, 2], true), trace(power)];
  return tf.sqrt(tf.div<tf.Tensor3D>(over, tf.maximum(under, 1e-30)));
}

/** Each matrix of length 1, so that its powers neither vanish nor overflow. */
function normalized(x: tf.Tensor3D): tf.Tensor3D {
  return tf.div(x, tf.maximum<tf.Tensor3D>(frobenius(x), 1e-30));
}

function trace(x: tf.Tensor): tf.Tensor3D {
  return tf.sum(tf.mul(x, tf.eye(x.shape[1]!)), [1, 2], true);
}
