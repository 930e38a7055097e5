/** @file The loops of a step: their sizes, and how every read and write goes through them. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import { cut, commonSizes, type Layout, type Segment } from "../../../expr/segments.ts";

/** Loops, from the outermost to the innermost, and the layouts that are walked in them. */
export interface LoopNest {
  readonly sizes: readonly number[];
  /** The stride of a layout in each loop. */
  stridesOf(layout: Layout): readonly number[];
}

/**
 * The fewest loops in which all of `layouts`, each of `total` elements, are walked at regular distances. Loops end
 * where the products of `borders`, from the innermost, end as well.
 */
export function loopNest(
  layouts: readonly Layout[],
  total: number,
  borders: readonly number[] = [],
): LoopNest {
  const bordering: Segment[] = borders.map((size) => ({ size, stride: 0 }));
  const sizes = commonSizes([...layouts.map(({ segments }) => segments), bordering], total);
  if (!sizes) throw new Error("internal: the reads of a loop do not fit together");
  const known = new Map<readonly Segment[], readonly number[]>();
  return {
    sizes,
    stridesOf({ segments }) {
      let strides = known.get(segments);
      if (!strides) {
        const runs = cut(segments, sizes);
        if (!runs) throw new Error("internal: a read does not fit the loops");
        known.set(segments, (strides = runs.map(({ stride }) => stride)));
      }
      return strides;
    },
  };
}

/** Sets the counters of loops, 4 times their turns, where all their turns together are counted by `turn`. */
export function setCounters(
  f: FunctionBuilder,
  turn: Local,
  sizes: readonly number[],
  counters: readonly Local[],
): void {
  let inner = 1;
  for (let loop = sizes.length - 1; loop >= 0; loop--) {
    f.get(turn);
    if (inner !== 1) f.i32(inner).op("i32.div_u");
    if (loop > 0) f.i32(sizes[loop]!).op("i32.rem_u");
    f.i32(2).op("i32.shl").set(counters[loop]!);
    inner *= sizes[loop]!;
  }
}
