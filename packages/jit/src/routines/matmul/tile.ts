/** @file The inner loop of matrix products and convolutions: a tile of sums that stays in registers. */
import { supportsRelaxedSimd } from "../../assembler/features.ts";
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { loadLanes, VECTOR } from "../lanes.ts";

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
  /** Lanes of the last vector: 1 to 4. Where they are fewer, no more of B is read, unless `padded`. */
  readonly lanes: number;
  /** Whether B can be read in whole vectors. */
  readonly padded: boolean;
  /** Outermost first. */
  readonly loops: readonly TermLoop[];
}

/** Terms that a loop adds in one turn. */
const UNROLL = 4;
/** Up to this many terms there is no loop. */
const STRAIGHT = 12;

/**
 * Adds to `sums`, which hold the tile row by row (`sums[row * vectors + vector]`).
 *
 * `a` and `b` are the addresses of the first term; both are changed.
 */
export function emitTile(f: FunctionBuilder, tile: Tile, a: Local, b: Local, sums: readonly Local[]): void {
  const columns = f.locals("v128", tile.vectors);
  const element = f.local("v128");
  const term = (aOffset: number, bOffset: number) => {
    columns.forEach((column, v) => {
      const lanes = v === tile.vectors - 1 && !tile.padded ? tile.lanes : 4;
      loadLanes(f, b, bOffset + v * VECTOR, lanes);
      f.set(column);
    });
    tile.rows.forEach((row, r) => {
      f.get(a)
        .memory("v128.load32_splat", row + aOffset)
        .set(element);
      columns.forEach((column, v) => multiplyAdd(f, element, column, sums[r * tile.vectors + v]!));
    });
  };
  emitLoops(f, tile.loops, a, b, term);
  f.free(...columns, element);
}

/** `sum += x * y`, rounded once where the engine can. */
export function multiplyAdd(f: FunctionBuilder, x: Local, y: Local, sum: Local): void {
  if (supportsRelaxedSimd()) f.get(x).get(y).get(sum).op("f32x4.relaxed_madd").set(sum);
  else f.get(sum).get(x).get(y).op("f32x4.mul").op("f32x4.add").set(sum);
}

/** Runs `term` for each term of the loops, with bytes to add to `a` and `b`. */
function emitLoops(
  f: FunctionBuilder,
  [loop, ...inner]: readonly TermLoop[],
  a: Local,
  b: Local,
  term: (aOffset: number, bOffset: number) => void,
): void {
  if (!loop) return term(0, 0);
  if (inner.length) {
    // The inner loops leave the addresses behind their last terms.
    const advanced = { a: advance(inner, "a"), b: advance(inner, "b") };
    repeat(f, loop.count, () => {
      emitLoops(f, inner, a, b, term);
      add(f, a, loop.a - advanced.a);
      add(f, b, loop.b - advanced.b);
    });
    return;
  }
  const straight = loop.count <= STRAIGHT ? loop.count : loop.count % UNROLL;
  repeat(f, (loop.count - straight) / UNROLL, () => {
    for (let i = 0; i < UNROLL; i++) term(i * loop.a, i * loop.b);
    add(f, a, UNROLL * loop.a);
    add(f, b, UNROLL * loop.b);
  });
  for (let i = 0; i < straight; i++) term(i * loop.a, i * loop.b);
  add(f, a, straight * loop.a);
  add(f, b, straight * loop.b);
}

function advance(loops: readonly TermLoop[], operand: "a" | "b"): number {
  return loops[0]!.count * loops[0]![operand];
}

function add(f: FunctionBuilder, address: Local, bytes: number): void {
  if (bytes) f.get(address).i32(bytes).op("i32.add").set(address);
}

function repeat(f: FunctionBuilder, count: number, body: () => void): void {
  if (count <= 1) {
    if (count === 1) body();
    return;
  }
  const left = f.local("i32");
  f.i32(count).set(left);
  f.loop((again) => {
    body();
    f.get(left).i32(1).op("i32.sub").tee(left).brIf(again);
  });
  f.free(left);
}
