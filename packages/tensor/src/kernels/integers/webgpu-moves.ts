/** @file Kernels that move elements of int32 and bool in WGSL, which TensorFlow.js passes through float32. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { broadcastStrides, rowMajor, type Strides } from "../strided/walk.ts";
import { launch, type Uniform } from "../webgpu/launch.ts";
import { flat, launchStrided } from "../webgpu/strided.ts";

type Call = Parameters<tf.KernelFunc>[0];

const int = (data: number): Uniform => ({ type: "i32", data });

/** The elements of `x` that `strides` lead to. */
function copyOnWebGpu(call: Call, x: tf.TensorInfo, shape: number[], strides: Strides): tf.TensorInfo {
  return launchStrided(call.backend as WebGPUBackend, {
    name: `copy_${x.dtype}`,
    element: "x",
    operands: { x: { info: x, strides } },
    output: { shape, dtype: x.dtype },
  });
}

// The registry erases the types that each of these was called with.

/** By kernel name: how the output walks through the input `x`. */
export const STRIDED: Readonly<Record<string, (call: Call) => tf.TensorInfo>> = {
  [tf.Reverse]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { dims } = call.attrs as unknown as tf.ReverseAttrs;
    const axes = tf.util.parseAxisParam(dims, x.shape);
    const steps = rowMajor(x.shape);
    const start = axes.reduce((sum, axis) => sum + (x.shape[axis]! - 1) * steps[axis]!, 0);
    return copyOnWebGpu(call, x, x.shape, {
      start,
      steps: steps.map((step, axis) => (axes.includes(axis) ? -step : step)),
    });
  },
  [tf.Slice]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { begin, size } = call.attrs as unknown as tf.SliceAttrs;
    const [from, sizes] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x, from, sizes);
    const steps = rowMajor(x.shape);
    return copyOnWebGpu(call, x, sizes, { start: from.reduce((sum, i, axis) => sum + i * steps[axis]!, 0), steps }); // prettier-ignore
  },
  [tf.Tile]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { reps } = call.attrs as unknown as tf.TileAttrs;
    const steps = rowMajor(x.shape);
    const shape = x.shape.flatMap((size, axis) => [reps[axis]!, size]);
    const tiled = copyOnWebGpu(call, x, shape, { start: 0, steps: steps.flatMap((step) => [0, step]) });
    return { ...tiled, shape: x.shape.map((size, axis) => size * reps[axis]!) };
  },
  [tf.Transpose]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { perm } = call.attrs as unknown as tf.TransposeAttrs;
    const steps = rowMajor(x.shape);
    return copyOnWebGpu(call, x, perm.map((axis) => x.shape[axis]!), { start: 0, steps: perm.map((axis) => steps[axis]!) }); // prettier-ignore
  },
};

/** Select: by a condition of the same shape, or one for each row. */
export const selectOnWebGpu: tf.KernelFunc = (call) => {
  const { condition, t, e } = call.inputs as Record<"condition" | "t" | "e", tf.TensorInfo>;
  const { shape } = t;
  const isByRow = condition.shape.length === 1 && shape.length > 1;
  const asRows = isByRow ? [...condition.shape, ...shape.slice(1).map(() => 1)] : condition.shape;
  const same = { start: 0, steps: rowMajor(shape) };
  return launchStrided(call.backend as WebGPUBackend, {
    name: `select_${t.dtype}`,
    element: "select(no, yes, condition != 0)",
    operands: {
      condition: { info: condition, strides: broadcastStrides(asRows, shape) },
      yes: { info: t, strides: same },
      no: { info: e, strides: same },
    },
    output: { shape, dtype: t.dtype },
  });
};

