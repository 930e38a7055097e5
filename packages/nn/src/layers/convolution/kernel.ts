/** @file Kernels, masks and biases of convolutions, and the batch axes of what they are applied to. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import { assertAxis, assertTensor } from "../checks.ts";

/** The sizes of a kernel: `3` has one spatial axis, `[3, 3]` two. */
export function kernelSizes(kernelSize: number | readonly number[], layer: object): readonly number[] {
  const sizes = typeof kernelSize === "number" ? [kernelSize] : kernelSize;
  const isList = Array.isArray(sizes) && sizes.length >= 1 && sizes.length <= 3;
  if (isList && sizes.every((size) => Number.isInteger(size) && size > 0)) return [...sizes];
  throw new InvalidArgumentError(
    `expected a positive integer or one to three of them for kernelSize, got ${JSON.stringify(kernelSize)}. ` +
      `Write 3 for one spatial axis, [3, 3] for two.`,
    layer,
  );
}

/** One positive integer for each spatial axis. */
export function perAxis(
  steps: number | readonly number[],
  axes: number,
  name: string,
  layer: object,
): readonly number[] {
  const list = typeof steps === "number" ? Array<number>(axes).fill(steps) : steps;
  const isList = Array.isArray(list) && list.length === axes;
  if (isList && list.every((step) => Number.isInteger(step) && step > 0)) return list;
  throw new InvalidArgumentError(
    `expected a positive integer or ${axes} of them for ${name}, one for each spatial axis, ` +
      `got ${JSON.stringify(steps)}. Write { ${name}: ${axes === 1 ? 2 : JSON.stringify(Array<number>(axes).fill(2))} }.`,
    layer,
  );
}

/** The kernel with what the mask cuts out of it. */
export function maskedKernel(kernel: tf.Tensor, mask: tf.Tensor | undefined, layer: object): tf.Tensor {
  if (!mask) return kernel;
  assertMask(mask, kernel.shape, layer);
  return tf.mul(kernel, mask.dtype === "float32" ? mask : tf.cast(mask, "float32"));
}

/** Adds a bias to the features, in rows: webgpu broadcasts no more than four axes. */
export function addBias(y: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor {
  if (!bias) return y;
  if (y.rank < 5) return tf.add(y, bias);
  return tf.reshape(tf.add(tf.reshape(y, [-1, bias.size]), bias), y.shape);
}

/** Checks that a mask, if there is one, has the shape of the kernel. */
export function assertMask(mask: tf.Tensor | undefined, kernelShape: readonly number[], layer: object): void {
  if (!mask || tf.util.arraysEqual(mask.shape, [...kernelShape])) return;
  throw new ShapeMismatchError(
    `Mask needs to have the same shape as weights: expected [${kernelShape.join(", ")}], ` +
      `got [${mask.shape.join(", ")}]. Write { mask: tf.ones([${kernelShape.join(", ")}]) }, with zeros where it cuts.`,
    layer,
  );
}

/** Checks that `x` is `[..., ...spatial, inFeatures]` with so many spatial axes. */
export function assertSpatial(x: tf.Tensor, axes: number, inFeatures: number, layer: object): void {
  assertTensor(x, layer);
  if (x.rank <= axes) {
    const wanted = ["...batch", ...["depth", "height", "width"].slice(3 - axes), "inFeatures"];
    throw new ShapeMismatchError(
      `expected an input [${wanted.join(", ")}] for a kernel with ${axes} spatial ${axes === 1 ? "axis" : "axes"}, ` +
        `got one of shape [${x.shape.join(", ")}]. Add the axes that it lacks: tf.expandDims(x, 0).`,
      layer,
    );
  }
  assertAxis(x, -1, inFeatures, "inFeatures", layer);
}

/**
 * Checks that a kernel of one size is not applied to images: an input with several batch axes.
 *
 * Differs from Flax, which takes the rows of images for a batch; the size in a list, `[3]`, does so here, too.
 */
export function assertNoImages(
  x: tf.Tensor,
  layer: {
    readonly inFeatures: number;
    readonly outFeatures: number;
    readonly kernelSize: readonly number[];
  },
): void {
  // prettier-ignore
  if (x.rank < 4) return;
  const [size] = layer.kernelSize;
  const { name } = layer.constructor;
  const list = JSON.stringify(Array(x.rank - 2).fill(size)).replaceAll(",", ", ");
  throw new ShapeMismatchError(
    `expected an input [batch, length, inFeatures] for the kernelSize ${size}, which is one spatial axis, got one of ` +
      `shape [${x.shape.join(", ")}]. A ${x.rank - 2}-D convolution needs one size for each spatial axis: ` +
      `new ${name}(${layer.inFeatures}, ${layer.outFeatures}, ${list}, { rngs }). For one along the last of them only, ` +
      `write [${size}].`,
    layer,
  );
}

/** Applies `fn`, which takes one batch axis, to an input with any number of them. */
export function withOneBatchAxis(x: tf.Tensor, axes: number, fn: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const batch = x.shape.slice(0, x.rank - axes - 1);
  if (batch.length === 1) return fn(x);
  const y = fn(tf.reshape(x, [tf.util.sizeFromShape(batch), ...x.shape.slice(batch.length)]));
  return tf.reshape(y, [...batch, ...y.shape.slice(1)]);
}

/** Checks that a window fits into each padded spatial axis. */
export function assertWindows(
  lengths: readonly number[],
  windows: readonly number[],
  x: tf.Tensor,
  layer?: object,
): void {
  const axis = windows.findIndex((window, i) => lengths[i]! < window);
  if (axis < 0) return;
  throw new ShapeMismatchError(
    `expected spatial axis ${axis} to hold a window of ${windows[axis]} elements, got ${lengths[axis]} with padding ` +
      `(input of shape [${x.shape.join(", ")}]). Use a smaller window, or pad more: { padding: "SAME" }.`,
    layer,
  );
}
