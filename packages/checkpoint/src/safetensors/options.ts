/** @file The options of readers and writers. */
import type { StoredDtype } from "../tensor-file.ts";

/**
 * What I64 and U32 tensors are read as. `"int32"`: as int32, and a value that does not fit is an error. `"float32"`: as
 * float32, rounded to the nearest. `"wrap"`: as int32 of the lower 32 bits, which keeps the words of random keys.
 */
export type Integers = "int32" | "float32" | "wrap";

/** Options of `readSafetensors`. */
export interface ReadOptions {
  /** What I64 and U32 tensors are read as; by name too. Default `"int32"`. */
  readonly integers?: Integers | ((name: string) => Integers | undefined);
}

/** What is known of a tensor that is to be written. */
export interface TensorToWrite {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Options of `writeSafetensors` and `saveSafetensors`. */
export interface WriteOptions {
  /** Texts that the file holds beside the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * The dtype in the file. F64, F32, F16 or BF16 are for float32 tensors, I64 to I8 and U32 to U8 for int32 ones; others
   * are written as F32, I32 and BOOL. A function chooses for each tensor; `undefined` is the default.
   */
  readonly dtype?: StoredDtype | ((name: string, tensor: TensorToWrite) => StoredDtype | undefined);
}
