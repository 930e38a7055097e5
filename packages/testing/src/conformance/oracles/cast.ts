/** @file Cast, and the kernels that only copy. */
import { type Dtype, f32, i32, map, type Plain } from "../array.ts";
import type { Case, Family } from "../case.ts";
import {
  counted,
  DENORMAL,
  DTYPES,
  INTEGERS,
  LARGE_INTEGERS,
  NOT_FINITE,
  ORDINARY,
  SHAPES,
  SMALL,
} from "../values.ts";

/** Towards zero to int32; anything but zero, NaN as well, is true. */
function converted(value: number, dtype: Dtype): number {
  if (dtype === "int32") return Math.trunc(value) + 0;
  return dtype === "bool" ? Number(value !== 0) : value;
}

const cast = (name: string, x: Plain, dtype: Dtype, rest: Partial<Case> = {}): Case => ({
  name: `${x.dtype} to ${dtype}, ${name}`,
  inputs: { x },
  attrs: { dtype },
  want: () => map(x, (value) => converted(value, dtype), dtype),
  ...rest,
});

const FLOATS = [...ORDINARY, ...SMALL, 256, 16777216, -16777216, 2 ** 31 - 128, -(2 ** 31)];
const row = (values: number[], dtype: "float32" | "int32") =>
  dtype === "float32" ? f32([values.length], values) : i32([values.length], values);

/** What all kernels that copy their input are tried on. */
const copies = (input: string, attrs: (x: Plain) => Record<string, unknown> = () => ({})) =>
  DTYPES.flatMap((dtype) =>
    SHAPES.map((shape): Case => {
      const x = counted(dtype, shape);
      return {
        name: `${dtype}, shape [${shape.join(", ")}]`,
        inputs: { [input]: x },
        attrs: attrs(x),
        want: () => x,
      };
    }),
  );

export const castKernels: Family = {
  Cast: () =>
    DTYPES.flatMap((dtype) => [
      ...(dtype === "int32" ? [] : [cast("NaN and infinities", row(NOT_FINITE, "float32"), dtype)]),
      cast("numbers of all sizes", row(FLOATS, "float32"), dtype),
      cast("denormals", row(DENORMAL, "float32"), dtype, { notOnGpu: "GPUs may flush denormals" }),
      cast("small integers", row(INTEGERS, "int32"), dtype),
      cast("integers near 2^31", row(LARGE_INTEGERS, "int32"), dtype),
      ...DTYPES.flatMap((from) =>
        SHAPES.map((shape) => cast(`shape [${shape.join(", ")}]`, counted(from, shape), dtype)),
      ),
    ]),
  Identity: () => copies("x"),
};
