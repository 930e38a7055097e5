/** @file Operations with a function inside: folds, windows, scatters, sorts. */
import type { Builder } from "./builder.ts";
import {
  arrayText,
  type ElementType,
  type Operand,
  pairsText,
  type TensorType,
  typeText,
} from "./operand.ts";

/** How two elements become one. */
export type Reducer = "add" | "and" | "maximum" | "minimum" | "multiply" | "or";

/** The least number of a type. */
export function lowest(type: ElementType): number {
  return type === "i32" ? -(2 ** 31) : type === "f32" ? -Infinity : 0;
}

/** What changes nothing when it is combined. */
function neutral(reducer: Reducer, type: ElementType): number {
  switch (reducer) {
    case "multiply":
    case "and":
      return 1;
    case "maximum":
      return lowest(type);
    case "minimum":
      return type === "i32" ? 2 ** 31 - 1 : type === "f32" ? Infinity : 1;
    default:
      return 0;
  }
}

/** A region that combines its two scalars. Its values have names of their own, as no other region is inside. */
function combining(reducer: Reducer, type: ElementType): string {
  const scalar = typeText({ shape: [], type });
  return (
    `({^bb0(%a: ${scalar}, %b: ${scalar}): %r = stablehlo.${reducer} %a, %b : ${scalar} ` +
    `stablehlo.return %r : ${scalar}})`
  );
}

/** A region that keeps the second of its two scalars. */
function replacing(type: ElementType): string {
  const scalar = typeText({ shape: [], type });
  return `({^bb0(%a: ${scalar}, %b: ${scalar}): stablehlo.return %b : ${scalar}})`;
}

/** `x` folded over `axes`, which its shape loses. */
export function reduce(b: Builder, x: Operand, axes: readonly number[], reducer: Reducer): Operand {
  if (axes.length === 0) return x;
  const init = b.fill(neutral(reducer, x.type), [], x.type);
  const result = { shape: x.shape.filter((_, axis) => !axes.includes(axis)), type: x.type };
  return b.one(
    `stablehlo.reduce(${x.name} init: ${init.name}) applies stablehlo.${reducer} across dimensions = ` +
      `[${axes.join(", ")}] : (${typeText(x)}, ${typeText(init)}) -> ${typeText(result)}`,
    result,
  );
}

/** The place along `axis` of the greatest or least element, the first of equal ones; NaN is beyond all numbers. */
export function argReduce(b: Builder, x: Operand, axis: number, extreme: "maximum" | "minimum"): Operand {
  const places = b.iota(x.shape, axis, "i32");
  const [init, first] = [b.fill(neutral(extreme, x.type), [], x.type), b.fill(2 ** 31 - 1, [], "i32")];
  const shape = x.shape.filter((_, i) => i !== axis);
  const results: [TensorType, TensorType] = [
    { shape, type: x.type },
    { shape, type: "i32" },
  ];
  const [value, place] = [typeText({ shape: [], type: x.type }), typeText({ shape: [], type: "i32" })];
  const bit = typeText({ shape: [], type: "i1" });
  const kind = x.type === "f32" ? "FLOAT" : x.type === "i32" ? "SIGNED" : "UNSIGNED";
  const compare = (name: string, direction: string, left: string, right: string, of = value, as = kind) =>
    `${name} = stablehlo.compare ${direction}, ${left}, ${right}, ${as} : (${of}, ${of}) -> ${bit}`;
  const combine = (name: string, op: string, left: string, right: string) =>
    `${name} = stablehlo.${op} ${left}, ${right} : ${bit}`;
  const body = [
    compare("%better", extreme === "maximum" ? "GT" : "LT", "%a", "%b"),
    compare("%an", "NE", "%a", "%a"),
    compare("%bn", "NE", "%b", "%b"),
    compare("%same", "EQ", "%a", "%b"),
    combine("%nans", "and", "%an", "%bn"),
    combine("%equal", "or", "%same", "%nans"),
    compare("%before", "LT", "%i", "%j", place, "SIGNED"),
    combine("%tie", "and", "%equal", "%before"),
    `%number = stablehlo.not %bn : ${bit}`,
    combine("%only", "and", "%an", "%number"),
    combine("%more", "or", "%better", "%only"),
    combine("%first", "or", "%more", "%tie"),
    `%v = stablehlo.select %first, %a, %b : ${bit}, ${value}`,
    `%p = stablehlo.select %first, %i, %j : ${bit}, ${place}`,
    `stablehlo.return %v, %p : ${value}, ${place}`,
  ].join(" ");
  const text =
    `"stablehlo.reduce"(${x.name}, ${places.name}, ${init.name}, ${first.name}) <{dimensions = ${arrayText([axis])}}> ` +
    `({^bb0(%a: ${value}, %i: ${place}, %b: ${value}, %j: ${place}): ${body}}) : ` +
    `(${typeText(x)}, ${typeText(places)}, ${value}, ${place}) -> (${results.map(typeText).join(", ")})`;
  return b.operation(text, results)[1]!;
}

/** Windows over all axes of a tensor. */
export interface Windows {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations?: readonly number[] | undefined;
  readonly padding: readonly (readonly [before: number, after: number])[];
}

/** How many windows there are along each axis. */
function windowCounts(shape: readonly number[], { size, strides, dilations, padding }: Windows): number[] {
  return shape.map((length, i) => {
    const [before, after] = padding[i]!;
    const reach = (size[i]! - 1) * (dilations?.[i] ?? 1) + 1;
    const all = length + before + after;
    return all < reach || all <= 0 ? 0 : Math.floor((all - reach) / strides[i]!) + 1;
  });
}

