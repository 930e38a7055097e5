/** @file What the code of a unit of a blocked product works with: some tiles of rows times some tiles of columns. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { Local } from "../../assembler/types.ts";
import type { BatchedSpec } from "../../../../steps/specs/matmul.ts";
import type { Finished } from "../routine.ts";
import type { Blocking } from "./blocking.ts";

/** Tiles `[first, last)`. */
export interface Tiles {
  readonly first: Local;
  readonly last: Local;
}

/** The addresses of three matrices. */
export interface Matrices {
  readonly a: Local;
  readonly b: Local;
  readonly c: Local;
}

/** A unit, at the place where its code stands. */
export interface Unit {
  readonly f: FunctionBuilder;
  readonly module: ModuleBuilder;
  readonly spec: BatchedSpec & Finished;
  readonly blocking: Blocking;
  /** Those of the unit's product, of a batch of them. */
  readonly matrix: Matrices;
  readonly scratch: Local;
  readonly rows: Tiles;
  readonly columns: Tiles;
  /** For the sums of a tile. */
  readonly sums: readonly Local[];
}

/** Sets the range of tiles of part number `part`, of `size` tiles each but the last. */
export function setTiles(f: FunctionBuilder, tiles: Tiles, part: Local, size: number, all: number): void {
  f.get(part).i32(size).op("i32.mul").tee(tiles.first).plus(size).set(tiles.last);
  f.smaller(tiles.last, all).set(tiles.last);
}

/** Code for the whole tiles of a range, and for the last that is smaller, if it is in the range. */
export function eachTile(
  f: FunctionBuilder,
  tile: Local,
  { first, last }: Tiles,
  all: number,
  size: number,
  body: (extent: number) => void,
): void {
  const whole = Math.floor(all / size);
  const rest = all % size;
  const end = f.local("i32");
  f.smaller(last, whole).set(end);
  f.forRange(tile, first, end, 1, () => body(size));
  f.free(end);
  if (!rest) return;
  f.get(last).i32(whole).op("i32.gt_u");
  f.if(() => {
    f.i32(whole).set(tile);
    body(rest);
  });
}
