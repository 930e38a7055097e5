/** @file Elementwise kernels of int32 and bool in WGSL, which TensorFlow.js computes in float32. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { rowMajor, broadcastStrides } from "../strided/walk.ts";
import { launchStrided } from "../webgpu/strided.ts";
import type { Uniform } from "../webgpu/launch.ts";

/** WGSL of one operand `x`. */
const UNARY: Readonly<Record<string, string>> = {
  [tf.Abs]: "abs(x)",
  [tf.ClipByValue]: "min(max(x, uniforms.low), uniforms.high)",
  [tf.Neg]: "-x",
  [tf.Relu]: "max(x, 0)",
  [tf.Relu6]: "clamp(x, 0, 6)",
  [tf.Round]: "x",
  [tf.Sign]: "sign(x)",
  [tf.Square]: "x * x",
};

/** WGSL of two operands `a` and `b`. */
const BINARY: Readonly<Record<string, string>> = {
  [tf.Add]: "a + b",
  [tf.BitwiseAnd]: "a & b",
  [tf.Equal]: "select(0, 1, a == b)",
  [tf.FloorDiv]: "floorDivide(a, b)",
  [tf.Greater]: "select(0, 1, a > b)",
  [tf.GreaterEqual]: "select(0, 1, a >= b)",
  [tf.Less]: "select(0, 1, a < b)",
  [tf.LessEqual]: "select(0, 1, a <= b)",
  [tf.LogicalAnd]: "select(0, 1, a != 0 && b != 0)",
  [tf.LogicalOr]: "select(0, 1, a != 0 || b != 0)",
  [tf.Maximum]: "max(a, b)",
  [tf.Minimum]: "min(a, b)",
  [tf.Mod]: "remainder(a, b)",
  [tf.Multiply]: "a * b",
  [tf.NotEqual]: "select(0, 1, a != b)",
  [tf.Pow]: "power(a, b)",
  [tf.SquaredDifference]: "(a - b) * (a - b)",
  [tf.Sub]: "a - b",
};

const ANSWERS_BOOL = new Set<string>([
  tf.Equal,
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.LogicalAnd,
  tf.LogicalOr,
  tf.NotEqual,
]);

/** Division by 0 gives 0, as in JavaScript's kernels. */
const LIBRARY = `
  fn floorDivide(a : i32, b : i32) -> i32 {
    if (b == 0) { return 0; }
    if (b == -1) { return -a; }
    let quotient = a / b;
    return quotient - select(0, 1, a % b != 0 && (a < 0) != (b < 0));
  }
  fn remainder(a : i32, b : i32) -> i32 {
    if (b == 0 || b == -1) { return 0; }
    let rest = a % b;
    return rest + select(0, b, rest != 0 && (rest < 0) != (b < 0));
  }
  fn power(a : i32, b : i32) -> i32 {
    if (b < 0) {
      if (a == 1 || (a == -1 && b % 2 == 0)) { return 1; }
      return select(0, -1, a == -1);
    }
    var result = 1;
    var square = a;
    var rest = b;
    while (rest > 0) {
      if ((rest & 1) == 1) { result = result * square; }
      square = square * square;
      rest = rest >> 1u;
    }
    return result;
  }
`;

export const INTEGER_UNARY_KERNELS: readonly string[] = Object.keys(UNARY);
export const INTEGER_BINARY_KERNELS: readonly string[] = Object.keys(BINARY);

/** bool holds 0 and 1. */
function asBool(expression: string, dtype: tf.DataType): string {
  return dtype === "bool" ? `select(0, 1, (${expression}) != 0)` : expression;
}

/** A kernel of one operand. */
export function integerUnaryOnWebGpu(kernelName: string): tf.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = inputs as { x: tf.TensorInfo };
    const { clipValueMin, clipValueMax } = (attrs ?? {}) as unknown as Partial<tf.ClipByValueAttrs>;
    return launchStrided(backend as WebGPUBackend, {
      name: `integer_${kernelName}_${x.dtype}`,
      element: asBool(UNARY[kernelName]!, x.dtype),
      operands: { x: { info: x, strides: { start: 0, steps: rowMajor(x.shape) } } },
      output: { shape: x.shape, dtype: x.dtype },
      uniforms: clipValueMin === undefined ? {} : { low: bound(clipValueMin), high: bound(clipValueMax!) },
    });
  };
}

function bound(value: number): Uniform {
  return { type: "i32", data: Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)) };
}

/** A kernel of two operands. */
export function integerBinaryOnWebGpu(kernelName: string): tf.KernelFunc {
  return ({ inputs, backend }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const wide = tf.upcastType(a.dtype, b.dtype);
    const dtype = ANSWERS_BOOL.has(kernelName) ? "bool" : kernelName === tf.FloorDiv ? "int32" : wide;
    return launchStrided(backend as WebGPUBackend, {
      name: `integer_${kernelName}_${dtype}`,
      library: LIBRARY,
      element: asBool(BINARY[kernelName]!, dtype),
      operands: {
        a: { info: a, strides: broadcastStrides(a.shape, shape) },
        b: { info: b, strides: broadcastStrides(b.shape, shape) },
      },
      output: { shape, dtype },
    });
  };
}
