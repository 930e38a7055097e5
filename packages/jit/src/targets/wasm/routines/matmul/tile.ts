/** @file The inner loop of matrix products and convolutions: a tile of sums that stays in registers. */
import { fusesMultiplyAdd } from "../../assembler/features.ts";
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { loadLanes, VECTOR } from "../lanes.ts";
import { type Interval, intervalOf } from "../long-sums.ts";

/** One of the nested loops over the terms of the sums: their number, and the bytes from one to the next. */
export interface TermLoop {
  readonly count: number;
  readonly a: number;
  readonly b: number;
}

/** Sums `c[row, column] += Σ a[row, term] b[term, column]`, for a few rows and a few vectors of columns. */
export interface Tile {
  /** Bytes from the address of A to each row. */
  readonly rows: readonly number[];
  /** How many vectors a row of the result has. */
  readonly vectors: number;
  /** Bytes from the address of B to each of these vectors of a line, where they do not lie one after the other. */
  readonly columns?: readonly number[] | undefined;
  /** Lanes of the last vector: 1 to 4. Where they are fewer, no more of B is read, unless `padded`. */
  readonly lanes: number;
  /** Whether B can be read in whole vectors. */
  readonly padded: boolean;
  /** Outermost first. */
  readonly loops: readonly TermLoop[];
  /** After how many terms at most, and in the end, the sums are put away; unless given they stay. */
  readonly blocks?: { readonly terms: number; readonly putAway: () => void } | undefined;
}

/**
 * Adds to `sums`, which hold the tile row by row (`sums[row * vectors + vector]`).
 *
 * A turn of the innermost loop adds one term: of several, V8 up to 12 loads all operands before it multiplies any, more
 * than there are registers.
 *
 * `a` and `b` are the addresses of the first term; both are changed.
 */
export function emitTile(f: FunctionBuilder, tile: Tile, a: Local, b: Local, sums: readonly Local[]): void {
  // What the tile has fewer of is held, and each of the others loaded when its turn comes.
  const holdsRows = tile.rows.length < tile.vectors;
  const held = f.locals("v128", Math.min(tile.rows.length, tile.vectors));
  const passing = f.local("v128");
  const sumOf = (row: number, vector: number) => sums[row * tile.vectors + vector]!;
  const loadElement = (row: number) => f.get(a).memory("v128.load32_splat", tile.rows[row]);
  const loadColumns = (vector: number) => {
    const lanes = vector === tile.vectors - 1 && !tile.padded ? tile.lanes : 4;
    loadLanes(f, b, tile.columns?.[vector] ?? vector * VECTOR, lanes);
  };
  const term = () => {
    if (holdsRows) {
      for (const [row, element] of held.entries()) {
        loadElement(row);
        f.set(element);
      }
      for (let v = 0; v < tile.vectors; v++) {
        loadColumns(v);
        f.set(passing);
        for (const [row, element] of held.entries()) multiplyAdd(f, element, passing, sumOf(row, v));
      }
      return;
    }
    for (const [v, columns] of held.entries()) {
      loadColumns(v);
      f.set(columns);
    }
    for (const row of tile.rows.keys()) {
      loadElement(row);
      f.set(passing);
      for (const [v, columns] of held.entries()) multiplyAdd(f, passing, columns, sumOf(row, v));
    }
  };
  const { loops, blocks } = tile;
  const interval =
    blocks &&
    intervalOf(
      loops.map(({ count }) => count),
      blocks.terms,
    );
  if (blocks && interval) emitBlocks(f, loops, a, b, term, interval, blocks.putAway);
  else {
    emitLoops(f, loops, a, b, term);
    blocks?.putAway();
  }
  f.free(...held, passing);
}

/** `sum += x * y`, rounded once where the engine can. */
export function multiplyAdd(f: FunctionBuilder, x: Local, y: Local, sum: Local): void {
  if (fusesMultiplyAdd()) f.get(x).get(y).get(sum).op("f32x4.relaxed_madd").set(sum);
  else f.get(sum).get(x).get(y).op("f32x4.mul").op("f32x4.add").set(sum);
}

/** Runs `term` for each term of the loops; leaves `a` and `b` behind the last. */
function emitLoops(
  f: FunctionBuilder,
  [loop, ...inner]: readonly TermLoop[],
  a: Local,
  b: Local,
  term: () => void,
): void {
  if (!loop) return term();
  const [next] = inner;
  f.repeat(loop.count, () => {
    emitLoops(f, inner, a, b, term);
    f.increase(a, loop.a - (next ? next.count * next.a : 0));
    f.increase(b, loop.b - (next ? next.count * next.b : 0));
  });
}

/** The same in blocks: `putAway` runs after each. */
function emitBlocks(
  f: FunctionBuilder,
  loops: readonly TermLoop[],
  a: Local,
  b: Local,
  term: () => void,
  { loop: at, turns }: Interval,
  putAway: () => void,
): void {
  const [loop, ...inner] = loops as [TermLoop, ...TermLoop[]];
  if (at > 0) {
    f.repeat(loop.count, () => {
      emitBlocks(f, inner, a, b, term, { loop: at - 1, turns }, putAway);
      f.increase(a, loop.a - inner[0]!.count * inner[0]!.a);
      f.increase(b, loop.b - inner[0]!.count * inner[0]!.b);
    });
    return;
  }
  const block = (count: number) => {
    emitLoops(f, [{ ...loop, count }, ...inner], a, b, term);
    putAway();
  };
  f.repeat(Math.floor(loop.count / turns), () => block(turns));
  if (loop.count % turns > 0) block(loop.count % turns);
}
