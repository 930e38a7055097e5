/** @file Lowerings of kernels that read images at other places: resizing, turning. */
import { bilinearSources, nearestSources, rotationFill, rotationSources } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { select } from "../expr/arithmetic.ts";
import type { Lowering, Tensor } from "./context.ts";
import { mapped, toLane } from "./convert.ts";
import { along, broadcastTo, reversed } from "./moves.ts";
import { between } from "./cropping.ts";
import { gather } from "./indexing.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { ANY, NUMBERS } from "./takes.ts";
import { tabulated } from "./tables.ts";

interface Images {
  images: Tensor;
}

function interpolated(lowering: Lowering, x: Tensor, axis: number, at: readonly number[]): Tensor {
  const last = x.shape[axis]! - 1;
  const low = at.map((place) => Math.max(0, Math.floor(place)));
  const high = at.map((place) => Math.min(last, Math.ceil(place)));
  const places = (list: readonly number[]) => tabulated(lowering, [list.length], "int32", (i) => list[i]!);
  const below = gather(lowering, x, places(low), axis, 0);
  const above = gather(lowering, x, places(high), axis, 0);
  const shape = along(below.shape, axis, at.length, 1);
  const fraction = tabulated(lowering, shape, "float32", (i) => at[i]! - low[i]!);
  const weight = broadcastTo(lowering, fraction, below.shape).expr;
  return lowering.store(mapped(below, "float32", (expr) => between(expr, above.expr, weight)));
}

/** An image by the places that `at` names, of the image's rows and columns in a row; outside of it, `fill`. */
function turned(lowering: Lowering, image: Tensor, at: readonly number[], fill: Tensor): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = image.shape;
  const flat = { ...image, shape: [batch, height * width, channels] };
  const places = tabulated(lowering, [at.length], "int32", (i) => Math.max(0, at[i]!));
  const found = gather(lowering, flat, places, 1, 0);
  const inside = tabulated(lowering, [1, at.length, 1], "int32", (i) => Number(at[i]! >= 0));
  const isInside = toLane(broadcastTo(lowering, inside, found.shape).expr, "bool");
  const { lane } = found.expr;
  const other = toLane(broadcastTo(lowering, fill, found.shape).expr, lane);
  return { ...found, expr: select(isInside, found.expr, other) };
}

/** Images at other places. */
export const sampling: LoweringRules = {
  FlipLeftRight: rule<{ image: Tensor }>(ANY, (lowering, { image }) => {
    return reversed(lowering, image, new Set([2]));
  }),
  ResizeBilinear: rule<Images, tf.ResizeBilinearAttrs>(NUMBERS, (lowering, { images }, attrs) => {
    const [rows, columns] = [1, 2].map((axis) =>
      bilinearSources(images.shape[axis]!, attrs.size[axis - 1]!, attrs),
    ) as [number[], number[]];
    const float = mapped(images, "float32", (expr) => expr);
    return interpolated(lowering, interpolated(lowering, float, 2, columns), 1, rows);
  }),
  ResizeNearestNeighbor: rule<Images, tf.ResizeNearestNeighborAttrs>(ANY, (lowering, { images }, attrs) =>
    [1, 2].reduce((tensor, axis) => {
      const at = nearestSources(images.shape[axis]!, attrs.size[axis - 1]!, attrs);
      const places = tabulated(lowering, [at.length], "int32", (i) => at[i]!);
      return gather(lowering, tensor, places, axis, 0);
    }, images),
  ),
  RotateWithOffset: rule<{ image: Tensor }, tf.RotateWithOffsetAttrs>(ANY, (lowering, { image }, attrs) => {
    const [, height = 1, width = 1, channels = 1] = image.shape;
    const outside = rotationFill(attrs.fillValue, channels);
    const fill = tabulated(lowering, [1, 1, channels], "float32", (i) => outside[i]!);
    return { ...turned(lowering, image, rotationSources(height, width, attrs), fill), shape: image.shape };
  }),
};