/** PadV2. */
export const padOnWebGpu: tf.KernelFunc = (call) => {
  const { x } = call.inputs as { x: tf.TensorInfo };
  const { paddings, constantValue } = call.attrs as unknown as tf.PadV2Attrs;
  const shape = paddings.map(([before, after], axis) => before + x.shape[axis]! + after);
  const steps = rowMajor(x.shape);
  const uniforms: Record<string, Uniform> = { value: int(Math.trunc(constantValue)) };
  const axes = shape.map((size, axis) => {
    uniforms[`size_${axis}`] = int(size);
    uniforms[`before_${axis}`] = int(paddings[axis]![0]);
    uniforms[`length_${axis}`] = int(x.shape[axis]!);
    uniforms[`step_${axis}`] = int(steps[axis]!);
    return `
      place = rest % uniforms.size_${axis} - uniforms.before_${axis};
      rest = rest / uniforms.size_${axis};
      isInside = isInside && place >= 0 && place < uniforms.length_${axis};
      source += place * uniforms.step_${axis};
    `;
  });
  const body = `
    var rest = index;
    var place = 0;
    var source = 0;
    var isInside = true;
    ${axes.reduceRight((code, axis) => code + axis, "")}
    if (isInside) { result[index] = x[source]; } else { result[index] = uniforms.value; }
  `;
  const output = { shape, dtype: x.dtype };
  const backend = call.backend as WebGPUBackend;
  if (tf.util.sizeFromShape(x.shape) > 0) {
    return launch(backend, { name: `pad_integers_${shape.length}`, body, inputs: { x: flat(x) }, uniforms, output }); // prettier-ignore
  }
  const all = { name: "pad_nothing", body: "result[index] = uniforms.value;", inputs: {} };
  return launch(backend, { ...all, uniforms: { value: uniforms["value"]! }, output });
};

/** Concat: each operand is written into its place. */
export const concatOnWebGpu: tf.KernelFunc = (call) => {
  const all = Object.values(call.inputs) as tf.TensorInfo[];
  const { axis } = call.attrs as unknown as tf.ConcatAttrs;
  const [along = 0] = tf.util.parseAxisParam(axis, all[0]!.shape);
  const shape = tf.backend_util.computeOutShape(all.map((x) => x.shape), along); // prettier-ignore
  const backend = call.backend as WebGPUBackend;
  const output = backend.makeTensorInfo(shape, all[0]!.dtype);
  const inner = (of: readonly number[]) => tf.util.sizeFromShape(of.slice(along));
  let offset = 0;
  for (const x of all) {
    const length = inner(x.shape);
    if (tf.util.sizeFromShape(x.shape) > 0) {
      launch(backend, {
        name: "concat_integers",
        body: `
          let row = index / uniforms.length;
          let to = row * uniforms.row + uniforms.offset + index % uniforms.length;
          atomicStore(&result[to], x[index]);
        `,
        inputs: { x: flat(x) },
        uniforms: { length: int(length), row: int(inner(shape)), offset: int(offset) },
        output: { shape: x.shape, dtype: x.dtype },
        into: output,
      });
    }
    offset += length;
  }
  return output;
};

/** Kernels that TensorFlow.js makes of others without looking them up, made of those that are registered. */
export const COMPOSED: Readonly<Record<string, tf.KernelFunc>> = {
  [tf.Pack]: (call) => {
    const all = Object.values(call.inputs) as tf.TensorInfo[];
    const { axis } = call.attrs as unknown as tf.PackAttrs;
    const along = axis < 0 ? axis + all[0]!.shape.length + 1 : axis;
    return compose(call.backend as tf.KernelBackend, "webgpu", (run) => {
      const shape = [...all[0]!.shape];
      shape.splice(along, 0, 1);
      const parts = all.map((x) => run(tf.Reshape, { x }, { shape }));
      return run(tf.Concat, parts as unknown as tf.NamedTensorInfoMap, { axis: along });
    });
  },
  [tf.Unpack]: (call) => {
    const { value } = call.inputs as { value: tf.TensorInfo };
    const { axis } = call.attrs as unknown as tf.UnpackAttrs;
    const along = axis < 0 ? axis + value.shape.length : axis;
    const steps = rowMajor(value.shape);
    const shape = value.shape.filter((_, i) => i !== along);
    const rest = steps.filter((_, i) => i !== along);
    return Array.from({ length: value.shape[along]! }, (_, i) =>
      copyOnWebGpu(call, value, shape, { start: i * steps[along]!, steps: rest }),
    );
  },
  [tf.SplitV]: (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { numOrSizeSplits, axis } = call.attrs as unknown as tf.SplitVAttrs;
    const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
    const steps = rowMajor(x.shape);
    let begin = 0;
    // It reads the shape alone.
    return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along).map((size) => {
      const shape = x.shape.map((length, i) => (i === along ? size : length));
      const start = begin * steps[along]!;
      begin += size;
      return copyOnWebGpu(call, x, shape, { start, steps });
    });
  },
};
