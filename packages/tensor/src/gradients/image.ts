/** @file Gradients of kernels for images: resizing, flipping, moving depth to space, local response normalisation. */
import * as tf from "@tensorflow/tfjs-core";
import { gradient } from "./gradient.ts";
import { bilinearWeights, nearestWeights, type ResizeWeights } from "./resize-weights.ts";

/** Images [batch, height, width, channels] resized along two axes; both are linear maps, whose transposes go back. */
function resize(kernelName: string, weightsOf: ResizeWeights): tf.GradConfig {
  return gradient<"images", tf.ResizeBilinearAttrs>(kernelName, ["images"], (dy, { images }, attrs) => ({
    images: () => {
      const [batch, height, width, channels] = images.shape as [number, number, number, number];
      const [newHeight, newWidth] = attrs.size;
      const rows = weightsOf(height, newHeight, attrs);
      const columns = weightsOf(width, newWidth, attrs);
      const tall = tf.matMul(rows, tf.reshape(dy, [batch, newHeight, newWidth * channels]), true);
      const wide = tf.matMul(columns, tf.reshape(tall, [batch * height, newWidth, channels]), true);
      return tf.reshape(wide, images.shape);
    },
  }));
}

/** Ones where the two channels are at most `radius` apart: [channels, channels]. */
function neighbours(channels: number, radius: number): tf.Tensor {
  const near = Float32Array.from({ length: channels ** 2 }, (_, i) =>
    Math.abs(Math.floor(i / channels) - (i % channels)) <= radius ? 1 : 0,
  );
  return tf.tensor(near, [channels, channels]);
}

export const imageGradients: tf.GradConfig[] = [
  gradient<never, tf.DepthToSpaceAttrs>(tf.DepthToSpace, [], (dy, _, { blockSize, dataFormat }) => ({
    x: () => {
      const isLast = dataFormat === "NHWC";
      const grad = isLast ? dy : tf.transpose(dy, [0, 2, 3, 1]);
      const [batch, height, width, depth] = grad.shape as [number, number, number, number];
      const [rows, columns] = [height / blockSize, width / blockSize];
      const split = tf.reshape(grad, [batch * rows, blockSize, columns, blockSize * depth]);
      const blocks = tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [batch, rows, columns, -1]);
      return isLast ? blocks : tf.transpose(blocks, [0, 3, 1, 2]);
    },
  })),
  gradient(tf.FlipLeftRight, [], (dy) => ({ image: () => tf.reverse(dy, 2) })),
  // Of x * s ** -beta, where s is bias + alpha * (sum of x² over the nearby channels).
  gradient<"x", tf.LRNAttrs>(tf.LRN, ["x"], (dy, { x }, { depthRadius, bias, alpha, beta }) => ({
    x: () => {
      const channels = x.shape.at(-1) ?? 1;
      const near = neighbours(channels, depthRadius);
      const summed = (y: tf.Tensor) => tf.reshape(tf.matMul(tf.reshape(y, [-1, channels]), near), x.shape);
      const s = tf.add(tf.mul(summed(tf.square(x)), alpha), bias);
      const direct = tf.mul(dy, tf.pow(s, -beta));
      const throughSums = tf.mul(x, summed(tf.div(tf.mul(direct, x), s)));
      return tf.sub(direct, tf.mul(throughSums, 2 * alpha * beta));
    },
  })),
  resize(tf.ResizeBilinear, bilinearWeights),
  resize(tf.ResizeNearestNeighbor, nearestWeights),
];
