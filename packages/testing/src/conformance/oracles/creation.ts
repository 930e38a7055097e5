/** @file Kernels without inputs. */
import { type Dtype, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { SHAPES } from "../values.ts";

function fill(): Case[] {
  const of = (dtype: Dtype, value: number, shape: readonly number[]): Case => ({
    name: `${dtype}, ${value} in [${shape.join(", ")}]`,
    inputs: {},
    attrs: { shape, value, dtype },
    want: () => ({ dtype, shape, values: Array.from({ length: sizeOf(shape) }, () => value) }),
  });
  return [
    ...SHAPES.flatMap((shape) => [
      of("float32", 0.5, shape),
      of("int32", 16777217, shape),
      of("bool", 1, shape),
    ]),
    ...[NaN, Infinity, -Infinity, -0, 1e-8, 1.401298464324817e-45].map((value) => of("float32", value, [3])),
    ...[2147483647, -2147483648].map((value) => of("int32", value, [3])),
  ];
}

function range(): Case[] {
  const of = (start: number, stop: number, step: number, dtype: "float32" | "int32"): Case => ({
    name: `${dtype}, ${start} to ${stop} by ${step}`,
    inputs: {},
    attrs: { start, stop, step, dtype },
    want: () => {
      const length = Math.max(0, Math.ceil((stop - start) / step));
      return { dtype, shape: [length], values: Array.from({ length }, (_, i) => start + i * step) };
    },
    ulps: 4,
  });
  return [
    of(0, 5, 1, "float32"),
    of(0, 1, 0.1, "float32"),
    of(5, 0, -2, "float32"),
    of(3, 3, 1, "float32"),
    of(-2, 7, 3, "int32"),
    of(4, -4, -3, "int32"),
    of(16777215, 16777220, 1, "int32"),
    of(0, 1000, 1, "float32"),
  ];
}

function linSpace(): Case[] {
  const of = (start: number, stop: number, num: number): Case => ({
    name: `float32, ${num} from ${start} to ${stop}`,
    inputs: {},
    attrs: { start, stop, num },
    want: () => ({
      dtype: "float32",
      shape: [num],
      values: Array.from({ length: num }, (_, i) =>
        num === 1 ? start : start + ((stop - start) * i) / (num - 1),
      ),
      scale: Array.from({ length: num }, () => Math.max(Math.abs(start), Math.abs(stop))),
    }),
    ulps: 2,
    gpuUlps: 8,
  });
  return [of(0, 1, 5), of(-3, 7, 11), of(2, 9, 1), of(5, -5, 4), of(0, 100, 1001)];
}

export const creationKernels: Family = { Fill: fill, LinSpace: linSpace, Range: range };
