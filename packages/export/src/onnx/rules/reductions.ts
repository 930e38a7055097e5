/** @file Kernels that fold axes: sums, means, extremes, softmax. */
import type { Dtype } from "@nnx-js/jit/graph";
import { axisFirst, channelsFirst } from "../build/channels.ts";
import type { Emission } from "../build/emission.ts";
import { type Dims, isStatic, sizeOf } from "../symbolic/dim.ts";
import type { Attr, Value } from "../symbolic/graph.ts";
import { ANY, axesOf, FLOAT, type Rule, rule, type Rules } from "./rule.ts";

interface ReductionAttrs {
  axis?: Attr;
  reductionIndices?: Attr;
  keepDims?: boolean;
}

/** So many terms are added at once at most: ONNX Runtime adds them to one float32 in turn, which stops growing at 2^24. */
const MOST_TERMS = 4096;

/** `name` of shape `shape`, folded along `axes`. */
function folded(
  { graph }: Emission,
  type: string,
  name: string,
  axes: readonly number[],
  keepDims: boolean,
): string {
  return graph.op(type, [name, graph.ints(axes)], { keepdims: keepDims ? 1 : 0 });
}

/** A number near the root of `size` that divides it; 1 where there is none. */
function divisor(size: number): number {
  for (let d = Math.floor(Math.sqrt(size)); d > 1; d--) if (size % d === 0) return d;
  return 1;
}

/**
 * The sum or mean along `axes`, in several stages where there are many terms: axis by axis, and a long axis as rows of a
 * matrix, then their sums.
 */
function summed(
  emission: Emission,
  type: "ReduceSum" | "ReduceMean",
  name: string,
  shape: Dims,
  axes: readonly number[],
  keepDims: boolean,
): string {
  const { graph } = emission;
  const terms = axes.reduce((product, axis) => product * (isStatic(shape[axis]!) ? shape[axis] : 1), 1);
  if (terms <= MOST_TERMS) return folded(emission, type, name, axes, keepDims);
  if (axes.length > 1) {
    // From the last axis on, so that those before keep their numbers.
    const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    let current: Dims = shape;
    let sum = name;
    for (let i = axes.length - 1; i >= 0; i--) {
      const axis = axes[i]!;
      sum = summed(emission, type, sum, current, [axis], true);
      current = current.map((dim, at) => (at === axis ? 1 : dim));
    }
    return keepDims
      ? sum
      : graph.reshape(
          sum,
          kept,
          kept.filter((_, axis) => !axes.includes(axis)),
        );
  }
  const [axis] = axes as [number];
  const size = shape[axis] as number;
  const rows = divisor(size);
  if (rows > 1) {
    const apart = [...shape.slice(0, axis), rows, size / rows, ...shape.slice(axis + 1)];
    const split = graph.reshape(name, shape, apart);
    const parts = summed(emission, type, split, apart, [axis + 1], false);
    return folded(emission, type, parts, [axis], keepDims);
  }
  // A prime: all but one of the terms, and the last.
  const ends = [
    [0, size - 1],
    [size - 1, size],
  ] as const;
  const [most, last] = ends.map(([begin, end]) =>
    graph.op("Slice", [name, graph.ints([begin]), graph.ints([end]), graph.ints([axis])]),
  ) as [string, string];
  const shorter = shape.map((dim, i) => (i === axis ? size - 1 : dim));
  const sum = summed(emission, "ReduceSum", most, shorter, [axis], true);
  const all = graph.op("Add", [sum, last]);
  const result = type === "ReduceSum" ? all : graph.op("Div", [all, emission.number(size)]);
  return keepDims ? result : folded(emission, "ReduceSum", result, [axis], false);
}

