/** @file Reading and writing rows at indices in WGSL. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { launch, type Uniform } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";

const int = (data: number): Uniform => ({ type: "i32", data });

/** The value that an index outside reads; the NaN of a constant would not compile. */
function fillIn(dtype: tf.DataType): string {
  if (dtype === "float32") return "uniforms.NAN";
  return dtype === "int32" ? "(-2147483647 - 1)" : "1";
}

/** GatherV2: rows of `x` along an axis. */
export const gatherOnWebGpu: tf.KernelFunc = (call) => {
  // The registry erases the types that `runKernel` was called with.
  const { x, indices } = call.inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  const { axis, batchDims } = call.attrs as unknown as tf.GatherV2Attrs;
  const backend = call.backend as WebGPUBackend;
  const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims);
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
  const output = { shape: outputShape, dtype: x.dtype };
  if (tf.util.sizeFromShape(x.shape) === 0) return filledOnWebGpu(backend, output);
  const count = tf.util.sizeFromShape(indices.shape) / batchSize;
  return launch(backend, {
    name: `gather_${x.dtype}`,
    body: `
      let list = index / (uniforms.count * uniforms.slice);
      let rest = index % (uniforms.count * uniforms.slice);
      var row = places[(list / uniforms.outer) * uniforms.count + rest / uniforms.slice];
      if (row < 0) { row = row + uniforms.length; }
      if (row < 0 || row >= uniforms.length) {
        result[index] = ${fillIn(x.dtype)};
      } else {
        result[index] = rows[(list * uniforms.length + row) * uniforms.slice + rest % uniforms.slice];
      }
    `,
    inputs: { rows: flat(x), places: flat(indices) },
    uniforms: { outer: int(outerSize), count: int(count), length: int(dimSize), slice: int(sliceSize) },
    output,
  });
};

/** GatherNd: slices of `params` at index tuples. */
export const gatherNdOnWebGpu: tf.KernelFunc = (call) => {
  const { params, indices } = call.inputs as { params: tf.TensorInfo; indices: tf.TensorInfo };
  const backend = call.backend as WebGPUBackend;
  const depth = indices.shape.at(-1) ?? 1;
  const slice = params.shape.slice(depth);
  const output = { shape: [...indices.shape.slice(0, -1), ...slice], dtype: params.dtype };
  if (tf.util.sizeFromShape(params.shape) === 0) return filledOnWebGpu(backend, output);
  return launch(backend, {
    name: `gather_nd_${params.dtype}_${depth}`,
    body: `
      ${placeCode(depth, "index / uniforms.slice")}
      if (isOutside) {
        result[index] = ${fillIn(params.dtype)};
      } else {
        result[index] = rows[place * uniforms.slice + index % uniforms.slice];
      }
    `,
    inputs: { rows: flat(params), places: flat(indices) },
    uniforms: { slice: int(tf.util.sizeFromShape(slice)), ...lengths(params.shape, depth) },
    output,
  });
};

/** WGSL that finds the `place` of an index tuple, and whether it `isOutside`. */
function placeCode(depth: number, tuple: string): string {
  const components = Array.from(
    { length: depth },
    (_, i) => `
      component = places[(${tuple}) * ${depth} + ${i}];
      isOutside = isOutside || component < 0 || component >= uniforms.length_${i};
      place = place * uniforms.length_${i} + component;
    `,
  );
  return `
    var component = 0;
    var place = 0;
    var isOutside = false;
    ${components.join("\n")}
  `;
}

function lengths(shape: readonly number[], depth: number): Record<string, Uniform> {
  return Object.fromEntries(
    Array.from({ length: depth }, (_, i): [string, Uniform] => [`length_${i}`, int(shape[i]!)]),
  );
}

