/** @file Kernels that read images at other places: resizing, turning, crops. */
import { bilinearSources, nearestSources, rotationFill, rotationSources } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { converted, wrapped } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { gather } from "../mlir/products.ts";
import { ANY, FLOAT, INT, type KernelRules, NUMBERS, rule } from "../rule.ts";
import { taken } from "./indexing.ts";

interface Images {
  images: Operand;
}

/** `low + (high - low) * fraction`, as TensorFlow.js computes it. */
function between(b: Builder, low: Operand, high: Operand, fraction: Operand): Operand {
  return b.add(low, b.multiply(b.subtract(high, low), fraction));
}

function interpolated(b: Builder, x: Operand, axis: number, at: readonly number[]): Operand {
  const last = x.shape[axis]! - 1;
  const low = at.map((place) => Math.max(0, Math.floor(place)));
  const high = at.map((place) => Math.min(last, Math.ceil(place)));
  const [below, above] = [taken(b, x, axis, low), taken(b, x, axis, high)];
  const fractions = b.table(
    at.map((place, i) => place - low[i]!),
    [at.length],
    "f32",
  );
  return between(b, below, above, b.broadcastInDim(fractions, below.shape, [axis]));
}

interface Crop {
  image: Operand;
  boxes: Operand;
  boxInd: Operand;
}

interface CropAttrs {
  cropSize: [number, number];
  method: "bilinear" | "nearest";
  extrapolationValue: number;
}

/** The places along an axis of `length` that each box's crop of `size` reads: [boxes, size], from two edges. */
function cropped(b: Builder, boxes: Operand, edge: 0 | 1, size: number, length: number): Operand {
  const count = boxes.shape[0]!;
  const shape = [count, size];
  const column = (i: number) => b.broadcast(b.part(boxes, 1, i, 1), shape);
  const [begin, end] = [column(edge), column(edge + 2)];
  if (size === 1) return b.multiply(b.multiply(b.add(begin, end), 0.5), length - 1);
  const scale = b.divide(b.multiply(b.subtract(end, begin), length - 1), size - 1);
  const steps = b.multiply(b.iota(shape, 1, "f32"), scale);
  return b.add(b.multiply(begin, length - 1), steps);
}

function cropAndResize(
  b: Builder,
  { image, boxes, boxInd }: Crop,
  { cropSize, method, extrapolationValue }: CropAttrs,
  shape: readonly number[],
): Operand {
  const [batch = 1, height = 1, width = 1] = image.shape;
  const places = shape.slice(0, 3);
  const y = b.broadcastInDim(cropped(b, boxes, 0, cropSize[0], height), places, [0, 1]);
  const x = b.broadcastInDim(cropped(b, boxes, 1, cropSize[1], width), places, [0, 2]);
  const box = b.broadcastInDim(boxInd, places, [0]);
  const isWithin = (at: Operand, length: number) =>
    b.binary("and", b.compare("GE", at, 0), b.compare("LE", at, length - 1));
  const isInside = b.binary("and", isWithin(y, height), isWithin(x, width));
  const read = (row: Operand, column: Operand) => {
    const parts = [box, wrapped(b, row), wrapped(b, column)].map((index) =>
      b.reshape(b.select(isInside, index, 0), [...places, 1]),
    );
    return converted(b, gather(b, image, b.concatenate(parts, 3), [0, 1, 2]), "f32");
  };
  const wide = (value: Operand) => b.broadcastInDim(value, shape, [0, 1, 2]);
  const floor = (value: Operand) => b.unary("floor", value);
  const ceil = (value: Operand) => b.unary("ceil", value);
  const value = (() => {
    if (method === "nearest") {
      // Halves go up, as in JavaScript.
      const round = (at: Operand) => floor(b.add(at, 0.5));
      return read(round(y), round(x));
    }
    const [down, across] = [y, x].map((at) => wide(b.subtract(at, floor(at)))) as [Operand, Operand];
    const top = between(b, read(floor(y), floor(x)), read(floor(y), ceil(x)), across);
    const bottom = between(b, read(ceil(y), floor(x)), read(ceil(y), ceil(x)), across);
    return between(b, top, bottom, down);
  })();
  const chosen = b.select(wide(isInside), value, extrapolationValue);
  // Boxes of images that are not there are left at zero.
  return b.select(wide(b.compare("LT", box, batch)), chosen, 0);
}

/** Images at other places. */
export const images: KernelRules = {
  CropAndResize: rule<Crop, CropAttrs>(
    { all: FLOAT, named: { image: ANY, boxInd: INT } },
    (b, inputs, attrs, [output]) =>
      sizeOf(output!.shape) === 0
        ? b.fill(0, output!.shape, "f32")
        : cropAndResize(b, inputs, attrs, output!.shape),
  ),
  FlipLeftRight: rule<{ image: Operand }>(ANY, (b, { image }) => b.reverse(image, [2])),
  ResizeBilinear: rule<Images, tf.ResizeBilinearAttrs>(NUMBERS, (b, { images: x }, attrs, [output]) => {
    if (sizeOf(output!.shape) === 0) return b.fill(0, output!.shape, "f32");
    const [rows, columns] = [1, 2].map((axis) =>
      bilinearSources(x.shape[axis]!, attrs.size[axis - 1]!, attrs),
    ) as [number[], number[]];
    return interpolated(b, interpolated(b, converted(b, x, "f32"), 2, columns), 1, rows);
  }),
  ResizeNearestNeighbor: rule<Images, tf.ResizeNearestNeighborAttrs>(
    ANY,
    (b, { images: x }, attrs, [output]) => {
      if (sizeOf(output!.shape) === 0) return b.fill(0, output!.shape, x.type);
      return [1, 2].reduce(
        (tensor, axis) =>
          taken(b, tensor, axis, nearestSources(x.shape[axis]!, attrs.size[axis - 1]!, attrs)),
        x,
      );
    },
  ),
  RotateWithOffset: rule<{ image: Operand }, tf.RotateWithOffsetAttrs>(ANY, (b, { image }, attrs) => {
    if (sizeOf(image.shape) === 0) return image;
    const [batch = 1, height = 1, width = 1, channels = 1] = image.shape;
    const at = rotationSources(height, width, attrs);
    const fill = b.table(rotationFill(attrs.fillValue, channels), [channels], "f32");
    const flat = b.reshape(image, [batch, height * width, channels]);
    const found = taken(
      b,
      flat,
      1,
      at.map((place) => Math.max(0, place)),
    );
    const isInside = b.table(
      at.map((place) => Number(place >= 0)),
      [at.length],
      "i1",
    );
    const other = b.broadcastInDim(converted(b, fill, image.type), found.shape, [2]);
    return b.reshape(b.select(b.broadcastInDim(isInside, found.shape, [1]), found, other), image.shape);
  }),
};
