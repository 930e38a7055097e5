/** @file Reads the reference figures in `golden/`, which were made with Flax, JAX and Optax. */
import * as tf from "@tensorflow/tfjs-core";

/** Element types in the reference files. */
export type GoldenDtype = "float32" | "int32" | "uint32" | "bool";

/** An array as the reference files hold it: row-major; NaN is `null`, infinities are strings. */
export interface GoldenArray {
  shape: number[];
  dtype: string;
  data: (number | boolean | string | null)[];
}

function element(value: number | boolean | string | null): number {
  if (value === null) return NaN;
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return Number(value);
}

/** The tensor of a reference array on the active backend; `uint32` becomes the int32 of the same bits. */
export function fromGolden(array: GoldenArray): tf.Tensor {
  const values = array.data.map(element);
  if (array.dtype === "float32") return tf.tensor(Float32Array.from(values), array.shape, "float32");
  if (array.dtype === "bool") return tf.tensor(Uint8Array.from(values), array.shape, "bool");
  return tf.tensor(
    Int32Array.from(values, (value) => value | 0),
    array.shape,
    "int32",
  );
}
