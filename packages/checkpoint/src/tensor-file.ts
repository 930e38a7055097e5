/** @file What every format is read as: named tensors, each read when it is asked for. */
import type * as tf from "@tensorflow/tfjs-core";

/** The dtypes of numbers in files, as safetensors names them. */
export type StoredDtype =
  "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U32" | "U16" | "U8" | "BOOL";

/** What is known of a tensor in a file before it is read. */
export interface TensorInfo {
  /** The dtype in the file. */
  readonly dtype: StoredDtype;
  /** The sizes of the axes; empty for a single number. */
  readonly shape: readonly number[];
  /** The length in the file, in bytes. */
  readonly byteLength: number;
  /** Whether each element is a complex number, two of the dtype; in models of TensorFlow.js only. */
  readonly isComplex?: true;
  /** Set where the file says that it is no weight of the model, but a value of its optimizer. */
  readonly owner?: "optimizer";
}

/** Named tensors of a file, or of several that belong together; each is read when it is asked for. */
export interface TensorFile {
  /** The names, in the order of the file. */
  readonly names: readonly string[];
  /** Texts that the file holds beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What is known of a tensor before it is read. @throws FileFormatError for a name that is not there */
  info(name: string): TensorInfo;
  /** Reads a tensor, which is the caller's. @throws FileFormatError for a name that is not there */
  tensor(name: string): Promise<tf.Tensor>;
  /** Closes the source; the file cannot be read afterwards. */
  close(): Promise<void>;
}
