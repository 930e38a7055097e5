/** @file Sorting the indices of elements. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionRef, Local } from "../assembler/types.ts";
import { ELEMENT } from "./lanes.ts";

/** What is sorted, and how; equal elements keep their order. */
export type SortOrder = "f32 descending" | "i32 descending" | "u32 ascending";

/** Whether the right one of two elements comes first: it must be better, not only as good. */
const RIGHT_FIRST = {
  "f32 descending": { load: "f32.load", compare: "f32.gt" },
  "i32 descending": { load: "i32.load", compare: "i32.gt_s" },
  "u32 ascending": { load: "i32.load", compare: "i32.lt_u" },
} as const;

/**
 * The function `sort(elements, count, a, b) → a or b`: the address, of the two with room for `count` int32 each, where
 * the indices of the sorted elements are. Merges runs of doubling length.
 */
export function indexSorter(module: ModuleBuilder, order: SortOrder): FunctionRef {
  return module.once(`sort ${order}`, () => {
    const merge = merger(module, order);
    const f = module.function(`sort ${order}`, { params: ["i32", "i32", "i32", "i32"], results: ["i32"] });
    const [elements, count, a, b] = f.params;
    const [i, width, middle, end, swap] = f.locals("i32", 5);
    f.forRange(i, 0, count, 1, () => f.get(a).plus(i, 4).get(i).memory("i32.store"));
    f.i32(1).set(width);
    f.block((sorted) => {
      f.loop((again) => {
        f.get(width).get(count).op("i32.ge_u").brIf(sorted);
        f.i32(0).set(i);
        f.block((merged) => {
          f.loop((next) => {
            f.get(i).get(count).op("i32.ge_u").brIf(merged);
            atMostCount(f, i, width, count, middle);
            atMostCount(f, middle, width, count, end);
            f.get(elements).get(a).get(b).get(i).get(middle).get(end).call(merge);
            f.get(end).set(i).br(next);
          });
        });
        f.get(a).set(swap).get(b).set(a).get(swap).set(b);
        f.get(width).i32(1).op("i32.shl").set(width).br(again);
      });
    });
    f.get(a);
    return f.ref;
  });
}

/** Sets `to` to `from + by`, or to `count` if that is less. */
function atMostCount(f: FunctionBuilder, from: Local, by: Local, count: Local, to: Local): void {
  f.get(from).plus(by).set(to).smaller(to, count).set(to);
}

/** `merge(elements, from, to, begin, middle, end)`: the runs before and behind `middle`, both sorted. */
function merger(module: ModuleBuilder, order: SortOrder): FunctionRef {
  const { load, compare } = RIGHT_FIRST[order];
  const f = module.procedure(`merge ${order}`, 6);
  const [elements, from, to, begin, middle, end] = f.params;
  const [left, right, out] = f.locals("i32", 3);
  const index = (position: Local) => f.get(from).plus(position, 4).memory("i32.load");
  const element = (position: Local) => {
    f.get(elements)
      .plus(() => index(position), ELEMENT)
      .memory(load);
  };
  const take = (position: Local) => {
    f.get(to).plus(out, 4);
    index(position).memory("i32.store");
    f.increase(position, 1);
  };
  f.get(begin).set(left).get(middle).set(right);
  f.forRange(
    out,
    () => f.get(begin),
    end,
    1,
    () => {
      f.get(left).get(middle).op("i32.ge_u");
      f.if(
        () => f.i32(1),
        () => {
          f.get(right).get(end).op("i32.ge_u");
          f.if(
            () => f.i32(0),
            () => {
              element(right);
              element(left);
              f.op(compare);
            },
            "i32",
          );
        },
        "i32",
      );
      f.if(
        () => take(right),
        () => take(left),
      );
    },
  );
  return f.ref;
}

/** Bytes of the indices of `count` elements, in whole vectors. */
export function indexBytes(count: number): number {
  return Math.ceil((count * ELEMENT) / 16) * 16;
}
