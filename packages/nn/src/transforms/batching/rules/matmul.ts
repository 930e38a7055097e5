/** @file Batching rules of matrix products and einsum. */
import * as tf from "@tensorflow/tfjs-core";
import { activated } from "../activated.ts";
import { aligned, laneShape, launch } from "../operands.ts";
import type { Batched, BatchCall, BatchRules } from "../rule.ts";

interface Transposes {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** `a` and `b` in lanes, or one of them. */
function product(
  a: Batched,
  b: Batched,
  { transposeA = false, transposeB = false }: Transposes,
  size: number,
): tf.Tensor {
  const [shapeA, shapeB] = [laneShape(a), laneShape(b)];
  if (shapeA.at(transposeA ? -2 : -1) === 1) return outerProduct(a, b, { transposeA, transposeB });
  const isPlainB = !b.isBatched && shapeB.slice(0, -2).every((n) => n === 1);
  if (isPlainB && !transposeA) {
    // All rows of all lanes by one matrix.
    const [rows, inner] = [shapeA.at(-2)!, shapeA.at(-1)!];
    const matrix = tf.reshape(b.tensor, shapeB.slice(-2));
    const leading = shapeA.slice(0, -2);
    const y = tf.matMul(
      tf.reshape(a.tensor, [size * tf.util.sizeFromShape(leading) * rows, inner]),
      matrix,
      false,
      transposeB,
    );
    const ones = Array<number>(Math.max(0, shapeB.length - shapeA.length)).fill(1);
    return tf.reshape(y, [size, ...ones, ...leading, rows, y.shape[1]!]);
  }
  const rank = Math.max(shapeA.length, shapeB.length);
  return launch(tf.BatchMatMul, { a: full(a, rank), b: full(b, rank) }, { transposeA, transposeB });
}

function turned(x: tf.Tensor, isTurned = false): tf.Tensor {
  return isTurned ? tf.reshape(x, [...x.shape.slice(0, -2), x.shape.at(-1)!, x.shape.at(-2)!]) : x;
}

/** Columns by rows: without sums, so that compilers join it with what comes next. */
function outerProduct(a: Batched, b: Batched, { transposeA, transposeB }: Transposes): tf.Tensor {
  const rank = Math.max(laneShape(a).length, laneShape(b).length);
  const [columns, rows] = [full(a, rank), full(b, rank)];
  return tf.mul(turned(columns, transposeA), turned(rows, transposeB));
}

/** With an axis for the lanes, of size 1 for what they share. */
function full(x: Batched, rank: number): tf.Tensor {
  if (x.isBatched) return aligned(x, rank);
  return tf.reshape(x.tensor, [...Array<number>(rank + 1 - x.tensor.rank).fill(1), ...x.tensor.shape]);
}

function matMul({ inputs, attrs, lanes }: BatchCall): tf.Tensor {
  return product(inputs["a"]!, inputs["b"]!, attrs, lanes.size);
}

function fusedMatMul(call: BatchCall): Batched[] {
  const { inputs, attrs, lanes } = call;
  const [a, b] = [inputs["a"]!, inputs["b"]!];
  // Only the bias has lanes.
  const isShared = !a.isBatched && !b.isBatched;
  const { transposeA = false, transposeB = false } = attrs as Transposes;
  const once = () => tf.matMul(a.tensor, b.tensor, transposeA, transposeB);
  return activated(call, isShared ? once : () => product(a, b, attrs, lanes.size));
}

const LETTERS = Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

/** One more letter, for the lanes. */
function einsum({ inputs, attrs }: BatchCall): tf.Tensor {
  const equation = (attrs as { equation: string }).equation.replace(/\s/g, "");
  const lane = LETTERS.find((letter) => !equation.includes(letter))!;
  const [operands = "", output = ""] = equation.split("->");
  const terms = operands.split(",").map((term, i) => (inputs[i]!.isBatched ? lane + term : term));
  return tf.einsum(
    `${terms.join(",")}->${lane}${output}`,
    ...Object.values(inputs).map(({ tensor }) => tensor),
  );
}

/** The rule of fused products, which is asked also where nothing is batched. */
export const fusedMatmulRules: BatchRules = { _FusedMatMul: fusedMatMul };

/** Rules of batched and general products. */
export const matmulRules: BatchRules = {
  BatchMatMul: matMul,
  Einsum: einsum,
};
