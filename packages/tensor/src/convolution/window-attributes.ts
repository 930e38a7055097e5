/** @file The attributes of TensorFlow.js's kernels for windows over images, as operations hand them over. */
import type { backend_util } from "@tensorflow/tfjs-core";

type Conv2D = Parameters<typeof backend_util.computeConv2DInfo>;
type Conv3D = Parameters<typeof backend_util.computeConv3DInfo>;
type Pool2D = Parameters<typeof backend_util.computePool2DInfo>;
type Pool3D = Parameters<typeof backend_util.computePool3DInfo>;

/** Of convolutions over two axes, dense and depthwise, and of morphological dilation. */
export interface Conv2DAttributes {
  strides: Conv2D[2];
  dilations?: Conv2D[3] | null;
  pad: Conv2D[4];
  dimRoundingMode?: "floor" | "round" | "ceil";
  dataFormat?: "NHWC" | "NCHW";
}

/** Of convolutions over three axes. */
export interface Conv3DAttributes {
  strides: Conv3D[2];
  dilations?: Conv3D[3];
  pad: Conv3D[4];
  dataFormat?: "NDHWC";
}

/** Of pooling over two axes. */
export interface Pool2DAttributes {
  filterSize: Pool2D[1];
  strides: Pool2D[2];
  pad: Pool2D[4];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Of pooling over three axes. */
export interface Pool3DAttributes {
  filterSize: Pool3D[1];
  strides: Pool3D[2];
  pad: Pool3D[4];
  dimRoundingMode?: "floor" | "round" | "ceil";
  dataFormat?: "NDHWC" | "NCDHW";
}
