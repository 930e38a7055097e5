/** @file Pooling and its gradients. */
import { paddingSides, type Pool2DAttributes, type Pool3DAttributes } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";
import { converted } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { lowest, reduceWindow, scatterToGreatest } from "../mlir/regions.ts";
import { ANY, FLOAT, type KernelRule, type KernelRules, rule, type X } from "../rule.ts";
import { of2D, of3D, paddingOf, type WindowPlan } from "../windows.ts";

type Infer2D = typeof backend_util.computePool2DInfo;
type Infer3D = typeof backend_util.computePool3DInfo;

type PlanOf<A extends object> = (x: readonly number[], attrs: A) => WindowPlan;

// Operations check the ranks before they run a kernel, so that the tuples below are what they say.

const plan2D: PlanOf<Pool2DAttributes> = (x, { filterSize, strides, pad, dimRoundingMode }) =>
  of2D(
    backend_util.computePool2DInfo(
      x as Parameters<Infer2D>[0],
      filterSize,
      strides,
      1,
      paddingSides(pad),
      dimRoundingMode,
    ),
  );

const plan3D: PlanOf<Pool3DAttributes> = (x, { filterSize, strides, pad, dimRoundingMode }) =>
  of3D(
    backend_util.computePool3DInfo(x as Parameters<Infer3D>[0], filterSize, strides, 1, pad, dimRoundingMode),
  );

/** A number for each axis of images: one for batch and channels. */
const all = (spatial: readonly number[]) => [1, ...spatial, 1];

/** The windows over all axes of images. */
function windowsOf(plan: WindowPlan) {
  return {
    size: all(plan.size),
    strides: all(plan.strides),
    padding: [[0, 0] as const, ...paddingOf(plan), [0, 0] as const],
  };
}

/** How many elements of each window are in the image, repeated to `shape`. */
function counts(b: Builder, plan: WindowPlan, shape: readonly number[]): Operand {
  const perAxis = plan.input.map((length, axis) => {
    const inside = Array.from({ length: plan.output[axis]! }, (_, i) => {
      const from = i * plan.strides[axis]! - plan.before[axis]!;
      return Math.max(0, Math.min(length, from + plan.size[axis]!) - Math.max(0, from));
    });
    return b.broadcastInDim(b.table(inside, [inside.length], "f32"), shape, [axis + 1]);
  });
  return perAxis.reduce((product, each) => b.multiply(product, each));
}

function pooling<A extends object>(planOf: PlanOf<A>, kind: "max" | "mean"): KernelRule {
  return rule<X, A>(kind === "max" ? ANY : FLOAT, (b, { x }, attrs, [output]) => {
    const { shape } = output!;
    const value = x.type === "i1" ? converted(b, x, "i32") : x;
    if (sizeOf(shape) === 0) return b.fill(0, shape, value.type);
    // Of images without elements there may be windows, with nothing in them.
    if (sizeOf(x.shape) === 0) return b.fill(kind === "max" ? lowest(value.type) : NaN, shape, value.type);
    const plan = planOf(x.shape, attrs);
    if (kind === "max") return reduceWindow(b, value, windowsOf(plan), "maximum");
    return b.divide(reduceWindow(b, value, windowsOf(plan), "add"), counts(b, plan, shape));
  });
}

interface Errors {
  dy: Operand;
  input: Operand;
}

const TAKES = { all: FLOAT, named: { input: ANY, output: ANY } } as const;

function maxGradient<A extends object>(planOf: PlanOf<A>): KernelRule {
  return rule<Errors, A>(TAKES, (b, { dy, input }, attrs) => {
    if (sizeOf(dy.shape) === 0 || sizeOf(input.shape) === 0) return b.fill(0, input.shape, "f32");
    const plan = planOf(input.shape, attrs);
    const { padding, ...windows } = windowsOf(plan);
    // Padded before, so that what is around is never the greatest: select_and_scatter pads with zeros.
    const value = converted(b, input, "f32");
    const around = b.pad(value, -Infinity, padding);
    const gradient = scatterToGreatest(b, around, dy, windows);
    return b.pad(
      gradient,
      0,
      padding.map(([before, after]) => [-before, -after] as const),
    );
  });
}

function meanGradient<A extends object>(planOf: PlanOf<A>): KernelRule {
  return rule<Errors, A>(TAKES, (b, { dy, input }, attrs) => {
    if (sizeOf(dy.shape) === 0 || sizeOf(input.shape) === 0) return b.fill(0, input.shape, "f32");
    const plan = planOf(input.shape, attrs);
    const share = b.divide(dy, counts(b, plan, dy.shape));
    // Each element gets the shares of the windows that it is in: those whose beginning is in a window before it.
    const edges = plan.input.map((length, axis) => {
      const before = plan.size[axis]! - 1 - plan.before[axis]!;
      const errors = (plan.output[axis]! - 1) * plan.strides[axis]! + 1;
      return [before, length + plan.size[axis]! - 1 - errors - before, plan.strides[axis]! - 1] as const;
    });
    const apart = b.pad(share, 0, [[0, 0], ...edges, [0, 0]]);
    const one = apart.shape.map(() => 1);
    const none = apart.shape.map(() => [0, 0] as const);
    return reduceWindow(b, apart, { size: all(plan.size), strides: one, padding: none }, "add");
  });
}

/** Pooling and its gradients. */
export const poolings: KernelRules = {
  AvgPool: pooling(plan2D, "mean"),
  AvgPool3D: pooling(plan3D, "mean"),
  AvgPoolGrad: meanGradient(plan2D),
  AvgPool3DGrad: meanGradient(plan3D),
  MaxPool: pooling(plan2D, "max"),
  MaxPool3D: pooling(plan3D, "max"),
  MaxPoolGrad: maxGradient(plan2D),
  MaxPool3DGrad: maxGradient(plan3D),
};
