/** @file Constants of recordings with several batches, as one. */
import type { Constant as RecordedConstant, Elements } from "@nnx-js/jit/graph";
import { areStatic, type Dim, isStatic } from "./dim.ts";
import type { Constant, Value } from "./graph.ts";

/**
 * What these constants are for any batch; undefined where they follow it in another way than as copies along its axis,
 * as its size, or as one divided by that.
 */
export function commonConstant(
  value: Value,
  cases: readonly RecordedConstant[],
  fit: (numbers: readonly number[]) => Dim | undefined,
): Constant | undefined {
  const [first] = cases as [RecordedConstant];
  if (areStatic(value.shape)) {
    if (cases.every(({ elements }) => isEqual(elements, first.elements)))
      return { value, shape: value.shape, elements: first.elements };
    return first.elements.length === 1 ? scalar(value, cases, fit) : undefined;
  }
  const reduced = cases.map(({ value: { shape }, elements }) => ({
    shape: shape.map((size, axis) => (isStatic(value.shape[axis]!) ? size : 1)),
    elements: withoutCopies(shape, elements, (axis) => !isStatic(value.shape[axis]!)),
  }));
  const [{ shape, elements } = { shape: [], elements: undefined }] = reduced;
  if (!elements || !reduced.every((each) => each.elements && isEqual(each.elements, elements)))
    return undefined;
  return { value, shape, elements };
}

function scalar(
  value: Value,
  cases: readonly RecordedConstant[],
  fit: (numbers: readonly number[]) => Dim | undefined,
): Constant | undefined {
  const numbers = cases.map(({ elements }) => elements[0]!);
  const shape = value.shape as readonly number[];
  const { elements } = cases[0]!;
  const dim = fit(numbers);
  if (dim !== undefined && !isStatic(dim))
    return { value, shape, elements, ofBatch: { dim, isReciprocal: false } };
  const reciprocals = numbers.map((number) => Math.round(1 / number));
  const isOne = numbers.every((number, i) => Math.fround(1 / reciprocals[i]!) === number);
  const inverse = isOne ? fit(reciprocals) : undefined;
  if (inverse === undefined || isStatic(inverse)) return undefined;
  return { value, shape, elements, ofBatch: { dim: inverse, isReciprocal: true } };
}

/** The elements at place 0 of the axes that `isCopied` names, if all others along these are equal to them. */
function withoutCopies(
  shape: readonly number[],
  elements: Elements,
  isCopied: (axis: number) => boolean,
): Elements | undefined {
  const kept: number[] = [];
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  for (let i = 0; i < elements.length; i++) {
    let source = 0;
    for (const [axis, stride] of strides.entries()) {
      index[axis] = Math.floor(i / stride) % shape[axis]!;
      if (!isCopied(axis)) source += index[axis] * stride;
    }
    if (!Object.is(elements[i], elements[source])) return undefined;
    if (source === i) kept.push(elements[i]!);
  }
  const Kind = elements.constructor as new (numbers: number[]) => Elements;
  return new Kind(kept);
}

function isEqual(a: Elements, b: Elements): boolean {
  return a.length === b.length && a.every((element, i) => Object.is(element, b[i]));
}
