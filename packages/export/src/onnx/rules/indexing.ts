/** @file Gathers, scatters, and numbers by their places. */
import type { Dtype } from "@nnx-js/jit/graph";
import type { Emission } from "../build/emission.ts";
import { type Dim, type Dims, isStatic } from "../symbolic/dim.ts";
import type { Value } from "../symbolic/graph.ts";
import { ANY, axesOf, INT, NUMBERS, rule, type Rules } from "./rule.ts";

/** A tensor of `shape` with one number in all places. */
function full({ graph }: Emission, shape: Dims, value: string): string {
  return graph.op("Expand", [value, graph.dims(shape)]);
}

/** `x` put into a tensor at `indices`; sums, where several meet. Bool is counted. */
function scatter(
  emission: Emission,
  onto: string,
  indices: string,
  updates: string,
  reduction: "add" | undefined,
): string {
  return emission.graph.op("ScatterND", [onto, indices, updates], reduction ? { reduction } : {});
}

/** Scatters work on numbers: truth values are counted. */
const scattered = (dtype: Dtype): Dtype => (dtype === "bool" ? "int32" : dtype);

function unsqueezed({ graph }: Emission, name: string, axis: number): string {
  return graph.op("Unsqueeze", [name, graph.ints([axis])]);
}

/** A column of whole numbers from 0 on, as a constant. */
function places({ graph }: Emission, count: number): string {
  return graph.constant({
    dtype: "int32",
    shape: [count],
    elements: Int32Array.from({ length: count }, (_, i) => i),
  });
}

/** Which of `size` numbers each element is: `[...shape, size]`. */
function isPlace(emission: Emission, indices: Value, size: number): string {
  const wanted = unsqueezed(emission, emission.cast(indices, "int32"), -1);
  return emission.graph.op("Equal", [wanted, places(emission, size)]);
}

function gathered(emission: Emission, x: Value, indices: Value, axis: number, batchDims: number): string {
  const { graph } = emission;
  const [name, at] = [emission.name(x), emission.name(indices)];
  if (batchDims === 0) return graph.op("Gather", [name, at], { axis });
  const rank = x.shape.length;
  // The axis that is chosen from, right behind those that both have.
  const order = [...x.shape.keys()].filter((each) => each !== axis);
  order.splice(batchDims, 0, axis);
  const turned = graph.transpose(name, order);
  const whole = graph.cast(unsqueezed(emission, at, -1), indices.dtype, "int64");
  const chosen = graph.op("GatherND", [turned, whole], { batch_dims: batchDims });
  if (axis === batchDims) return chosen;
  // [shared, chosen, before, after] → [shared, before, chosen, after]
  const count = indices.shape.length - batchDims;
  const before = axis - batchDims;
  const sharedAxes = Array.from({ length: batchDims }, (_, i) => i);
  const chosenAxes = Array.from({ length: count }, (_, i) => batchDims + i);
  const beforeAxes = Array.from({ length: before }, (_, i) => batchDims + count + i);
  const afterAxes = Array.from({ length: rank - 1 - axis }, (_, i) => batchDims + count + before + i);
  return graph.transpose(chosen, [...sharedAxes, ...beforeAxes, ...chosenAxes, ...afterAxes]);
}

/** How often each number below `size` is among elements of `x`, or the sums of `weights` there: of the last axis, or all. */
function counted(emission: Emission, x: Value, weights: Value, output: Value, isBinary: boolean): string {
  const { graph } = emission;
  const first = output.shape.length - 1;
  const axes = x.shape.map((_, axis) => axis).slice(first);
  const size = output.shape.at(-1) as number;
  const dtype = scattered(output.dtype);
  const hits = graph.cast(isPlace(emission, x, size), "bool", dtype);
  const isPlain = isBinary || weights.shape.includes(0);
  const weighed = isPlain
    ? hits
    : graph.op("Mul", [hits, unsqueezed(emission, emission.cast(weights, dtype), -1)]);
  const type = isBinary ? "ReduceMax" : "ReduceSum";
  return graph.cast(graph.op(type, [weighed, graph.ints(axes)], { keepdims: 0 }), dtype, output.dtype);
}

