/** @file Reductions, cumulative sums and matrix products of int32 in WGSL, which TensorFlow.js computes in float32. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { CumulativeAttrs } from "../cumulative/on-host.ts";
import { batchOf, commonBatch, matrixOf } from "../mat-mul/batches.ts";
import { type ReductionAttrs, rowsOf } from "../reduction/rows.ts";
import { broadcastStrides } from "../strided/walk.ts";
import { launch, type Uniform } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";

const int = (data: number): Uniform => ({ type: "i32", data });

/** By kernel name: what a total begins with, and WGSL that takes `value` into it. */
const REDUCTIONS: Readonly<Record<string, readonly [first: string, step: string]>> = {
  [tf.Sum]: ["0", "total = total + value;"],
  [tf.Prod]: ["1", "total = total * value;"],
  [tf.Max]: ["(-2147483647 - 1)", "total = max(total, value);"],
  [tf.Min]: ["2147483647", "total = min(total, value);"],
};

export const INTEGER_REDUCTIONS: readonly string[] = Object.keys(REDUCTIONS);

/** How many elements a thread takes; a longer row is reduced in rounds. */
const LONGEST = 1024;

/** A reduction, one thread for each part of a row. */
export function integerReductionOnWebGpu(kernelName: string): tf.KernelFunc {
  const [first, step] = REDUCTIONS[kernelName]!;
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    const backend = call.backend as WebGPUBackend;
    return compose(backend, "webgpu", (run) => {
      const rows = rowsOf(run, x, call.attrs as unknown as ReductionAttrs);
      let { x: values, length } = rows;
      for (;;) {
        const parts = Math.ceil(length / LONGEST);
        const launched = {
          name: `reduce_${kernelName}`,
          body: `
            let row = index / uniforms.parts;
            let begin = (index % uniforms.parts) * ${LONGEST};
            let end = min(begin + ${LONGEST}, uniforms.length);
            var total = ${first};
            for (var place = begin; place < end; place = place + 1) {
              let value = x[row * uniforms.length + place];
              ${step}
            }
            result[index] = total;
          `,
          inputs: { x: flat(values) },
          uniforms: { parts: int(parts), length: int(length) },
          output: { shape: parts === 1 ? rows.shape : [rows.count, parts], dtype: x.dtype },
        };
        // Not registered, but to be disposed of as what registered kernels make.
        values = run("", {}, {}, () => launch(backend, launched));
        if (parts === 1) return values;
        length = parts;
      }
    });
  };
}

/** Where the first of the largest or smallest elements of a row is, or the first NaN: one thread a row. */
export function placeOnWebGpu(kernelName: typeof tf.ArgMax | typeof tf.ArgMin): tf.KernelFunc {
  const comparison = kernelName === tf.ArgMax ? ">" : "<";
  return (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const backend = call.backend as WebGPUBackend;
    const isBetter =
      x.dtype === "float32"
        ? `!isnan(best) && (isnan(value) || value ${comparison} best)`
        : `value ${comparison} best`;
    return compose(backend, "webgpu", (run) => {
      const rows = rowsOf(run, x, call.attrs as unknown as ReductionAttrs);
      return launch(backend, {
        name: `${kernelName}_${x.dtype}`,
        body: `
          var best = x[index * uniforms.length];
          var place = 0;
          for (var i = 1; i < uniforms.length; i = i + 1) {
            let value = x[index * uniforms.length + i];
            if (${isBetter}) { best = value; place = i; }
          }
          result[index] = place;
        `,
        inputs: { x: flat(rows.x) },
        uniforms: { length: int(rows.length) },
        output: { shape: rows.shape, dtype: "int32" },
      });
    });
  };
}

/** Cumsum and Cumprod, one thread a line. */
export function integerCumulativeOnWebGpu(kernelName: typeof tf.Cumsum | typeof tf.Cumprod): tf.KernelFunc {
  const [first, operator] = kernelName === tf.Cumsum ? ["0", "+"] : ["1", "*"];
  return ({ inputs, backend, attrs }) => {
    const { x } = inputs as { x: tf.TensorInfo };
    const { axis, exclusive, reverse } = attrs as unknown as CumulativeAttrs;
    const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
    const length = x.shape[along] ?? 1;
    const output = (backend as WebGPUBackend).makeTensorInfo(x.shape, "int32");
    const size = tf.util.sizeFromShape(x.shape);
    if (size === 0) return output;
    launch(backend as WebGPUBackend, {
      name: `${kernelName}_integers`,
      body: `
        let line = (index / uniforms.inner) * uniforms.inner * uniforms.length + index % uniforms.inner;
        var total = ${first};
        for (var i = 0; i < uniforms.length; i = i + 1) {
          let place = select(i, uniforms.length - 1 - i, uniforms.reverse == 1);
          let at = line + place * uniforms.inner;
          let before = total;
          total = total ${operator} x[at];
          atomicStore(&result[at], select(total, before, uniforms.exclusive == 1));
        }
      `,
      inputs: { x: flat(x) },
      uniforms: {
        length: int(length),
        inner: int(tf.util.sizeFromShape(x.shape.slice(along + 1))),
        reverse: int(Number(reverse)),
        exclusive: int(Number(exclusive)),
      },
      output: { shape: [size / length], dtype: "int32" },
      into: output,
    });
    return output;
  };
}

/** BatchMatMul, one thread an element. */
export const integerMatMulOnWebGpu: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs;
  const [m, k] = matrixOf(a, transposeA);
  const [, n] = matrixOf(b, transposeB);
  const batch = commonBatch(a, b);
  const shape = [...batch, m, n];
  const uniforms: Record<string, Uniform> = { m: int(m), k: int(k), n: int(n) };
  const [ofA, ofB] = [broadcastStrides(batchOf(a), batch).steps, broadcastStrides(batchOf(b), batch).steps];
  const axes = batch.map((size, axis) => {
    uniforms[`size_${axis}`] = int(size);
    uniforms[`a_${axis}`] = int(ofA[axis]!);
    uniforms[`b_${axis}`] = int(ofB[axis]!);
    return `
      place = rest % uniforms.size_${axis};
      rest = rest / uniforms.size_${axis};
      matrixA += place * uniforms.a_${axis};
      matrixB += place * uniforms.b_${axis};
    `;
  });
  return launch(backend as WebGPUBackend, {
    name: `matmul_integers_${transposeA}_${transposeB}_${batch.length}`,
    body: `
      let column = index % uniforms.n;
      let row = (index / uniforms.n) % uniforms.m;
      var rest = index / (uniforms.n * uniforms.m);
      var place = 0;
      var matrixA = 0;
      var matrixB = 0;
      ${axes.reduceRight((code, axis) => code + axis, "")}
      let fromA = matrixA * uniforms.m * uniforms.k;
      let fromB = matrixB * uniforms.k * uniforms.n;
      var total = 0;
      for (var i = 0; i < uniforms.k; i = i + 1) {
        total += a[fromA + ${transposeA ? "i * uniforms.m + row" : "row * uniforms.k + i"}]
          * b[fromB + ${transposeB ? "column * uniforms.k + i" : "i * uniforms.n + column"}];
      }
      result[index] = total;
    `,
    inputs: { a: flat(a), b: flat(b) },
    uniforms,
    output: { shape, dtype: "int32" },
  });
};
