/** @file An epilogue for tests. */
import type { Epilogue } from "../../../../src/targets/wasm/routines/routine.ts";

/** Adds to each element of a routine's third operand, with rows of `columns`, its place. */
export function addPlaces(columns: number): Epilogue {
  return {
    emit(f, piece) {
      const [row, column, place] = [f.local("i32"), f.local("i32"), f.local("i32")];
      f.forRange(row, piece.rows.first, piece.rows.last, 1, () =>
        f.forRange(column, piece.columns.first, piece.columns.last, 1, () => {
          f.get(row).i32(columns).op("i32.mul").get(column).op("i32.add").set(place);
          f.get(f.params[2]!).get(place).i32(2).op("i32.shl").op("i32.add");
          f.get(f.params[2]!).get(place).i32(2).op("i32.shl").op("i32.add").memory("f32.load");
          f.get(place).op("f32.convert_i32_s").op("f32.add").memory("f32.store");
        }),
      );
    },
  };
}
