/** @file From the sums of a tile to the result in memory. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT, loadLanes, storeLanes, VECTOR } from "../lanes.ts";

/** Where the tile's first element is in the result, of rows `rowBytes` apart. */
export interface TilePlace {
  readonly address: Local;
  readonly rowBytes: number;
}

/** The tile's extent in the result. */
export interface TileSize {
  readonly rows: number;
  readonly vectors: number;
  readonly lanes: number;
}

/** Calls `visit` with each sum of a tile, the byte offset of its vector in the result, and its lanes. */
function eachVector(
  { rows, vectors, lanes }: TileSize,
  rowBytes: number,
  visit: (index: number, offset: number, lanes: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    for (let v = 0; v < vectors; v++) {
      visit(row * vectors + v, row * rowBytes + v * VECTOR, v === vectors - 1 ? lanes : 4);
    }
  }
}

/** Begins the sums with what the result holds. */
export function loadTile(f: FunctionBuilder, size: TileSize, place: TilePlace, sums: readonly Local[]): void {
  eachVector(size, place.rowBytes, (index, offset, lanes) => {
    loadLanes(f, place.address, offset, lanes);
    f.set(sums[index]!);
  });
}

/** Begins the sums with zeros. */
export function clearTile(f: FunctionBuilder, sums: readonly Local[]): void {
  for (const sum of sums) f.f32x4(0).set(sum);
}

/** Stores the sums. */
export function storeTile(
  f: FunctionBuilder,
  size: TileSize,
  place: TilePlace,
  sums: readonly Local[],
): void {
  eachVector(size, place.rowBytes, (index, offset, lanes) => {
    storeLanes(f, place.address, offset, lanes, sums[index]!);
  });
}

/**
 * Adds the sums to the result, and begins them with zeros again. `errors`, if given, holds what rounding took from the
 * result, which is added to the next sum.
 */
export function addTile(
  f: FunctionBuilder,
  size: TileSize,
  place: TilePlace,
  sums: readonly Local[],
  errors?: TilePlace,
): void {
  const [total, rounded, part] = f.locals("v128", 3);
  eachVector(size, place.rowBytes, (index, offset, lanes) => {
    const sum = sums[index]!;
    loadLanes(f, place.address, offset, lanes);
    if (!errors) f.get(sum).op("f32x4.add").set(rounded);
    else {
      f.set(total);
      const at = errorOffset(index, size, errors);
      f.get(errors.address).memory("v128.load", at).get(sum).op("f32x4.add").set(sum);
      f.get(errors.address);
      pushError(f, total, sum, rounded, part);
      f.memory("v128.store", at);
    }
    storeLanes(f, place.address, offset, lanes, rounded);
  });
  clearTile(f, sums);
  f.free(total, rounded, part);
}

/** Begins what rounding takes from a tile of the result. */
export function clearErrors(f: FunctionBuilder, size: TileSize, errors: TilePlace): void {
  for (let i = 0; i < size.rows * size.vectors; i++)
    f.get(errors.address)
      .f32x4(0)
      .memory("v128.store", errorOffset(i, size, errors));
}

/** Adds to a tile of the result what rounding has taken from it. */
export function addErrors(f: FunctionBuilder, size: TileSize, place: TilePlace, errors: TilePlace): void {
  const total = f.local("v128");
  eachVector(size, place.rowBytes, (index, offset, lanes) => {
    loadLanes(f, place.address, offset, lanes);
    f.get(errors.address).memory("v128.load", errorOffset(index, size, errors));
    f.op("f32x4.add").set(total);
    storeLanes(f, place.address, offset, lanes, total);
  });
  f.free(total);
}

/** Errors are held in whole vectors. */
function errorOffset(index: number, { vectors }: TileSize, { rowBytes }: TilePlace): number {
  return Math.floor(index / vectors) * rowBytes + (index % vectors) * VECTOR;
}

/**
 * Sets `rounded` to `a + b` and pushes what rounding took from it, 0 of an infinite sum. Changes `part`.
 *
 * @see Knuth's two-sum
 */
export function pushError(f: FunctionBuilder, a: Local, b: Local, rounded: Local, part: Local): void {
  f.get(a).get(b).op("f32x4.add").tee(rounded).get(a).op("f32x4.sub").set(part);
  f.get(a).get(rounded).get(part).op("f32x4.sub").op("f32x4.sub");
  f.get(b).get(part).op("f32x4.sub").op("f32x4.add").tee(part);
  f.get(part).get(part).op("f32x4.eq").op("v128.and");
}

/** Bytes of `elements`. */
export function bytesOf(elements: number): number {
  return elements * ELEMENT;
}
