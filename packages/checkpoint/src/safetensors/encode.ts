/** @file Turns the values of tensors into the bytes of a file. */
import { LossyConversionError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { StoredDtype } from "../tensor-file.ts";
import { sizeOf } from "./dtypes.ts";
import { float32ToBfloat16, float32ToFloat16 } from "./half.ts";

/** Elements that are converted at a time. */
const BLOCK = 1 << 18;

/** The arrays that hold the elements of a dtype as the file does; F16 and BF16 as words of 16 bits. */
export const STORED_ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** An array that holds elements as a file does. */
export type StoredArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** The dtypes that tensors can be written as; the first is the default. */
export const WRITTEN_AS: Readonly<Record<string, readonly StoredDtype[]>> = {
  float32: ["F32", "F16", "BF16", "F64"],
  int32: ["I32", "I64", "I16", "I8", "U32", "U16", "U8"],
  bool: ["BOOL"],
};

/** The bytes of elements that are as the file holds them. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * The bytes of the values of a tensor in the file, in pieces; a piece is valid until the next is asked for.
 *
 * @param values of a tensor of float32, int32 or bool
 * @param dtype one of those that the tensor's dtype can be written as
 * @throws LossyConversionError for a value that the dtype cannot hold
 */
export function* encode(name: string, values: TensorValues, dtype: StoredDtype): Generator<Uint8Array> {
  const convert = converterOf(dtype);
  if (!convert) {
    yield bytesOf(values);
    return;
  }
  const size = sizeOf(dtype);
  const block = new ArrayBuffer(Math.min(values.length, BLOCK) * size);
  for (let at = 0; at < values.length; at += BLOCK) {
    const part = values.subarray(at, at + BLOCK);
    convert(part, block, (index) => misfit(name, dtype, at + index, part[index]!));
    yield new Uint8Array(block, 0, part.length * size);
  }
}

/** What `tensor.data()` gives. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** Writes `values` into the start of `block`; `fail` reports a value that does not fit. */
type Convert = (values: TensorValues, block: ArrayBuffer, fail: (index: number) => never) => void;

/** How a dtype is made; undefined where the values are what the file holds already. */
function converterOf(dtype: StoredDtype): Convert | undefined {
  switch (dtype) {
    case "F32":
    case "I32":
      return undefined;
    case "F64":
      return (values, block) => new Float64Array(block).set(values);
    case "F16":
      return (values, block, fail) => float32ToFloat16(values as Float32Array, new Uint16Array(block), fail);
    case "BF16":
      return (values, block, fail) => float32ToBfloat16(values as Float32Array, new Uint16Array(block), fail);
    case "I64":
      return widen;
    case "BOOL":
      return (values, block) => new Uint8Array(block).set(values.map((value) => (value === 0 ? 0 : 1)));
    default:
      return narrowTo(STORED_ARRAYS[dtype]);
  }
}

function widen(values: TensorValues, block: ArrayBuffer): void {
  const words = new Int32Array(block);
  for (let i = 0; i < values.length; i++) {
    words[2 * i] = values[i]!;
    words[2 * i + 1] = values[i]! >> 31;
  }
}

function narrowTo(ArrayOf: (typeof STORED_ARRAYS)["I16" | "I8" | "U32" | "U16" | "U8"]): Convert {
  return (values, block, fail) => {
    const words = new ArrayOf(block);
    for (let i = 0; i < values.length; i++) {
      words[i] = values[i]!;
      // What does not fit was wrapped.
      if (words[i] !== values[i]) fail(i);
    }
  };
}

function misfit(name: string, dtype: StoredDtype, index: number, value: number): never {
  const instead = dtype === "F16" ? "BF16" : dtype === "BF16" ? "F32" : value < 0 ? "I32" : "I32 or I64";
  throw new LossyConversionError(
    `the tensor ${quoted(name)} holds ${value} at the flat index ${index}, which ${dtype} cannot hold: ` +
      `write it as ${instead}`,
    { tensor: name, index, value },
  );
}
