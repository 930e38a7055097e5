/** @file Parts of tensors, and tensors of parts. */
import { at, axisOf, build, type Dtype, type Plain } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, DTYPES } from "../values.ts";

type Numbers = readonly number[];

const forAll = (make: (dtype: Dtype) => Case[]) => () => DTYPES.flatMap(make);

/** The part of `x` that begins at `begin`. */
function sliced(x: Plain, begin: Numbers, size: Numbers): Plain {
  return build(x.dtype, size, (index) =>
    at(
      x,
      index.map((i, axis) => i + begin[axis]!),
    ),
  );
}

const SLICES: readonly (readonly [shape: Numbers, begin: Numbers, size: Numbers])[] = [
  [[5], [0], [5]],
  [[5], [1], [3]],
  [[5], [4], [-1]],
  [[5], [2], [0]],
  [[5], [5], [0]],
  [[0], [0], [0]],
  [
    [3, 4],
    [1, 1],
    [2, 2],
  ],
  [
    [3, 4],
    [0, 0],
    [-1, 2],
  ],
  [
    [3, 4],
    [1, 0],
    [1, -1],
  ],
  [
    [3, 0],
    [1, 0],
    [2, 0],
  ],
  [
    [2, 3, 4],
    [0, 1, 1],
    [2, 1, 3],
  ],
  [
    [2, 3, 2, 2],
    [1, 0, 1, 0],
    [1, 3, 1, 2],
  ],
  [
    [2, 3, 2, 2],
    [1, 2, 1, 1],
    [1, 1, 1, 1],
  ],
  [
    [2, 1, 3, 1, 2],
    [0, 0, 1, 0, 1],
    [2, 1, 2, 1, 1],
  ],
  [
    [1, 2, 1, 3, 2, 2],
    [0, 1, 0, 0, 0, 1],
    [1, 1, 1, 2, 2, 1],
  ],
  [[1100], [3], [1050]],
];

interface Strided {
  begin: Numbers;
  end: Numbers;
  strides: Numbers;
  beginMask?: number;
  endMask?: number;
  ellipsisMask?: number;
  newAxisMask?: number;
  shrinkAxisMask?: number;
}

/** Python's x[begin:end:stride, …], as numpy defines it. */
function strided(x: Plain, spec: Strided): Plain {
  const { begin, end, strides } = spec;
  const has = (mask: number | undefined, i: number) => ((mask ?? 0) & (1 << i)) !== 0;
  const given = begin.filter((_, i) => !has(spec.newAxisMask, i) && !has(spec.ellipsisMask, i)).length;
  const shape: number[] = [];
  /** For each axis of `x`, the places that are taken. */
  const places: number[][] = [];
  /** For each axis of the result, the axis of `x` that it runs along. */
  const sources: (number | undefined)[] = [];
  const whole = () => {
    const length = x.shape[places.length]!;
    sources.push(places.length);
    shape.push(length);
    places.push(Array.from({ length }, (_, i) => i));
  };
  begin.forEach((first, i) => {
    if (has(spec.ellipsisMask, i)) {
      for (let n = x.shape.length - given; n > 0; n--) whole();
      return;
    }
    if (has(spec.newAxisMask, i)) {
      sources.push(undefined);
      shape.push(1);
      return;
    }
    const length = x.shape[places.length]!;
    if (has(spec.shrinkAxisMask, i)) {
      places.push([axisOf(first, length)]);
      return;
    }
    const stride = strides[i]!;
    const clamp = (value: number) =>
      Math.min(Math.max(axisOf(value, length), stride > 0 ? 0 : -1), stride > 0 ? length : length - 1);
    const from = has(spec.beginMask, i) ? (stride > 0 ? 0 : length - 1) : clamp(first);
    const to = has(spec.endMask, i) ? (stride > 0 ? length : -1) : clamp(end[i]!);
    const count = Math.max(0, Math.ceil((to - from) / stride));
    sources.push(places.length);
    shape.push(count);
    places.push(Array.from({ length: count }, (_, n) => from + n * stride));
  });
  while (places.length < x.shape.length) whole();
  return build(x.dtype, shape, (index) =>
    at(
      x,
      places.map((along, axis) => {
        const output = sources.indexOf(axis);
        return along[output < 0 ? 0 : index[output]!]!;
      }),
    ),
  );
}

