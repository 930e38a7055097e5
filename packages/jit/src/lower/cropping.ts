/** @file The lowering of crops of images, each brought to one size. */
import { ceil, floor, add, and, div, le, lt, mul, sub, select } from "../expr/arithmetic.ts";
import type { Expr } from "../expr/expr.ts";
import { apply } from "../expr/operations.ts";
import { product } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { filled, mapped } from "./convert.ts";
import { broadcastTo, slice } from "./moves.ts";
import { gather } from "./indexing.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { ANY, FLOAT, INT } from "./takes.ts";
import { tabulated } from "./tables.ts";

const whole = (expr: Expr) => apply("i32.fromF32", expr);

/** `low + (high - low) * fraction`, as TensorFlow.js computes it. */
export function between(low: Expr, high: Expr, fraction: Expr): Expr {
  return add(low, mul(sub(high, low), fraction));
}

interface Crop {
  image: Tensor;
  boxes: Tensor;
  boxInd: Tensor;
}

interface CropAttrs {
  cropSize: [number, number];
  method: "bilinear" | "nearest";
  extrapolationValue: number;
}

/** Whether a place is on an axis of `length`. */
function isWithin(at: Expr, length: number): Expr {
  return and(le(0, at), le(at, length - 1));
}

/** The places along an axis of `length` that each box's crop of `size` reads: [boxes, size], from two edges. */
function cropped(lowering: Lowering, boxes: Tensor, edge: 0 | 1, size: number, length: number): Tensor {
  const count = boxes.shape[0]!;
  const column = (i: number) =>
    broadcastTo(lowering, slice(lowering, boxes, [0, i], [count, 1]), [count, size]).expr;
  const [begin, end] = [column(edge), column(edge + 2)];
  const shape = [count, size];
  if (size === 1) {
    return { shape, dtype: "float32", expr: mul(mul(add(begin, end), 0.5), length - 1) };
  }
  const step = tabulated(lowering, [1, size], "float32", (i) => i);
  const scale = div(mul(sub(end, begin), length - 1), size - 1);
  const at = mul(broadcastTo(lowering, step, shape).expr, scale);
  return { shape, dtype: "float32", expr: add(mul(begin, length - 1), at) };
}

function cropAndResize(
  lowering: Lowering,
  { image, boxes, boxInd }: Crop,
  attrs: CropAttrs,
  shape: readonly number[],
) {
  const { cropSize, method, extrapolationValue } = attrs;
  const [batch = 1, height = 1, width = 1, channels = 1] = image.shape;
  const [count = 0, rows = 0, columns = 0] = shape;
  const places = [count, rows, columns];
  const spread = (tensor: Tensor, as: readonly number[]) =>
    broadcastTo(lowering, lowering.store({ ...tensor, shape: as }), places).expr;
  const y = spread(cropped(lowering, boxes, 0, cropSize[0], height), [count, rows, 1]);
  const x = spread(cropped(lowering, boxes, 1, cropSize[1], width), [count, 1, columns]);
  const box = spread(
    mapped(boxInd, "int32", (expr) => expr),
    [count, 1, 1],
  );
  const isInside = and(isWithin(y, height), isWithin(x, width));
  const table = { ...image, shape: [batch * height * width, channels] };
  const read = (row: Expr, column: Expr) => {
    const line = add(mul(box, height), whole(row));
    const place = add(mul(line, width), whole(column));
    const indices: Tensor = { shape: places, dtype: "int32", expr: select(isInside, place, 0) };
    return lowering.store(mapped(gather(lowering, table, indices, 0, 0), "float32", (expr) => expr)).expr;
  };
  const wide = (expr: Expr, dtype: "float32" | "bool") =>
    broadcastTo(lowering, lowering.store({ shape: [...places, 1], dtype, expr }), shape).expr;
  const value = (() => {
    if (method === "nearest") {
      // Halves go up, as in JavaScript.
      const [row, column] = [y, x].map((expr) => floor(add(expr, 0.5)));
      return read(row!, column!);
    }
    const [down, across] = [y, x].map((expr) => wide(sub(expr, floor(expr)), "float32")) as [Expr, Expr];
    const top = between(read(floor(y), floor(x)), read(floor(y), ceil(x)), across);
    const bottom = between(read(ceil(y), floor(x)), read(ceil(y), ceil(x)), across);
    return between(top, bottom, down);
  })();
  const chosen = select(wide(isInside, "bool"), value, extrapolationValue);
  // Boxes of images that are not there are left at zero.
  const isThere = wide(lt(box, batch), "bool");
  return { shape, dtype: "float32" as const, expr: select(isThere, chosen, 0) };
}

/** Crops of images. */
export const cropping: LoweringRules = {
  CropAndResize: rule<Crop, CropAttrs>(
    { all: FLOAT, named: { image: ANY, boxInd: INT } },
    (lowering, inputs, attrs, [output]) =>
      product(output!.shape) === 0
        ? filled(output!.shape, "float32", 0)
        : cropAndResize(lowering, inputs, attrs, output!.shape),
  ),
};
