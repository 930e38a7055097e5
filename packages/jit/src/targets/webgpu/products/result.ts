/** @file What becomes of the results of products. */
import type { Buffer } from "../../../expr/expr.ts";
import type { TaskWriter } from "../task.ts";

/** What is done with each element of a result while it is in a register. */
export interface Finish {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  /** Of all elements. */
  readonly flops: number;
  /**
   * Statements for the element at the place `element`, a u32, whose value is `value`, an f32: both names of variables.
   * They store it, too, if others than themselves need it.
   */
  emit(writer: TaskWriter, element: string, value: string): string;
}

/** Where results go: into `buffer`, or wherever `finish` puts them. */
export interface Result {
  readonly buffer: Buffer;
  readonly finish?: Finish | undefined;
}

/** The finish of what is only stored. */
export function stored(buffer: Buffer): Finish {
  return {
    reads: [],
    writes: [buffer],
    flops: 0,
    emit: (writer, element, value) =>
      `heap[${writer.placeOf(buffer)} + ${element}] = bitcast<u32>(${value});`,
  };
}

/** What finishes each element of `result`. */
export function finishOf({ buffer, finish }: Result): Finish {
  return finish ?? stored(buffer);
}
