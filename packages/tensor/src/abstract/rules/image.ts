/** @file Shape rules of normalisations and image kernels: batch norm, local response, resize, crop, flip. */
import { rule, share, type ShapeRules, specOf, type Operand, type X } from "../rule.ts";

const likeX = rule<X>(({ x }) => specOf(x));
const likeImage = rule<{ image: Operand }>(({ image }) => specOf(image));
const likeImages = rule<{ images: Operand }>(({ images }) => specOf(images));

function resized({ shape: [n, , , c] }: Operand, [height, width]: readonly [number, number]): number[] {
  return [n!, height, width, c!];
}

/** Rules of batch normalisation, local response normalisation and image kernels. */
export const imageRules: ShapeRules = {
  ...share(["FlipLeftRight", "RotateWithOffset"], likeImage),
  ...share(["FusedBatchNorm", "LRN", "LRNGrad"], likeX),
  ...share(["ResizeBilinearGrad", "ResizeNearestNeighborGrad"], likeImages),
  CropAndResize: rule<{ image: Operand; boxes: Operand }, { cropSize: [number, number] }>(
    ({ image, boxes }, { cropSize }) => {
      const [, height, width, channels] = resized(image, cropSize);
      return { shape: [boxes.shape[0]!, height!, width!, channels!], dtype: "float32" };
    },
  ),
  ResizeBilinear: rule<{ images: Operand }, { size: [number, number] }>(({ images }, { size }) => ({
    shape: resized(images, size),
    dtype: "float32",
  })),
  ResizeNearestNeighbor: rule<{ images: Operand }, { size: [number, number] }>(({ images }, { size }) =>
    specOf(images, { shape: resized(images, size) }),
  ),
  Transform: rule<{ image: Operand }, { outputShape?: [number, number] | null }>(
    ({ image }, { outputShape }) =>
      specOf(image, { shape: outputShape ? resized(image, outputShape) : image.shape }),
  ),
};
