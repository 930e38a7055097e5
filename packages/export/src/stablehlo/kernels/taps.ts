/** @file Kernels that look at each place of a window in turn: dilation, and pooling that tells where. */
import { paddingSides } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { lowest } from "../mlir/regions.ts";
import { FLOAT, type KernelRules, NUMBERS, rule, type X } from "../rule.ts";
import { of2D, paddingOf, type WindowPlan } from "../windows.ts";

type Infer = typeof backend_util.computeDilation2DInfo;
type InferPool = typeof backend_util.computePool2DInfo;

/** A place in a window, and the elements of images that stand there, one for each window. */
interface Tap {
  readonly row: number;
  readonly column: number;
  readonly elements: Operand;
}

/** The elements at each place of windows; around images [n, h, w, c] there is the lowest number. */
function tapsOf(b: Builder, x: Operand, plan: WindowPlan): Tap[] {
  const wide = b.pad(x, lowest(x.type), [[0, 0], ...paddingOf(plan), [0, 0]]);
  const [rows, columns] = plan.size as [number, number];
  return Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const begin = [0, row * plan.dilations[0]!, column * plan.dilations[1]!, 0];
    const last = (axis: 0 | 1) => begin[axis + 1]! + (plan.output[axis]! - 1) * plan.strides[axis]! + 1;
    const end = [x.shape[0]!, last(0), last(1), x.shape[3]!];
    return { row, column, elements: b.slice(wide, begin, end, [1, ...plan.strides, 1]) };
  });
}

/** Kernels over windows. */
export const taps: KernelRules = {
  Dilation2D: rule<
    { x: Operand; filter: Operand },
    { strides: Parameters<Infer>[2]; pad: Parameters<Infer>[3]; dilations: Parameters<Infer>[5] }
  >(FLOAT, (b, { x, filter }, { strides, pad, dilations }, [output]) => {
    // The operation has checked the ranks.
    const shapes = [x.shape, filter.shape] as unknown as [Parameters<Infer>[0], Parameters<Infer>[1]];
    // Handed on to what takes sides.
    const sides = paddingSides(pad) as typeof pad;
    const plan = of2D(backend_util.computeDilation2DInfo(...shapes, strides, sides, "NHWC", dilations));
    const { shape } = output!;
    if (sizeOf(shape) === 0 || sizeOf(x.shape) === 0) return b.fill(-Infinity, shape, "f32");
    const channels = x.shape[3]!;
    return tapsOf(b, x, plan)
      .map(({ row, column, elements }) => {
        const height = b.slice(filter, [row, column, 0], [row + 1, column + 1, channels]);
        return b.add(elements, b.broadcastInDim(b.reshape(height, [channels]), shape, [3]));
      })
      .reduce((greatest, each) => b.maximum(greatest, each));
  }),
  MaxPoolWithArgmax: rule<
    X,
    {
      filterSize: Parameters<InferPool>[1];
      strides: Parameters<InferPool>[2];
      pad: Parameters<InferPool>[4];
      includeBatchInIndex: boolean;
    }
  >(NUMBERS, (b, { x }, { filterSize, strides, pad, includeBatchInIndex }, [values, indices]) => {
    const { shape } = indices!;
    if (sizeOf(shape) === 0) return [b.fill(0, values!.shape, x.type), b.fill(0, shape, "i32")];
    const [, height, width, channels] = x.shape as Parameters<InferPool>[0];
    const plan = of2D(
      backend_util.computePool2DInfo(
        x.shape as Parameters<InferPool>[0],
        filterSize,
        strides,
        [1, 1],
        paddingSides(pad),
      ),
    );
    const along = (axis: number, stride: number) => b.multiply(b.iota(shape, axis, "i32"), stride);
    const corner = (plan.before[0]! * width + plan.before[1]!) * channels;
    const base = [
      along(1, plan.strides[0]! * width * channels),
      along(2, plan.strides[1]! * channels),
      along(3, 1),
      ...(includeBatchInIndex ? [along(0, height * width * channels)] : []),
    ].reduce((sum, each) => b.add(sum, each));
    const first = b.subtract(base, corner);
    let best: { greatest: Operand; place: Operand } | undefined;
    for (const { row, column, elements } of tapsOf(b, x, plan)) {
      const place = b.add(first, (row * width + column) * channels);
      if (!best) {
        best = { greatest: elements, place };
        continue;
      }
      const { greatest } = best;
      // NaN is greater than all numbers, and nothing than NaN.
      const isNumber = b.compare("EQ", greatest, greatest);
      const isBetter = b.binary("and", isNumber, b.unary("not", b.compare("LE", elements, greatest)));
      best = {
        greatest: b.select(isBetter, elements, greatest),
        place: b.select(isBetter, place, best.place),
      };
    }
    return [best!.greatest, best!.place];
  }),
};
