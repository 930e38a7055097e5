/** @file Moves elements between TensorFlow.js's backends and the heap. */
import * as tf from "@tensorflow/tfjs-core";
import { JitArgumentError } from "../../../errors.ts";
import type { Dtype } from "@nnx-js/nn/trace";
import type { MemoryBackend, Window } from "./window.ts";

/** A piece of the heap. */
interface Piece {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly length: number;
  elements(): Float32Array | Int32Array;
  readonly outside: Window;
}

/** What the backends of TensorFlow.js have, as far as it is needed to reach elements without a copy. */
interface Backend extends tf.KernelBackend {
  /** wasm. */
  typedArrayFromHeap?: unknown;
  /** cpu. */
  data?: { get(dataId: tf.DataId): { values?: ArrayLike<number> } };
  /** webgpu. */
  tensorMap?: { get(dataId: tf.DataId): { values?: ArrayLike<number> | null } };
}

/** Copies the elements of a tensor into the heap; answers whether it keeps them: those of the cpu backend may be somebody's array. */
export function upload(tensor: tf.Tensor, piece: Piece): boolean {
  const { dataId } = tensor;
  // Its own backend, which need not be the active one.
  const backend = tf.engine().state.tensorInfo.get(dataId)!.backend as Backend;
  const elements = piece.elements();
  if (hasMemory(backend)) {
    elements.set(piece.outside.on(backend, tensor, piece.length));
    return true;
  }
  elements.set(backend.data?.get(dataId).values ?? readBack(backend, tensor));
  return false;
}

/** A tensor on `backend` for the elements of a piece, if that has all of them in one memory, which may be full. */
export function reserve(piece: Piece, backend: tf.KernelBackend): tf.Tensor | undefined {
  if (!hasMemory(backend)) return undefined;
  const shape = [...piece.shape];
  const dataId = backend.write(null!, shape, piece.dtype);
  return tf.engine().makeTensorFromDataId(dataId, shape, piece.dtype, backend);
}

/** A tensor on `backend`, which is `reserved` if there is one, with the elements of a piece. */
export function download(piece: Piece, backend: tf.KernelBackend, reserved?: tf.Tensor): tf.Tensor {
  const elements = piece.elements();
  const { dtype, length } = piece;
  if (reserved && hasMemory(backend)) {
    piece.outside.on(backend, reserved, length).set(elements);
    return reserved;
  }
  // They keep what they are given.
  const values = dtype === "bool" ? Uint8Array.from(elements) : elements.slice();
  return tf.engine().makeTensor(values, [...piece.shape], dtype, backend);
}

/** Whether it is the wasm backend, which has all tensors in one memory. */
function hasMemory(backend: Backend): backend is Backend & MemoryBackend {
  return backend.typedArrayFromHeap !== undefined;
}

function readBack(backend: Backend, { dataId, shape }: tf.Tensor): ArrayLike<number> {
  // webgpu would answer zeros for what is still to be computed, without a word; what was read before it knows.
  if (backend.tensorMap !== undefined) {
    const { values } = backend.tensorMap.get(dataId);
    if (values) return values;
    throw new JitArgumentError(
      undefined,
      `expected tensors that can be read at once, found one of shape [${shape.join(", ")}] on webgpu, while ` +
        `${tf.getBackend()} is active. Read it before: tf.tensor(await x.data(), x.shape, x.dtype).`,
    );
  }
  // Complex numbers and strings are no parameters of a graph.
  return backend.readSync(dataId) as unknown as ArrayLike<number>;
}
