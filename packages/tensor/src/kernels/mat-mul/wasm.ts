/** @file Matrix products on wasm, whatever is asked for, by the one form of its kernel that is fast. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { compose, type RunKernel } from "../compose.ts";
import { filled } from "../replaced/wasm-empty.ts";
import { batchOf, commonBatch, haveOneBatch, isOneMatrix, matrixOf } from "./batches.ts";
import { isPackedAs, withProducts } from "./wasm-products.ts";

/**
 * Multiplications a pair of matrices below which the slow form is the faster one: measured, 0.8 against 1.3
 * microseconds a pair of 8x8x8, 3.7 against 2.7 of 16x16x16, 365 against 44 of 64x64x64.
 */
const WORTH_A_CALL = 4096;

/**
 * BatchMatMul over TensorFlow.js's own, which is fast for one pair of matrices as they lie, and 10 times slower for
 * a batch or a transposed operand. So operands are transposed first, a batch that shares its right operand becomes
 * more rows, and any other is multiplied pair by pair.
 *
 * It also mends what TensorFlow.js gets wrong: batches each of which has an axis that the other one broadcasts, and
 * a right operand that was one before in another shape.
 */
export function matMulOnWasm(original: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as unknown as tf.BatchMatMulAttrs;
    const backend = call.backend as BackendWasm;
    const [m, k] = matrixOf(a, transposeA);
    const [inner, n] = matrixOf(b, transposeB);
    // The original knows what to say of operands that do not fit.
    if (k !== inner || a.dtype !== "float32" || b.dtype !== "float32") return original(call);
    if (m * k * n === 0) return filled(backend, [...commonBatch(a, b), m, n], "float32", 0);
    const asTheyLie = !transposeA && !transposeB && isOneMatrix(b);
    if (!asTheyLie && m * k * n < WORTH_A_CALL && haveOneBatch(a, b)) return original(call);
    return compose(backend, "wasm", (run) => {
      const product: Product = {
        run,
        backend,
        original,
        a: transposeA ? transposed(run, a) : a,
        b: transposeB ? transposed(run, b) : b,
        batch: commonBatch(a, b),
        sizes: [m, k, n],
      };
      return isOneMatrix(b) ? multiplyRows(product) : multiplyPairs(product);
    });
  };
}

function transposed(run: RunKernel, x: tf.TensorInfo): tf.TensorInfo {
  const lead = [...x.shape.keys()].slice(0, -2);
  return run(tf.Transpose, { x }, { perm: [...lead, lead.length + 1, lead.length] });
}

/** Float32 matrices [..., m, k] and [..., k, n] whose batches broadcast to `batch`. */
interface Product {
  run: RunKernel;
  backend: BackendWasm;
  original: tf.KernelFunc;
  a: tf.TensorInfo;
  b: tf.TensorInfo;
  batch: number[];
  sizes: [m: number, k: number, n: number];
}

/** Of all matrices of `a` with the one that `b` is: one product. */
function multiplyRows({ run, backend, original, a, b, batch, sizes: [m, k, n] }: Product): tf.TensorInfo {
  const rows = tf.util.sizeFromShape(batch) * m;
  const shape = [...batch, m, n];
  if (!isPackedAs(b, k, n)) {
    const out = backend.makeOutput(shape, "float32");
    withProducts(backend, { a, b, out }, [rows, k, n], (multiply) => multiply(0, 0, 0));
    return out;
  }
  const inputs = {
    a: run(tf.Reshape, { x: a }, { shape: [1, rows, k] }),
    b: run(tf.Reshape, { x: b }, { shape: [1, k, n] }),
  };
  const x = run(tf.BatchMatMul, inputs, { transposeA: false, transposeB: false }, original);
  return run(tf.Reshape, { x }, { shape });
}

/** Matrix by matrix of both batches. */
function multiplyPairs({ backend, a, b, batch, sizes }: Product): tf.TensorInfo {
  const out = backend.makeOutput([...batch, sizes[0], sizes[2]], "float32");
  const [ofA, ofB] = [matrixIndices(a, batch), matrixIndices(b, batch)];
  withProducts(backend, { a, b, out }, sizes, (multiply) => {
    for (const [i, index] of ofA.entries()) multiply(index, ofB[i]!, i);
  });
  return out;
}

/** For each matrix of the output, which matrix of `x` it is made of. */
function matrixIndices(x: tf.TensorInfo, batch: number[]): number[] {
  const own = batchOf(x);
  let indices = [0];
  const lead = batch.length - own.length;
  for (const [axis, length] of batch.entries()) {
    const size = axis < lead ? 1 : own[axis - lead]!;
    const steps = Array.from({ length }, (_, i) => (size === 1 ? 0 : i));
    indices = indices.flatMap((index) => steps.map((step) => index * size + step));
  }
  return indices;
}
