/** @file The webgpu backend computes int32 and bool in float32, which holds integers below 2^24 only; these are exact. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import {
  INTEGER_BINARY_KERNELS,
  INTEGER_UNARY_KERNELS,
  integerBinaryOnWebGpu,
  integerUnaryOnWebGpu,
} from "../integers/webgpu-elementwise.ts";
import { COMPOSED, concatOnWebGpu, padOnWebGpu, selectOnWebGpu, STRIDED } from "../integers/webgpu-moves.ts";
import { LAYOUTS } from "../integers/webgpu-layouts.ts";
import {
  INTEGER_REDUCTIONS,
  integerCumulativeOnWebGpu,
  integerMatMulOnWebGpu,
  integerReductionOnWebGpu,
  placeOnWebGpu,
} from "../integers/webgpu-reductions.ts";
import { launch } from "../webgpu/launch.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

type Call = Parameters<tf.KernelFunc>[0];

export const webGpuIntegers: readonly ReplacedKernel[] = [
  ...INTEGER_UNARY_KERNELS.map((name): ReplacedKernel => [
    name,
    ofIntegers(integerUnaryOnWebGpu(name), name),
  ]),
  ...INTEGER_BINARY_KERNELS.map((name): ReplacedKernel => [
    name,
    ofIntegers(integerBinaryOnWebGpu(name), name),
  ]),
  ...Object.entries(STRIDED).map(([name, ours]): ReplacedKernel => [name, ofIntegers(ours, name)]),
  ...Object.entries(LAYOUTS).map(([name, ours]): ReplacedKernel => [name, ofIntegers(ours, name)]),
  ...Object.entries(COMPOSED).map(([name, ours]): ReplacedKernel => [name, ofIntegers(ours, name)]),
  ...INTEGER_REDUCTIONS.map((name): ReplacedKernel => [name, ofIntegers(integerReductionOnWebGpu(name))]),
  ...([tf.Cumsum, tf.Cumprod] as const).map((name): ReplacedKernel => [
    name,
    ofIntegers(integerCumulativeOnWebGpu(name)),
  ]),
  [tf.BatchMatMul, ofIntegers(integerMatMulOnWebGpu)],
  [tf.Concat, ofIntegers(concatOnWebGpu, tf.Concat)],
  [tf.PadV2, ofIntegers(padOnWebGpu)],
  [tf.Select, selectingIntegers],
  ...([tf.ArgMax, tf.ArgMin] as const).map((name): ReplacedKernel => [
    name,
    onShortRows(placeOnWebGpu(name)),
  ]),
  [tf.Reverse, ofManyAxes],
  [tf.AddN, ofIntegers(addUp)],
  [tf.Fill, fillingIntegers],
];

/** What the backend computes on the CPU, exactly, of small tensors that are not on the GPU yet. */
const EXACT_ON_CPU = new Set<string>([
  tf.Add,
  tf.Concat,
  tf.Equal,
  tf.FloorDiv,
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.Maximum,
  tf.Minimum,
  tf.Neg,
  tf.NotEqual,
  tf.Slice,
  tf.Sub,
  tf.Tile,
  tf.Transpose,
]);

/** The original where a tensor is not of integers, or where it is exact. */
function ofIntegers(ours: tf.KernelFunc, kernelName = ""): Replacement {
  return (original) => (call) => {
    const inputs = (Object.values(call.inputs) as tf.TensorInfo[]).filter(Boolean);
    const areIntegers = inputs.every(({ dtype }) => dtype === "int32" || dtype === "bool");
    const isOnCpu =
      EXACT_ON_CPU.has(kernelName) && (call.backend as WebGPUBackend).shouldExecuteOnCPU(inputs);
    const hasElements = inputs.some(({ shape }) => !shape.includes(0));
    return areIntegers && hasElements && !isOnCpu ? ours(call) : original(call);
  };
}

/** The original is faster on longer rows, but misses NaN. */
const LONG_ROW = 2 ** 14;

function onShortRows(ours: tf.KernelFunc): Replacement {
  return (original) => (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { axis } = call.attrs as unknown as tf.ArgMaxAttrs;
    const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
    const isLong = (x.shape[along] ?? 1) > LONG_ROW;
    return isLong || x.shape.includes(0) ? original(call) : ours(call);
  };
}

/** Of more than four axes the original answers what is no tensor. */
function ofManyAxes(original: tf.KernelFunc): tf.KernelFunc {
  return (call) =>
    (call.inputs["x"] as tf.TensorInfo).shape.length > 4 ? STRIDED[tf.Reverse]!(call) : original(call);
}

function selectingIntegers(original: tf.KernelFunc): tf.KernelFunc {
  const ours = ofIntegers(selectOnWebGpu)(original);
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { condition, t, e } = call.inputs as Record<"condition" | "t" | "e", tf.TensorInfo>;
    if (t.dtype === e.dtype) return ours(call);
    const dtype = tf.upcastType(t.dtype, e.dtype);
    return compose(call.backend as tf.KernelBackend, "webgpu", (run) => {
      const as = (x: tf.TensorInfo) => (x.dtype === dtype ? x : run(tf.Cast, { x }, { dtype }));
      return run(tf.Select, { condition, t: as(t), e: as(e) }, {}, ours);
    });
  };
}

function addUp(call: Call): tf.TensorInfo {
  const [first, ...others] = Object.values(call.inputs) as [tf.TensorInfo, ...tf.TensorInfo[]];
  return compose(call.backend as tf.KernelBackend, "webgpu", (run) =>
    others.reduce(
      (a, b) => run(tf.Add, { a, b }),
      others.length > 0 ? first : run(tf.Identity, { x: first }),
    ),
  );
}

function fillingIntegers(original: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { shape, value, dtype } = call.attrs as unknown as tf.FillAttrs;
    if (dtype !== "int32" || Math.abs(value as number) < 2 ** 24) return original(call);
    return launch(call.backend as WebGPUBackend, {
      name: "fill_integers",
      body: "result[index] = uniforms.value;",
      inputs: {},
      uniforms: { value: { type: "i32", data: value as number } },
      output: { shape, dtype },
    });
  };
}
