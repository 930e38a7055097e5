/** @file Lowerings of kernels that look at windows without a routine of their own: dilation, arg-max pooling, LRN. */
import { paddingSides } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";
import { add, mul, pow } from "../expr/arithmetic.ts";
import { product, simplify } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { mapped } from "./convert.ts";
import { broadcastTo, transpose } from "./moves.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import { gather } from "./indexing.ts";
import { padded } from "./layout.ts";
import { lowest, reduced } from "./reduction.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRules, rule, type X } from "./rule.ts";
import { FLOAT, NUMBERS } from "./takes.ts";
import { tabulated } from "./tables.ts";

/** Windows along one axis. */
interface Windows {
  readonly count: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
}

/** `x` with each of `axes` as two, the windows and the elements in one; these come last. Nothing is copied. */
export function windowed(lowering: Lowering, x: Tensor, axes: ReadonlyMap<number, Windows>): Tensor {
  const { buffer, offset, strides } = lowering.strided(x);
  const outer = x.shape.map((size, axis) => {
    const windows = axes.get(axis);
    const stride = strides[axis]!;
    return windows ? { size: windows.count, stride: stride * windows.stride } : { size, stride };
  });
  const inner = [...axes].map(([axis, { size, dilation }]) => ({ size, stride: strides[axis]! * dilation }));
  const all = [...outer, ...inner];
  const expr = { kind: "load", lane: x.expr.lane, buffer, offset, segments: simplify(all) } as const;
  return { shape: all.map(({ size }) => size), dtype: x.dtype, expr };
}

/** The windows along one axis of those over depth, height and width. */
export function windowsAlong({ output, filter, strides, dilations }: Geometry, axis: 0 | 1 | 2): Windows {
  return { count: output[axis], size: filter[axis], stride: strides[axis], dilation: dilations[axis] };
}

/** The windows of images [n, h, w, c], the lowest number around them: [n, rows, columns, c, window rows, window columns]. */
function imageWindows(lowering: Lowering, x: Tensor, info: backend_util.Conv2DInfo): Tensor {
  const { top, bottom, left, right } = info.padInfo;
  const geometry = geometryOf(info);
  const around = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as const;
  const images = padded(lowering, x, around, lowest(x.dtype));
  const axes = ([1, 2] as const).map((axis) => [axis, windowsAlong(geometry, axis)] as const);
  return windowed(lowering, images, new Map(axes));
}

type Infer = typeof backend_util.computeDilation2DInfo;
type InferPool = typeof backend_util.computePool2DInfo;

/** Kernels over windows. */
export const windows: LoweringRules = {
  Dilation2D: rule<
    { x: Tensor; filter: Tensor },
    { strides: Parameters<Infer>[2]; pad: Parameters<Infer>[3]; dilations: Parameters<Infer>[5] }
  >(FLOAT, (lowering, { x, filter }, { strides, pad, dilations }, [output]) => {
    // The operation has checked the ranks.
    const shapes = [x.shape, filter.shape] as unknown as [Parameters<Infer>[0], Parameters<Infer>[1]];
    // Handed on to what takes sides.
    const sides = paddingSides(pad) as typeof pad;
    const info = backend_util.computeDilation2DInfo(...shapes, strides, sides, "NHWC", dilations);
    const all = imageWindows(lowering, x, info);
    const byChannel = transpose(lowering, filter, [2, 0, 1]);
    const heights = broadcastTo(lowering, byChannel, all.shape);
    const sums = mapped(all, "float32", (expr) => add(expr, heights.expr));
    return reduced(lowering, sums, [4, 5], "max", output!);
  }),
  LRN: rule<X, { depthRadius: number; bias: number; alpha: number; beta: number }>(
    FLOAT,
    (lowering, { x }, { depthRadius, bias, alpha, beta }) => {
      const channels = x.shape[3]!;
      const radius = Math.min(depthRadius, channels - 1);
      const squares = mapped(x, "float32", (expr) => mul(expr, expr));
      const around = x.shape.map((_, axis) => (axis === 3 ? ([radius, radius] as const) : ([0, 0] as const)));
      const near = windowed(
        lowering,
        padded(lowering, squares, around, 0),
        new Map([[3, { count: channels, size: 2 * radius + 1, stride: 1, dilation: 1 }]]),
      );
      const sums = reduced(lowering, near, [4], "sum", { shape: x.shape, dtype: "float32" });
      const scale = add(bias, mul(alpha, sums.expr));
      return mapped(x, "float32", (expr) => mul(expr, pow(scale, -beta)));
    },
  ),
  MaxPoolWithArgmax: rule<
    X,
    {
      filterSize: Parameters<InferPool>[1];
      strides: Parameters<InferPool>[2];
      pad: Parameters<InferPool>[4];
      includeBatchInIndex: boolean;
    }
  >(NUMBERS, (lowering, { x }, { filterSize, strides, pad, includeBatchInIndex }, [values, indices]) => {
    const shape = x.shape as Parameters<InferPool>[0];
    const info = backend_util.computePool2DInfo(shape, filterSize, strides, [1, 1], paddingSides(pad));
    const size = info.filterHeight * info.filterWidth;
    const all = lowering.store(imageWindows(lowering, x, info));
    const max = reduced(lowering, all, [4, 5], "max", values!);
    const [winner] = routineOf(lowering, "arg max in windows", [all], [indices!], {
      kind: "arg extreme",
      outer: product(values!.shape),
      length: size,
      inner: 1,
      lane: x.dtype === "float32" ? "f32" : "i32",
      extreme: "max",
    });
    const [, height, width, channels] = shape;
    const { top, left } = info.padInfo;
    const corner = tabulated(lowering, indices!.shape, "int32", (i) => {
      const channel = i % channels;
      const column = Math.floor(i / channels) % info.outWidth;
      const row = Math.floor(i / channels / info.outWidth) % info.outHeight;
      const image = includeBatchInIndex ? Math.floor(i / channels / info.outWidth / info.outHeight) : 0;
      const y = image * height + row * info.strideHeight - top;
      return (y * width + column * info.strideWidth - left) * channels + channel;
    });
    const steps = tabulated(lowering, [size], "int32", (k) => {
      const row = Math.floor(k / info.filterWidth);
      return (row * width + (k % info.filterWidth)) * channels;
    });
    const step = gather(lowering, steps, winner!, 0, 0);
    const places = broadcastTo(lowering, corner, indices!.shape);
    return [max, mapped(places, "int32", (expr) => add(expr, step.expr))];
  }),
};
