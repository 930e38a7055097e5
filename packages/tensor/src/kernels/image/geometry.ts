/** @file Where the pixels of a resized or turned image come from. */
import * as tf from "@tensorflow/tfjs-core";

/** How images are resized. @see tf.image.resizeBilinear */
type ResizeAttrs = Pick<tf.ResizeBilinearAttrs, "alignCorners" | "halfPixelCenters">;

/** What a colour, of three numbers, leaves to the fourth channel. */
const OPAQUE = 255;

/**
 * Where each of `to` places of an axis lies among `from`, as `ResizeBilinear` means it: between two places, which may be
 * outside.
 */
export function bilinearSources(from: number, to: number, attrs: ResizeAttrs): number[] {
  return sources(from, to, attrs, 0.5);
}

/** The place among `from` that `ResizeNearestNeighbor` takes for each of `to` places of an axis. */
export function nearestSources(from: number, to: number, attrs: ResizeAttrs): number[] {
  const whole = attrs.alignCorners ? Math.round : Math.floor;
  return sources(from, to, attrs, 0).map((place) => Math.max(0, Math.min(from - 1, whole(place))));
}

function sources(from: number, to: number, { alignCorners, halfPixelCenters }: ResizeAttrs, half: number) {
  const isAligned = alignCorners && to > 1;
  const ratio = (isAligned ? from - 1 : from) / (isAligned ? to - 1 : to);
  return Array.from({ length: to }, (_, i) => (halfPixelCenters ? ratio * (i + 0.5) - half : ratio * i));
}

/**
 * For each pixel of an image that `RotateWithOffset` gives, row by row, the number of the pixel that it takes; -1 for one
 * outside of the image.
 */
export function rotationSources(
  height: number,
  width: number,
  { radians, center }: Pick<tf.RotateWithOffsetAttrs, "radians" | "center">,
): number[] {
  const [centerX, centerY] = tf.backend_util.getImageCenter(center, height, width);
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  return Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [(i % width) - centerX, Math.floor(i / width) - centerY];
    const column = Math.round(x * cos - y * sin + centerX);
    const row = Math.round(x * sin + y * cos + centerY);
    return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
  });
}

/** What `RotateWithOffset` puts outside of the image, for each of `channels`. */
export function rotationFill(fillValue: tf.RotateWithOffsetAttrs["fillValue"], channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) =>
    typeof fillValue === "number" ? fillValue : (fillValue[channel] ?? OPAQUE),
  );
}
