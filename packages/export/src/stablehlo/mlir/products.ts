/** @file Products of matrices, convolutions and gathers. */
import type { Builder } from "./builder.ts";
import { arrayText, type Operand, type TensorType, typeText } from "./operand.ts";

/** The axes of two operands that belong together. */
export interface Contraction {
  readonly batching: readonly (readonly [a: number, b: number])[];
  readonly contracting: readonly (readonly [a: number, b: number])[];
}

/** The sum of products: batch axes, then the free axes of `a`, then those of `b`. */
export function dotGeneral(
  b: Builder,
  x: Operand,
  y: Operand,
  { batching, contracting }: Contraction,
): Operand {
  const free = ({ shape }: Operand, side: 0 | 1) => {
    const used = [...batching, ...contracting].map((pair) => pair[side]);
    return shape.filter((_, axis) => !used.includes(axis));
  };
  const shape = [...batching.map(([axis]) => x.shape[axis]!), ...free(x, 0), ...free(y, 1)];
  const list = (pairs: Contraction["batching"]) =>
    `[${pairs.map(([axis]) => axis).join(", ")}] x [${pairs.map(([, axis]) => axis).join(", ")}]`;
  const batch = batching.length === 0 ? "" : ` batching_dims = ${list(batching)},`;
  const level = precisionOf(b, x);
  const result = { shape, type: x.type };
  return b.one(
    `stablehlo.dot_general ${x.name}, ${y.name},${batch} contracting_dims = ${list(contracting)}, ` +
      `precision = [${level}, ${level}] : (${typeText(x)}, ${typeText(y)}) -> ${typeText(result)}`,
    result,
  );
}

function precisionOf({ precision }: Builder, { type }: TensorType): string {
  return type === "f32" ? precision.toUpperCase() : "DEFAULT";
}

/** What a convolution does beside its shapes. `pad` and the rest have a number for each spatial axis. */
export interface ConvolutionSettings {
  /** The roles of the axes: `b` or `o` and `f` or `i` as in StableHLO, `s` for each spatial axis in order. */
  readonly axes: readonly [input: string, filter: string, output: string];
  readonly strides: readonly number[];
  readonly pad: readonly (readonly [before: number, after: number])[];
  readonly inputDilations: readonly number[];
  readonly filterDilations: readonly number[];
  readonly featureGroups?: number | undefined;
  readonly batchGroups?: number | undefined;
}

/** Roles of axes as a list, the spatial ones numbered. */
function numbered(roles: string): string {
  let next = 0;
  return `[${Array.from(roles, (role) => (role === "s" ? String(next++) : role)).join(", ")}]`;
}

/** A convolution with a result of `shape`; the filter is not turned around. */
export function convolution(
  b: Builder,
  input: Operand,
  filter: Operand,
  shape: readonly number[],
  {
    axes,
    strides,
    pad,
    inputDilations,
    filterDilations,
    featureGroups = 1,
    batchGroups = 1,
  }: ConvolutionSettings,
): Operand {
  const level = precisionOf(b, input);
  const window = [
    `stride = [${strides.join(", ")}]`,
    `pad = [${pad.map(([before, after]) => `[${before}, ${after}]`).join(", ")}]`,
    `lhs_dilate = [${inputDilations.join(", ")}]`,
    `rhs_dilate = [${filterDilations.join(", ")}]`,
  ];
  const result = { shape, type: input.type };
  return b.one(
    `stablehlo.convolution(${input.name}, ${filter.name}) dim_numbers = ${numbered(axes[0])}x${numbered(axes[1])}->` +
      `${numbered(axes[2])}, window = {${window.join(", ")}} {batch_group_count = ${batchGroups} : i64, ` +
      `feature_group_count = ${featureGroups} : i64, precision_config = [#stablehlo<precision ${level}>, ` +
      `#stablehlo<precision ${level}>]} : (${typeText(input)}, ${typeText(filter)}) -> ${typeText(result)}`,
    result,
  );
}

/**
 * The parts of `x` that tuples in the last axis of `indices` name in the axes `named` of `x`, one element along each;
 * indices outside are brought inside. The axes of the result are those of `indices` without the last, where the first of
 * `named` stood, and all other axes of `x` around them.
 */
export function gather(b: Builder, x: Operand, indices: Operand, named: readonly number[]): Operand {
  const at = named[0]!;
  const rows = indices.shape.slice(0, -1);
  const others = x.shape.flatMap((_, axis) => (named.includes(axis) ? [] : [axis]));
  const before = others.filter((axis) => axis < at);
  const shape = [
    ...before.map((axis) => x.shape[axis]!),
    ...rows,
    ...others.slice(before.length).map((axis) => x.shape[axis]!),
  ];
  const offsets = [
    ...before.map((_, i) => i),
    ...others.slice(before.length).map((_, i) => before.length + rows.length + i),
  ];
  const numbers = [
    ...(offsets.length > 0 ? [`offset_dims = [${offsets.join(", ")}]`] : []),
    `collapsed_slice_dims = [${named.join(", ")}]`,
    `start_index_map = [${named.join(", ")}]`,
    `index_vector_dim = ${rows.length}`,
  ];
  const sizes = x.shape.map((size, axis) => (named.includes(axis) ? 1 : size));
  const result = { shape, type: x.type };
  return b.one(
    `"stablehlo.gather"(${x.name}, ${indices.name}) <{dimension_numbers = #stablehlo.gather<${numbers.join(", ")}>, ` +
      `indices_are_sorted = false, slice_sizes = ${arrayText(sizes)}}> : (${typeText(x)}, ${typeText(indices)}) -> ` +
      typeText(result),
    result,
  );
}