const STRIDED: readonly (readonly [shape: Numbers, spec: Strided])[] = [
  [[9], { begin: [1], end: [8], strides: [2] }],
  [[9], { begin: [-3], end: [9], strides: [1] }],
  [[9], { begin: [8], end: [-10], strides: [-1] }],
  [[9], { begin: [7], end: [1], strides: [-3] }],
  [[9], { begin: [0], end: [0], strides: [-2], beginMask: 1, endMask: 1 }],
  [[9], { begin: [5], end: [2], strides: [1] }],
  [[9], { begin: [-100], end: [100], strides: [4] }],
  [[9], { begin: [4], end: [5], strides: [1], shrinkAxisMask: 1 }],
  [[9], { begin: [-1], end: [0], strides: [1], shrinkAxisMask: 1 }],
  [[3, 3], { begin: [0, 1], end: [3, 2], strides: [2, 1], shrinkAxisMask: 2 }],
  [[3, 3], { begin: [1, 0], end: [2, 3], strides: [1, 2], shrinkAxisMask: 1 }],
  [[3, 3], { begin: [-1, -1], end: [0, 0], strides: [1, 1], shrinkAxisMask: 3 }],
  [[3, 4], { begin: [0, 3], end: [3, 0], strides: [2, -1] }],
  [[3, 4], { begin: [1], end: [3], strides: [1] }],
  [[3, 4], { begin: [0, 0], end: [0, 0], strides: [1, 2], beginMask: 3, endMask: 3 }],
  [[3, 4], { begin: [0, 0, 0], end: [3, 0, 4], strides: [1, 1, 2], newAxisMask: 2 }],
  [[3, 4], { begin: [0, 1], end: [0, 3], strides: [1, 1], newAxisMask: 1 }],
  [[2, 3, 4], { begin: [0, 1], end: [0, 4], strides: [1, 2], ellipsisMask: 1 }],
  [[2, 3, 4], { begin: [1, 0, 1], end: [2, 0, 2], strides: [1, 1, 1], ellipsisMask: 2, shrinkAxisMask: 5 }],
  [[2, 3, 4], { begin: [0, 0, -1], end: [2, 3, -5], strides: [1, 2, -2] }],
  [[2, 3, 2, 2], { begin: [0, 2, 0, 1], end: [2, -4, 2, 2], strides: [1, -1, 1, 1], shrinkAxisMask: 8 }],
  [[2, 1, 3, 1, 2], { begin: [0, 0, 2, 0, 0], end: [2, 1, 0, 1, 2], strides: [1, 1, -1, 1, 2] }],
  [[2, 3, 4, 3, 2], { begin: [0, 1, 3, 0, 1], end: [2, 3, 0, 3, 2], strides: [1, 1, -2, 2, 1] }],
  [
    [1, 2, 3, 2, 2, 3],
    { begin: [0, 1, 2, 0, 0], end: [1, 2, -4, 2, 3], strides: [1, 1, -2, 1, 2], ellipsisMask: 8, shrinkAxisMask: 2 }, // prettier-ignore
  ],
  [[0], { begin: [0], end: [0], strides: [1] }],
  [[3, 0], { begin: [0, 0], end: [3, 0], strides: [2, 1] }],
];

/** `parts` one after the other along `axis`. */
function concatenated(parts: readonly Plain[], axis: number): Plain {
  const [first] = parts;
  const along = axisOf(axis, first!.shape.length);
  const owners = parts.flatMap((part) =>
    Array.from({ length: part.shape[along]! }, (_, i) => [part, i] as const),
  );
  const shape = first!.shape.map((length, i) => (i === along ? owners.length : length));
  return build(first!.dtype, shape, (index) => {
    const [part, position] = owners[index[along]!]!;
    return at(
      part,
      index.map((i, axis) => (axis === along ? position : i)),
    );
  });
}

const CONCATENATED: readonly (readonly [axis: number, ...shapes: Numbers[]])[] = [
  [0, [3], [2]],
  [-1, [3], [2], [1]],
  [0, [2, 3], [1, 3]],
  [1, [2, 3], [2, 1], [2, 2]],
  [-1, [2, 3], [2, 0], [2, 2]],
  [-2, [2, 3], [2, 3]],
  [0, [0], [3], [0]],
  [0, [0, 2], [0, 2]],
  [1, [2, 1, 2], [2, 2, 2]],
  [2, [1, 2, 3, 2], [1, 2, 1, 2]],
  [-1, [2, 1, 2, 1, 2], [2, 1, 2, 1, 3]],
  [3, [1, 2, 1, 2, 1, 2], [1, 2, 1, 1, 1, 2]],
  [0, [4]],
];

const STACKED: readonly (readonly [axis: number, count: number, shape: Numbers])[] = [
  [0, 3, []],
  [0, 2, [3]],
  [1, 2, [3]],
  [-1, 2, [3]],
  [-2, 2, [3]],
  [1, 3, [2, 2]],
  [-1, 3, [2, 2]],
  [0, 1, [2]],
  [0, 2, [0]],
  [2, 2, [1, 2, 1, 3]],
  [-3, 2, [2, 1, 2, 2]],
];

