/** @file What the assembler's parts share: types of values, and references to what a module holds. */

/** Types of a WebAssembly value. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** The byte that stands for a type. */
export const TYPE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** A parameter or local variable of one function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** A function of one module. */
export interface FunctionRef {
  readonly index: number;
  readonly name: string;
}

/** A global variable of one module. */
export interface GlobalRef {
  readonly index: number;
  readonly type: ValueType;
}

/** A type of functions of one module. */
export interface TypeRef {
  readonly index: number;
}
