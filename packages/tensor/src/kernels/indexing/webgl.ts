/** @file Reading and writing rows at indices in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { fillValue } from "./rule.ts";

/** The value that an index outside reads. */
function fillIn(dtype: tf.DataType): string {
  return dtype === "float32" ? "NAN" : `${fillValue(dtype)}.0`;
}

function reshaped(info: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  return { ...info, shape };
}

/** GatherV2: rows of `x` along an axis. */
export const gatherOnWebGl: tf.KernelFunc = (call) => {
  // The registry erases the types that `runKernel` was called with.
  const { x, indices } = call.inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  const { axis, batchDims } = call.attrs as unknown as tf.GatherV2Attrs;
  const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims);
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
  if (tf.util.sizeFromShape(x.shape) === 0 || outputShape.includes(0)) return filled(call, outputShape, x.dtype); // prettier-ignore
  const lists = batchSize * outerSize;
  const count = tf.util.sizeFromShape(indices.shape) / batchSize;
  return run(call, outputShape, {
    inputs: {
      x: reshaped(x, [lists, dimSize, sliceSize]),
      places: reshaped(indices, [batchSize, count]),
    },
    outputShape: [lists, count, sliceSize],
    dtype: x.dtype,
    main: `
      ivec3 at = getOutputCoords();
      int row = int(floor(getPlaces(at.x / ${outerSize}, at.y) + 0.5));
      if (row < 0) row += ${dimSize};
      bool isOutside = row < 0 || row >= ${dimSize};
      setOutput(isOutside ? ${fillIn(x.dtype)} : getX(at.x, isOutside ? 0 : row, at.z));
    `,
  });
};

/** GatherNd: slices of `params` at index tuples. */
export const gatherNdOnWebGl: tf.KernelFunc = (call) => {
  const { params, indices } = call.inputs as { params: tf.TensorInfo; indices: tf.TensorInfo };
  const depth = indices.shape.at(-1) ?? 1;
  const slice = params.shape.slice(depth);
  const shape = [...indices.shape.slice(0, -1), ...slice];
  if (tf.util.sizeFromShape(params.shape) === 0 || shape.includes(0)) return filled(call, shape, params.dtype); // prettier-ignore
  const [size, tuples] = [tf.util.sizeFromShape(slice), tf.util.sizeFromShape(indices.shape.slice(0, -1))];
  const places = placesOf(call, indices, params.shape, depth);
  const result = run(call, shape, {
    inputs: {
      rows: reshaped(params, [tf.util.sizeFromShape(params.shape) / size, size]),
      places: reshaped(places, [tuples]),
    },
    outputShape: [tuples, size],
    dtype: params.dtype,
    main: `
      ivec2 at = getOutputCoords();
      int row = int(floor(getPlaces(at.x) + 0.5));
      setOutput(row < 0 ? ${fillIn(params.dtype)} : getRows(row < 0 ? 0 : row, at.y));
    `,
  });
  (call.backend as MathBackendWebGL).disposeIntermediateTensorInfo(places);
  return result;
};

/** ScatterNd, which adds rows to zeros, and TensorScatterUpdate, which writes them over those of a tensor. */
export const scatterOnWebGl: tf.KernelFunc = (call) => {
  const { indices, tensor } = call.inputs as { indices: tf.TensorInfo; tensor?: tf.TensorInfo };
  const { updates } = call.inputs as { updates: tf.TensorInfo };
  const shape = tensor?.shape ?? (call.attrs as unknown as tf.ScatterNdAttrs).shape;
  const depth = indices.shape.at(-1) ?? 1;
  const [size, tuples] = [tf.util.sizeFromShape(shape.slice(depth)), tf.util.sizeFromShape(indices.shape) / depth]; // prettier-ignore
  const total = tf.util.sizeFromShape(shape);
  if (total === 0 || tuples === 0) {
    return compose(call.backend as MathBackendWebGL, "webgl", (run) =>
      tensor ? run(tf.Identity, { x: tensor }) : run(tf.Fill, {}, { shape, value: 0, dtype: updates.dtype }),
    );
  }
  const places = placesOf(call, indices, shape, depth);
  const result = run(call, shape, {
    inputs: {
      places: reshaped(places, [tuples]),
      updates: reshaped(updates, [tuples, size]),
      ...(tensor && { rows: reshaped(tensor, [total / size, size]) }),
    },
    outputShape: [total / size, size],
    dtype: updates.dtype,
    main: `
      ivec2 at = getOutputCoords();
      float value = ${tensor ? "getRows(at.x, at.y)" : "0.0"};
      for (int i = 0; i < ${tuples}; i++) {
        if (int(floor(getPlaces(i) + 0.5)) == at.x) value ${tensor ? "" : "+"}= getUpdates(i, at.y);
      }
      setOutput(value);
    `,
  });
  (call.backend as MathBackendWebGL).disposeIntermediateTensorInfo(places);
  return result;
};

/** UnsortedSegmentSum of nothing: the original divides by its size. */
export function segmentSumOnWebGl(original: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { x, segmentIds } = call.inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
    if (!x.shape.includes(0)) return original(call);
    const { numSegments } = call.attrs as unknown as tf.UnsortedSegmentSumAttrs;
    const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
    return compose(call.backend as MathBackendWebGL, "webgl", (run) =>
      run(tf.Fill, {}, { shape, value: 0, dtype: x.dtype }),
    );
  };
}

/** For each index tuple the flat place that it leads to, or -1. */
function placesOf(
  call: Call,
  indices: tf.TensorInfo,
  shape: readonly number[],
  depth: number,
): tf.TensorInfo {
  const tuples = tf.util.sizeFromShape(indices.shape) / Math.max(depth, 1);
  const components = shape.slice(0, depth).map(
    (length, i) => `
      component = int(floor(getTuples(getOutputCoords(), ${i}) + 0.5));
      isOutside = isOutside || component < 0 || component >= ${length};
      place = place * ${length} + component;
    `,
  );
  return run(call, [tuples], {
    inputs: { tuples: reshaped(indices, [tuples, depth]) },
    outputShape: [tuples],
    dtype: "int32",
    main: `
      int component = 0;
      int place = 0;
      bool isOutside = false;
      ${components.join("\n")}
      setOutput(isOutside ? -1.0 : float(place));
    `,
  });
}

type Call = Parameters<tf.KernelFunc>[0];

interface Program {
  inputs: Record<string, tf.TensorInfo>;
  outputShape: number[];
  dtype: tf.DataType;
  main: string;
}

function run(call: Call, shape: number[], { inputs, outputShape, dtype, main }: Program): tf.TensorInfo {
  const program = {
    variableNames: Object.keys(inputs),
    outputShape,
    userCode: `void main() { ${main} }`,
  };
  const backend = call.backend as MathBackendWebGL;
  const output = backend.runWebGLProgram(program, Object.values(inputs), dtype);
  // The same elements in another shape.
  const result = tf.getKernel(tf.Reshape, "webgl").kernelFunc({ inputs: { x: output }, backend, attrs: { shape } }); // prettier-ignore
  backend.disposeIntermediateTensorInfo(output);
  // Reshape has one output.
  return result as tf.TensorInfo;
}

function filled(call: Call, shape: number[], dtype: tf.DataType): tf.TensorInfo {
  return compose(call.backend as MathBackendWebGL, "webgl", (run) =>
    run(tf.Fill, {}, { shape, value: fillValue(dtype), dtype }),
  );
}
