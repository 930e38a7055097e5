/** @file Running sums and products. */
import { axisOf, at, type Expected, f32, i32, indicesOf, type Plain } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { random } from "../values.ts";

const SHAPES: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[1], [0, -1]],
  [[0], [0, -1]],
  [[5], [0, -1]],
  [
    [2, 3],
    [0, 1, -1, -2],
  ],
  [
    [3, 0],
    [0, -1],
  ],
  [
    [3, 1, 2],
    [1, -2, -3],
  ],
  [
    [2, 3, 2, 2],
    [1, -1],
  ],
  [[2, 1, 3, 1, 2], [-3]],
  [
    [1, 2, 1, 3, 2, 2],
    [3, -3],
  ],
];

function scan(combine: (a: number, b: number) => number, start: number, ulps: number): () => Case[] {
  const of = (x: Plain, axis: number, exclusive: boolean, reverse: boolean): Expected => {
    const along = axisOf(axis, x.shape.length);
    const length = x.shape[along]!;
    const results = indicesOf(x.shape).map((index) => {
      const position = index[along]!;
      const from = reverse ? position + Number(exclusive) : 0;
      const to = reverse ? length : position + Number(!exclusive);
      const terms = Array.from({ length: Math.max(0, to - from) }, (_, i) => {
        const place = [...index];
        place[along] = from + i;
        return at(x, place);
      });
      // Errors are relative to what the terms amount to without cancellation.
      return { value: terms.reduce(combine, start), scale: terms.map(Math.abs).reduce(combine, start) };
    });
    return {
      dtype: x.dtype === "bool" ? "int32" : x.dtype,
      shape: x.shape,
      values: results.map(({ value }) => (x.dtype === "float32" ? value : value | 0)),
      scale: results.map(({ scale }) => Math.abs(scale)),
    };
  };
  const cases = (name: string, x: Plain, axis: number): Case[] =>
    [false, true].flatMap((exclusive) =>
      [false, true].map((reverse) => ({
        name: `${x.dtype}, ${name}, axis ${axis}${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`,
        inputs: { x },
        attrs: { axis, exclusive, reverse },
        want: () => of(x, axis, exclusive, reverse),
        ulps,
      })),
    );
  return () => [
    ...cases(
      "integers near 2^31",
      i32([2, 4], [2147483647, 1, 5, -1, 16777217, 33554433, 1, 123456789]),
      1,
    ).map((each) => ({ ...each, largeIntegers: true })),
    ...cases("NaN", f32([2, 4], [1, NaN, 2, 3, 1, 2, 3, NaN]), -1),
    ...cases("infinities", f32([2, 4], [1, Infinity, 2, 3, 1, 2, -Infinity, 0]), -1),
    ...cases("|x| up to 1e-7", f32([4], [1e-8, 3e-8, 5e-9, 1e-30]), -1),
    ...cases("100 elements", random("float32", [2, 100]), 1),
    ...(["float32", "int32"] as const).flatMap((dtype) =>
      SHAPES.flatMap(([shape, axes]) =>
        axes.flatMap((axis) => cases(`shape [${shape.join(", ")}]`, random(dtype, shape), axis)),
      ),
    ),
  ];
}

const wrapped =
  (f: (a: bigint, b: bigint) => bigint, float: (a: number, b: number) => number) =>
  (a: number, b: number): number =>
    Number.isInteger(a) && Number.isInteger(b) && !Number.isSafeInteger(float(a, b))
      ? Number(BigInt.asIntN(32, f(BigInt(a), BigInt(b))))
      : float(a, b);

export const cumulativeKernels: Family = {
  Cumprod: scan(
    wrapped(
      (a, b) => a * b,
      (a, b) => a * b,
    ),
    1,
    16,
  ),
  Cumsum: scan((a, b) => a + b, 0, 8),
};
