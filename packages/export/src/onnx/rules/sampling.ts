/** @file Kernels over images: resizing, local normalisation, blocks between places, channels and batch. */
import { channelsFirst } from "../build/channels.ts";
import type { Emission } from "../build/emission.ts";
import { areStatic, type Dim, type Dims, isStatic, plus, times } from "../symbolic/dim.ts";
import type { Node, Value } from "../symbolic/graph.ts";
import { padded, sliced } from "./layout.ts";
import { ANY, FLOAT, NUMBERS, type Rule, rule, type Rules } from "./rule.ts";

interface ResizeAttrs {
  size: readonly [number, number];
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

function resize(mode: "linear" | "nearest"): Rule {
  return rule<{ images: Value }, ResizeAttrs>(NUMBERS, (emission, { images }, attrs, [output]) => {
    const { graph } = emission;
    const { size, alignCorners, halfPixelCenters } = attrs;
    const transformation = alignCorners ? "align_corners" : halfPixelCenters ? "half_pixel" : "asymmetric";
    const image = graph.cast(emission.channelsFirst(images), images.dtype, "float32");
    const name = graph.op("Resize", [image, "", "", graph.dims([...sizesFirst(images, size)])], {
      mode,
      coordinate_transformation_mode: transformation,
      ...(mode === "nearest"
        ? { nearest_mode: alignCorners || halfPixelCenters ? "round_prefer_ceil" : "floor" }
        : {}),
    });
    emission.setForm(output, {
      kind: "channelsFirst",
      name: graph.cast(name, "float32", output.dtype),
      shape: channelsFirst(output.shape),
    });
  });
}

function sizesFirst({ shape }: Value, size: readonly [number, number]): Dim[] {
  return [shape[0]!, shape[3]!, ...size];
}

/** `name` of shape `from`, its axes in the order `perm`, with the shape `to`. */
function rearranged(
  { graph }: Emission,
  name: string,
  shape: Dims,
  from: Dims,
  perm: readonly number[],
  to: Dims,
) {
  const apart = graph.reshape(name, shape, from);
  return graph.reshape(
    graph.transpose(apart, perm),
    perm.map((axis) => from[axis]!),
    to,
  );
}

const range = (size: number, begin = 0) => Array.from({ length: size }, (_, i) => begin + i);

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** `dim / by`, where the batch is a multiple of it. */
function quotient(emission: Emission, node: Node, dim: Dim, by: number): Dim {
  if (isStatic(dim)) return dim / by;
  if (dim.scale % by === 0 && dim.offset % by === 0)
    return { scale: dim.scale / by, offset: dim.offset / by };
  throw emission.unsupported(node, "whose blocks part the batch", "Export without dynamicBatch.");
}

/** Images. */
export const sampling: Rules = {
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
  LRN: rule<{ x: Value }, { depthRadius: number; bias: number; alpha: number; beta: number }>(
    FLOAT,
    (emission, { x }, { depthRadius, bias, alpha, beta }, [output]) => {
      const size = 2 * depthRadius + 1;
      const name = emission.graph.op("LRN", [emission.channelsFirst(x)], {
        size,
        // ONNX divides it by the size.
        alpha: { float: alpha * size },
        beta: { float: beta },
        bias: { float: bias },
      });
      emission.setForm(output, { kind: "channelsFirst", name, shape: channelsFirst(output.shape) });
    },
  ),
  DepthToSpace: rule<{ x: Value }, { blockSize: number; dataFormat: "NHWC" | "NCHW" }>(
    ANY,
    (emission, { x }, { blockSize: b, dataFormat }, [output], node) => {
      const [n, p, q, r] = x.shape as readonly [Dim, Dim, Dim, Dim];
      const isLast = dataFormat === "NHWC";
      const from = isLast
        ? [n, p, q, b, b, quotient(emission, node, r, b * b)]
        : [n, b, b, quotient(emission, node, p, b * b), q, r];
      const perm = isLast ? [0, 1, 3, 2, 4, 5] : [0, 3, 4, 1, 5, 2];
      emission.set(output, rearranged(emission, emission.name(x), x.shape, from, perm, output.shape));
    },
  ),
  BatchToSpaceND: rule<
    { x: Value },
    { blockShape: readonly number[]; crops: readonly (readonly [number, number])[] }
  >(ANY, (emission, { x }, { blockShape, crops }, [output], node) => {
    const spatial = blockShape.length;
    const batch = quotient(emission, node, x.shape[0]!, product(blockShape));
    const inner = x.shape.slice(1);
    const perm = [
      spatial,
      ...blockShape.flatMap((_, i) => [spatial + 1 + i, i]),
      ...range(inner.length - spatial, 2 * spatial + 1),
    ];
    const whole = [batch, ...inner.map((size, i) => times(size, blockShape[i] ?? 1))];
    const moved = rearranged(
      emission,
      emission.name(x),
      x.shape,
      [...blockShape, batch, ...inner],
      perm,
      whole,
    );
    const cuts = crops.flatMap(([before, after], i) =>
      before === 0 && after === 0
        ? []
        : [{ axis: i + 1, begin: before, end: before + (output.shape[i + 1] as number) }],
    );
    emission.set(output, sliced(emission, moved, cuts));
  }),
  SpaceToBatchND: rule<
    { x: Value },
    { blockShape: readonly number[]; paddings: readonly (readonly [number, number])[] }
  >(ANY, (emission, { x }, { blockShape, paddings }, [output], node) => {
    const spatial = blockShape.length;
    const all = x.shape.map((_, axis) => paddings[axis - 1] ?? ([0, 0] as const));
    const wide = padded(emission, emission.name(x), all, emission.number(0, x.dtype));
    const batch = x.shape[0]!;
    const inner: Dims = x.shape.slice(1).map((size, i) => plus(size, all[i + 1]![0] + all[i + 1]![1]));
    if (!areStatic(inner)) throw emission.unsupported(node, "of images whose size follows the batch", "");
    const apart = [
      batch,
      ...inner.flatMap((size, i) => (i < spatial ? [size / blockShape[i]!, blockShape[i]!] : [size])),
    ];
    const perm = [
      ...range(spatial).map((i) => 2 * i + 2),
      0,
      ...range(spatial).map((i) => 2 * i + 1),
      ...range(inner.length - spatial, 2 * spatial + 1),
    ];
    emission.set(output, rearranged(emission, wide, [batch, ...inner], apart, perm, output.shape));
  }),
};
