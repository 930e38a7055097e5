/** @file The error of operations on packed int8. */

/** An operation on packed int8 was given values that it cannot use. */
export class Int8ArgumentError extends Error {
  static override readonly name: string = "Int8ArgumentError";
  override readonly name = "Int8ArgumentError";
  readonly code = "INT8_ARGUMENT";
}
