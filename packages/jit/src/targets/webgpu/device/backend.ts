/** @file What is used of TensorFlow.js's webgpu backend, which has the device, the tensors and a queue of its own. */
import type * as tf from "@tensorflow/tfjs-core";

/** What the backend knows of a tensor. */
interface TensorData {
  /** On the CPU, where they are known there. */
  values: ArrayLike<number> | null;
  /** The elements, 4 bytes each; absent until they are needed on the GPU. */
  resource?: GPUBuffer | null;
  /** Whether it is somebody else's, who may write to it. */
  readonly external?: boolean;
}

/** The backend. Its declarations hide some of this. */
export interface WebGpuBackend extends tf.KernelBackend {
  readonly device: GPUDevice;
  readonly queue: GPUQueue;
  readonly tensorMap: { get(dataId: tf.DataId): TensorData; has(dataId: tf.DataId): boolean };
  /** What it has recorded and not handed over yet. */
  readonly commandEncoder: GPUCommandEncoder | null;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  /** Gives a tensor a buffer, filled with its values where there are any. */
  uploadToGPU(dataId: tf.DataId): void;
}

/** Whether it is TensorFlow.js's webgpu backend. */
export function isWebGpu(backend: tf.KernelBackend | null | undefined): backend is WebGpuBackend {
  return backend !== null && backend !== undefined && "tensorMap" in backend && "submitQueue" in backend;
}

/** The encoder that the backend records into, outside of passes: what is recorded there keeps its order. */
export function openEncoder(backend: WebGpuBackend): GPUCommandEncoder {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  return backend.commandEncoder!;
}

/** Hands over what the backend has recorded. */
export function flush(backend: WebGpuBackend): void {
  if (backend.commandEncoder === null) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}
