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

/** Sets `address` to `base + index * bytes`. */
export function setAddress(
  f: FunctionBuilder,
  address: Local,
  base: Local,
  index: Local,
  bytes: number,
): void {
  f.get(base).get(index);
  if (bytes !== 1) f.i32(bytes).op("i32.mul");
  f.op("i32.add").set(address);
}

/** Bytes of `elements`. */
export function bytesOf(elements: number): number {
  return elements * ELEMENT;
}
