/** @file Reads the bytes of one tensor as a tensor of TensorFlow.js. */
import { tensorFromPieces, type ReadPiece } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { FileFormatError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { sequence, type Sequence } from "../source/sequence.ts";
import type { StoredDtype } from "../tensor-file.ts";
import { DTYPES, sizeOf } from "./dtypes.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "./half.ts";
import type { TensorPlace } from "./header.ts";
import { beyondInt32, int64ToFloat32, int64ToInt32, uint32ToInt32, type Misfit } from "./integers.ts";
import type { Integers } from "./options.ts";

/** Bytes that are converted at a time. */
const BLOCK_BYTES = 1 << 20;

type Elements = Float32Array | Int32Array | Uint8Array;

/** Writes the elements in `bytes` into `into`; `fail` reports a value that does not fit. */
type Convert = (bytes: Uint8Array, into: Elements, fail: Misfit) => void;

/** Reads a tensor, piece by piece. */
export async function decodeTensor(
  source: ByteSource,
  name: string,
  place: TensorPlace,
  integers: Integers,
): Promise<tf.Tensor> {
  const { dtype, shape, begin, end } = place;
  const asFloat = integers === "float32" && (dtype === "I64" || dtype === "U32");
  const bytes = sequence(source, begin, end);
  const misfit = (index: number, value: bigint): never =>
    dtype === "BOOL"
      ? notBoolean(source.label, name, index, value)
      : beyondInt32(source.label, name, dtype, index, value);
  try {
    return await tensorFromPieces(
      shape,
      asFloat ? "float32" : DTYPES.get(dtype)!.tensor,
      pieceReader(bytes, dtype, converterOf(dtype, integers), misfit),
    );
  } finally {
    await bytes.stop();
  }
}

function pieceReader(
  bytes: Sequence,
  dtype: StoredDtype,
  convert: Convert | undefined,
  misfit: Misfit,
): ReadPiece<"float32" | "int32" | "bool"> {
  if (!convert) return (into) => bytes.next(new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
  const size = sizeOf(dtype);
  const length = BLOCK_BYTES / size;
  return async (into, begin) => {
    const block = spare ?? new ArrayBuffer(BLOCK_BYTES);
    spare = undefined;
    for (let at = 0; at < into.length; at += length) {
      const part = into.subarray(at, at + length);
      const read = new Uint8Array(block, 0, part.length * size);
      await bytes.next(read);
      convert(read, part, (index, value) => misfit(begin + at + index, value));
    }
    spare = block;
  };
}

/** The block of the last conversion, for the next one: garbage of this size would make the collector run. */
let spare: ArrayBuffer | undefined;

/** How a dtype is converted; undefined where the bytes are the elements already. */
function converterOf(dtype: StoredDtype, integers: Integers): Convert | undefined {
  if (dtype === "F32" || dtype === "I32") return undefined;
  if (dtype === "I64" || dtype === "U32") return WIDE[dtype][integers];
  return CONVERT[dtype];
}

const CONVERT: Readonly<Record<Exclude<StoredDtype, "F32" | "I32" | "I64" | "U32">, Convert>> = {
  F64: (bytes, into) => into.set(as(Float64Array, bytes)),
  F16: (bytes, into) => float16ToFloat32(as(Uint16Array, bytes), bitsOf(into)),
  BF16: (bytes, into) => bfloat16ToFloat32(as(Uint16Array, bytes), bitsOf(into)),
  I16: (bytes, into) => into.set(as(Int16Array, bytes)),
  U16: (bytes, into) => into.set(as(Uint16Array, bytes)),
  I8: (bytes, into) => into.set(as(Int8Array, bytes)),
  U8: (bytes, into) => into.set(bytes),
  BOOL: (bytes, into, fail) => checkedBooleans(bytes, into, fail),
};

const WIDE: Readonly<Record<"I64" | "U32", Readonly<Record<Integers, Convert>>>> = {
  I64: {
    int32: (bytes, into, fail) => int64ToInt32(as(Int32Array, bytes), into as Int32Array, fail),
    float32: (bytes, into) => int64ToFloat32(as(Int32Array, bytes), into as Float32Array),
    wrap: (bytes, into) => int64ToInt32(as(Int32Array, bytes), into as Int32Array),
  },
  U32: {
    int32: (bytes, into, fail) => uint32ToInt32(as(Int32Array, bytes), into as Int32Array, fail),
    float32: (bytes, into) => into.set(as(Uint32Array, bytes)),
    wrap: (bytes, into) => into.set(as(Int32Array, bytes)),
  },
};

/** The bytes, which begin a buffer, as elements. */
function as<A extends ArrayBufferView>(
  ArrayOf: { new (buffer: ArrayBufferLike, begin: number, length: number): A; BYTES_PER_ELEMENT: number },
  bytes: Uint8Array,
): A {
  return new ArrayOf(bytes.buffer, bytes.byteOffset, bytes.length / ArrayOf.BYTES_PER_ELEMENT);
}

const bitsOf = (into: Elements) => new Uint32Array(into.buffer, into.byteOffset, into.length);

function checkedBooleans(bytes: Uint8Array, into: Elements, fail: Misfit): void {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 1) fail(i, BigInt(bytes[i]!));
  into.set(bytes);
}

function notBoolean(label: string, name: string, index: number, value: bigint): never {
  throw new FileFormatError(
    `${label}: the tensor ${quoted(name)} (BOOL) holds the byte ${value} at the flat index ${index}; ` +
      "booleans are 0 and 1",
  );
}
