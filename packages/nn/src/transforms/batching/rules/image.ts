/** @file Batching rules of kernels that treat each image of a batch by itself: lanes are more images. */
import * as tf from "@tensorflow/tfjs-core";
import {
  aligned,
  folded,
  inLanes,
  laneNumbers,
  laneShape,
  launch,
  launchMany,
  unfolded,
} from "../operands.ts";
import { type BatchCall, type BatchResult, type BatchRules, share } from "../rule.ts";

/** Kernels all of whose inputs have one item for each image. */
// prettier-ignore
const BY_IMAGE = [
  "AvgPool", "AvgPool3D", "AvgPool3DGrad", "AvgPoolGrad", "FlipLeftRight", "LRN", "LRNGrad", "MaxPool", "MaxPool3D",
  "MaxPool3DGrad", "MaxPoolGrad", "ResizeBilinear", "ResizeBilinearGrad", "ResizeNearestNeighbor",
  "ResizeNearestNeighborGrad", "RotateWithOffset",
];

function byImage({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const wide = Object.entries(inputs).map(
    ([name, input]) => [name, folded(inLanes(input, lanes.size))] as const,
  );
  return unfolded(launch(kernelName, Object.fromEntries(wide), attrs), lanes.size);
}

/** The places of the maxima, which may count from the beginning of the batch. */
function maxPoolWithArgmax({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor[] {
  const x = inputs["x"]!.tensor;
  const [y, indices] = launchMany(kernelName, { x: folded(x) }, attrs);
  const places = unfolded(indices!, lanes.size);
  if (!(attrs as { includeBatchInIndex?: boolean }).includeBatchInIndex)
    return [unfolded(y!, lanes.size), places];
  const before = tf.mul(laneNumbers(lanes.size, places.rank), tf.scalar(x.size / lanes.size, "int32"));
  return [unfolded(y!, lanes.size), tf.sub(places, before)];
}

/** Boxes say by number which image they are of. */
function cropAndResize({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const { image, boxes, boxInd } = inputs as Record<
    "image" | "boxes" | "boxInd",
    BatchCall["inputs"][string]
  >;
  const numbers = inLanes(boxInd, lanes.size);
  const n = laneShape(image)[0]!;
  const offset = image.isBatched ? n : 0;
  const shifted = tf.add(numbers, tf.mul(laneNumbers(lanes.size, 2), tf.scalar(offset, "int32")));
  const crops = launch(
    kernelName,
    {
      image: image.isBatched ? folded(image.tensor) : image.tensor,
      boxes: folded(inLanes(boxes, lanes.size)),
      boxInd: folded(shifted),
    },
    attrs,
  );
  return unfolded(crops, lanes.size);
}

/** One transform for all images, or one for each. */
function transform({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const image = folded(inLanes(inputs["image"]!, lanes.size));
  const transforms = inLanes(inputs["transforms"]!, lanes.size);
  const n = image.shape[0] / lanes.size;
  const each = transforms.shape[1] === n ? transforms : tf.tile(transforms, [1, n, 1]);
  return unfolded(launch(kernelName, { image, transforms: folded(each) }, attrs), lanes.size);
}

/** By its formula: moments may have lanes of their own. */
function batchNorm({ inputs, attrs, outputs }: BatchCall): BatchResult {
  const rank = outputs[0]!.shape.length;
  const { varianceEpsilon = 0.001 } = attrs as { varianceEpsilon?: number };
  const of = (name: string) => (inputs[name] ? aligned(inputs[name], rank) : undefined);
  const factor = tf.rsqrt(tf.add(of("variance")!, varianceEpsilon));
  const scale = of("scale");
  const normal = tf.mul(tf.sub(of("x")!, of("mean")!), scale ? tf.mul(factor, scale) : factor);
  const offset = of("offset");
  return offset ? tf.add(normal, offset) : normal;
}

/** Rules of pooling, of normalisations of images, and of what moves and resizes them. */
export const imageRules: BatchRules = {
  ...share(BY_IMAGE, byImage),
  CropAndResize: cropAndResize,
  FusedBatchNorm: batchNorm,
  MaxPoolWithArgmax: maxPoolWithArgmax,
  Transform: transform,
};
