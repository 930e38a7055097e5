/** @file Lowerings of pooling and of its gradients. */
import { paddingSides, type Pool2DAttributes, type Pool3DAttributes } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";
import type { PoolingSpec } from "../steps/specs/pooling.ts";
import { product } from "../expr/segments.ts";
import type { Tensor } from "./context.ts";
import { converted, filled } from "./convert.ts";
import { geometryOf } from "./geometry.ts";
import { lowest } from "./reduction.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRule, type LoweringRules, rule, type X } from "./rule.ts";
import { ANY, FLOAT } from "./takes.ts";

type Infer2D = typeof backend_util.computePool2DInfo;
type Infer3D = typeof backend_util.computePool3DInfo;

// Operations check the ranks before they run a kernel, so that the tuples below are what they say.

function spec2D(x: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Pool2DAttributes) {
  const shape = x as Parameters<Infer2D>[0];
  return specOf(
    backend_util.computePool2DInfo(shape, filterSize, strides, 1, paddingSides(pad), dimRoundingMode),
  );
}

function spec3D(x: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Pool3DAttributes) {
  const shape = x as Parameters<Infer3D>[0];
  return specOf(backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode));
}

function specOf(info: backend_util.Conv2DInfo | backend_util.Conv3DInfo): Omit<PoolingSpec, "lane"> {
  const { filter, ...geometry } = geometryOf(info);
  return { ...geometry, window: filter, channels: info.inChannels };
}

type SpecOf<A extends object> = (x: readonly number[], attrs: A) => Omit<PoolingSpec, "lane">;

function pooling<A extends object>(specOf: SpecOf<A>, kind: "max" | "mean"): LoweringRule {
  return rule<X, A>(kind === "max" ? ANY : FLOAT, (lowering, { x }, attrs, [output]) => {
    const { shape } = output!;
    const lane = x.dtype === "float32" ? "f32" : "i32";
    const dtype = lane === "f32" ? "float32" : "int32";
    // Of images without elements there may be windows, with nothing in them.
    if (product(x.shape) === 0) return filled(shape, dtype, kind === "max" ? lowest(dtype) : NaN);
    const label = `${kind} pooling` as const;
    return routineOf(lowering, label, [converted(x, dtype)], [{ shape, dtype }], {
      kind: label,
      ...specOf(x.shape, attrs),
      lane,
    });
  });
}

interface Errors {
  dy: Tensor;
  input: Tensor;
}

function gradient<A extends object>(
  specOf: SpecOf<A>,
  kind: "max pooling gradient" | "mean pooling gradient",
): LoweringRule {
  const takes = { all: FLOAT, named: { input: ANY, output: ANY } };
  return rule<Errors, A>(takes, (lowering, { dy, input }, attrs, [output]) => {
    const inputs = kind === "max pooling gradient" ? [dy, input] : [dy];
    return routineOf(lowering, "pooling gradient", inputs, [output!], {
      kind,
      ...specOf(input.shape, attrs),
      lane: input.dtype === "float32" ? "f32" : "i32",
    });
  });
}

/** Pooling and its gradients. */
export const poolings: LoweringRules = {
  AvgPool: pooling(spec2D, "mean"),
  AvgPool3D: pooling(spec3D, "mean"),
  AvgPoolGrad: gradient(spec2D, "mean pooling gradient"),
  AvgPool3DGrad: gradient(spec3D, "mean pooling gradient"),
  MaxPool: pooling(spec2D, "max"),
  MaxPool3D: pooling(spec3D, "max"),
  MaxPoolGrad: gradient(spec2D, "max pooling gradient"),
  MaxPool3DGrad: gradient(spec3D, "max pooling gradient"),
};
