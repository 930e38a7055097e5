/** @file Shape rules of kernels that only move elements: reshapes, transposes, slices, joins, pads, tiles. */
import { backend_util, slice_util, type StridedSliceAttrs, util } from "@tensorflow/tfjs-core";
import { denseSlice } from "../../kernels/strided/slice.ts";
import { rule, share, type ShapeRule, type ShapeRules, specOf, type Operand, type X } from "../rule.ts";

type Numbered = Record<string, Operand>;
type Padding = [number, number][];

function padded(shape: readonly number[], paddings: Padding): number[] {
  return paddings.map(([before, after], axis) => before + shape[axis]! + after);
}

const pad: ShapeRule = rule<X, { paddings: Padding }>(({ x }, { paddings }) =>
  specOf(x, { shape: padded(x.shape, paddings) }),
);

const reshape = rule<X, { shape: number[] }>(({ x }, { shape }) => {
  const size = util.sizeFromShape(x.shape);
  const to = util.inferFromImplicitShape(shape, size);
  util.assert(
    size === util.sizeFromShape(to),
    () =>
      `The new shape (${to.join()}) has ${util.sizeFromShape(to)} elements and the old shape (${x.shape.join()}) has ${size} ` +
      `elements. The new shape and old shape must have the same number of elements.`,
  );
  return specOf(x, { shape: to });
});

const expandDims = rule<{ input: Operand }, { dim: number }>(({ input }, { dim }) => {
  const rank = input.shape.length;
  util.assert(
    -(rank + 1) <= dim && dim <= rank,
    () => `Axis must be in the interval [${-(rank + 1)}, ${rank}]`,
  );
  const shape = [...input.shape];
  shape.splice(dim < 0 ? rank + dim + 1 : dim, 0, 1);
  return specOf(input, { shape });
});

const concat = rule<Numbered, { axis: number }>((inputs, { axis }) => {
  const tensors = Object.values(inputs);
  const [$axis = 0] = util.parseAxisParam(axis, tensors[0]!.shape);
  const shapes = tensors.map(({ shape }) => shape);
  backend_util.assertParamsConsistent(shapes, $axis);
  return specOf(tensors[0]!, { shape: backend_util.computeOutShape(shapes, $axis) });
});

const pack = rule<Numbered, { axis: number }>((inputs, { axis }) => {
  const tensors = Object.values(inputs);
  const [first] = tensors;
  for (const { shape } of tensors) {
    util.assertShapesMatch(first!.shape, shape, "All tensors passed to stack must have matching shapes");
  }
  const shape = [...first!.shape];
  shape.splice(axis < 0 ? shape.length + axis + 1 : axis, 0, tensors.length);
  return specOf(first!, { shape });
});

const unpack = rule<{ value: Operand }, { axis: number }>(({ value }, { axis }) => {
  const $axis = axis < 0 ? axis + value.shape.length : axis;
  const shape = value.shape.filter((_, i) => i !== $axis);
  return Array.from({ length: value.shape[$axis]! }, () => specOf(value, { shape }));
});

const split = rule<X, { numOrSizeSplits: number | number[]; axis: number }>(
  ({ x }, { numOrSizeSplits, axis }) => {
    const [$axis = 0] = util.parseAxisParam(axis, x.shape);
    // Reads the shape only, though it is typed to take a tensor.
    const tensor = x as Parameters<typeof backend_util.prepareSplitSize>[0];
    return backend_util
      .prepareSplitSize(tensor, numOrSizeSplits, $axis)
      .map((size) => specOf(x, { shape: x.shape.map((all, i) => (i === $axis ? size : all)) }));
  },
);

const slice = rule<X, { begin: number | number[]; size: number | number[] }>(({ x }, { begin, size }) => {
  // Both read the shape only, though they are typed to take a tensor.
  const tensor = x as Parameters<typeof slice_util.parseSliceParams>[0];
  // A pair, though it is typed as a list.
  const [$begin, $size] = slice_util.parseSliceParams(tensor, begin, size) as [number[], number[]];
  slice_util.assertParamsValid(tensor, $begin, $size);
  return specOf(x, { shape: $size });
});

const stridedSlice = rule<X, StridedSliceAttrs>(({ x }, attrs) =>
  specOf(x, { shape: [...denseSlice(x.shape, attrs).shape] }),
);

const batchToSpace = rule<X, { blockShape: number[]; crops: number[][] }>(({ x }, { blockShape, crops }) => {
  const blocks = util.sizeFromShape(blockShape);
  const uncropped = backend_util.getReshapedPermuted(x.shape, blockShape, blocks);
  const cropped = backend_util.getSliceSize(uncropped, crops, blockShape.length);
  return specOf(x, { shape: [...cropped, ...uncropped.slice(cropped.length)] });
});

const spaceToBatch = rule<X, { blockShape: number[]; paddings: Padding }>(
  ({ x }, { blockShape, paddings }) => {
    const rest = x.shape.slice(1 + blockShape.length).map((): [number, number] => [0, 0]);
    const shape = padded(x.shape, [[0, 0], ...paddings, ...rest]);
    const blocks = util.sizeFromShape(blockShape);
    return specOf(x, { shape: backend_util.getReshapedPermuted(shape, blockShape, blocks, false) });
  },
);

const depthToSpace = rule<X, { blockSize: number; dataFormat: "NHWC" | "NCHW" }>(
  ({ x }, { blockSize, dataFormat }) => {
    const [n, ...rest] = x.shape as [number, number, number, number];
    const [h, w, c] = dataFormat === "NHWC" ? rest : [rest[1], rest[2], rest[0]];
    const to: [number, number, number] = [h * blockSize, w * blockSize, c / blockSize ** 2];
    const shape = dataFormat === "NHWC" ? [n, ...to] : [n, to[2], to[0], to[1]];
    return specOf(x, { shape });
  },
);

/** Rules of reshapes, transposes, slices, concatenations, splits, pads, tiles and block moves. */
export const layoutRules: ShapeRules = {
  ...share(["MirrorPad", "PadV2"], pad),
  BatchToSpaceND: batchToSpace,
  Concat: concat,
  DepthToSpace: depthToSpace,
  Diag: rule<X>(({ x }) => specOf(x, { shape: [...x.shape, ...x.shape] })),
  ExpandDims: expandDims,
  Pack: pack,
  Reshape: reshape,
  Reverse: rule<X, { dims: number | number[] }>(({ x }, { dims }) => {
    util.parseAxisParam(dims, x.shape);
    return specOf(x);
  }),
  Slice: slice,
  SpaceToBatchND: spaceToBatch,
  SplitV: split,
  StridedSlice: stridedSlice,
  Tile: rule<X, { reps: number[] }>(({ x }, { reps }) =>
    specOf(x, { shape: x.shape.map((size, axis) => size * reps[axis]!) }),
  ),
  Transpose: rule<X, { perm: number[] }>(({ x }, { perm }) =>
    specOf(x, { shape: perm.map((axis) => x.shape[axis]!) }),
  ),
  Unpack: unpack,
};