const shifted = (x: Plain, by: number): Plain =>
  x.dtype === "bool"
    ? { ...x, values: x.values.map((value, i) => (i % 2 === by % 2 ? value : 1 - value)) }
    : { ...x, values: x.values.map((value) => value + 100 * by) };

function stacked(parts: readonly Plain[], axis: number): Plain {
  const rank = parts[0]!.shape.length + 1;
  const along = axisOf(axis, rank);
  const longer = parts.map((part): Plain => ({
    ...part,
    shape: [...part.shape.slice(0, along), 1, ...part.shape.slice(along)],
  }));
  return concatenated(longer, along);
}

const SPLIT: readonly (readonly [shape: Numbers, sizes: number | Numbers, axis: number])[] = [
  [[6], 3, 0],
  [[6], [1, 2, 3], -1],
  [[6], [1, -1], 0],
  [[2, 6], 2, 1],
  [[2, 6], [4, 0, 2], -1],
  [[4, 3], 4, 0],
  [[4, 3], [1, 3], -2],
  [[0, 4], 2, 1],
  [[2, 4, 3], [1, 1, 2], 1],
  [[1, 2, 4, 2], 2, 2],
  [[2, 1, 2, 1, 4], 2, -1],
];

/** The parts of `x` along `axis`. */
function parts(x: Plain, sizes: Numbers, axis: number): Plain[] {
  const along = axisOf(axis, x.shape.length);
  let start = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === along ? start : 0));
    start += size;
    return sliced(
      x,
      begin,
      x.shape.map((length, i) => (i === along ? size : length)),
    );
  });
}

function sizesOf(sizes: number | Numbers, length: number): number[] {
  if (typeof sizes === "number") return Array.from({ length: sizes }, () => length / sizes);
  const known = sizes.filter((size) => size >= 0).reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => (size < 0 ? length - known : size));
}

const text = (numbers: Numbers | number) =>
  typeof numbers === "number" ? `${numbers}` : `[${numbers.join(", ")}]`;

export const slicingKernels: Family = {
  Concat: forAll((dtype) =>
    CONCATENATED.map(([axis, ...shapes]) => {
      const inputs = shapes.map((shape, i) => shifted(counted(dtype, shape), i));
      return {
        name: `${dtype}, ${shapes.map(text).join(", ")} along ${axis}`,
        inputs,
        attrs: { axis },
        want: () => concatenated(inputs, axis),
      };
    }),
  ),
  Pack: forAll((dtype) =>
    STACKED.map(([axis, count, shape]) => {
      const inputs = Array.from({ length: count }, (_, i) => shifted(counted(dtype, shape), i));
      return {
        name: `${dtype}, ${count} of ${text(shape)} along ${axis}`,
        inputs,
        attrs: { axis },
        want: () => stacked(inputs, axis),
      };
    }),
  ),
  Slice: forAll((dtype) =>
    SLICES.map(([shape, begin, size]) => {
      const x = counted(dtype, shape);
      const sizes = size.map((n, axis) => (n < 0 ? shape[axis]! - begin[axis]! : n));
      return {
        name: `${dtype}, ${text(size)} of ${text(shape)} from ${text(begin)}`,
        inputs: { x },
        attrs: { begin, size: sizes },
        want: () => sliced(x, begin, sizes),
      };
    }),
  ),
  SplitV: forAll((dtype) =>
    SPLIT.map(([shape, sizes, axis]) => {
      const x = counted(dtype, shape);
      return {
        name: `${dtype}, ${text(shape)} into ${text(sizes)} along ${axis}`,
        inputs: { x },
        attrs: { numOrSizeSplits: sizes, axis },
        want: () => parts(x, sizesOf(sizes, shape[axisOf(axis, shape.length)]!), axis),
      };
    }),
  ),
  StridedSlice: forAll((dtype) =>
    STRIDED.map(([shape, spec]) => {
      const x = counted(dtype, shape);
      const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
      const masked = Object.entries(spec).filter(([name]) => name.endsWith("Mask"));
      return {
        name: `${dtype}, ${text(shape)}[${spec.begin.map((b, i) => `${b}:${spec.end[i]}:${spec.strides[i]}`).join(", ")}]${masked.map(([name, bits]) => `, ${name} ${String(bits)}`).join("")}`,
        inputs: { x },
        attrs: { ...masks, ...spec },
        want: () => strided(x, spec),
      };
    }),
  ),
  Unpack: forAll((dtype) =>
    STACKED.map(([axis, count, shape]) => {
      const inputs = Array.from({ length: count }, (_, i) => shifted(counted(dtype, shape), i));
      return {
        name: `${dtype}, ${count} of ${text(shape)} along ${axis}`,
        inputs: { value: stacked(inputs, axis) },
        attrs: { axis },
        want: () => inputs,
      };
    }),
  ),
};
