/** @file Windows over the places of images, as ONNX describes them. */
import type { backend_util } from "@tensorflow/tfjs-core";

/** For each spatial axis. */
export interface Spatial {
  readonly input: number[];
  readonly output: number[];
  readonly kernel: number[];
  readonly strides: number[];
  readonly dilations: number[];
  /** Places before the image. */
  readonly begin: number[];
  /** Places before and after the image: first all before. */
  readonly pads: number[];
}

type Info2D = Omit<backend_util.Conv2DInfo, "dataFormat" | "inShape" | "outShape" | "filterShape">;
type Info3D = Omit<backend_util.Conv3DInfo, "dataFormat" | "inShape" | "outShape" | "filterShape">;

/** The windows that TensorFlow.js has computed; padding behind reaches as far as the last window. */
export function spatialOf(info: Info2D | Info3D): Spatial {
  const isVolume = "inDepth" in info;
  const depth = <T>(value: T) => (isVolume ? [value] : []);
  const volume = info as Info3D;
  const input = [...depth(volume.inDepth), info.inHeight, info.inWidth];
  const output = [...depth(volume.outDepth), info.outHeight, info.outWidth];
  const kernel = [...depth(volume.filterDepth), info.filterHeight, info.filterWidth];
  const strides = [...depth(volume.strideDepth), info.strideHeight, info.strideWidth];
  const dilations = [...depth(volume.dilationDepth), info.dilationHeight, info.dilationWidth];
  const begin = [...depth(volume.padInfo.front), info.padInfo.top, info.padInfo.left];
  const end = input.map((size, i) => {
    const reach = (output[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1;
    return Math.max(0, reach - begin[i]! - size);
  });
  return { input, output, kernel, strides, dilations, begin, pads: [...begin, ...end] };
}