/** What a reduction of no elements gives. */
const NEUTRAL: Readonly<Record<string, (dtype: Dtype) => number>> = {
  ReduceSum: () => 0,
  ReduceMean: () => NaN,
  ReduceProd: () => 1,
  ReduceMax: (dtype) => (dtype === "float32" ? -Infinity : dtype === "int32" ? -(2 ** 31) : 0),
  ReduceMin: (dtype) => (dtype === "float32" ? Infinity : dtype === "int32" ? 2 ** 31 - 1 : 1),
};

/** @param workingIn the dtype that is folded, from that of the input and of the output */
function reduction(type: string, workingIn: (from: Dtype, to: Dtype) => Dtype): Rule {
  return rule<{ x: Value }, ReductionAttrs>(
    ANY,
    (emission, { x }, { axis, reductionIndices = axis, keepDims = false }, [output]) => {
      const rank = x.shape.length;
      const axes = axesOf(reductionIndices, rank);
      const dtype = workingIn(x.dtype, output.dtype);
      const { graph } = emission;
      if (axes.some((each) => x.shape[each] === 0)) {
        const value = emission.number(NEUTRAL[type]!(output.dtype), output.dtype);
        emission.setForm(output, { kind: "broadcast", name: value, shape: [] });
        return;
      }
      const fold = (name: string, shape: Dims, along: readonly number[]) => {
        if (along.length === 0) return graph.cast(name, x.dtype, output.dtype);
        const number = graph.cast(name, x.dtype, dtype);
        const isSum = dtype === "float32" && (type === "ReduceSum" || type === "ReduceMean");
        const result = isSum
          ? summed(emission, type, number, shape, along, keepDims)
          : folded(emission, type, number, along, keepDims);
        return graph.cast(result, dtype, output.dtype);
      };
      const form = emission.form(x);
      const first = axes.map((each) => axisFirst(each, rank)).sort((p, q) => p - q);
      if (form?.kind === "channelsFirst" && (keepDims || staysInOrder(axes, rank))) {
        const name = fold(form.name, form.shape, first);
        if (keepDims)
          emission.setForm(output, { kind: "channelsFirst", name, shape: channelsFirst(output.shape) });
        else emission.set(output, name);
        return;
      }
      emission.set(output, fold(emission.name(x), x.shape, axes));
    },
  );
}

/** Whether the axes that are left stand in the same order with the channels first. */
function staysInOrder(axes: readonly number[], rank: number): boolean {
  const left = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
  const places = left.map((axis) => axisFirst(axis, rank));
  return places.every((place, i) => i === 0 || place > places[i - 1]!);
}

const same = (from: Dtype): Dtype => (from === "bool" ? "int32" : from);
const asInteger = (): Dtype => "int32";

/** The maximum of integers is that of numbers; a truth value counts as 0 or 1. */
function argExtreme(type: string): Rule {
  return rule<{ x: Value }, { axis: number }>(ANY, (emission, { x }, { axis }, [output]) => {
    const { graph } = emission;
    const [at = 0] = axesOf(axis, x.shape.length);
    const number = emission.cast(x, same(x.dtype));
    const index = graph.op(type, [number], { axis: at, keepdims: 0 });
    emission.set(output, graph.cast(index, "int64", "int32"));
  });
}

/** Reductions. */
export const reductions: Rules = {
  All: reduction("ReduceMin", asInteger),
  Any: reduction("ReduceMax", asInteger),
  Max: reduction("ReduceMax", same),
  Min: reduction("ReduceMin", same),
  Prod: reduction("ReduceProd", same),
  Sum: reduction("ReduceSum", (_, to) => to),
  Mean: reduction("ReduceMean", () => "float32"),
  ArgMax: argExtreme("ArgMax"),
  ArgMin: argExtreme("ArgMin"),
  Softmax: rule<{ logits: Value }, { dim: number }>(FLOAT, (emission, { logits }, { dim }, [output]) => {
    const [axis = 0] = axesOf(dim, logits.shape.length);
    if (sizeOf(output.shape) === 0) emission.set(output, emission.name(logits));
    else emission.set(output, emission.graph.op("Softmax", [emission.name(logits)], { axis }));
  }),
};
