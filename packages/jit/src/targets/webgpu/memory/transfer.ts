/** @file Moves elements between tensors and the heap of a device, on the GPU where they are there. */
import * as tf from "@tensorflow/tfjs-core";
import { JitArgumentError } from "../../../errors.ts";
import type { Dtype } from "@nnx-js/nn/trace";
import { isWebGpu, type WebGpuBackend } from "../device/backend.ts";
import type { GpuHeap, Words } from "./gpu-heap.ts";

/** Data that was sent from the CPU once: the second time it gets a buffer of its own. */
const sent = new WeakSet();

/**
 * Copies the elements of a tensor to an address: on the GPU, if they are there.
 *
 * @returns whether they can change only with the tensor's data
 */
export function upload(heap: GpuHeap, address: number, tensor: tf.Tensor, length: number): boolean {
  if (length === 0) return true;
  const { dataId } = tensor;
  // Its own backend, which need not be the active one.
  const { backend } = tf.engine().state.tensorInfo.get(dataId)!;
  if (backend !== heap.backend) {
    heap.write(address, wordsOf(tensor, valuesOn(backend, tensor)));
    return true;
  }
  const data = heap.backend.tensorMap.get(dataId);
  if (!data.resource && data.values && !sent.has(dataId)) {
    // Most are new in each call, and never seen again.
    sent.add(dataId);
    heap.write(address, wordsOf(tensor, data.values));
    return true;
  }
  heap.backend.uploadToGPU(dataId);
  heap.copyIn(data.resource!, address, 4 * length);
  return data.external !== true;
}

/** A tensor whose elements are still to come. */
export function newTensor(
  backend: WebGpuBackend,
  {
    shape,
    dtype,
    length,
  }: { readonly shape: readonly number[]; readonly dtype: Dtype; readonly length: number },
): tf.Tensor {
  const ownShape = [...shape];
  const none = length === 0 ? tf.util.getTypedArrayFromDType(dtype, 0) : null;
  const dataId = backend.write(none!, ownShape, dtype);
  try {
    // Takes a buffer that nobody uses, if there is one of the size.
    if (length > 0) backend.uploadToGPU(dataId);
  } catch (error) {
    backend.disposeData(dataId);
    throw error;
  }
  return tf.engine().makeTensorFromDataId(dataId, ownShape, dtype, backend);
}

/** Copies the elements at an address to a tensor that {@link newTensor} has made. */
export function download(heap: GpuHeap, address: number, tensor: tf.Tensor, length: number): void {
  heap.copyOut(address, heap.backend.tensorMap.get(tensor.dataId).resource!, 4 * length);
}

function valuesOn(backend: tf.KernelBackend, { dataId, shape }: tf.Tensor): ArrayLike<number> {
  if (!isWebGpu(backend)) return backend.readSync(dataId) as unknown as ArrayLike<number>;
  const { values } = backend.tensorMap.get(dataId);
  if (values) return values;
  throw new JitArgumentError(
    undefined,
    `expected tensors of the webgpu backend that is active, found one of shape [${shape.join(", ")}] of one before it, ` +
      `whose device was lost. Make the tensor again, or load it from where it was saved.`,
  );
}

/** Elements as they lie in the heap; booleans are 0 and 1 there. */
function wordsOf({ dtype }: tf.Tensor, values: ArrayLike<number>): Words {
  const isAs = dtype === "float32" ? values instanceof Float32Array : values instanceof Int32Array;
  // What shares memory with threads cannot be given to a GPU.
  if (isAs && (values as Float32Array).buffer instanceof ArrayBuffer) return values as Words;
  return dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values);
}
