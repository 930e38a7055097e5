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

/** The locals of a list of types, one each. */
export type LocalsOf<Types extends readonly ValueType[]> = { [Index in keyof Types]: Local };

/** A tuple of `count` equal types, or a list where the number is not known. */
export type Times<Type, Count extends number, Tuple extends Type[] = []> = number extends Count
  ? Type[]
  : Count extends Tuple["length"]
    ? Tuple
    : Times<Type, Count, [...Tuple, Type]>;

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