/** Gathers and scatters. */
export const indexing: Rules = {
  GatherV2: rule<{ x: Value; indices: Value }, { axis: number; batchDims?: number }>(
    ANY,
    (emission, { x, indices }, { axis, batchDims = 0 }, [output]) => {
      const [at = 0] = axesOf(axis, x.shape.length);
      const shared = batchDims < 0 ? batchDims + indices.shape.length : batchDims;
      emission.set(output, gathered(emission, x, indices, at, shared));
    },
    { indices: INT },
  ),
  GatherNd: rule<{ params: Value; indices: Value }>(
    ANY,
    (emission, { params, indices }, _, [output]) =>
      emission.set(
        output,
        emission.graph.op("GatherND", [
          emission.name(params),
          emission.graph.cast(emission.name(indices), indices.dtype, "int64"),
        ]),
      ),
    { indices: INT },
  ),
  OneHot: rule<{ indices: Value }, { depth: Dim; onValue: number; offValue: number }>(
    INT,
    (emission, { indices }, { depth, onValue, offValue }, [output], node) => {
      if (!isStatic(depth)) {
        throw emission.unsupported(
          node,
          "with as many classes as the batch is large",
          "Export without dynamicBatch.",
        );
      }
      const { graph } = emission;
      const isOn = isPlace(emission, indices, depth);
      const dtype = scattered(output.dtype);
      const isPlain = onValue === 1 && offValue === 0;
      const name = isPlain
        ? graph.cast(isOn, "bool", dtype)
        : graph.op("Where", [isOn, emission.number(onValue, dtype), emission.number(offValue, dtype)]);
      emission.set(output, graph.cast(name, dtype, output.dtype));
    },
  ),
  ScatterNd: rule<{ indices: Value; updates: Value }>(
    ANY,
    (emission, { indices, updates }, _, [output]) => {
      const { graph } = emission;
      const dtype = scattered(output.dtype);
      const onto = full(emission, output.shape, emission.number(0, dtype));
      const at = graph.cast(emission.name(indices), indices.dtype, "int64");
      const sum = scatter(emission, onto, at, emission.cast(updates, dtype), "add");
      emission.set(output, graph.cast(sum, dtype, output.dtype));
    },
    { indices: INT },
  ),
  TensorScatterUpdate: rule<{ tensor: Value; indices: Value; updates: Value }>(
    ANY,
    (emission, { tensor, indices, updates }, _, [output]) => {
      const at = emission.graph.cast(emission.name(indices), indices.dtype, "int64");
      const dtype = scattered(output.dtype);
      const [onto, values] = [emission.cast(tensor, dtype), emission.cast(updates, dtype)];
      const name = scatter(emission, onto, at, values, undefined);
      emission.set(output, emission.graph.cast(name, dtype, output.dtype));
    },
    { indices: INT },
  ),
  SparseToDense: rule<{ sparseIndices: Value; sparseValues: Value; defaultValue: Value }>(
    ANY,
    (emission, { sparseIndices, sparseValues, defaultValue }, _, [output]) => {
      const { graph } = emission;
      const dtype = scattered(output.dtype);
      const isList = sparseIndices.shape.length < 2;
      const count = isList ? (sparseIndices.shape[0] ?? 1) : sparseIndices.shape[0]!;
      const depth = isList ? output.shape.length : sparseIndices.shape[1]!;
      const at = graph.reshape(emission.name(sparseIndices), sparseIndices.shape, [count, depth]);
      const values = graph.op("Expand", [emission.cast(sparseValues, dtype), graph.dims([count])]);
      const onto = full(emission, output.shape, emission.cast(defaultValue, dtype));
      const name = scatter(emission, onto, graph.cast(at, sparseIndices.dtype, "int64"), values, undefined);
      emission.set(output, graph.cast(name, dtype, output.dtype));
    },
    { sparseIndices: INT },
  ),
  UnsortedSegmentSum: rule<{ x: Value; segmentIds: Value }>(
    ANY,
    (emission, { x, segmentIds }, _, [output]) => {
      const { graph } = emission;
      const dtype = scattered(output.dtype);
      const [segments, ...inner] = output.shape as [number, ...Dim[]];
      // What belongs to no segment goes to one more, which is cut off.
      const ids = emission.name(segmentIds);
      const isBelow = graph.op("Less", [ids, emission.number(segments, "int32")]);
      const isThere = graph.op("And", [
        isBelow,
        graph.op("GreaterOrEqual", [ids, emission.number(0, "int32")]),
      ]);
      const at = graph.op("Where", [isThere, ids, emission.number(segments, "int32")]);
      const indices = graph.cast(unsqueezed(emission, at, -1), "int32", "int64");
      const onto = full(emission, [segments + 1, ...inner], emission.number(0, dtype));
      const sum = scatter(emission, onto, indices, emission.cast(x, dtype), "add");
      const cut = graph.op("Slice", [sum, graph.ints([0]), graph.ints([segments]), graph.ints([0])]);
      emission.set(output, graph.cast(cut, dtype, output.dtype));
    },
    { segmentIds: INT },
  ),
  Bincount: rule<{ x: Value; weights: Value }>(
    NUMBERS,
    (emission, { x, weights }, _, [output]) =>
      emission.set(output, counted(emission, x, weights, output, false)),
    { x: INT },
  ),
  DenseBincount: rule<{ x: Value; weights: Value }, { binaryOutput?: boolean }>(
    NUMBERS,
    (emission, { x, weights }, { binaryOutput = false }, [output]) =>
      emission.set(output, counted(emission, x, weights, output, binaryOutput)),
    { x: INT },
  ),
  SearchSorted: rule<{ sortedSequence: Value; values: Value }, { side: "left" | "right" }>(
    ANY,
    (emission, { sortedSequence, values }, { side }, [output]) => {
      const { graph } = emission;
      const isFloat = sortedSequence.dtype === "float32" || values.dtype === "float32";
      const dtype = isFloat ? "float32" : "int32";
      // The place of a number is how many come before it.
      const element = unsqueezed(emission, emission.cast(sortedSequence, dtype), 1);
      const value = unsqueezed(emission, emission.cast(values, dtype), 2);
      const isBefore = graph.op(side === "left" ? "Less" : "LessOrEqual", [element, value]);
      const count = graph.op("ReduceSum", [graph.cast(isBefore, "bool", "int32"), graph.ints([2])], {
        keepdims: 0,
      });
      emission.set(output, count);
    },
  ),
};
