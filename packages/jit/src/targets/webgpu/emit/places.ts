/** @file Index arithmetic: where the elements of layouts lie, from the positions along the axes of a loop nest. */
import { byAxis, type Layout } from "../../../expr/segments.ts";

/** The whole part of an axis' position divided by `inner`, times `factor`, modulo 2^32. */
export interface Term {
  readonly axis: number;
  readonly inner: number;
  readonly factor: number;
}

/**
 * The terms whose sum, with the offset, is the place of an element of `layout`, which goes over axes of `sizes`.
 * Undefined where a run of the layout ends inside of an axis in a way that the axes cannot be told apart.
 *
 * Within an axis at position i, runs of sizes s1, s2 and strides t1, t2 lie at (i / s2) t1 + (i mod s2) t2, which is
 * i t2 + (i / s2) (t1 - s2 t2): one division for each place where runs meet, and no remainder.
 */
export function termsOf({ segments }: Layout, sizes: readonly number[]): Term[] | undefined {
  if (segments.length === 0) return [];
  const groups = byAxis(segments, sizes);
  return groups?.flatMap((runs, axis) => {
    const terms: Term[] = [];
    let inner = 1;
    let within = 0;
    for (let run = runs.length - 1; run >= 0; run--) {
      const { size, stride } = runs[run]!;
      if (stride !== within) terms.push({ axis, inner, factor: stride - within });
      inner *= size;
      within = size * stride;
    }
    return terms;
  });
}