/** A tensor that is all what an index outside reads. */
function filledOnWebGpu(
  backend: WebGPUBackend,
  { shape, dtype }: { shape: number[]; dtype: tf.DataType },
): tf.TensorInfo {
  return launch(backend, {
    name: `outside_${dtype}`,
    body: `result[index] = ${fillIn(dtype)};`,
    inputs: {},
    output: { shape, dtype },
  });
}

/** What an update does to the element that it is for. */
type Way = "add" | "put";

/** ScatterNd: adds slices of `updates` into zeros. */
export const scatterNdOnWebGpu: tf.KernelFunc = (call) => {
  const { indices, updates } = call.inputs as { indices: tf.TensorInfo; updates: tf.TensorInfo };
  const { shape } = call.attrs as unknown as tf.ScatterNdAttrs;
  const backend = call.backend as WebGPUBackend;
  const target = launch(backend, {
    name: `zeros_${updates.dtype}`,
    body: `result[index] = ${updates.dtype === "float32" ? "0.0" : "0"};`,
    inputs: {},
    output: { shape, dtype: updates.dtype },
  });
  return scatter(backend, "add", { indices, updates, target });
};

/** UnsortedSegmentSum: adds the rows of `x` at their segments. */
export const segmentSumOnWebGpu: tf.KernelFunc = (call) => {
  const { x, segmentIds } = call.inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const { numSegments } = call.attrs as unknown as tf.UnsortedSegmentSumAttrs;
  const indices = { ...segmentIds, shape: [...segmentIds.shape, 1] };
  const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
  return scatterNdOnWebGpu({ ...call, inputs: { indices, updates: x }, attrs: { shape } });
};

/** TensorScatterUpdate: puts slices of `updates` into a copy of `tensor`. */
export const tensorScatterUpdateOnWebGpu: tf.KernelFunc = (call) => {
  const { tensor, indices, updates } = call.inputs as Record<"tensor" | "indices" | "updates", tf.TensorInfo>;
  const backend = call.backend as WebGPUBackend;
  if (tf.util.sizeFromShape(tensor.shape) === 0) return backend.makeTensorInfo(tensor.shape, tensor.dtype);
  const target = launch(backend, {
    name: `copy_${tensor.dtype}`,
    body: "result[index] = values[index];",
    inputs: { values: flat(tensor) },
    output: tensor,
  });
  return scatter(backend, "put", { indices, updates, target });
};

interface Scatter {
  indices: tf.TensorInfo;
  updates: tf.TensorInfo;
  target: tf.TensorInfo;
}

/** Writes into `target`, one thread an element of the updates. */
function scatter(backend: WebGPUBackend, way: Way, { indices, updates, target }: Scatter): tf.TensorInfo {
  const depth = indices.shape.length < 1 ? 1 : indices.shape.at(-1)!;
  const { shape, dtype } = target;
  if (tf.util.sizeFromShape(updates.shape) === 0 || tf.util.sizeFromShape(shape) === 0) return target;
  launch(backend, {
    name: `scatter_${way}_${dtype}_${depth}`,
    body: `
      ${placeCode(depth, "index / uniforms.slice")}
      if (!isOutside) {
        let to = place * uniforms.slice + index % uniforms.slice;
        let update = updates[index];
        ${writing(way, dtype)}
      }
    `,
    inputs: { updates: flat(updates), places: flat(indices) },
    uniforms: {
      slice: int(tf.util.sizeFromShape(shape.slice(depth))),
      ...lengths(shape, depth),
    },
    output: { shape: updates.shape, dtype },
    into: target,
  });
  return target;
}

function writing(way: Way, dtype: tf.DataType): string {
  if (way === "put") return "atomicStore(&result[to], bitcast<i32>(update));";
  if (dtype !== "float32") return "atomicAdd(&result[to], update);";
  return `
    var before = atomicLoad(&result[to]);
    loop {
      let sum = bitcast<i32>(bitcast<f32>(before) + update);
      let exchange = atomicCompareExchangeWeak(&result[to], before, sum);
      if (exchange.exchanged) { break; }
      before = exchange.old_value;
    }
  `;
}
