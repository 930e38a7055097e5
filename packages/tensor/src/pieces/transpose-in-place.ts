/** @file Transposes tensors in the memory that they are in. */
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { takeFresh } from "./fresh.ts";
import { permute, type Words } from "./permute.ts";
import { giveScratch, takeScratch } from "./scratch.ts";

type Elements = Float32Array | Int32Array | Uint8Array;

/**
 * The transpose of a tensor that is not needed any more. Of one that `tensorFromPieces` made, and nobody else has a
 * clone of, the elements change places in their own memory, on cpu and wasm: in a fraction of the time that
 * `tf.transpose` takes there, and without a second tensor. Everything else is transposed by `tf.transpose`.
 *
 * @param x is only to be disposed of afterwards: its elements may be out of order
 * @param order axis `i` of the answer is axis `order[i]` of `x`
 *
 * @example
 * const stored = await tensorFromPieces([out, in], "float32", read);
 * const kernel = transposeInPlace(stored, [1, 0]);
 * stored.dispose();
 */
export function transposeInPlace(x: tf.Tensor, order: readonly number[]): tf.Tensor {
  const elements = takeFresh(x) && elementsOf(x);
  if (!elements) return tf.transpose(x, [...order]);
  const words = wordsOf(elements);
  const scratch = takeScratch(words.byteLength);
  const copy =
    words instanceof Uint8Array
      ? new Uint8Array(scratch, 0, words.length)
      : new Int32Array(scratch, 0, words.length);
  copy.set(words);
  permute(copy, words, x.shape, order);
  giveScratch(scratch);
  return tf.reshape(
    x,
    order.map((axis) => x.shape[axis]!),
  );
}

/** The memory of `x`, where it can be written and nothing else stands for it. */
function elementsOf(x: tf.Tensor): Elements | undefined {
  const backend = tf.backend();
  if (backend.refCount(x.dataId) !== 1) return undefined;
  switch (tf.getBackend()) {
    case "cpu":
      return (backend as MathBackendCPU).data.get(x.dataId).values as Elements;
    case "wasm":
      return (backend as BackendWasm).typedArrayFromHeap(x);
    default:
      return undefined;
  }
}

function wordsOf(elements: Elements): Words {
  if (!(elements instanceof Float32Array)) return elements;
  return new Int32Array(elements.buffer, elements.byteOffset, elements.length);
}
