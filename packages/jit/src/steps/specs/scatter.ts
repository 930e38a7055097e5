/** @file What is asked of a routine that puts rows into a table. */

/** What happens to a row that several indices name: the sum, or the last one. */
export type ScatterMode = "add" | "set";

/** `rows` updates of `inner` elements each, into a table of `limit` rows. */
export interface ScatterSpec {
  readonly rows: number;
  readonly inner: number;
  readonly limit: number;
  readonly lane: "f32" | "i32";
  readonly mode: ScatterMode;
}
