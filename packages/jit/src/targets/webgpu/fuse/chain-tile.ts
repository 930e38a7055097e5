/** @file How workgroups are laid over the rows of a chain. */
import { powerOfTwo, type Tile, tileOf } from "../reduce/tile.ts";
import { WORKGROUP } from "../task.ts";
import type { Chain } from "./chain.ts";

/** Elements of an invocation, if there are enough invocations. */
const FEW = 4;
/** The most that it keeps in registers. */
const MOST_KEPT = 8;
/** The most in a row that it does not keep, where there are few rows. */
const MOST = 16;
/** Columns that are read together. */
const NARROW = 8;
/** So many rows keep a device busy. */
const BUSY = 64;

/** The sizes of a chain. */
export type Shape = Pick<Chain, "rows" | "columns" | "direction">;

/** Invocations that may share a row. */
function mostHelpers({ direction }: Shape): number {
  return direction === "rows" ? WORKGROUP : WORKGROUP / NARROW;
}

/** Whether invocations can keep all their elements of a row. */
export function keepsElements(shape: Shape): boolean {
  return shape.columns <= MOST_KEPT * mostHelpers(shape);
}

/** Whether invocations of one workgroup may work on each row. */
export function fitsWorkgroup(shape: Shape): boolean {
  const { rows, columns, direction } = shape;
  if (columns < 2) return false;
  if (keepsElements(shape)) return true;
  const { along, splits } = tileOf(rows, columns, direction);
  return direction === "rows" && splits === 1 && (rows >= BUSY || columns <= MOST * along);
}

/** A tile of whole rows. */
export function chainTile(shape: Shape): Tile {
  const { rows, columns, direction } = shape;
  if (!keepsElements(shape)) return tileOf(rows, columns, direction);
  const along = Math.min(mostHelpers(shape), powerOfTwo(Math.ceil(columns / FEW)));
  return { across: WORKGROUP / along, along, splits: 1, chunk: columns };
}
