/** @file Windows of images as the rows of matrices: convolutions as products. */
import * as tf from "@tensorflow/tfjs-core";

/** Where the windows of a convolution lie, for each of its axes. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** How far the first window begins before the image. */
  readonly before: readonly number[];
  /** How many windows there are. */
  readonly count: readonly number[];
}

/**
 * The windows that a convolution looks through.
 *
 * @param image the shape of its images, `[n, ...image, c]`
 * @param result that of what it gives: with padding by a number TensorFlow.js counts windows as if they were square
 */
export function windowsOf(
  image: readonly number[],
  filter: readonly number[],
  result: readonly number[],
  attrs: Readonly<tf.NamedAttrMap>,
): Windows {
  const count = result.slice(1, -1);
  const { strides, pad, dilations = 1, dimRoundingMode } = attrs as unknown as Attrs;
  if (image.length === 5) {
    const { padInfo, ...info } = tf.backend_util.computeConv3DInfo(
      [...image] as Five,
      [...filter] as Five,
      strides as number,
      dilations as number,
      pad as "same",
    );
    return {
      kernel: filter.slice(0, 3),
      strides: [info.strideDepth, info.strideHeight, info.strideWidth],
      dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
      before: [padInfo.front, padInfo.top, padInfo.left],
      count,
    };
  }
  const { padInfo, ...info } = tf.backend_util.computeConv2DInfo(
    [...image] as Four,
    [...filter] as Four,
    strides as number,
    dilations as number,
    pad,
    dimRoundingMode,
  );
  return {
    kernel: filter.slice(0, 2),
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [padInfo.top, padInfo.left],
    count,
  };
}

type Four = [number, number, number, number];
type Five = [number, number, number, number, number];

interface Attrs {
  strides: number | number[];
  pad: "same" | "valid" | number | tf.backend_util.ExplicitPadding;
  dilations?: number | number[];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * The windows of images `[n, ...image, c]` as `[n, ...count, elements of the kernel * c]`.
 *
 * @param isReversed whether the elements of each window come from the last to the first
 */
export function rowsOfWindows(
  x: tf.Tensor,
  { kernel, strides, dilations, before, count }: Windows,
  isReversed = false,
): tf.Tensor {
  const image = x.shape.slice(1, -1);
  const paddings = image.map((size, axis): [number, number] => {
    const end = (count[axis]! - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1;
    return [Math.max(0, before[axis]!), Math.max(0, end - before[axis]! - size)];
  });
  const isPadded = paddings.some(([low, high]) => low + high > 0);
  const padded = isPadded ? tf.pad(x, [[0, 0], ...paddings, [0, 0]]) : x;
  const offsets = offsetsOf(kernel);
  if (isReversed) offsets.reverse();
  const [n, channels] = [x.shape[0], x.shape.at(-1)!];
  const pieces = offsets.map((offset) => {
    const begin = offset.map((at, axis) => at * dilations[axis]! + Math.max(0, -before[axis]!));
    const end = begin.map((at, axis) => at + (count[axis]! - 1) * strides[axis]! + 1);
    return strides.every((stride) => stride === 1)
      ? tf.slice(padded, [0, ...begin, 0], [n, ...count, channels])
      : tf.stridedSlice(padded, [0, ...begin, 0], [n, ...end, channels], [1, ...strides, 1]);
  });
  return pieces.length === 1 ? pieces[0]! : tf.concat(pieces, x.rank - 1);
}

/** The places in a kernel, row by row. */
function offsetsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, size) => all.flatMap((offset) => Array.from({ length: size }, (_, at) => [...offset, at])),
    [[]],
  );
}

/** The windows by which the gradient of images is the convolution of the {@link spaced} gradient of the result. */
export function windowsOfGradient(image: readonly number[], { kernel, dilations, before }: Windows): Windows {
  return {
    kernel,
    strides: kernel.map(() => 1),
    dilations,
    before: before.map((at, axis) => dilations[axis]! * (kernel[axis]! - 1) - at),
    count: image,
  };
}

/** `[n, ...image, c]` with zeros between the pixels, so that those are `strides` apart. */
export function spaced(x: tf.Tensor, strides: readonly number[]): tf.Tensor {
  return strides.reduce((y, stride, i) => {
    if (stride === 1) return y;
    const axis = i + 1;
    const { shape } = y;
    const [head, tail] = [shape.slice(0, axis), shape.slice(axis + 1)];
    const apart = tf.reshape(y, [...head, shape[axis]!, 1, ...tail]);
    const paddings = apart.shape.map((_, at): [number, number] =>
      at === axis + 1 ? [0, stride - 1] : [0, 0],
    );
    return tf.reshape(tf.pad(apart, paddings), [...head, shape[axis]! * stride, ...tail]);
  }, x);
}
