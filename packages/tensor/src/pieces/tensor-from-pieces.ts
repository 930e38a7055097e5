/** @file Makes a tensor of values that come in pieces, without holding all of them twice. */
import { assertShape } from "../shape-argument.ts";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { BackendMemoryError } from "./errors.ts";
import { noteFresh } from "./fresh.ts";
import { giveScratch, takeScratch } from "./scratch.ts";

/** The arrays that hold the elements of tensors; booleans are bytes of 0 and 1. */
export interface ElementArrays {
  float32: Float32Array;
  int32: Int32Array;
  bool: Uint8Array;
}

/**
 * Writes the elements from `begin` on into all of `into`, which holds anything before. The calls follow each other from
 * the first element to the last.
 */
export type ReadPiece<D extends keyof ElementArrays> = (
  into: ElementArrays[D],
  begin: number,
) => Promise<void>;

/** Bytes of a piece: small beside most weights, and large beside the cost of a call. */
const PIECE_BYTES = 1 << 20;

/**
 * Makes a tensor of values that are read in pieces. The wasm backend keeps tensors in a memory of its own: its pieces
 * are copied there one by one, so that no array of all values is made. Other backends take one array of all values,
 * which is read at once.
 *
 * @param shape the sizes of the axes
 * @param dtype its dtype
 * @param read gives the elements, row-major; if it throws, nothing is left over
 * @returns a tensor on the backend that is active at the call
 * @throws BackendMemoryError where the backend has no room for it
 *
 * @example
 * const ramp = await tensorFromPieces([1000, 1000], "float32", async (into, begin) => {
 *   for (let i = 0; i < into.length; i++) into[i] = begin + i;
 * });
 */
export async function tensorFromPieces<D extends keyof ElementArrays>(
  shape: readonly number[],
  dtype: D,
  read: ReadPiece<D>,
): Promise<tf.Tensor> {
  assertShape(shape, "tensorFromPieces", 'tensorFromPieces([2, 3], "float32", read)');
  const backend = tf.backend();
  if (tf.getBackend() === "wasm") return noteFresh(await inWasm(backend as BackendWasm, shape, dtype, read));
  const values = allValues(shape, dtype);
  if (values.length > 0) await read(values, 0);
  return noteFresh(tf.engine().makeTensor(values, [...shape], dtype, backend));
}

function allValues<D extends keyof ElementArrays>(shape: readonly number[], dtype: D): ElementArrays[D] {
  try {
    const size = sizeOf(shape);
    return elementsIn(unwritten(size * BYTES[dtype]), dtype, size);
  } catch {
    throw new BackendMemoryError(tf.getBackend(), shape, dtype);
  }
}

/** Memory whose bytes may be anything, as all of them get written: to fill it with zeros takes as long as to read. */
function unwritten(bytes: number): ArrayBuffer {
  const { Buffer } = globalThis as { Buffer?: { allocUnsafeSlow?(size: number): Uint8Array<ArrayBuffer> } };
  const memory = Buffer?.allocUnsafeSlow?.(bytes).buffer;
  return memory?.byteLength === bytes ? memory : new ArrayBuffer(bytes);
}

async function inWasm<D extends keyof ElementArrays>(
  backend: BackendWasm,
  shape: readonly number[],
  dtype: D,
  read: ReadPiece<D>,
): Promise<tf.Tensor> {
  const size = sizeOf(shape);
  // Its addresses have 32 bits; the backend itself would take the rest of the division.
  if (size * BYTES[dtype] >= 2 ** 32) throw new BackendMemoryError("wasm", shape, dtype);
  const info = backend.makeOutput([...shape], dtype);
  try {
    // What malloc answers where it finds no room; the backend does not look.
    if (size > 0 && backend.getMemoryOffset(info.dataId) === 0) {
      throw new BackendMemoryError("wasm", shape, dtype);
    }
    const length = Math.min(size, PIECE_BYTES / BYTES[dtype]);
    const scratch = takeScratch(length * BYTES[dtype]);
    const piece = elementsIn(scratch, dtype, length);
    for (let begin = 0; begin < size; begin += length) {
      const part = piece.subarray(0, size - begin) as ElementArrays[D];
      await read(part, begin);
      // A new view each time: the memory may have grown in the meantime.
      backend.typedArrayFromHeap(info).set(part, begin);
    }
    giveScratch(scratch);
  } catch (error) {
    backend.disposeData(info.dataId);
    throw error;
  }
  return tf.engine().makeTensorFromTensorInfo(info, backend);
}

const BYTES = { float32: 4, int32: 4, bool: 1 };

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

function elementsIn<D extends keyof ElementArrays>(
  buffer: ArrayBuffer,
  dtype: D,
  length: number,
): ElementArrays[D] {
  return new ARRAYS[dtype](buffer, 0, length) as ElementArrays[D];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
