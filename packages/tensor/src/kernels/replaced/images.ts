/** @file Kernels for images that a backend gets wrong for some sizes, dtypes or batches. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { cpu } from "../hosts/cpu.ts";
import { wasm } from "../hosts/wasm.ts";
import { cropAndResizeOnWebGl } from "../image/crop-webgl.ts";
import { resizeNearestGradOn, resizeNearestOn } from "../image/nearest.ts";
import { rotateOn, rotateOnWebGl } from "../image/rotate.ts";
import { rotationFill } from "../image/geometry.ts";
import { transformOn } from "../image/transform.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/** Its own gradients mix up height and width, or images of the batch; its Transform fills the first image only. */
export const cpuImages: readonly ReplacedKernel[] = [
  [tf.DepthToSpace, channelsFirst("cpu")],
  [
    tf.ResizeBilinearGrad,
    (original) => (call) => {
      // One output, not a list; only its shape is wrong.
      const dx = original(call) as tf.TensorInfo;
      return { ...dx, shape: (call.inputs["images"] as tf.TensorInfo).shape };
    },
  ],
  [tf.ResizeNearestNeighborGrad, () => resizeNearestGradOn(cpu)],
  [tf.Transform, () => transformOn(cpu)],
];

/** Its own resizes integers to floats, reflects at the wrong pixel, and fills with integers. */
export const wasmImages: readonly ReplacedKernel[] = [
  [
    tf.ResizeNearestNeighbor,
    (original) => {
      const ours = resizeNearestOn(wasm);
      return (call) => (call.inputs["images"]!.dtype === "float32" ? original(call) : ours(call));
    },
  ],
  [tf.RotateWithOffset, () => rotateOn(wasm)],
  [tf.Transform, () => transformOn(wasm)],
];

/**
 * Its own allows only as many images as there are boxes. What is outside of a rotated image it rounds to two digits,
 * and makes none of it opaque.
 */
export const webGpuImages: readonly ReplacedKernel[] = [
  [tf.CropAndResize, withBoxForEachImage("webgpu")],
  [tf.RotateWithOffset, filled("webgpu")],
];

/**
 * Its own takes each box from the image of the same number, and rounds what is outside of a rotated image to two
 * digits.
 */
export const webGlImages: readonly ReplacedKernel[] = [
  [tf.CropAndResize, () => cropAndResizeOnWebGl],
  [tf.RotateWithOffset, () => rotateOnWebGl],
];

/** `[batch, blocks * blocks * channels, height, width]`, which the original refuses. */
function channelsFirst(backendName: string): Replacement {
  return (original) => (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    const { blockSize, dataFormat } = call.attrs as unknown as tf.DepthToSpaceAttrs;
    if (dataFormat !== "NCHW") return original(call);
    const [batch, depth, height, width] = x.shape as [number, number, number, number];
    const channels = depth / blockSize ** 2;
    return compose(call.backend as tf.KernelBackend, backendName, (run) => {
      const blocks = run(
        tf.Reshape,
        { x },
        { shape: [batch, blockSize, blockSize, channels, height, width] },
      );
      const spread = run(tf.Transpose, { x: blocks }, { perm: [0, 3, 4, 1, 5, 2] });
      return run(
        tf.Reshape,
        { x: spread },
        { shape: [batch, channels, height * blockSize, width * blockSize] },
      );
    });
  };
}

/** Rotates with zeros around, and adds what is to be there instead. */
function filled(backendName: string): Replacement {
  return (original) => (call) => {
    const { image } = call.inputs as { image: tf.TensorInfo };
    const { fillValue } = call.attrs as unknown as tf.RotateWithOffsetAttrs;
    const [batch, height, width, channels] = image.shape as [number, number, number, number];
    const black = { ...call.attrs, fillValue: 0 };
    return compose(call.backend as tf.KernelBackend, backendName, (run) => {
      const full = (value: number) =>
        run(tf.Fill, {}, { shape: [batch, height, width, 1], value, dtype: "float32" });
      const rotated = run(tf.RotateWithOffset, { image }, black, original);
      const isInside = run(tf.RotateWithOffset, { image: full(1) }, black, original);
      const a = run(tf.Sub, { a: full(1), b: isInside });
      const around = rotationFill(fillValue, channels).map((value) =>
        run(tf.Multiply, { a, b: full(value) }),
      );
      // Concat is called with a list, under the type of a map.
      const b = run(tf.Concat, around as unknown as tf.NamedTensorInfoMap, { axis: 3 });
      return run(tf.Add, { a: rotated, b });
    });
  };
}

function withBoxForEachImage(backendName: string): Replacement {
  return (original) => (call) => {
    const { image, boxes, boxInd } = call.inputs as Record<"image" | "boxes" | "boxInd", tf.TensorInfo>;
    const [images, count] = [image.shape[0]!, boxes.shape[0]!];
    if (count >= images) return original(call);
    return compose(call.backend as tf.KernelBackend, backendName, (run) => {
      const more: [number, number] = [0, images - count];
      const all = {
        image,
        boxes: run(tf.PadV2, { x: boxes }, { paddings: [more, [0, 0]], constantValue: 0 }),
        boxInd: run(tf.PadV2, { x: boxInd }, { paddings: [more], constantValue: 0 }),
      };
      const crops = run(tf.CropAndResize, all, { ...call.attrs }, original);
      const size = [count, ...crops.shape.slice(1)];
      return run(tf.Slice, { x: crops }, { begin: size.map(() => 0), size });
    });
  };
}
