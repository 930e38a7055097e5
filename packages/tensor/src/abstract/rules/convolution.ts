/** @file Shape rules of convolutions, their gradients and morphological dilation. */
import type { Conv2DAttributes, Conv3DAttributes } from "../../convolution/window-attributes.ts";
import { backend_util } from "@tensorflow/tfjs-core";
import { paddingSides } from "../../convolution/numeric-pad.ts";
import { rule, share, type ShapeRules, specOf, type Operand, type X } from "../rule.ts";

type Infer2D = typeof backend_util.computeConv2DInfo;
type Infer3D = typeof backend_util.computeConv3DInfo;
type Shape4D = Parameters<Infer2D>[0];
type Shape5D = Parameters<Infer3D>[0];

interface XFilter extends X {
  filter: Operand;
}

// Operations check the ranks before they run a kernel, so that the tuples below are what they say.

function conv2d(depthwise: boolean) {
  return rule<XFilter, Conv2DAttributes>(({ x, filter }, attrs) => {
    const { outShape } = backend_util.computeConv2DInfo(
      x.shape as Shape4D,
      filter.shape as Shape4D,
      attrs.strides,
      attrs.dilations ?? [1, 1],
      paddingSides(attrs.pad, attrs.dataFormat),
      attrs.dimRoundingMode,
      depthwise,
      backend_util.convertConv2DDataFormat(attrs.dataFormat ?? "NHWC"),
    );
    return specOf(x, { shape: outShape });
  });
}

const conv3d = rule<XFilter, Conv3DAttributes>(({ x, filter }, { strides, dilations = 1, pad }) => {
  const shapes = [x.shape as Shape5D, filter.shape as Shape5D] as const;
  return specOf(x, { shape: backend_util.computeConv3DInfo(...shapes, strides, dilations, pad).outShape });
});

const dilation2d = rule<XFilter, Conv2DAttributes>(({ x, filter }, { strides, pad, dilations }) => {
  const { outShape } = backend_util.computeDilation2DInfo(
    x.shape as Shape4D,
    filter.shape as [number, number, number],
    strides,
    // Handed on to what takes sides.
    paddingSides(pad) as "same" | "valid" | number,
    "NHWC",
    dilations ?? 1,
  );
  return specOf(x, { shape: outShape });
});

const gradOfFilter = rule<object, { filterShape: number[] }>((_, { filterShape }) => ({
  shape: [...filterShape],
  dtype: "float32",
}));

const gradOfInput = rule<object, { inputShape: number[] }>((_, { inputShape }) => ({
  shape: [...inputShape],
  dtype: "float32",
}));

/** Rules of 2-D, 3-D and depthwise convolutions, fused or not, of their gradients and of dilation. */
export const convolutionRules: ShapeRules = {
  ...share(["Conv2D", "FusedConv2D"], conv2d(false)),
  ...share(["DepthwiseConv2dNative", "FusedDepthwiseConv2D"], conv2d(true)),
  ...share(
    ["Conv2DBackpropFilter", "Conv3DBackpropFilterV2", "DepthwiseConv2dNativeBackpropFilter"],
    gradOfFilter,
  ),
  ...share(
    ["Conv2DBackpropInput", "Conv3DBackpropInputV2", "DepthwiseConv2dNativeBackpropInput"],
    gradOfInput,
  ),
  Conv3D: conv3d,
  Dilation2D: dilation2d,
  Dilation2DBackpropFilter: rule<XFilter>(({ filter }) => specOf(filter)),
  Dilation2DBackpropInput: rule<XFilter>(({ x }) => specOf(x)),
};
