/** @file Matrix products with so many terms that float32 loses digits when it adds them one after the other. */
import * as tf from "@tensorflow/tfjs-core";
import { apart, compose, type RunKernel } from "../compose.ts";
import type { Replacement } from "../replaced/replacement.ts";
import { BLOCK, isLong } from "../sums/long.ts";
import { batchOf, commonBatch, isOneMatrix, matrixOf } from "./batches.ts";

/** The most elements that sums of blocks take in between: 64 MB. */
const MOST_SUMS = 2 ** 24;

interface Operands {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
}

/** BatchMatMul of float32 as a batch of products of blocks, which are added up by the backend's Sum. */
function multiplyBlocks(
  run: RunKernel,
  backendName: string,
  { a, b }: Operands,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
): tf.TensorInfo {
  const [m, k] = matrixOf(a, transposeA);
  const [, n] = matrixOf(b, transposeB);
  const batch = commonBatch(a, b);
  if (batch.length > 0 && !transposeA && isOneMatrix(b)) {
    const rows = tf.util.sizeFromShape(batch) * m;
    const matrices = {
      a: run(tf.Reshape, { x: a }, { shape: [rows, k] }),
      b: run(tf.Reshape, { x: b }, { shape: b.shape.slice(-2) }),
    };
    const x = multiplyBlocks(run, backendName, matrices, { transposeA, transposeB });
    return run(tf.Reshape, { x }, { shape: [...batch, m, n] });
  }
  const outputs = tf.util.sizeFromShape([...batch, m, n]);
  const attrs = { transposeA, transposeB };
  const [ofA, ofB] = [transposeA ? -2 : -1, transposeB ? -1 : -2];
  const terms = (start: number, size: number) => ({
    a: part(run, a, ofA, start, size),
    b: part(run, b, ofB, start, size),
  });
  if (k <= BLOCK) return run(tf.BatchMatMul, { a, b }, attrs);
  const count = Math.floor(k / BLOCK);
  if (count > 1 && count * outputs > MOST_SUMS) {
    const half = Math.floor(count / 2) * BLOCK;
    const sumOf = (operands: Operands) =>
      apart(run, backendName, (run) => multiplyBlocks(run, backendName, operands, attrs));
    return run(tf.Add, {
      a: sumOf(terms(0, half)),
      b: sumOf(terms(half, k - half)),
    });
  }
  const whole = terms(0, count * BLOCK);
  const blocks = { a: inBlocks(run, whole.a, ofA, BLOCK), b: inBlocks(run, whole.b, ofB, BLOCK) };
  const products = run(tf.BatchMatMul, blocks, attrs);
  const sum = run(tf.Sum, { x: products }, { axis: [batch.length], keepDims: false });
  const left = k - count * BLOCK;
  if (left === 0) return sum;
  return run(tf.Add, { a: sum, b: run(tf.BatchMatMul, terms(count * BLOCK, left), attrs) });
}

/** The original for what is not float32, and where it adds up few terms. */
export const inBlocksIfLong =
  (backendName: string): Replacement =>
  (original) =>
  (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { a, b } = call.inputs as unknown as Operands;
    const attrs = call.attrs as unknown as tf.BatchMatMulAttrs;
    const isFloat = a.dtype === "float32" && b.dtype === "float32";
    const [[, k], [inner]] = [matrixOf(a, attrs.transposeA), matrixOf(b, attrs.transposeB)];
    // The original knows what to say of operands that do not fit.
    if (!isFloat || k !== inner || !isLong(k)) return original(call);
    return compose(call.backend as tf.KernelBackend, backendName, (run) =>
      multiplyBlocks(run, backendName, { a, b }, attrs),
    );
  };

function part(run: RunKernel, x: tf.TensorInfo, axis: number, start: number, size: number): tf.TensorInfo {
  const at = x.shape.length + axis;
  if (size === x.shape[at]) return x;
  const begin = x.shape.map((_, i) => (i === at ? start : 0));
  return run(tf.Slice, { x }, { begin, size: x.shape.map((all, i) => (i === at ? size : all)) });
}

/** Splits the axis, -1 or -2, into blocks, whose number becomes the last axis of the batch. */
function inBlocks(run: RunKernel, x: tf.TensorInfo, axis: number, length: number): tf.TensorInfo {
  const batch = batchOf(x);
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  if (axis === -2) return run(tf.Reshape, { x }, { shape: [...batch, rows / length, length, columns] });
  const split = run(tf.Reshape, { x }, { shape: [...batch, rows, columns / length, length] });
  const lead = [...batch.keys()];
  const at = batch.length;
  return run(tf.Transpose, { x: split }, { perm: [...lead, at + 1, at, at + 2] });
}
