/** @file Resizing images by their nearest pixels in JavaScript, and the gradient of it. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Host } from "../hosts/host.ts";
import { nearestSources } from "./geometry.ts";

interface ResizeAttrs {
  size: [number, number];
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** Calls `visit` with where each pixel of the resized images and the one that it is taken from begin. */
function eachPixel(
  images: readonly number[],
  resized: readonly number[],
  attrs: ResizeAttrs,
  visit: (resized: number, image: number) => void,
): void {
  const [batch, height, width, channels] = images as [number, number, number, number];
  const rows = nearestSources(height, resized[1]!, attrs);
  const columns = nearestSources(width, resized[2]!, attrs);
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (const row of rows) {
      for (const column of columns) {
        visit(at, ((b * height + row) * width + column) * channels);
        at += channels;
      }
    }
  }
}

/** ResizeNearestNeighbor, whatever the dtype. */
export function resizeNearestOn(host: Host): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { images } = call.inputs as { images: tf.TensorInfo };
    const attrs = call.attrs as unknown as ResizeAttrs;
    const shape = [images.shape[0]!, ...attrs.size, images.shape[3]!];
    const [info, output] = host.make(call.backend, { shape, dtype: images.dtype });
    const values = host.read(call.backend, images, "ResizeNearestNeighbor");
    const channels = shape[3]!;
    eachPixel(images.shape, shape, attrs, (to, from) =>
      output.set(values.subarray(from, from + channels), to),
    );
    return info;
  };
}

/** ResizeNearestNeighborGrad: to each pixel go the gradients of all that was taken from it. */
export function resizeNearestGradOn(host: Host): tf.KernelFunc {
  return (call) => {
    const { images, dy } = call.inputs as { images: tf.TensorInfo; dy: tf.TensorInfo };
    const [info, output] = host.make(call.backend, { shape: images.shape, dtype: "float32" });
    const gradients = host.read(call.backend, dy, "ResizeNearestNeighborGrad");
    output.fill(0);
    const channels = images.shape[3]!;
    eachPixel(images.shape, dy.shape, call.attrs as unknown as ResizeAttrs, (from, to) => {
      for (let c = 0; c < channels; c++) output[to + c]! += gradients[from + c]!;
    });
    return info;
  };
}
