/** @file The bytes of a weight of TensorFlow.js as a tensor. */
import { tensorFromPieces } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { decodeTensor } from "../safetensors/decode.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { type Sequence, sequence } from "../source/sequence.ts";
import type { StoredDtype } from "../tensor-file.ts";
import type { Quantization, WeightSpec } from "./manifest.ts";

/** A weight, and where its bytes are. */
export interface WeightPlace {
  readonly weight: WeightSpec;
  /** The files of its group, as one. */
  readonly source: ByteSource;
  readonly begin: number;
  readonly end: number;
}

/** The dtype of a weight in the file; of small integers that stand for others, the dtype of those. */
export function storedDtype({ dtype, quantization }: WeightSpec): StoredDtype {
  if (dtype === "int32") return "I32";
  if (dtype === "bool") return "BOOL";
  return quantization?.dtype === "float16" ? "F16" : "F32";
}

/** Reads a weight; of its files only its bytes. */
export async function readWeight({ weight, source, begin, end }: WeightPlace): Promise<tf.Tensor> {
  const { name, shape, quantization } = weight;
  if (weight.dtype === "complex64") return await readComplex({ weight, source, begin, end });
  const dtype = storedDtype(weight);
  if (!quantization || quantization.dtype === "float16") {
    return await decodeTensor(source, name, { dtype, shape, begin, end, byteLength: end - begin }, "int32");
  }
  const bytes = sequence(source, begin, end);
  try {
    return await tensorFromPieces(
      shape,
      weight.dtype as "float32" | "int32",
      dequantizer(bytes, quantization),
    );
  } finally {
    await bytes.stop();
  }
}

/** Reads small integers as the numbers that they stand for. */
function dequantizer(bytes: Sequence, quantization: Extract<Quantization, { scale: number }>) {
  const { dtype, scale, min } = quantization;
  return async (into: Float32Array | Int32Array) => {
    const stored = dtype === "uint8" ? new Uint8Array(into.length) : new Uint16Array(into.length);
    await bytes.next(new Uint8Array(stored.buffer));
    const isInteger = into instanceof Int32Array;
    for (let i = 0; i < stored.length; i++) {
      const value = stored[i]! * scale + min;
      into[i] = isInteger ? Math.round(value) : value;
    }
  };
}

/** Real and imaginary parts stand in turn. */
async function readComplex({ weight, source, begin, end }: WeightPlace): Promise<tf.Tensor> {
  const place = { dtype: "F32", shape: [weight.size, 2], begin, end, byteLength: end - begin } as const;
  const pairs = await decodeTensor(source, weight.name, place, "int32");
  const parts = tf.tidy(() => tf.split(pairs, 2, 1).map((part) => tf.reshape(part, [...weight.shape])));
  pairs.dispose();
  const complex = tf.complex(parts[0]!, parts[1]!);
  tf.dispose(parts);
  return complex;
}
