/** @file How much each element of an axis counts for each element of the resized axis. */
import * as tf from "@tensorflow/tfjs-core";

/** What TensorFlow.js's two ways of resizing have in common. */
interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** The matrix [newSize, size] that resizes an axis. */
export type ResizeWeights = (size: number, newSize: number, attrs: ResizeAttrs) => tf.Tensor;

/** The weights of `tf.image.resizeBilinear`. */
export const bilinearWeights: ResizeWeights = (size, newSize, attrs) => {
  const scale = scaleOf(size, newSize, attrs);
  return weights(size, newSize, (index, add) => {
    const place = attrs.halfPixelCenters ? scale * (index + 0.5) - 0.5 : scale * index;
    const before = Math.max(0, Math.floor(place));
    const after = Math.min(size - 1, Math.max(0, Math.ceil(place)));
    add(before, 1 - (place - before));
    add(after, place - before);
  });
};

/** The weights of `tf.image.resizeNearestNeighbor`. */
export const nearestWeights: ResizeWeights = (size, newSize, attrs) => {
  const scale = scaleOf(size, newSize, attrs);
  return weights(size, newSize, (index, add) => {
    const place = attrs.halfPixelCenters ? scale * (index + 0.5) : scale * index;
    add(Math.min(size - 1, attrs.alignCorners ? Math.round(place) : Math.floor(place)), 1);
  });
};

/** Old elements a new one. */
function scaleOf(size: number, newSize: number, { alignCorners }: ResizeAttrs): number {
  return alignCorners && newSize > 1 ? (size - 1) / (newSize - 1) : size / newSize;
}

function weights(
  size: number,
  newSize: number,
  ofIndex: (index: number, add: (from: number, weight: number) => void) => void,
): tf.Tensor {
  const values = new Float32Array(newSize * size);
  for (let index = 0; index < newSize; index++) {
    ofIndex(index, (from, weight) => {
      values[index * size + from]! += weight;
    });
  }
  return tf.tensor(values, [newSize, size]);
}
