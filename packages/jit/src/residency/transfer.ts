/** @file Moves elements between TensorFlow.js's backends and the heap. */
import * as tf from "@tensorflow/tfjs-core";
import { JitArgumentError } from "../errors.ts";
import type { Region } from "./region.ts";
import type { MemoryBackend } from "./window.ts";

/** What the backends of TensorFlow.js have, as far as it is needed to reach elements without a copy. */
interface Backend extends tf.KernelBackend {
  /** wasm. */
  typedArrayFromHeap?: unknown;
  /** cpu. */
  data?: { get(dataId: tf.DataId): { values?: ArrayLike<number> } };
  /** webgpu. */
  tensorMap?: unknown;
}

/** Copies the elements of a tensor into the heap. */
export function upload(tensor: tf.Tensor, region: Region): void {
  const { dataId } = tensor;
  // Its own backend, which need not be the active one.
  const backend = tf.engine().state.tensorInfo.get(dataId)!.backend as Backend;
  const elements = region.elements();
  if (hasMemory(backend)) elements.set(region.outside.on(backend, tensor, region.length));
  else elements.set(backend.data?.get(dataId).values ?? readBack(backend, tensor));
}

/** A tensor on `backend` with the elements of a region. */
export function download(region: Region, backend: tf.KernelBackend): tf.Tensor {
  const elements = region.elements();
  const { dtype, length } = region;
  const shape = [...region.shape];
  if (hasMemory(backend)) {
    const dataId = backend.write(null!, shape, dtype);
    region.outside.on(backend, { dataId, shape, dtype }, length).set(elements);
    return tf.engine().makeTensorFromDataId(dataId, shape, dtype, backend);
  }
  // They keep what they are given.
  const values = dtype === "bool" ? Uint8Array.from(elements) : elements.slice();
  return tf.engine().makeTensor(values, shape, dtype, backend);
}

/** Whether it is the wasm backend, which has all tensors in one memory. */
function hasMemory(backend: Backend): backend is Backend & MemoryBackend {
  return backend.typedArrayFromHeap !== undefined;
}

function readBack(backend: Backend, { dataId, shape }: tf.Tensor): ArrayLike<number> {
  // webgpu would answer zeros for what is still to be computed, without a word.
  if (backend.tensorMap !== undefined) {
    throw new JitArgumentError(
      undefined,
      `expected tensors that can be read at once, found one of shape [${shape.join(", ")}] on webgpu, while ` +
        `${tf.getBackend()} is active. Read it before: tf.tensor(await x.data(), x.shape, x.dtype).`,
    );
  }
  // Complex numbers and strings are no parameters of a graph.
  return backend.readSync(dataId) as unknown as ArrayLike<number>;
}
