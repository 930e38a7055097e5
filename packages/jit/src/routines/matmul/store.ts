/** @file From the sums of a tile to the result in memory. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT, loadLanes, storeLanes, VECTOR } from "../lanes.ts";
import type { Epilogue } from "../routine.ts";

/** Where the tile's first element is in the result, of rows `rowBytes` apart. */
export interface TilePlace {
  readonly address: Local;
  readonly rowBytes: number;
  /** Counted over batches. */
  readonly row: Local;
  readonly column: Local;
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
  visit: (index: number, offset: number, lanes: number, row: number, column: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    for (let v = 0; v < vectors; v++) {
      visit(row * vectors + v, row * rowBytes + v * VECTOR, v === vectors - 1 ? lanes : 4, row, 4 * v);
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

/** Runs the epilogue on each vector of the sums. */
export function finishTile(
  f: FunctionBuilder,
  size: TileSize,
  place: TilePlace,
  sums: readonly Local[],
  epilogue: Epilogue,
  operands: readonly Local[],
): void {
  const { row, column } = place;
  eachVector(size, place.rowBytes, (index, _offset, lanes, rowOffset, columnOffset) => {
    f.get(sums[index]!);
    epilogue.emit(f, { row, rowOffset, column, columnOffset, lanes, operands });
    f.set(sums[index]!);
  });
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