/** Each window of `x` folded; around `x` there is what changes nothing. */
export function reduceWindow(b: Builder, x: Operand, windows: Windows, reducer: Reducer): Operand {
  const init = b.fill(neutral(reducer, x.type), [], x.type);
  const result = { shape: windowCounts(x.shape, windows), type: x.type };
  const ones = x.shape.map(() => 1);
  return b.one(
    `"stablehlo.reduce_window"(${x.name}, ${init.name}) <{window_dimensions = ${arrayText(windows.size)}, ` +
      `window_strides = ${arrayText(windows.strides)}, base_dilations = ${arrayText(ones)}, ` +
      `window_dilations = ${arrayText(windows.dilations ?? ones)}, padding = ${pairsText(windows.padding)}}> ` +
      `${combining(reducer, x.type)} : (${typeText(x)}, ${typeText(init)}) -> ${typeText(result)}`,
    result,
  );
}

/** Adds each element of `source` to the place of the first greatest element of its window of `x`. No padding. */
export function scatterToGreatest(
  b: Builder,
  x: Operand,
  source: Operand,
  { size, strides }: Omit<Windows, "padding">,
): Operand {
  const init = b.fill(0, [], source.type);
  const [value, bit] = [typeText({ shape: [], type: x.type }), typeText({ shape: [], type: "i1" })];
  const kind = x.type === "f32" ? "FLOAT" : "SIGNED";
  const select =
    `({^bb0(%a: ${value}, %b: ${value}): %r = stablehlo.compare GE, %a, %b, ${kind} : (${value}, ${value}) -> ${bit} ` +
    `stablehlo.return %r : ${bit}}, ${combining("add", source.type).slice(1)}`;
  const none = pairsText(x.shape.map(() => [0, 0] as const));
  const result = { shape: x.shape, type: source.type };
  return b.one(
    `"stablehlo.select_and_scatter"(${x.name}, ${source.name}, ${init.name}) <{window_dimensions = ${arrayText(size)}, ` +
      `window_strides = ${arrayText(strides)}, padding = ${none}}> ${select} : ` +
      `(${typeText(x)}, ${typeText(source)}, ${typeText(init)}) -> ${typeText(result)}`,
    result,
  );
}

/** The axes from `from` up to `to`, as a list. */
function range(from: number, to: number): string {
  return `[${Array.from({ length: to - from }, (_, i) => from + i).join(", ")}]`;
}

/**
 * `onto` with `updates` added, or put in place of what was there. The last axis of `indices` names a place in the first
 * axes of `onto`; what it puts outside is left out. The axes of `updates` are those of `indices` without the last, then
 * the other axes of `onto`.
 */
export function scatter(
  b: Builder,
  onto: Operand,
  indices: Operand,
  updates: Operand,
  mode: "add" | "set",
): Operand {
  const depth = indices.shape.at(-1)!;
  const rows = indices.shape.length - 1;
  const numbers = [
    `update_window_dims = ${range(rows, updates.shape.length)}`,
    `inserted_window_dims = ${range(0, depth)}`,
    `scatter_dims_to_operand_dims = ${range(0, depth)}`,
    `index_vector_dim = ${rows}`,
  ];
  const region = mode === "add" ? combining("add", onto.type) : replacing(onto.type);
  return b.one(
    `"stablehlo.scatter"(${onto.name}, ${indices.name}, ${updates.name}) <{indices_are_sorted = false, ` +
      `scatter_dimension_numbers = #stablehlo.scatter<${numbers.join(", ")}>, unique_indices = false}> ${region} : ` +
      `(${typeText(onto)}, ${typeText(indices)}, ${typeText(updates)}) -> ${typeText(onto)}`,
    onto,
  );
}

/** `keys` sorted along `axis`, and `values` in the same order; equal keys stay in their order. */
export function sort(
  b: Builder,
  keys: Operand,
  values: Operand,
  axis: number,
  direction: "LT" | "GT",
): readonly [keys: Operand, values: Operand] {
  const [key, value] = [typeText({ shape: [], type: keys.type }), typeText({ shape: [], type: values.type })];
  const bit = typeText({ shape: [], type: "i1" });
  const isFloat = keys.type === "f32";
  const kind = isFloat ? "FLOAT" : keys.type === "i32" ? "SIGNED" : "UNSIGNED";
  const nan = typeText({ shape: [], type: "i1" });
  // NaN is greater than all numbers.
  const [front, back] = direction === "GT" ? ["%x", "%y"] : ["%y", "%x"];
  const compare = isFloat
    ? `%c = stablehlo.compare ${direction}, %x, %y, FLOAT : (${key}, ${key}) -> ${bit} ` +
      `%fn = stablehlo.compare NE, ${front}, ${front}, FLOAT : (${key}, ${key}) -> ${bit} ` +
      `%bk = stablehlo.compare EQ, ${back}, ${back}, FLOAT : (${key}, ${key}) -> ${bit} ` +
      `%n = stablehlo.and %fn, %bk : ${nan} %r = stablehlo.or %c, %n : ${bit}`
    : `%r = stablehlo.compare ${direction}, %x, %y, ${kind} : (${key}, ${key}) -> ${bit}`;
  const [sorted, carried] = b.operation(
    `"stablehlo.sort"(${keys.name}, ${values.name}) <{dimension = ${axis} : i64, is_stable = true}> ` +
      `({^bb0(%x: ${key}, %y: ${key}, %v: ${value}, %w: ${value}): ${compare} stablehlo.return %r : ${bit}}) : ` +
      `(${typeText(keys)}, ${typeText(values)}) -> (${typeText(keys)}, ${typeText(values)})`,
    [keys, values],
  );
  return [sorted!, carried!];
}
