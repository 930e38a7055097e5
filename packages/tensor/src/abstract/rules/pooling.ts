/** @file Shape rules of average and maximum pooling, and of their gradients. */
import type { Pool2DAttributes, Pool3DAttributes } from "../../convolution/window-attributes.ts";
import { backend_util } from "@tensorflow/tfjs-core";
import { paddingSides } from "../../convolution/numeric-pad.ts";
import { rule, share, type ShapeRules, specOf, type Operand, type X } from "../rule.ts";

type Infer2D = typeof backend_util.computePool2DInfo;
type Infer3D = typeof backend_util.computePool3DInfo;

// Operations check the ranks before they run a kernel, so that the tuples below are what they say.

function pooled(
  { shape }: Operand,
  { filterSize, strides, pad, dimRoundingMode }: Pool2DAttributes,
): number[] {
  const inShape = shape as Parameters<Infer2D>[0];
  const { outShape } = backend_util.computePool2DInfo(
    inShape,
    filterSize,
    strides,
    1,
    paddingSides(pad),
    dimRoundingMode,
  );
  return outShape.map(atLeastNone);
}

/** Windows that are larger than the input have no place. */
const atLeastNone = (size: number) => Math.max(0, size);

const pool2d = rule<X, Pool2DAttributes>(({ x }, attrs) => specOf(x, { shape: pooled(x, attrs) }));

function pool3d(dtype?: "float32") {
  return rule<X, Pool3DAttributes>(
    ({ x }, { filterSize, strides, pad, dimRoundingMode, dataFormat = "NDHWC" }) => {
      const inShape = x.shape as Parameters<Infer3D>[0];
      const { outShape } = backend_util.computePool3DInfo(
        inShape,
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
        dataFormat,
      );
      return specOf(x, { shape: outShape.map(atLeastNone), dtype: dtype ?? x.dtype });
    },
  );
}

const likeInput = rule<{ input: Operand }>(({ input }) => specOf(input, { dtype: "float32" }));

/** Rules of 2-D and 3-D pooling and their gradients. */
export const poolingRules: ShapeRules = {
  ...share(["AvgPool", "MaxPool"], pool2d),
  AvgPool3D: pool3d("float32"),
  MaxPool3D: pool3d(),
  ...share(["AvgPool3DGrad", "AvgPoolGrad", "MaxPool3DGrad", "MaxPoolGrad"], likeInput),
  MaxPoolWithArgmax: rule<X, Pool2DAttributes>(({ x }, attrs) => {
    const shape = pooled(x, attrs);
    return [specOf(x, { shape }), { shape: [...shape], dtype: "int32" }];
  }),
};
